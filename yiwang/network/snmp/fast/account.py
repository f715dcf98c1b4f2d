"""Accounts in gufo's form, with the keys that cost much to make."""

from __future__ import annotations

from gufo.snmp import Aes128Key, Aes192Key, Aes256Key, Sha1Key, Sha256Key, Sha384Key, Sha512Key, User
from gufo.snmp.user import BaseAuthKey, BasePrivKey, KeyType

from yiwang.network.snmp import credential

AUTH: dict[str, type[BaseAuthKey]] = {"sha1": Sha1Key, "sha256": Sha256Key, "sha384": Sha384Key, "sha512": Sha512Key}
PRIVACY: dict[str, type[BasePrivKey]] = {"aes128": Aes128Key, "aes192": Aes192Key, "aes256": Aes256Key}


def account(user: credential.User) -> User:
    """gufo's user with master keys: localizing them is cheap, making them is a hash of 1 MiB."""
    auth = AUTH[user.auth_protocol](credential.master_key(user.auth_protocol, user.auth), KeyType.Master)
    if user.privacy is None:
        return User(user.name, auth_key=auth)
    master = credential.master_key(user.auth_protocol, user.privacy)
    privacy = PRIVACY[user.privacy_protocol](master, KeyType.Master)
    return User(user.name, auth_key=auth, priv_key=privacy)

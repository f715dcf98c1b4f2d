"""The certificate of a service: from the vault, or made by the node itself."""

from __future__ import annotations

import io
import shlex
from collections.abc import Callable
from dataclasses import dataclass

from pyinfra.operations import files

from yiwang.core.i18n import _
from yiwang.core.vault.secret import Secret
from yiwang.deploy.components.operations import command
from yiwang.deploy.components.operations.configuration import Configuration

DAYS = 1095
RENEW_DAYS = 60
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Place:
    """Where a service's certificate and its key lie, and whose the key is."""

    folder: str
    owner: str = "root"

    @property
    def certificate(self) -> str:
        """The file of the certificate with those that vouch for it."""
        return f"{self.folder}/server.crt"

    @property
    def key(self) -> str:
        """The file of the private key."""
        return f"{self.folder}/server.key"


def given(
    place: Place, certificate: str, private_key: str, secrets: Callable[[str], Secret]
) -> tuple[Configuration, ...]:
    """A certificate whose parts stand in the vault under these references."""
    _folder(place)
    written = files.put(
        name=_("certificate in {folder}").format(folder=place.folder),
        src=io.StringIO(secrets(certificate).reveal()),
        dest=place.certificate,
        mode="644",
    )
    key = files.put(
        name=_("private key in {folder}").format(folder=place.folder),
        src=io.StringIO(secrets(private_key).reveal()),
        dest=place.key,
        user=place.owner,
        mode="600",
    )
    return Configuration(place.certificate, written), Configuration(place.key, key)


def own(place: Place, name: str, addresses: tuple[str, ...]) -> tuple[Configuration, ...]:
    """A certificate that the node makes for its name and addresses, and anew before it ends.

    Nobody vouches for it: clients pin it, or encrypt without knowing to whom.
    """
    _folder(place)
    made = command.ensure(
        name=_("certificate in {folder}, made by the node itself").format(folder=place.folder),
        commands=[_making(place, name, addresses)],
        holds=_holds(place, name, addresses),
        changes=[place.key, place.certificate],
    )
    return (Configuration(place.certificate, made), Configuration(place.key, made))


def _folder(place: Place) -> None:
    files.directory(name=_("folder {path}").format(path=place.folder), path=place.folder, mode="755")


def _making(place: Place, name: str, addresses: tuple[str, ...]) -> str:
    # PostgreSQL's and others' channel binding has no digest for ed25519.
    kind = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    names = shlex.quote("subjectAltName=" + ",".join([f"DNS:{name}", *(f"IP:{each}" for each in addresses)]))
    new = f"{place.folder}/.new"
    make = f"openssl req -x509 {kind} -days {DAYS} -subj /CN={name} -addext {names} -keyout {new}.key -out {new}.crt"
    give = f"chown {place.owner}: {new}.key && chmod 644 {new}.crt"
    return f"(umask 077 && {make} && {give} && mv {new}.key {place.key} && mv {new}.crt {place.certificate})"


def _holds(place: Place, name: str, addresses: tuple[str, ...]) -> str:
    names = ",".join([f"DNS:{name}", *(f"IPAddress:{each}" for each in addresses)])
    shown = f"openssl x509 -in {place.certificate} -noout"
    has_names = f'[ "$({shown} -ext subjectAltName | tail -n +2 | tr -d " ")" = "{names}" ]'
    return f"{shown} -checkend {RENEW_DAYS * DAY_SECONDS} && {has_names} && test -s {place.key}"

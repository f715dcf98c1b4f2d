"""The keys that a lab's hosts let in."""

import subprocess
from pathlib import Path

import pytest

from yiwang.core.vault.keys import Keys, new_key
from yiwang.core.vault.secret import Secret
from yiwang.core.vault.store import Vault
from yiwang.lab.command import LabError
from yiwang.lab.credentials import Credentials, public_key


def made(folder: Path, *options: str) -> tuple[str, str]:
    """A private key as OpenSSH makes it, and its public half."""
    file = folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-C", "", "-f", str(file), *options], check=True)
    return file.read_text(), file.with_suffix(".pub").read_text().strip()


@pytest.mark.parametrize("form", ["RFC4716", "PKCS8", "PEM"])
@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_a_private_key_lets_in_whatever_its_form(tmp_path: Path, kind: str, form: str) -> None:
    private, public = made(tmp_path, "-N", "", "-t", kind, "-m", form)

    assert public_key(private) == public


@pytest.mark.parametrize("form", ["RFC4716", "PKCS8", "PEM"])
def test_a_private_key_with_a_pass_phrase_is_no_use(tmp_path: Path, form: str) -> None:
    private, _public = made(tmp_path, "-N", "a long pass phrase", "-t", "rsa", "-m", form)

    with pytest.raises(ValueError, match=r"\w"):
        public_key(private)


def test_a_secret_that_is_no_private_key_is_refused_by_its_reference_and_never_shown(tmp_path: Path) -> None:
    new_key(tmp_path / "city.key")
    vault = Vault(tmp_path / "vault", Keys({"city": tmp_path / "city.key"}, environ={}))
    vault.set("nodes/private-key", Secret("not-a-key-but-secret"))

    with pytest.raises(LabError) as raised:
        Credentials(vault, tmp_path / "lab").public_key("vault:nodes/private-key")

    assert raised.value.error.id == "E6050"
    assert "vault:nodes/private-key" in str(raised.value)
    assert "not-a-key-but-secret" not in repr(raised.value.__context__) + str(raised.value)

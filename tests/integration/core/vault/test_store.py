"""Secrets in files, with ansible-core's own cipher."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from yiwang.core.errors import NotFoundError, UsageError, VaultError
from yiwang.core.vault import cipher
from yiwang.core.vault.keys import Keys, new_key, read_key
from yiwang.core.vault.secret import Secret
from yiwang.core.vault.store import Vault
from yiwang.core.writing import UNFINISHED

KEY = Secret("k" * 32)
OTHER = Secret("o" * 32)
PATH = "counties/410621/edge-1/password"
ANSIBLE_VAULT = Path(sys.executable).parent / "ansible-vault"
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
texts = st.text(min_size=1).filter(lambda text: not text.startswith("$ANSIBLE_VAULT"))


def ansible_vault(*arguments: object) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "PAGER": "cat"}
    command = [ANSIBLE_VAULT, *map(str, arguments)]
    # A program that another test started may have left the shared standard input non-blocking, which Ansible refuses.
    return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True)


def outcome_of(vault: Vault) -> Secret | VaultError:
    try:
        return vault.get(PATH)
    except VaultError as error:
        return error


@quick
@given(texts)
@example("\n")
@example(" trailing \r\n\r\n")
@example("\x00\x1a\x7f\ufeff")
@example("密码😀" * 5000)
@example("vault:not/a/reference")
def test_any_text_comes_back_as_it_went_in(vault: Vault, text: str) -> None:
    vault.set(PATH, Secret(text))

    assert vault.get(PATH).reveal() == text


@quick
@given(texts)
def test_the_same_secret_is_never_encrypted_the_same_way_twice(text: str) -> None:
    assert cipher.encrypt(text, KEY, "city") != cipher.encrypt(text, KEY, "city")


def test_a_salt_in_ansibles_settings_is_not_used(vault: Vault, tmp_path: Path) -> None:
    script = (
        "from yiwang.core.vault import cipher; from yiwang.core.vault.secret import Secret\n"
        "print({cipher.encrypt('x', Secret('k' * 32), 'a') for _ in range(2)})"
    )
    environment = {**os.environ, "ANSIBLE_VAULT_ENCRYPT_SALT": "always-the-same"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=True, text=True)

    assert len(eval(done.stdout)) == 2


@quick
@given(st.data())
def test_an_altered_file_never_opens_and_says_so(vault: Vault, data: st.DataObject) -> None:
    vault.set(PATH, Secret("hunter2-hunter2"))
    content = vault.content(PATH)
    at = data.draw(st.integers(0, len(content) - 1))
    altered = data.draw(
        st.one_of(
            st.binary(max_size=200),
            st.binary(min_size=1, max_size=1).map(lambda byte: content[:at] + byte + content[at + 1 :]),
            st.just(content[:at]),
            st.just(content[:at] + content[at + 1 :]),
        )
    )
    vault.file(PATH).write_bytes(altered)

    outcome = outcome_of(vault)

    if isinstance(outcome, VaultError):
        assert outcome.error.id in ("E0608", "E0609", "E0610")
        assert "hunter2" not in "".join(traceback.format_exception(outcome))
    else:
        # Blanks and line breaks, upper and lower case of the digits, and the version carry no meaning.
        assert outcome.reveal() == "hunter2-hunter2"
        assert b"".join(altered.lower().split()[1:]) == b"".join(content.split()[1:])


def test_another_key_does_not_open_it(vault: Vault, key_files: dict[str, Path]) -> None:
    vault.set(PATH, Secret("hunter2"))
    stranger = Vault(vault.folder, Keys({"410621": key_files["city"]}, environ={}))

    with pytest.raises(VaultError) as refused:
        stranger.get(PATH)

    assert refused.value.error.id == "E0608"
    assert "hunter2" not in "".join(traceback.format_exception(refused.value))


def test_a_countys_key_opens_only_the_countys_secrets(vault: Vault, key_files: dict[str, Path]) -> None:
    vault.set(PATH, Secret("county"))
    vault.set("core-1/password", Secret("city"))
    county = Vault(vault.folder, Keys({"410621": key_files["410621"]}, environ={}))

    assert county.get(PATH).reveal() == "county"
    with pytest.raises(VaultError) as refused:
        county.get("core-1/password")
    assert refused.value.error.id == "E0604"
    assert "YIWANG_VAULT_KEY_CITY" in refused.value.advice


def test_a_county_cannot_slip_in_a_secret_of_the_citys(vault: Vault, key_files: dict[str, Path]) -> None:
    vault.set(PATH, Secret("planted"))
    vault.set("core-1/password", Secret("city"))
    vault.file(PATH).replace(vault.file("core-1/password"))

    with pytest.raises(VaultError) as refused:
        vault.get("core-1/password")

    assert refused.value.error.id == "E0610"


def test_the_header_names_the_vault_id(vault: Vault) -> None:
    vault.set(PATH, Secret("x"))
    vault.set("core-1/password", Secret("x"))

    assert vault.content(PATH).startswith(b"$ANSIBLE_VAULT;1.2;AES256;410621\n")
    assert vault.content("core-1/password").startswith(b"$ANSIBLE_VAULT;1.2;AES256;city\n")


def test_ansible_vault_shows_what_was_kept(vault: Vault, key_files: dict[str, Path]) -> None:
    text = "密码 with spaces\nand two lines"
    vault.set(PATH, Secret(text))

    shown = ansible_vault("view", "--vault-id", f"410621@{key_files['410621']}", vault.file(PATH))
    refused = ansible_vault("view", "--vault-id", f"city@{key_files['city']}", vault.file(PATH))

    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.decode().rstrip("\n") == text
    assert refused.returncode != 0
    assert text.encode() not in refused.stdout + refused.stderr


def test_what_ansible_vault_encrypted_is_shown(vault: Vault, key_files: dict[str, Path]) -> None:
    file = vault.file(PATH)
    file.parent.mkdir(parents=True)
    file.write_text("by-ansible")
    done = ansible_vault("encrypt", "--vault-id", f"410621@{key_files['410621']}", file)
    assert done.returncode == 0, done.stderr

    assert vault.get(PATH).reveal() == "by-ansible"


def test_files_are_whole_and_readable_by_their_owner_only(vault: Vault) -> None:
    vault.set(PATH, Secret("first"))
    vault.set(PATH, Secret("second"))

    assert vault.file(PATH).stat().st_mode & 0o777 == 0o600
    assert sorted(file.name for file in vault.folder.rglob("*") if file.is_file()) == ["ids.yaml", "password.vault"]


def test_a_secret_and_a_folder_of_secrets_may_share_a_name(vault: Vault) -> None:
    vault.set("a", Secret("one"))
    vault.set("a/b", Secret("two"))

    assert vault.paths() == ("a", "a/b")
    assert [vault.get(path).reveal() for path in vault.paths()] == ["one", "two"]


def test_what_is_not_there_is_told_with_the_nearest_name(vault: Vault) -> None:
    vault.set("core-1/password", Secret("x"))

    with pytest.raises(NotFoundError) as missing:
        vault.get("core-1/pasword")

    assert missing.value.error.id == "E0603"
    assert 'did you mean "core-1/password"?' in missing.value.message


@pytest.mark.parametrize("text", ["", "x" * (1024 * 1024 + 1), "half a pair \ud83d", "$ANSIBLE_VAULT;1.1;AES256\n61"])
def test_what_cannot_be_a_secret_is_refused_and_nothing_written(vault: Vault, text: str) -> None:
    with pytest.raises(VaultError) as refused:
        vault.set("a", Secret(text))

    assert refused.value.error.id == "E0618"
    assert vault.paths() == ()


def test_a_folder_that_cannot_be_written_is_told(vault: Vault) -> None:
    (vault.folder / "devices").write_text("a file where a folder should be")

    with pytest.raises(VaultError) as refused:
        vault.set("devices/core-1", Secret("x"))

    assert refused.value.error.id == "E0612"


def test_every_act_is_recorded_before_it_is_done_and_never_the_secret(vault: Vault, key_files: dict[str, Path]) -> None:
    seen: list[tuple[str, str, dict[str, Any], bool]] = []

    def record(action: str, path: str, **detail: Any) -> None:
        seen.append((action, path, detail, vault.file(PATH).exists()))

    recorded = Vault(vault.folder, Keys(key_files, environ={}), record)
    recorded.set(PATH, Secret("hunter2"))
    recorded.get(PATH)

    assert seen == [("set", PATH, {"id": "410621"}, False), ("get", PATH, {}, True)]


def test_what_cannot_be_recorded_is_not_done(vault: Vault, key_files: dict[str, Path]) -> None:
    def record(action: str, path: str, **detail: Any) -> None:
        raise OSError("no journal")

    unrecordable = Vault(vault.folder, Keys(key_files, environ={}), record)

    with pytest.raises(OSError, match="no journal"):
        unrecordable.set(PATH, Secret("x"))
    assert vault.paths() == ()


WRITER = """
import sys
from pathlib import Path
from yiwang.core.vault.keys import Keys
from yiwang.core.vault.secret import Secret
from yiwang.core.vault.store import Vault

folder, key_file, name = sys.argv[1:]
vault = Vault(Path(folder), Keys({"city": Path(key_file)}, environ={}))
for number in range(10):
    vault.set("shared", Secret(f"{name}-{number}"))
    vault.set(f"{name}/{number}", Secret(name))
"""


def test_writers_in_several_processes_lose_nothing(vault: Vault, key_files: dict[str, Path]) -> None:
    command = [sys.executable, "-c", WRITER, vault.folder, key_files["city"]]

    writers = [subprocess.Popen([*command, name]) for name in "abc"]

    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert len(vault.paths()) == 31
    assert vault.get("shared").reveal() in {"a-9", "b-9", "c-9"}


def test_the_leavings_of_a_killed_writer_are_swept_away(vault: Vault) -> None:
    left = vault.folder / f"{UNFINISHED}abc"
    left.write_bytes(b"half")

    vault.set("a", Secret("x"))

    assert not left.exists()
    assert vault.paths() == ("a",)


class TestKeys:
    """Where keys come from."""

    def test_the_environment_comes_before_the_settings_and_both_before_asking(self, tmp_path: Path) -> None:
        for name in ("environment", "setting"):
            (tmp_path / name).write_text(f"{name}-key\n")
            (tmp_path / name).chmod(0o600)
        asked: list[str] = []

        def ask(id: str) -> Secret:
            asked.append(id)
            return Secret("typed")

        named = {"YIWANG_VAULT_KEY_A_1": str(tmp_path / "environment")}
        keys = Keys({"a-1": tmp_path / "setting", "b": tmp_path / "setting"}, environ=named, ask=ask)

        assert keys.key("a-1").reveal() == "environment-key"
        assert keys.key("b").reveal() == "setting-key"
        assert keys.key("c").reveal() == keys.key("c").reveal() == "typed"
        assert asked == ["c"]

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o700, 0o644])
    def test_a_key_file_that_others_can_read_or_that_runs_is_refused(self, tmp_path: Path, mode: int) -> None:
        file = tmp_path / "key"
        file.write_text("k" * 32)
        file.chmod(mode)

        with pytest.raises(VaultError) as refused:
            read_key(file, "city")

        assert refused.value.error.id == "E0606"
        assert f"{mode:04o}" in refused.value.message

    @pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe", b"x" * 70000])
    def test_a_key_file_without_a_key_is_refused(self, tmp_path: Path, content: bytes) -> None:
        file = tmp_path / "key"
        file.write_bytes(content)
        file.chmod(0o600)

        with pytest.raises(VaultError) as refused:
            read_key(file, "city")

        assert refused.value.error.id == "E0605"

    def test_a_missing_key_file_is_told_with_its_path(self, tmp_path: Path) -> None:
        with pytest.raises(VaultError) as refused:
            read_key(tmp_path / "absent", "city")

        assert refused.value.error.id == "E0605"
        assert str(tmp_path / "absent") in refused.value.message

    def test_a_short_key_opens_but_does_not_encrypt(self, vault: Vault) -> None:
        vault.file("a").write_bytes(cipher.encrypt("old", Secret("short"), "city"))
        vault.keys.give("city", Secret("short"))

        assert vault.get("a").reveal() == "old"
        with pytest.raises(VaultError) as refused:
            vault.set("a", Secret("new"))
        assert refused.value.error.id == "E0607"

    def test_a_new_key_is_random_and_overwrites_nothing(self, tmp_path: Path) -> None:
        new_key(tmp_path / "one")
        new_key(tmp_path / "two")

        assert read_key(tmp_path / "one", "x") != read_key(tmp_path / "two", "x")
        assert (tmp_path / "one").stat().st_mode & 0o777 == 0o600
        with pytest.raises(UsageError) as refused:
            new_key(tmp_path / "one")
        assert refused.value.error.id == "E0622"


def test_the_cipher_is_loaded_only_when_a_secret_is_opened(vault: Vault) -> None:
    script = (
        "import sys; from pathlib import Path; from yiwang.core.vault.store import Vault; "
        "from yiwang.core.vault.keys import Keys; "
        f"print(Vault(Path({tempfile.gettempdir()!r}) / 'absent', Keys({{}})).paths(), 'ansible' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)

    assert done.stdout == "() False\n"

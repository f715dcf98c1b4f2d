"""``yiwang vault`` as it is used, and the proof that a secret shows nowhere on the way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from yiwang.core.database.connection import open_database
from yiwang.core.journal import Journal
from yiwang.core.vault.keys import new_key

BIN = Path(sys.executable).parent
SECRET = "Correct-Horse-7f3a91"
PTY = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"


class Place:
    """An estate of its own with a vault key, and the commands run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.estate = folder / "estate"
        self.key = folder / "city.key"
        self.estate.mkdir()
        new_key(self.key)
        (self.estate / "estate.yaml").write_text("estate: {}\n")
        (self.estate / "yiwang.yaml").write_text("vault: {keys: {city: ../city.key}}\n")
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "XDG_STATE_HOME": str(folder / "state"),
        }

    def command(self, *arguments: str) -> list[str]:
        return [str(BIN / "yiwang"), *arguments]

    def run(self, *arguments: str, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=self.estate,
            env=self.environment | environment,
            input=given,
            capture_output=True,
            text=True,
            start_new_session=True,
        )

    def text(self) -> bytes:
        """Everything that lies in any file below the folder, names included."""
        files = [file for file in self.folder.rglob("*") if file.is_file()]
        return b"\0".join([*(str(file).encode() for file in files), *(file.read_bytes() for file in files)])


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_secret_from_standard_input_is_kept_and_shown_only_when_asked(place: Place) -> None:
    kept = place.run("vault", "set", "core-1/password", given=f"{SECRET}\n")
    masked = place.run("vault", "get", "core-1/password")
    listed = place.run("vault", "list", "-o", "json")
    revealed = place.run("vault", "get", "core-1/password", "--reveal")

    assert (kept.returncode, kept.stdout) == (0, "vault:core-1/password\n")
    assert masked.returncode == listed.returncode == 0
    assert "********" in masked.stdout
    assert SECRET not in kept.stderr + masked.stdout + masked.stderr + listed.stdout + listed.stderr
    assert [(item["path"], item["id"]) for item in json.loads(listed.stdout)["items"]] == [("core-1/password", "city")]
    assert revealed.stdout == f"{SECRET}\n"


def test_line_breaks_inside_a_secret_are_kept(place: Place) -> None:
    key = "-----BEGIN KEY-----\nabc\n-----END KEY-----\n"

    place.run("vault", "set", "key", given=f"{key}\n")

    assert place.run("vault", "get", "key", "--reveal").stdout == f"{key}\n"


def test_a_secret_on_the_command_line_is_refused_and_not_repeated(place: Place) -> None:
    for arguments in (("core-1/password", SECRET), ("core-1/password", f"--{SECRET}")):
        refused = place.run("vault", "set", *arguments)

        assert refused.returncode == 64
        assert "E0619" in refused.stderr
        assert SECRET not in refused.stdout + refused.stderr
    assert not (place.estate / "vault").exists()


def test_a_generated_secret_is_not_shown(place: Place) -> None:
    made = place.run("vault", "set", "core-1/password", "--generate", "--length", "32")

    secret = place.run("vault", "get", "core-1/password", "--reveal").stdout.strip()
    assert len(secret) == 32
    assert secret not in made.stdout + made.stderr


@pytest.mark.parametrize("given", [b"", b"\n", b"Correct-Horse-\xff"])
def test_what_is_no_secret_is_told_and_not_repeated(place: Place, given: bytes) -> None:
    refused = subprocess.run(
        place.command("vault", "set", "core-1/password"),
        cwd=place.estate,
        env=place.environment,
        input=given,
        capture_output=True,
    )

    assert refused.returncode == 64
    assert b"E0620" in refused.stderr
    assert b"Correct-Horse" not in refused.stderr


def test_typed_secrets_show_neither_on_the_screen_nor_among_the_processes(place: Place) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PTY, *place.command("vault", "set", "core-1/password")],
        cwd=place.estate,
        env=place.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        screen = b""
        for prompt in (b"secret for core-1/password: ", b"once more: "):
            while not screen.endswith(prompt):
                read = os.read(process.stdout.fileno(), 4096)
                assert read, screen
                screen += read
            # The first time, the secret is held by the process that now asks for it once more.
            assert not processes_that_show(SECRET)
            process.stdin.write(f"{SECRET}\n".encode())
            process.stdin.flush()
        screen += process.stdout.read()

    assert process.returncode == 0, screen
    assert SECRET.encode() not in screen
    assert place.run("vault", "get", "core-1/password", "--reveal").stdout == f"{SECRET}\n"


def processes_that_show(secret: str) -> list[str]:
    """The processes whose command line or environment anybody could read the secret from."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            try:
                if secret.encode() in (process / name).read_bytes():
                    found.append(f"{process.name} {name}")
            except OSError:
                continue
    return found


def test_the_search_among_the_processes_finds_what_is_there() -> None:
    # Only once it speaks has the process certainly got its own environment.
    command = ["/bin/sh", "-c", "echo up; read never"]
    environment = {"PASSWORD": f"{SECRET}-planted"}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        found = processes_that_show(f"{SECRET}-planted")
        process.kill()

    assert f"{process.pid} environ" in found


def test_after_everything_no_file_holds_a_secret_and_git_has_only_what_is_encrypted(place: Place) -> None:
    variables = place.estate / "vars.yml"
    variables.write_text(f"user: yiwang\npassword: {SECRET}-imported\n")
    new_key(place.folder / "next.key")

    results = [
        place.run("vault", "set", "core-1/password", given=SECRET),
        place.run("vault", "import", "vars.yml", "--under", "app", "--replace"),
        place.run("vault", "get", "core-1/password", "--reveal"),
        place.run("vault", "rotate", "--id", "city", "--new-key", "../next.key"),
        place.run("vault", "get", "core-1/password", "--reveal"),
        place.run("vault", "check"),
    ]

    assert [result.returncode for result in results] == [0, 0, 0, 0, 1, 1]
    assert SECRET not in "".join(result.stdout + result.stderr for result in (*results[:2], *results[3:]))
    assert variables.read_text() == "user: yiwang\npassword: vault:app/password\n"
    assert SECRET.encode() not in place.text()
    subprocess.run(["git", "init", "-q"], cwd=place.estate, check=True)
    subprocess.run(["git", "add", "-A"], cwd=place.estate, check=True)
    tracked = subprocess.run(["git", "ls-files"], cwd=place.estate, check=True, capture_output=True, text=True).stdout
    assert "vault/core-1/password.vault" in tracked
    found = subprocess.run(["git", "grep", "--cached", "-q", "-F", SECRET], cwd=place.estate)
    assert found.returncode == 1


def test_what_is_done_with_secrets_stands_in_the_journal(place: Place) -> None:
    place.run("vault", "set", "core-1/password", given=SECRET)
    place.run("vault", "get", "core-1/password", "--reveal")
    place.run("vault", "get", "core-1/password")

    database = open_database(f"sqlite:///{place.folder}/state/yiwang/yiwang.db")
    entries = list(Journal(database).entries())
    database.close()

    assert [(entry.action, entry.subject, entry.detail) for entry in entries] == [
        ("vault.set", "core-1/password", {"id": "city"}),
        ("vault.get", "core-1/password", {}),
    ]


def test_an_interrupted_rotation_is_completed_with_the_old_key_named(place: Place) -> None:
    new_key(place.folder / "next.key")
    place.run("vault", "set", "a", given=SECRET)
    before = (place.estate / "vault/a.vault").read_bytes()
    place.run("vault", "set", "b", given=SECRET)
    place.run("vault", "rotate", "--id", "city", "--new-key", "../next.key")
    (place.estate / "vault/a.vault").write_bytes(before)
    named = {"YIWANG_VAULT_KEY_CITY": str(place.folder / "next.key")}

    done = place.run("vault", "rotate", "--id", "city", "--new-key", "../next.key", "--old-key", "../city.key", **named)

    assert done.returncode == 0
    assert "1 secret(s)" in done.stderr
    assert place.run("vault", "get", "a", "--reveal", **named).stdout == f"{SECRET}\n"


def test_a_reference_that_leads_nowhere_is_told_with_its_line(place: Place) -> None:
    (place.estate / "nodes.yaml").write_text("nodes:\n  a:\n    connection: {password: vault:a/pasword}\n")
    place.run("vault", "set", "a/password", given=SECRET)

    done = place.run("vault", "check", YIWANG_LANGUAGE="zh_CN")

    assert done.returncode == 1
    assert "nodes.yaml:3:28: E0615" in done.stderr
    assert "是否想写“a/password”" in done.stderr


def test_without_key_and_terminal_the_error_says_where_to_put_the_key(place: Place) -> None:
    (place.estate / "yiwang.yaml").unlink()

    refused = place.run("vault", "set", "a", given=SECRET)

    assert refused.returncode == 1
    assert "E0604" in refused.stderr
    assert "vault.keys.city" in refused.stderr


def test_a_key_file_that_others_can_read_is_refused(place: Place) -> None:
    place.key.chmod(0o644)

    refused = place.run("vault", "set", "a", given=SECRET)

    assert refused.returncode == 1
    assert "E0606" in refused.stderr

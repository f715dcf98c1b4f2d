"""``yiwang network handover``, as the office that hands over and the authority that receives use it."""

from __future__ import annotations

import io
import json
import signal
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyrage
import pytest

from tests.integration.network.snmp.conftest import Agent
from tests.integration.network.snmp.conftest import agent as agent
from yiwang.core.vault.cipher import decrypt
from yiwang.core.vault.keys import Keys
from yiwang.core.vault.secret import Secret
from yiwang.core.vault.store import Vault

WHOLE = (
    r"printf 'version 15.7\n!\nhostname r1\n!\ninterface GigabitEthernet0/0\n no shutdown\n!\nline vty 0 4\n!\nend\n'"
)
REFUSING = f"{WHOLE} ;;\n    'configure terminal') printf \"%% Invalid input detected at '^' marker.\\n\""
SUPERVISION = "supervision: {{title: 省电子政务安全监管系统, contact: 李四 0371-0000, expires: 2099-12-31, {seal}}}"
DECLARED = """\
    handover:
      user: {user}
      private_key: vault:devices/{name}
      password: vault:handover/password
      snmp: {{version: 2c, community: vault:handover/{community}, port: {port}}}
"""


class Office:
    """The estate of a trial with accounts to hand over, and the authority's key."""

    def __init__(self, trial: Any, agent: Agent) -> None:
        self.trial = trial
        self.port = agent.port
        self.identity = pyrage.x25519.Identity.generate()
        self.package = trial.folder / "package.tar"
        self.vault = Vault(trial.folder / "estate" / "vault", Keys({"city": trial.folder / "city.key"}))
        for name, secret in (("public", "public"), ("writer", "writer"), ("password", "kY7-not-to-be-seen")):
            self.vault.set(f"handover/{name}", Secret(secret))

    def declare(self, communities: dict[str, str], seal: str = "") -> None:
        """Let each device hand over its account with a community; all are served for the same user."""
        file = self.trial.folder / "estate" / "estate.yaml"
        for number, text in enumerate(self.trial.devices):
            name = text.strip().partition(":")[0]
            user = text.partition("user: ")[2].partition("\n")[0]
            told = DECLARED.format(user=user, name=name, community=communities.get(name, "public"), port=self.port)
            self.trial.devices[number] = text.partition("    handover:")[0] + told
        head = file.read_text("utf-8").partition("devices:\n")[0].partition("estate: {")
        own = SUPERVISION.format(seal=seal or f"public_key: {self.identity.to_public()}")
        before = f"{head[0]}estate: {{{own}, {head[2]}" if "supervision" not in head[2] else "".join(head)
        file.write_text(f"{before}devices:\n{''.join(self.trial.devices)}", "utf-8")

    def hand_over(self, *more: str) -> Any:
        return self.trial.yiwang("network", "handover", "run", "--to", str(self.package), "-o", "json", *more)

    def state(self) -> dict[str, str]:
        done = self.trial.yiwang("network", "handover", "status", "-o", "json", check=True)
        return {item["device"]: item["state"] for item in json.loads(done.stdout)["items"]}


@pytest.fixture
def office(trial: Any, agent: Agent) -> Office:
    return Office(trial, agent)


def inside(package: Path, name: str) -> bytes:
    with tarfile.open(package) as tar:
        content = tar.extractfile(name)
        assert content
        return content.read()


def changed(package: Path, name: str, content: bytes) -> None:
    with tarfile.open(package) as tar:
        files = {each: inside(package, each) for each in tar.getnames()} | {name: content}
    with tarfile.open(package, "w") as tar:
        for each, text in files.items():
            about = tarfile.TarInfo(each)
            about.size = len(text)
            tar.addfile(about, io.BytesIO(text))


def texts_below(folder: Path) -> str:
    files = (file for file in folder.rglob("*") if file.is_file())
    return "".join(file.read_bytes().decode("utf-8", "replace") for file in files)


def test_what_was_proven_is_opened_by_the_authority_alone_and_its_receipt_comes_home(
    office: Office, ios: Callable[..., str]
) -> None:
    office.trial.scripted("edge-1", ios(REFUSING))
    office.declare({})
    receipt = office.trial.folder / "receipt.json"

    done = office.hand_over()
    seen = office.trial.yiwang(
        *("network", "handover", "verify", str(office.package), "--receipt", str(receipt), "--by", "李四")
    )
    before = office.state()
    taken = office.trial.yiwang("network", "handover", "receipt", str(receipt))

    assert done.returncode == 0, done.stderr
    opened = json.loads(pyrage.decrypt(inside(office.package, "accounts.age"), [office.identity]))
    assert opened["devices"][0]["snmp"]["community"] == "public"
    assert opened["devices"][0]["ssh"]["password"] == "kY7-not-to-be-seen"
    assert seen.returncode == 0, seen.stderr
    assert "edge-1" in seen.stdout
    assert before == {"edge-1": "sealed"}
    assert taken.returncode == 0, taken.stderr
    assert office.state() == {"edge-1": "received"}
    journal = office.trial.yiwang("journal", "list", "-o", "json").stdout
    assert "handover.sealed" in journal
    assert "handover.received" in journal
    left = texts_below(office.trial.folder / "state") + done.stdout + done.stderr + seen.stdout + seen.stderr
    assert "kY7-not-to-be-seen" not in left
    assert b"kY7-not-to-be-seen" not in office.package.read_bytes()


@pytest.mark.parametrize("way", ["ssh", "snmp"])
def test_one_account_that_can_write_fails_the_whole_handover(office: Office, ios: Callable[..., str], way: str) -> None:
    office.trial.scripted("edge-1", ios(REFUSING))
    if way == "ssh":
        served = office.trial.vendor("edge-2", "huawei_vrp")
        before = served.running
    else:
        office.trial.scripted("edge-2", ios(REFUSING))
    office.declare({"edge-2": "writer"} if way == "snmp" else {})

    done = office.hand_over()

    found = {item["device"]: item for item in json.loads(done.stdout)["items"]}
    assert done.returncode != 0
    assert "E3438" in done.stderr
    assert "edge-2" in done.stderr.partition("E3438")[2]
    assert found["edge-1"]["result"] == "read-only"
    assert found["edge-2"]["result"] == "can write"
    assert not office.package.exists()
    assert set(office.state().values()) == {"no"}
    if way == "ssh":
        assert served.running == before


def test_an_account_that_does_not_see_the_whole_configuration_is_not_handed_over(
    office: Office, ios: Callable[..., str]
) -> None:
    part = REFUSING.replace("!\\nend", "!")
    office.trial.scripted("edge-1", ios(part))
    office.declare({})

    done = office.hand_over()

    assert "E3425" in done.stderr
    assert "E3020" in json.loads(done.stdout)["items"][0]["problem"]
    assert not office.package.exists()


def test_a_device_that_answers_the_probe_in_unknown_words_is_not_proven(
    office: Office, ios: Callable[..., str]
) -> None:
    office.trial.scripted("edge-1", ios(f"{WHOLE} ;;\n    'configure terminal') printf 'busy\\n'"))
    office.declare({})

    done = office.hand_over()

    assert "E3422" in json.loads(done.stdout)["items"][0]["problem"]
    assert "E3425" in done.stderr


def test_a_package_that_was_changed_or_signed_by_somebody_else_is_refused(
    office: Office, ios: Callable[..., str]
) -> None:
    office.trial.scripted("edge-1", ios(REFUSING))
    office.declare({})
    assert office.hand_over().returncode == 0
    other = f"ed25519:{'A' * 43}="
    manifest = inside(office.package, "manifest.json")
    forged, swapped = office.trial.folder / "forged.tar", office.trial.folder / "swapped.tar"
    for each in (forged, swapped):
        each.write_bytes(office.package.read_bytes())
    changed(forged, "manifest.json", manifest.replace(b"2099", b"2199"))
    changed(swapped, "accounts.age", b"something else")

    told = [
        office.trial.yiwang("network", "handover", "verify", str(file), *more).stderr
        for file, *more in ((forged,), (swapped,), (office.package, "--signer", other), (office.trial.folder / "no",))
    ]

    assert [text.partition("E34")[2][:2] for text in told] == ["31", "31", "32", "30"]


def test_renewed_accounts_are_to_be_handed_over_anew(office: Office, ios: Callable[..., str]) -> None:
    office.trial.scripted("edge-1", ios(REFUSING))
    office.declare({})
    assert office.hand_over().returncode == 0

    shown = office.trial.yiwang("network", "handover", "rotate")
    unchanged = office.vault.open("handover/public")
    done = office.trial.yiwang("network", "handover", "rotate", "--yes")

    assert unchanged == Secret("public")
    assert "snmp-server community <vault:handover/public> ro" in shown.stdout
    assert done.returncode == 0, done.stderr
    assert office.vault.open("handover/public") != Secret("public")
    assert office.vault.open("handover/public").reveal() not in done.stdout + done.stderr
    assert office.state() == {"edge-1": "renewed"}


def test_an_account_that_changed_after_its_proof_is_not_sealed(office: Office, ios: Callable[..., str]) -> None:
    office.trial.scripted("edge-1", ios(REFUSING))
    office.declare({})
    assert office.hand_over().returncode == 0
    run = json.loads(inside(office.package, "manifest.json"))["run"]
    office.vault.set("handover/password", Secret("another-one-than-before"))

    done = office.trial.yiwang("network", "handover", "seal", run, "--to", str(office.trial.folder / "late.tar"))

    assert "E3427" in done.stderr
    assert not (office.trial.folder / "late.tar").exists()


def test_a_handover_that_is_killed_goes_on_and_is_sealed(office: Office, ios: Callable[..., str]) -> None:
    office.trial.scripted("edge-1", ios(REFUSING))
    office.trial.scripted("edge-2", ios(f"[ -e $folder/go ] || {{ touch $folder/asked; sleep 120; }}; {REFUSING}"))
    office.declare({}, seal="passphrase: vault:handover/agreed")
    office.vault.set("handover/agreed", Secret("a passphrase that both have"))
    process = office.trial.start("network", "handover", "run")
    end = time.monotonic() + 60
    while not (office.trial.folder / "asked").exists() and time.monotonic() < end:
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (office.trial.folder / "go").touch()
    (run,) = json.loads(office.trial.yiwang("runs", "list", "-o", "json").stdout)["items"]

    early = office.trial.yiwang("network", "handover", "seal", run["run"])
    resumed = office.trial.yiwang("runs", "resume", run["run"])
    done = office.trial.yiwang("network", "handover", "seal", run["run"], "--to", str(office.package))

    assert "E3425" in early.stderr
    assert resumed.returncode == 0, resumed.stderr
    assert done.returncode == 0, done.stderr
    opened = decrypt(inside(office.package, "accounts.vault"), Secret("a passphrase that both have"))
    assert [each["device"] for each in json.loads(opened.reveal())["devices"]] == ["edge-1", "edge-2"]


def test_what_is_not_declared_is_told_before_any_device_is_asked(office: Office, ios: Callable[..., str]) -> None:
    office.trial.scripted("edge-1", ios(REFUSING))
    bare = office.hand_over()
    office.declare({})
    office.trial.devices[0] = office.trial.devices[0].partition("    handover:")[0]
    file = office.trial.folder / "estate" / "estate.yaml"
    file.write_text(f"{file.read_text('utf-8').partition('devices:')[0]}devices:\n{office.trial.devices[0]}", "utf-8")

    without_account = office.hand_over()

    assert "E3424" in bare.stderr
    assert "E3423" in without_account.stderr
    assert "edge-1" in without_account.stderr
    assert not json.loads(office.trial.yiwang("runs", "list", "-o", "json").stdout)["items"]

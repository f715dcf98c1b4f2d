"""An SNMP agent that answers to other credentials than those declared."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from yiwang.core.errors import code
from yiwang.core.i18n import N_
from yiwang.lab.command import LabError
from yiwang.lab.faults.case import Case
from yiwang.lab.faults.fault import Fault
from yiwang.lab.faults.parameter import Values
from yiwang.lab.faults.service import require_active

NO_CREDENTIALS = code(
    "E6319",
    N_("snmpd's configuration on {host} names no community and no user"),
    N_("declare the host's SNMP access, or choose another host"),
)
AGENT = "snmpd.service"
# The agent's own file, what it includes, and the users that it keeps with keys made from their passwords.
FILES = ("etc/snmp/snmpd.conf", "etc/snmp/snmpd.conf.d/*.conf", "var/lib/snmp/snmpd.conf")

_WORD = r'("[^"]*"|\S+)'
_COMMUNITY = re.compile(rf"^(\s*r[ow]community6?\s+){_WORD}", re.MULTILINE)
_MAPPED = re.compile(rf"^(\s*com2sec6?\s+(?:-Cn\s+\S+\s+)?\S+\s+\S+\s+){_WORD}", re.MULTILINE)
# A pass phrase, or -l or -m with a key made from it.
_SECRET = rf"(?:-[lm][ \t]+)?{_WORD}"
_USER = re.compile(
    rf"^(\s*createUser\s+(?:-e\s+\S+\s+)?\S+\s+\S+\s+){_SECRET}(?:([ \t]+\S+[ \t]+){_SECRET})?", re.MULTILINE
)
_KEPT_USER = re.compile(r"^usmUser .*\n", re.MULTILINE)


def with_other_credentials(text: str) -> str:
    """A configuration of snmpd in which every community and password is another, made by chance."""
    text = _COMMUNITY.sub(_changed, text)
    text = _MAPPED.sub(_changed, text)
    text = _USER.sub(_changed, text)
    return _KEPT_USER.sub("", text)


def _changed(match: re.Match[str]) -> str:
    # Odd groups are what stays, even ones what is secret.
    kept = match.groups()[::2]
    return "".join(f"{each}{secrets.token_hex(12)}" for each in kept if each is not None)


def _before(case: Case) -> Values:
    require_active(case, AGENT)
    return {}


def _apply(case: Case) -> None:
    case.systemctl("stop", AGENT)
    changed = [file for file in _files(case) if _change(case, file)]
    if not changed:
        raise LabError(NO_CREDENTIALS, host=case.machine.host.name)
    _start(case)


def _files(case: Case) -> Iterator[Path]:
    root = case.machine.disk.root
    return (file for pattern in FILES for file in sorted(root.glob(pattern)))


def _change(case: Case, file: Path) -> bool:
    before = file.read_bytes()
    after = with_other_credentials(before.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    if after == before:
        return False
    kept = _kept(case) / file.relative_to(case.machine.disk.root)
    kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _put(kept, before)
    # In place: owner and mode stay.
    file.write_bytes(after)
    return True


def _put(kept: Path, content: bytes) -> None:
    """Keep a copy for root's eyes only, whole or not at all."""
    unfinished = kept.with_name(f"{kept.name}.unfinished")
    unfinished.touch(mode=0o600)
    unfinished.write_bytes(content)
    unfinished.replace(kept)


def _kept(case: Case) -> Path:
    """Where the true files are while the fault is in force."""
    return case.lab.folder.faults / f"{case.record.id}.files"


def _clear(case: Case) -> None:
    kept = _kept(case)
    if case.is_running:
        case.systemctl("stop", AGENT)
    for file in kept.rglob("*.conf"):
        (case.machine.disk.root / file.relative_to(kept)).write_bytes(file.read_bytes())
    shutil.rmtree(kept, ignore_errors=True)
    if case.is_running:
        _start(case)


def _start(case: Case) -> None:
    case.systemctl("reset-failed", AGENT, is_tolerant=True)
    case.systemctl("start", AGENT)


def _holds(case: Case) -> bool:
    return _kept(case).is_dir()


SNMP = Fault(
    name="snmp",
    summary=N_("The host's SNMP agent answers to other credentials."),
    place="host",
    apply=_apply,
    clear=_clear,
    words=("wrong-credentials",),
    before=_before,
    holds=_holds,
)

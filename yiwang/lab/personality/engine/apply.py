"""The one program that a device's account may run as root: make the running configuration true.

Without arguments it hands the translated configuration to FRR; ``show WHAT`` prints what FRR or lldpd
says of one thing, as JSON; ``reboot`` starts the device again.  ``boot`` is for the device itself:
it begins with the saved configuration, before FRR starts.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

from yiwang.lab.personality.engine import meaning
from yiwang.lab.personality.engine.device import Device, load
from yiwang.lab.personality.engine.platform import PLATFORM_FILE, Platform
from yiwang.lab.personality.engine.platform import load as load_platform
from yiwang.lab.personality.engine.store import replace
from yiwang.lab.personality.engine.translation import Translation, translate
from yiwang.lab.personality.engine.tree import parse

LOCK = Path("/run/yiwang-apply.lock")
FRR_FILE = Path("/etc/frr/frr.conf")
DAEMONS_FILE = Path("/etc/frr/daemons")
SNMPD_FILE = Path("/etc/snmp/snmpd.conf")
SNMPD_PROCESS = Path("/run/snmpd.pid")
NET = Path("/sys/class/net")
# The environment of the account that calls has no say in what root runs.
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
QUESTIONS = {
    "ospf": ("vtysh", "-c", "show ip ospf neighbor detail json"),
    "bgp": ("vtysh", "-c", "show ip bgp summary json"),
    "routes": ("vtysh", "-c", "show ip route json"),
    "lldp": ("lldpcli", "-f", "json", "show", "neighbors"),
}


def main() -> int:
    """Apply, or do what the arguments say; 64 when they say nothing that is known."""
    arguments = sys.argv[1:]
    if arguments in ([], ["boot"]):
        with LOCK.open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            do = boot if arguments else apply
            return do(load(), load_platform(Path(PLATFORM_FILE)))
    if arguments == ["reboot"]:
        return _call("systemctl", "reboot")
    if len(arguments) == 2 and arguments[0] == "show" and arguments[1] in QUESTIONS:
        return _call(*QUESTIONS[arguments[1]])
    return 64


def apply(device: Device, platform: Platform) -> int:
    """Give FRR, the kernel, lldpd and snmpd what the running configuration says."""
    is_other, has_other_daemons = _prepare(device, platform)
    if has_other_daemons:
        return _call("/usr/lib/frr/frrinit.sh", "restart")
    return _call("/usr/lib/frr/frr-reload.py", "--reload", str(FRR_FILE)) if is_other else 0


def boot(device: Device, platform: Platform) -> int:
    """Begin with the saved configuration, as a device does that was switched off and on."""
    if device.startup.exists():
        _write(device.running, device.startup.read_text("utf-8"))
        _prepare(device, platform)
    return 0


def _prepare(device: Device, platform: Platform) -> tuple[bool, bool]:
    text = device.running.read_text("utf-8")
    translation = translate(text, platform, device.ports, name=device.name)
    _set_name(meaning.hostname(parse(text, platform.comment), platform, device.name))
    _set_mtu(translation)
    return _write(FRR_FILE, translation.frr), _write(DAEMONS_FILE, daemons(translation.daemons))


def daemons(wanted: tuple[str, ...]) -> str:
    """FRR's file of daemons: zebra and staticd always run."""
    switches = "".join(f"{name}={'yes' if name in wanted else 'no'}\n" for name in ("ospfd", "bgpd"))
    return f"""{switches}vtysh_enable=yes
zebra_options="  -A 127.0.0.1 -s 90000000"
bgpd_options="   -A 127.0.0.1"
ospfd_options="  -A 127.0.0.1"
staticd_options="-A 127.0.0.1"
"""


def _write(file: Path, text: str) -> bool:
    """Write a file and keep its owner and mode; whether it became another."""
    before = file.stat()
    if file.read_text("utf-8") == text:
        return False
    replace(file, text, before.st_mode & 0o777)
    os.chown(file, before.st_uid, before.st_gid)
    return True


def _set_name(name: str) -> None:
    if name == socket.gethostname() or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", name):
        return
    socket.sethostname(name)
    replace(Path("/etc/hostname"), f"{name}\n", 0o644)
    _call("lldpcli", "configure", "system", "hostname", name)
    with contextlib.suppress(OSError, ValueError):
        _write(SNMPD_FILE, re.sub(r"(?m)^sysName .*$", f"sysName {name}", SNMPD_FILE.read_text("utf-8")))
        os.kill(int(SNMPD_PROCESS.read_text("ascii")), signal.SIGHUP)


def _set_mtu(translation: Translation) -> None:
    for kernel, mtu in translation.mtu.items():
        with contextlib.suppress(OSError):
            file = NET / kernel / "mtu"
            if file.read_text("ascii").strip() != str(mtu):
                file.write_text(f"{mtu}\n", "ascii")


def _call(*command: str) -> int:
    return subprocess.run(command, env=ENVIRONMENT, cwd="/", stdin=subprocess.DEVNULL, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

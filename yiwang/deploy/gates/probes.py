"""The probes that gates ask for; each looks from the node itself, as root, and changes nothing."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from yiwang.deploy.engine.transport import LOOK_SECONDS, Output, Transport
from yiwang.deploy.gates.gate import Probe, Verdict

SHOWN = 300


def ssh(node: Transport) -> Verdict:
    """A fresh login works: the very connection over which this is asked was made after the change."""
    return _of(node.run("true", timeout=LOOK_SECONDS), "")


def service(node: Transport, unit: str) -> Verdict:
    """A systemd unit is active and did not just fail."""
    return _of(node.run(f"systemctl is-active {shlex.quote(unit)}", timeout=LOOK_SECONDS), "active")


def tcp(node: Transport, port: int, host: str = "127.0.0.1") -> Verdict:
    """A TCP port answers."""
    command = f"timeout 5 bash -c {shlex.quote(f'exec 3<>/dev/tcp/{host}/{int(port)}')}"
    done = node.run(command, timeout=LOOK_SECONDS)
    return Verdict(done.code == 0, f"{host}:{port} {'answers' if done.code == 0 else _shown(done)}")


def http(node: Transport, url: str, status: int = 200, contains: str = "") -> Verdict:
    """A web page answers with a status, and contains a text."""
    command = f"curl -sk --max-time 10 -w '\\n%{{http_code}}' -- {shlex.quote(url)}"
    done = node.run(command, timeout=LOOK_SECONDS)
    if done.code:
        return Verdict(False, _shown(done) or f"curl: {done.code}")
    body, _, code = done.out.rpartition("\n")
    return Verdict(code.strip() == str(status) and contains in body, f"{url}: {code.strip()}")


def time_sync(node: Transport, max_offset_seconds: float = 1.0) -> Verdict:
    """The time daemon has a source, and the clock is near it."""
    done = node.run("chronyc -c tracking", timeout=LOOK_SECONDS)
    fields = done.out.strip().split(",")
    if done.code or len(fields) < 5:
        return Verdict(None, _shown(done))
    stratum, offset = int(fields[2] or 0), abs(float(fields[4]))
    return Verdict(0 < stratum < 16 and offset <= max_offset_seconds, f"stratum {stratum}, {offset:.3f} s off")


def route(node: Transport, to: str) -> Verdict:
    """There is a route to an address."""
    done = node.run(f"ip route get {shlex.quote(to)}", timeout=LOOK_SECONDS)
    return Verdict(done.code == 0, _shown(done))


def dns(node: Transport, name: str, server: str = "", expect: str = "") -> Verdict:
    """The node's own resolver, or the server named, answers for a name, with an address."""
    own = f"getent ahostsv4 {shlex.quote(name)}"
    asked = f"dig +short +time=3 +tries=1 @{shlex.quote(server)} {shlex.quote(name)}" if server else own
    done = node.run(asked, timeout=LOOK_SECONDS)
    is_right = re.search(rf"\b{re.escape(expect)}\b", done.out) is not None if expect else bool(done.out.strip())
    return Verdict(done.code == 0 and is_right, _shown(done))


def command(node: Transport, command: str, expect: str = "") -> Verdict:
    """A command ends well, and says a text."""
    return _of(node.run(command, timeout=LOOK_SECONDS), expect)


def postgresql(node: Transport, database: str = "postgres") -> Verdict:
    """The database answers a query."""
    query = f"runuser -u postgres -- psql -XAtc 'SELECT 1' -d {shlex.quote(database)}"
    return _of(node.run(query, timeout=LOOK_SECONDS), "1")


def package_mirror(node: Transport, url: str) -> Verdict:
    """The package mirror gives its signed index."""
    return http(node, f"{url.rstrip('/')}/InRelease", contains="-----BEGIN PGP SIGN")


def log_received(node: Transport, via: str = "logger") -> Verdict:
    """The way to the log server is open: the forwarding action is not suspended."""
    done = node.run(f"{via} -t yiwang-gate 'rollout gate' && systemctl is-active rsyslog", timeout=LOOK_SECONDS)
    return _of(done, "active")


def certificate(node: Transport, path: str, min_days: int = 30) -> Verdict:
    """A certificate holds for some time yet."""
    seconds = int(min_days) * 86_400
    asked = f"openssl x509 -checkend {seconds} -enddate -noout -in {shlex.quote(path)}"
    return _of(node.run(asked, timeout=LOOK_SECONDS), "will not expire")


def _of(done: Output, expect: str) -> Verdict:
    return Verdict(done.code == 0 and expect in done.out, _shown(done))


def _shown(done: Output) -> str:
    return " ".join(f"{done.out} {done.err}".split())[:SHOWN]


PROBES: Mapping[str, Probe] = {
    "ssh": ssh,
    "service": service,
    "tcp": tcp,
    "http": http,
    "time-sync": time_sync,
    "route": route,
    "dns": dns,
    "command": command,
    "postgresql": postgresql,
    "package-mirror": package_mirror,
    "log-received": log_received,
    "certificate": certificate,
}
"""Name of a gate → its probe."""

"""The probes that gates ask for; each looks from the node itself, as root, and changes nothing."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from yiwang.deploy.engine.transport import LOOK_SECONDS, Output, Transport
from yiwang.deploy.gates.gate import Probe, Verdict

SHOWN = 300

# Prints the addresses of a name; the server is asked directly (RFC 1035), since nodes have no tool for that.
ASK = """
import socket, struct, sys
name, server = sys.argv[1], sys.argv[2:]
if not server:
    print(*sorted({each[4][0] for each in socket.getaddrinfo(name, None, socket.AF_INET)}))
    sys.exit()
labels = b"".join(bytes([len(part)]) + part.encode() for part in name.rstrip(".").split("."))
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
    asking.settimeout(3)
    asking.connect((server[0], 53))
    asking.send(struct.pack(">6H", 7, 0x100, 1, 0, 0, 0) + labels + b"\\0" + struct.pack(">2H", 1, 1))
    answer = asking.recv(4096)
count, at = struct.unpack(">H", answer[6:8])[0], 12 + len(labels) + 5
for _ in range(count):
    while answer[at] and answer[at] < 192:
        at += answer[at] + 1
    at += 2 if answer[at] else 1
    kind, _, _, size = struct.unpack(">2HIH", answer[at : at + 10])
    at += 10
    if kind == 1:
        print(socket.inet_ntoa(answer[at : at + size]))
    at += size
"""


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
    if not 0 < stratum < 16:
        # A source that was not there when the daemon began is asked again only after a minute: ask now.
        node.run("chronyc burst 2/4", timeout=LOOK_SECONDS)
    return Verdict(0 < stratum < 16 and offset <= max_offset_seconds, f"stratum {stratum}, {offset:.3f} s off")


def route(node: Transport, to: str) -> Verdict:
    """There is a route to an address."""
    done = node.run(f"ip route get {shlex.quote(to)}", timeout=LOOK_SECONDS)
    return Verdict(done.code == 0, _shown(done))


def dns(node: Transport, name: str, server: str = "", expect: str = "") -> Verdict:
    """The node's own resolver, or the server named, answers for a name, with an address."""
    words = " ".join(shlex.quote(word) for word in (name, server) if word)
    done = node.run(f"python3 -I - {words}", stdin=ASK.encode(), timeout=LOOK_SECONDS)
    found = done.out.split()
    return Verdict(done.code == 0 and (expect in found if expect else bool(found)), _shown(done))


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


def log_received(node: Transport, via: str = "") -> Verdict:
    """The log service has a connection to a log server (``via``, named for people), over which it sends."""
    asked = "logger -t yiwang-gate open; ss -Htnp state established | grep '\"rsyslogd\"'"
    done = node.run(asked, timeout=LOOK_SECONDS)
    return Verdict(done.code == 0, _shown(done) or f"no connection to {via}".rstrip())


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

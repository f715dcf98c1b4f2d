"""Feeding a mirror node from a bundle: only what it lacks is sent, and it verifies all before it serves any.

What comes is gathered beside the folder that is served.  When every byte is as it was signed the two change
places in one step of the kernel; what was served before is kept for one way back.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files

from yiwang.deploy.bundle.archive import SIGNATURE, SUM, SUMS, Bundle, packed
from yiwang.deploy.bundle.faults import NO_ROOM, NODE_REFUSED, NOTHING_BEFORE, BundleError
from yiwang.deploy.bundle.trusted import PublicKey
from yiwang.deploy.engine.faults import BUSY, NO_ANSWER, DeployError, ReachError
from yiwang.deploy.engine.transport import TIMED_OUT, Output, Transport

SCRIPT = (files(__package__) / "node.sh").read_text(encoding="utf-8")
CHUNK = 4 << 20
"""So much is sent in one message; a lost line costs no more than that."""
MARGIN_MIB = 64
SECONDS, LONG_SECONDS = 120, 1800
LOCK_SECONDS = 60
LARGEST_LIST = 64 << 20
KEYRING = "/etc/apt/keyrings/yiwang-bundle.gpg"
SOURCE = "/etc/apt/sources.list.d/yiwang-bundle.sources"
NOTHING_THERE = 5
"""What the script ends with when nothing of before is kept."""

Report = Callable[[int, int], None]
"""Hears how many bytes of how many have been sent."""


@dataclass(frozen=True, slots=True)
class Installed:
    """What was done on a mirror node."""

    target: str
    digest: str
    sent_bytes: int
    reused: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What was there: the digest of what is served, free MiB, and the sizes of what has come so far."""

    digest: str
    free_mib: int
    come: Mapping[str, int]


@dataclass(frozen=True)
class Mirror:
    """A mirror node over its connection: its name and the folder that it serves."""

    name: str
    folder: str
    transport: Transport

    def install(self, bundle: Bundle, key: PublicKey, *, report: Report = lambda _sent, _total: None) -> Installed:
        """Make the node serve a bundle that was verified here; done again, it goes on where it was interrupted.

        Raises:
            ReachError: the connection was lost (E2006); what has come so far stays there.
            DeployError: another change is running (E2009).
            BundleError: there is no room (E2202), or the node refuses it (E2200).
        """
        self._lock()
        found = self._look(bundle)
        is_new = found.digest != bundle.digest
        sent = reused = 0
        if is_new:
            reused = self._reuse(bundle, found)
            sent = self._send(bundle, found, report)
            self._do(bundle, "verify", stdin=key.content, seconds=LONG_SECONDS)
        self._do(bundle, "switch", seconds=LONG_SECONDS)
        self._own(bundle.digest, key)
        return Installed(self.name, bundle.digest, sent, reused, is_new)

    def rollback(self) -> str:
        """Serve again what was served before; the digest of that, empty when it came from no bundle.

        Raises:
            ReachError: the connection was lost (E2006).
            BundleError: nothing was kept (E2201), or the node cannot do it (E2200).
        """
        self._lock()
        said = self._run("rollback", "-")
        if said.code == NOTHING_THERE:
            raise BundleError(NOTHING_BEFORE, target=self.name)
        digest = self._fine(said).strip()
        if digest:
            self._refresh(digest)
        return digest

    def _lock(self) -> None:
        if not self.transport.lock(wait=LOCK_SECONDS):
            raise DeployError(BUSY, target=self.name)

    def _look(self, bundle: Bundle) -> Found:
        digest, free, *come = self._do(bundle, "look").splitlines()
        sizes = {path: int(size) for size, _space, path in (line.partition(" ") for line in come)}
        needed = (bundle.size_bytes - sum(sizes.values()) >> 20) + MARGIN_MIB
        if digest != bundle.digest and int(free) < needed:
            raise BundleError(NO_ROOM, target=self.name, free_mib=free, needed_mib=needed, folder=self.folder)
        return Found(digest, int(free), sizes)

    def _reuse(self, bundle: Bundle, found: Found) -> int:
        """Take what is served already and is the same; how many files."""
        fetched = self.transport.get(f"{self.folder}/{SUMS}", limit=LARGEST_LIST) if found.digest else None
        if fetched is None:
            return 0
        matches = map(SUM.fullmatch, fetched.content.decode("utf-8", "replace").splitlines())
        served = {match[2]: match[1] for match in matches if match}
        same = [path for path, digest in bundle.sums.items() if served.get(path) == digest and path not in found.come]
        if same:
            self._do(
                bundle,
                "reuse",
                stdin="".join(f"{served[path]} {path}\n" for path in same).encode(),
                seconds=LONG_SECONDS,
            )
        return len(same)

    def _send(self, bundle: Bundle, found: Found, report: Report) -> int:
        """Send what is missing; how many bytes."""
        come = self._look(bundle).come
        total = sum(_missing(size, come.get(path, 0)) for path, (_begin, size) in bundle.places.items())
        sent = 0
        for paths, size in _portions(bundle, come):
            if len(paths) == 1 and bundle.places[paths[0]][1] > CHUNK:
                for part in self._append(bundle, paths[0], come.get(paths[0], 0)):
                    sent += part
                    report(sent, total)
            else:
                self._do(bundle, "unpack", stdin=packed(bundle, paths))
                sent += size
                report(sent, total)
        return sent

    def _append(self, bundle: Bundle, path: str, there: int) -> Iterator[int]:
        size = bundle.places[path][1]
        offset = there if there <= size else 0
        while offset < size:
            part = bundle.read(path, offset=offset, size=CHUNK)
            self._do(bundle, "append", path, str(offset), stdin=part)
            offset += len(part)
            yield len(part)

    def _own(self, digest: str, key: PublicKey) -> None:
        """Let the node itself install from the folder: it may have no other way to get its first packages."""
        source = f"Types: deb\nURIs: file:{self.folder}\nSuites: ./\nSigned-By: {KEYRING}\n"
        self._fine(self.transport.run("mkdir -p /etc/apt/keyrings /etc/apt/sources.list.d", timeout=SECONDS))
        self.transport.put(KEYRING, key.content, mode=0o644)
        self.transport.put(SOURCE, source.encode(), mode=0o644)
        self._refresh(digest)

    def _refresh(self, digest: str) -> None:
        self._fine(self._run("own", digest, SOURCE, seconds=LONG_SECONDS))

    def _do(self, bundle: Bundle, *words: str, stdin: bytes = b"", seconds: float = SECONDS) -> str:
        return self._fine(self._run(words[0], bundle.digest, *words[1:], stdin=stdin, seconds=seconds))

    def _run(self, what: str, digest: str, *more: str, stdin: bytes = b"", seconds: float = SECONDS) -> Output:
        words = shlex.join([what, self.folder, digest, *more])
        return self.transport.run(f"set -- {words}\n{SCRIPT}", stdin=stdin, timeout=seconds)

    def _fine(self, output: Output) -> str:
        if output.code == TIMED_OUT:
            raise ReachError(NO_ANSWER, target=self.name, seconds=LONG_SECONDS)
        if output.code:
            said = (output.err.strip() or output.out.strip() or str(output.code)).splitlines()
            raise BundleError(NODE_REFUSED, target=self.name, reason=said[-1] if said else output.code)
        return output.out


def _missing(size: int, there: int) -> int:
    return size - there if there <= size else size


def _portions(bundle: Bundle, come: Mapping[str, int]) -> Iterator[tuple[tuple[str, ...], int]]:
    """What is to be sent in one message each: many small files, or one large one; the signature last."""
    portion: list[str] = []
    held = 0
    for path in sorted(bundle.places, key=lambda path: (path in (SUMS, SIGNATURE), path)):
        size = bundle.places[path][1]
        if come.get(path) == size and path not in (SUMS, SIGNATURE):
            continue
        if portion and held + size > CHUNK:
            yield tuple(portion), held
            portion, held = [], 0
        if size > CHUNK:
            yield (path,), _missing(size, come.get(path, 0))
            continue
        portion.append(path)
        held += size
    if portion:
        yield tuple(portion), held

"""git, as the archive uses it: nothing of the user's or the machine's own configuration counts."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from yiwang.core.errors import code
from yiwang.core.i18n import N_
from yiwang.network.faults import NetworkError

NO_GIT = code("E3030", N_("git cannot be run: {reason}"), N_("install it: apt-get install git"))
GIT_FAILED = code(
    "E3031",
    N_("the archive {folder} cannot be used: {reason}"),
    N_("look at the folder, its free space and who owns it; nothing that was collected is lost"),
)

IDENTITY = "Yiwang"
RUN = "Run"
"""The trailer of a commit's message that names the run."""
_SETTINGS = (
    "-c", "core.quotePath=false", "-c", "core.autocrlf=false", "-c", "core.fsync=all", "-c", "gc.auto=0",
    "-c", "maintenance.auto=false", "-c", "commit.gpgSign=false", "-c", "core.hooksPath=/dev/null",
)  # fmt: skip
_FIELDS = "%H%x1f%ct%x1f%(trailers:key=Run,valueonly,separator=%x20)%x1f%s"
_COUNTS = re.compile(r"\d+(?=\t)")
_KEPT = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: when it was made in UTC, of which run, and how many lines of the file asked for changed."""

    id: str
    time: datetime
    run: str
    title: str
    added: int = 0
    removed: int = 0


class Repository:
    """A repository with a working tree; made on first use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self) -> None:
        """Make it unless it is there; the caller holds the archive's lock, so git's own is of a git that was killed."""
        if not (self.folder / ".git" / "HEAD").is_file():
            self.folder.mkdir(parents=True, exist_ok=True)
            self._call("init", "--quiet", "--initial-branch=main")
        (self.folder / ".git" / "index.lock").unlink(missing_ok=True)

    def commit(self, title: str, run: str) -> str:
        """Commit the working tree; the commit's id, empty when nothing has changed."""
        self._call("add", "--all", ".")
        if not self._call("status", "--porcelain", "--untracked-files=no"):
            return ""
        self._call("commit", "--quiet", "--no-verify", f"--message={title}", f"--trailer={RUN}: {run}")
        return self._call("rev-parse", "HEAD").strip()

    def commits(self, path: str, *, limit: int = 0) -> Iterator[Commit]:
        """The commits that changed a file, the newest first."""
        if not self.has_commits:
            return
        bound = [f"--max-count={limit}"] if limit else []
        said = self._call("log", *bound, "--numstat", f"--format=%x1e{_FIELDS}", "--", path)
        for entry in said.split("\x1e")[1:]:
            yield _commit(entry)

    def at(self, moment: datetime, path: str) -> str:
        """The id of the last commit of a file that was made by then; empty when there is none."""
        if not self.has_commits:
            return ""
        return self._call(
            "rev-list", "--max-count=1", f"--before={int(moment.timestamp())}", "HEAD", "--", path
        ).strip()

    def text(self, commit: str, path: str) -> str:
        """A file as it stood in a commit."""
        return self._call("show", f"{commit}:{path}")

    def blame(self, commit: str, path: str) -> Iterator[tuple[str, str]]:
        """Each line of a file in a commit with the id of the commit that it came with."""
        current = commit
        for line in self._call("blame", "-s", "-l", "--root", "--porcelain", commit, "--", path).splitlines():
            if line.startswith("\t"):
                yield current, line[1:]
            elif len(head := line.split(" ")) >= 3 and len(head[0]) == 40:
                current = head[0]

    def commit_of(self, id: str) -> Commit:
        """One commit by its id."""
        return _commit(self._call("show", "--no-patch", f"--format={_FIELDS}", id))

    @property
    def has_commits(self) -> bool:
        """Whether anything was ever committed."""
        return (self.folder / ".git" / "HEAD").is_file() and bool(
            self._call("rev-parse", "--quiet", "--verify", "HEAD", fails=True)
        )

    def _call(self, *arguments: str, fails: bool = False) -> str:
        command: Sequence[str] = ["git", *_SETTINGS, *arguments]
        try:
            done = subprocess.run(
                command, cwd=self.folder, env=_environment(), capture_output=True, stdin=subprocess.DEVNULL, check=False
            )
        except OSError as error:
            raise NetworkError(NO_GIT, reason=error.strerror or error) from error
        if done.returncode and not fails:
            reason = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
            raise NetworkError(GIT_FAILED, folder=self.folder, reason=reason)
        return done.stdout.decode("utf-8", "replace")


def _environment() -> dict[str, str]:
    own = {name: os.environ[name] for name in _KEPT if name in os.environ}
    who = {f"GIT_{role}_{part}": IDENTITY for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    return own | who | {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "HOME": "/", "LC_ALL": "C.UTF-8"}


def _commit(entry: str) -> Commit:
    head, _newline, counts = entry.strip("\n").partition("\n")
    id, seconds, run, title = head.split("\x1f")
    added, removed = map(int, _COUNTS.findall(counts)[:2] or (0, 0))
    return Commit(id, datetime.fromtimestamp(int(seconds), UTC), run, title, added, removed)

"""An estate whose devices are real sshd on loopback, and the command line on it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from yiwang.core.vault.keys import Keys
from yiwang.core.vault.secret import Secret
from yiwang.core.vault.store import Vault
from yiwang.lab.personality.serving import Fake, Personality, serve, serve_command

HEAD = """\
estate: {name: trial, title: 试验, region: '410600'}
regions:
  '410600': {title: 鹤壁市, level: city}
sites:
  hall: {title: 政务中心, region: '410600'}
devices:
"""


@dataclass
class Trial:
    """The estate in ``folder / "estate"``, with the keys of its vault."""

    folder: Path
    stack: ExitStack
    devices: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        (self.folder / "estate").mkdir()
        (self.folder / "city.key").write_text(token_hex(32))
        (self.folder / "city.key").chmod(0o600)
        self.configure(connect_seconds=5, silence_seconds=20)

    def configure(self, **network: Any) -> None:
        words = ", ".join(f"{key}: {value}" for key, value in network.items())
        text = f"vault: {{keys: {{city: ../city.key}}}}\nnetwork: {{{words}}}\n"
        (self.folder / "estate" / "yiwang.yaml").write_text(text)

    @property
    def environment(self) -> dict[str, str]:
        own = {"XDG_STATE_HOME": str(self.folder / "state"), "XDG_CACHE_HOME": str(self.folder / "cache")}
        return os.environ | own | {"YIWANG_LANGUAGE": "en", "COLUMNS": "160"}

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "yiwang", *arguments]

    def yiwang(self, *arguments: str, check: bool = False, **more: Any) -> subprocess.CompletedProcess[str]:
        environment = self.environment | more.pop("environment", {})
        given = {"cwd": self.folder / "estate", "text": True, "capture_output": True, "timeout": 240} | more
        return subprocess.run(self.command(*arguments), env=environment, check=check, **given)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder / "estate",
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def vendor(self, name: str, platform: str) -> Personality:
        """A vendor's personality as a device."""
        served = self.stack.enter_context(serve(platform, Fake(hostname=name)))
        return self._declared(name, served)

    def scripted(self, name: str, script: str, platform: str = "cisco_ios") -> Personality:
        """A device whose shell is a script of bash."""
        file = self.folder / f"{name}.sh"
        file.write_text(f"folder={self.folder}\n{script}")
        return self._declared(name, self.stack.enter_context(serve_command(platform, f"exec bash {file}")))

    def _declared(self, name: str, served: Personality) -> Personality:
        vault = Vault(self.folder / "estate" / "vault", Keys({"city": self.folder / "city.key"}))
        vault.set(f"devices/{name}", Secret(served.key.read_text()))
        self.declare(name, served.platform, served.port, user=served.user, host_key=served.host_key)
        return served

    def again(self, name: str, served: Personality, key: str) -> None:
        """Declare one more device that the same server plays."""
        self.declare(name, served.platform, served.port, user=served.user, host_key=served.host_key, key=key)

    def declare(self, name: str, platform: str, port: int, *, user: str, host_key: str, key: str = "") -> None:
        """Declare a device on loopback, with the private key of ``key`` or its own."""
        self.devices.append(
            f"  {name}:\n    region: '410600'\n    site: hall\n    platform: {platform}\n    role: access\n"
            f"    management: 127.0.0.1\n    credentials:\n      port: {port}\n      user: {user}\n"
            f"      host_keys: ['{host_key}']\n      private_key: vault:devices/{key or name}\n"
        )
        (self.folder / "estate" / "estate.yaml").write_text(HEAD + "".join(self.devices), "utf-8")


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Trial]:
    """An estate without devices yet."""
    if not shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin"):
        pytest.skip("OpenSSH's server is not installed (apt-get install openssh-server)")
    with ExitStack() as stack:
        yield Trial(tmp_path, stack)


@pytest.fixture
def ios() -> Callable[..., str]:
    """A script of a small IOS: what comes before the login, and what it does when its configuration is asked for."""

    def script(running: str, *, first: str = "") -> str:
        return f"""\
{first}
while printf 'r1#'; IFS= read -r line; do
    case $line in
    'show running-config') {running} ;;
    'show startup-config') printf 'startup-config is not present\\n' ;;
    'show version') printf 'Cisco IOS Software, Version 15.7(3)M8\\n' ;;
    'show clock') printf '12:00:00.000 UTC Sun Nov 22 2026\\n' ;;
    esac
done
"""

    return script

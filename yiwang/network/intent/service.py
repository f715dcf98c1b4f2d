"""Intent for those who ask: a device's rendered configuration, and how far it is from what runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from yiwang.core.errors import NotFoundError
from yiwang.inventory.selector import Selector
from yiwang.network.faults import NetworkError
from yiwang.network.intent.drift import Drift, drift_of
from yiwang.network.intent.intent import Intents
from yiwang.network.intent.placeholder import plain
from yiwang.network.intent.rendering import Renderer

if TYPE_CHECKING:
    from yiwang.core.errors import YiwangError
    from yiwang.core.vault.secret import Secret
    from yiwang.inventory.estate import Estate
    from yiwang.network.archive.archive import Archive
    from yiwang.network.intent.table import IntentTable
    from yiwang.network.platforms.catalogue import Platforms


@dataclass(frozen=True, slots=True)
class Compared:
    """A device with its drift, or why there is none."""

    device: str
    drift: Drift | None
    error: YiwangError | None = None


@dataclass(frozen=True)
class Intended:
    """What the estate asks of its devices, as text."""

    estate: Estate
    platforms: Platforms

    @cached_property
    def intents(self) -> Intents:
        """The intents, before they are printed."""
        return Intents(self.estate, self.platforms)

    @cached_property
    def _renderer(self) -> Renderer:
        return Renderer(self.platforms)

    def text(self, device: str) -> str:
        """The whole configuration of a device, with placeholders where secrets belong.

        Raises:
            NotFoundError: there is no such device (E3400) or platform (E3001).
            NetworkError: nothing can be rendered for its platform (E3401, E3402).
        """
        return self._renderer.render(self.intents.of(device))

    def typed(self, device: str, open_secret: Callable[[str], Secret]) -> Secret:
        """What is typed at a device, with its secrets, masked; errors as of :meth:`text` and ``plain``."""
        return plain(self.text(device), self.table(device), open_secret)

    def table(self, device: str) -> IntentTable:
        """How the device's platform writes intent."""
        return self.intents.table(self.intents.of(device).platform)

    def selected(self, selector: Selector | None) -> Iterator[str]:
        """The devices that a selector matches for whose platforms something can be rendered."""
        for kind, name, target in self.estate.targets(selector):
            if kind == "devices" and self.platforms.find(str(getattr(target, "platform", ""))).intent:
                yield name

    def drift(self, device: str, running: str) -> Drift:
        """How a device's running configuration differs; errors as of :meth:`text`."""
        rendered = self.text(device)
        platform = self.platforms.find(self.intents.of(device).platform)
        return drift_of(device, rendered, running, platform, self.table(device))

    def drifts(self, devices: Iterator[str], archive: Archive) -> Iterator[Compared]:
        """The drift of each device from what was last collected of it."""
        for device in devices:
            try:
                yield Compared(device, self.drift(device, archive.version(device).text))
            except (NotFoundError, NetworkError) as error:
                yield Compared(device, None, error)

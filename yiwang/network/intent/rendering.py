"""Intent in a vendor's words: a template beside the platform's file only prints what was computed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from yiwang.network.faults import NetworkError
from yiwang.network.intent.placeholder import placeholder
from yiwang.network.intent.table import NOT_RENDERED, IntentTable, table_of

if TYPE_CHECKING:
    import jinja2

    from yiwang.network.intent.model import Intent
    from yiwang.network.platforms.catalogue import Platforms

BANNER = "Authorised use only. All access is logged."
ENDING = ".j2"


@dataclass(frozen=True)
class Renderer:
    """Renders with the templates of the platforms given."""

    platforms: Platforms

    def render(self, intent: Intent) -> str:
        """The whole configuration of a device; where a secret belongs stands a placeholder with its reference.

        Raises:
            NetworkError: its platform has no part `intent` or no template (E3401).
        """
        file = self.platforms.beside(intent.platform, ENDING)
        if file is None:
            raise NetworkError(NOT_RENDERED, platform=intent.platform)
        table = table_of(self.platforms.find(intent.platform), intent.platform)
        return self._environment.get_template(file.name).render(_values(intent, table))

    @cached_property
    def _environment(self) -> jinja2.Environment:
        import jinja2

        return jinja2.Environment(
            loader=jinja2.FileSystemLoader(self.platforms.folders),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            autoescape=False,  # noqa: S701 - no page, but a device's configuration
        )


def _values(intent: Intent, table: IntentTable) -> dict[str, Any]:
    places = {each.name: each.place for each in intent.filters}
    return {
        "intent": intent,
        "routing": intent.routing,
        "management": intent.management,
        "snmp": intent.management.snmp,
        "loopback": table.loopback,
        "words": table.words,
        "lists": intent.routing.bgp.lists if intent.routing.bgp else (),
        "algorithms": {port.ospf.algorithm for port in intent.ports if port.ospf},
        "banner": BANNER,
        "secret": placeholder,
        "place": places.__getitem__,
    }

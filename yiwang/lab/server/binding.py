"""What an adapter declares of the server that it connects to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address

from yiwang.core.errors import UsageError, code
from yiwang.core.i18n import N_, Message
from yiwang.inventory.model import Adapter
from yiwang.lab.profile import Choice, Profile

BAD_OPTION = code(
    "E6352",
    N_('adapter "{adapter}": a server in the lab cannot have the {what} "{given}"'),
    N_("write {wanted}"),
)

READER = "reader"
"""The account where an adapter declares none."""

_NAME = r"[\w.-]{1,63}"


@dataclass(frozen=True, slots=True)
class Binding:
    """An adapter with the profile of its server."""

    name: str
    adapter: Adapter
    profile_name: str
    profile: Profile

    @property
    def user(self) -> str:
        """The account at the server."""
        return self.adapter.user or READER

    @property
    def password(self) -> str:
        """The reference to its password; the lab makes one where the adapter declares none."""
        return self.adapter.password or f"vault:lab/adapters/{self.name}"

    @property
    def host(self) -> str:
        """The declared name or address of the server, or ""."""
        return str(self.adapter.options.get("host") or "")

    @property
    def address(self) -> str:
        """The declared IPv4 address of the server, or ""."""
        try:
            return str(IPv4Address(self.host))
        except AddressValueError:
            return ""

    @property
    def port(self) -> int:
        """The TCP port that the server listens on."""
        given = str(self.adapter.options.get("port") or self.profile.port)
        return int(given) if given.isascii() and given.isdigit() else 0

    @property
    def database(self) -> str:
        """The database; default: the system's name, with underscores."""
        return str(self.adapter.options.get("database") or self.adapter.system.replace("-", "_"))

    def chosen(self, choice: Choice) -> str:
        """The text that a choice has for this adapter.

        Raises:
            UsageError: it has none (E6352).
        """
        declared = self._declared[choice.by] or choice.default
        if declared not in choice.values:
            wanted = ", ".join(sorted(choice.values))
            raise UsageError(BAD_OPTION, adapter=self.name, what=choice.by, given=declared, wanted=wanted)
        return choice.values[declared]

    @property
    def substituted(self) -> tuple[str, ...]:
        """What is declared and has only something else standing in for it."""
        declared = ((choice, self._declared[choice.by]) for choice in self.profile.choices.values())
        return tuple(given for choice, given in declared if given in choice.substitutes)

    @property
    def _declared(self) -> dict[str, str]:
        charset = re.sub(r"[-_]", "", str(self.adapter.options.get("charset") or "")).lower()
        account = "declared" if self.adapter.user else "none"
        return {"direction": self.adapter.direction, "charset": charset, "account": account}

    def check(self) -> None:
        """Refuse what no server in a lab could have.

        Raises:
            UsageError: an option of the adapter (E6352).
        """
        for what, given in ((N_("account"), self.user), (N_("database"), self.database)):
            if not re.fullmatch(_NAME, given):
                raise self._refusal(what, given, N_("letters, digits, and . - _; at most 63"))
        if not 0 < self.port < 65536:
            raise self._refusal(N_("port"), self.adapter.options.get("port"), N_("a number from 1 to 65535"))
        for choice in self.profile.choices.values():
            self.chosen(choice)

    def _refusal(self, what: Message, given: object, wanted: Message) -> UsageError:
        return UsageError(BAD_OPTION, adapter=self.name, what=what, given=given, wanted=wanted)

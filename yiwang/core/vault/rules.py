"""Which vault id a secret is encrypted for: the file ``ids.yaml`` in the vault."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from yiwang.core.document import NOT_A_MAPPING, parse, read
from yiwang.core.errors import Finding, VaultError
from yiwang.core.i18n import N_
from yiwang.core.validation import Declared, validate
from yiwang.core.vault.faults import BAD_RULES
from yiwang.core.vault.reference import is_path

FILE_NAME = "ids.yaml"
CITY = "city"


def _prefix(text: str) -> str:
    if not is_path(text):
        raise ValueError(N_("the beginning of a path, such as counties/410621"))
    return text


# The id stands in the header of each file, whose fields are separated by semicolons.
VaultId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]


class Rules(Declared):
    """Path prefixes and their vault ids; the longest prefix decides."""

    default: VaultId = Field(CITY, description=N_("vault id of all that no prefix names"))
    prefixes: dict[Annotated[str, AfterValidator(_prefix)], VaultId] = Field(
        default_factory=dict, description=N_("beginning of the path to vault id, such as counties/410621: 410621")
    )

    def id_of(self, path: str) -> str:
        """The vault id of a path; prefixes count in whole parts."""
        parts = path.split("/")
        for length in range(len(parts), 0, -1):
            if found := self.prefixes.get("/".join(parts[:length])):
                return found
        return self.default

    def ids(self) -> tuple[str, ...]:
        """Every vault id in use, the default first."""
        return tuple(dict.fromkeys((self.default, *sorted(self.prefixes.values()))))


def read_rules(folder: Path) -> Rules:
    """The vault's rules; all belongs to the city when there is no file.

    Raises:
        VaultError: the file is unreadable or malformed (E0611).
    """
    file = folder / FILE_NAME
    if not file.exists():
        return Rules()
    content, findings = read(file)
    document, problems = parse(content, file)
    findings = (*findings, *problems)
    if not findings and not isinstance(document.data, dict | None):
        findings = (Finding(NOT_A_MAPPING, "error", document.position(())),)
    if not findings:
        rules, findings = validate(
            Rules, document.data or {}, lambda path, of_key: document.position(path, of_key=of_key)
        )
        if rules is not None:
            return rules
    raise VaultError(BAD_RULES, details="; ".join(map(str, findings)))

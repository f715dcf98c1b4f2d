"""Gathering declared objects from documents: which file declares what, under which name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from yiwang.core.document import NOT_A_MAPPING, Document
from yiwang.core.errors import ErrorCode, Finding, Position, code, suggestion
from yiwang.core.i18n import N_, _
from yiwang.core.validation import UNKNOWN_KEY
from yiwang.inventory.model import KINDS

DECLARED_TWICE = code(
    "E1010",
    N_('{kind} "{name}" was declared before, at {before}'),
    N_("rename or remove one of the two"),
)
NO_HEADER = code(
    "E1011",
    N_("no file has an `estate:` section"),
    N_("add one with name, title and region, or create an estate with `yiwang init`"),
)

SINGLE_SECTIONS = ("estate", "addressing", "rollout", "defaults")
FILE_KEYS = ("region", "include")
SINGULAR = {
    "zones": N_("zone"),
    "roles": N_("role"),
    "groups": N_("group"),
    "regions": N_("region"),
    "sites": N_("site"),
    "nodes": N_("node"),
    "devices": N_("device"),
    "links": N_("link"),
    "organisations": N_("organisation"),
    "systems": N_("system"),
    "adapters": N_("adapter"),
    "agreements": N_("agreement"),
    "milestones": N_("milestone"),
    "reports": N_("report"),
    "waivers": N_("waiver"),
}


def subject_of(kind: str, name: str) -> str:
    """How findings name an object: its kind in the language in force, and its name."""
    return f'{_(SINGULAR[kind])} "{name}"'


SECTIONS = (*SINGLE_SECTIONS, *FILE_KEYS, *KINDS)


@dataclass(frozen=True, slots=True)
class Declaration:
    """An object as one file declares it, before any layer is laid under it."""

    kind: str
    name: str
    data: dict[str, Any]
    document: Document
    path: tuple[str, ...]

    def position(self, *path: str | int, of_key: bool = False) -> Position:
        """Where a value of the object stands; the object's own name where it has no such value."""
        return self.document.position((*self.path, *path), of_key=of_key or not path)


@dataclass(slots=True)
class Declarations:
    """All that the files of an estate declare, by section and name."""

    objects: dict[str, dict[str, Declaration]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    single: dict[str, Declaration] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def add(self, error: ErrorCode, position: Position, subject: str = "", **values: Any) -> None:
        """Note an error."""
        self.findings.append(Finding(error, "error", position, subject, values))


def gather(documents: Iterable[Document]) -> Declarations:
    """The declared objects of all documents; wrong shapes, unknown sections and doubles are findings."""
    declared = Declarations()
    for document in documents:
        _gather_document(document, declared)
    return declared


def _gather_document(document: Document, declared: Declarations) -> None:
    data = document.data
    if data is None:
        return
    if not isinstance(data, dict):
        declared.add(NOT_A_MAPPING, document.position(()))
        return
    scope = data.get("region")
    for section, content in data.items():
        if section not in SECTIONS:
            values = {"key": section, "suggestion": suggestion(section, SECTIONS), "known": ", ".join(SECTIONS)}
            declared.add(UNKNOWN_KEY, document.position((section,), of_key=True), **values)
        elif content is None or section in FILE_KEYS:
            continue
        elif not isinstance(content, dict):
            declared.add(NOT_A_MAPPING, document.position((section,)), section)
        elif section in SINGLE_SECTIONS:
            _keep(declared, declared.single, Declaration(section, section, content, document, (section,)))
        else:
            _gather_section(section, content, scope, document, declared)


def _gather_section(
    section: str, content: dict[str, Any], scope: str | None, document: Document, declared: Declarations
) -> None:
    takes_region = scope is not None and section != "regions" and "region" in KINDS[section].model_fields
    for name, data in content.items():
        if not isinstance(data, dict):
            declared.add(NOT_A_MAPPING, document.position((section, name)), subject_of(section, name))
            continue
        if takes_region and "region" not in data:
            data = {"region": scope, **data}
        _keep(declared, declared.objects[section], Declaration(section, name, data, document, (section, name)))


def _keep(declared: Declarations, known: dict[str, Declaration], new: Declaration) -> None:
    before = known.get(new.name)
    if before is None:
        known[new.name] = new
        return
    kind = SINGULAR.get(new.kind, new.kind)
    declared.add(DECLARED_TWICE, new.position(), kind=kind, name=new.name, before=before.position())

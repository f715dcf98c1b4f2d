"""Loading: read, gather, lay the layers, validate; every finding at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from yiwang.core.document import Document, parse, read
from yiwang.core.errors import EstateError, Finding, Position, UsageError, in_reading_order
from yiwang.core.validation import validate
from yiwang.inventory.estate import Estate, object_layers, region_chains
from yiwang.inventory.loading.cache import DocumentCache
from yiwang.inventory.loading.declarations import NO_HEADER, SINGULAR, Declaration, Declarations, gather, subject_of
from yiwang.inventory.loading.files import CIRCULAR_INCLUDE, MISSING_INCLUDE, find
from yiwang.inventory.loading.layers import defaults_layer, merge, position_of
from yiwang.inventory.loading.membership import Membership
from yiwang.inventory.model import KINDS, Addressing, EstateHeader, Region, Rollout
from yiwang.inventory.selector import Selector, parse_selector

STANDARD = Path(__file__).parent.parent / "standard"
PLAIN_KINDS = ("zones", "roles", "groups", "regions")
LAYERED_KINDS = tuple(kind for kind in KINDS if kind not in PLAIN_KINDS)


@dataclass(frozen=True, slots=True)
class Loading:
    """What was loaded: the estate as far as it could be read, and every finding on the way."""

    estate: Estate | None
    findings: tuple[Finding, ...]
    documents: tuple[Document, ...] = ()
    """Every file that was read, included ones as well."""

    def require(self) -> Estate:
        """The estate.

        Raises:
            EstateError: there is a finding of severity error.
        """
        if self.estate is None or any(finding.severity == "error" for finding in self.findings):
            raise EstateError(self.findings)
        return self.estate


def load(folder: Path, *, cache_folder: Path | None = None, max_file_mib: float = 16, vault: str = "vault") -> Loading:
    """Load the estate in ``folder``; with a cache folder, unchanged files are not parsed again.

    Folders called ``vault`` hold secrets and are not looked into.
    """
    cache = DocumentCache(cache_folder, folder) if cache_folder else None
    documents, findings = _documents(folder, frozenset((vault,)), cache, max_file_mib)
    declared = gather(documents)
    if cache:
        cache.save()
    if "estate" not in declared.single:
        # Perhaps no estate at all: what its files hold is then none of our business.
        if documents:
            findings.append(Finding(NO_HEADER, "error", Position(folder)))
        return Loading(None, _once(findings), documents)
    findings += declared.findings
    return Loading(_resolve(folder, declared, findings), _once(findings), documents)


def _once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each mistake once, in reading order: a wrong default shows in a thousand objects but stands in one line."""
    once = {(f.error.id, f.position, f.values.get("key")): f for f in reversed(list(findings))}
    return in_reading_order(once.values())


def _documents(
    folder: Path, skip: frozenset[str], cache: DocumentCache | None, limit: float
) -> tuple[tuple[Document, ...], list[Finding]]:
    found = find(folder, skip=skip)
    findings = list(found.findings)
    documents: list[Document] = []
    seen: set[Path] = set()
    waiting: list[tuple[Path, tuple[Path, ...]]] = [(file, ()) for file in reversed(found.files)]
    while waiting:
        file, includers = waiting.pop()
        real = file.resolve()
        if real in seen:
            continue
        seen.add(real)
        document = _document(file, cache, limit, findings)
        documents.append(document)
        waiting += _includes(document, includers, skip, findings)
    return tuple(documents), findings


def _document(file: Path, cache: DocumentCache | None, limit: float, findings: list[Finding]) -> Document:
    content, problems = read(file, max_file_mib=limit)
    cached = cache.get(content, file) if cache and not problems else None
    if cached:
        return cached
    if problems:
        findings += problems
        return Document(file, None, (0, 0, 1, 1, None))
    document, problems = parse(content, file)
    findings += problems
    if cache and not problems:
        cache.put(content, document)
    return document


def _includes(
    document: Document, includers: tuple[Path, ...], skip: frozenset[str], findings: list[Finding]
) -> list[tuple[Path, tuple[Path, ...]]]:
    names = document.data.get("include") if isinstance(document.data, dict) else None
    chain = (*includers, document.file)
    found: list[tuple[Path, tuple[Path, ...]]] = []
    for index, name in enumerate([names] if isinstance(names, str) else names or []):
        target = document.file.parent / str(name)
        at = document.position(("include", index) if isinstance(names, list) else ("include",))
        circle = [file for file in chain if file.resolve() == target.resolve()]
        if circle:
            shown = " → ".join(file.name for file in (*chain[chain.index(circle[0]) :], target))
            findings.append(Finding(CIRCULAR_INCLUDE, "error", at, values={"chain": shown}))
        elif not target.exists():
            findings.append(Finding(MISSING_INCLUDE, "error", at, values={"name": name}))
        else:
            below = find(target, skip=skip)
            findings += below.findings
            found += [(file, chain) for file in reversed(below.files)]
    return found


class _Resolver:
    """Validates declared objects, layer on layer."""

    def __init__(self, declared: Declarations, findings: list[Finding]) -> None:
        self.declared = declared
        self.findings = findings
        self.regions: dict[str, Region] = self.plain("regions")
        self.groups = self.plain("groups")
        self.chains = region_chains({code: region.parent for code, region in self.regions.items()})
        self.membership = Membership(self.groups, self._selectors(), self.chains, self.regions)
        self.bases: dict[tuple[str, str], dict[str, Any]] = {}
        self.memberships: dict[tuple[str, str], tuple[str, ...]] = {}

    def plain(self, kind: str) -> dict[str, Any]:
        """Objects of a kind that takes no layers."""
        valid: dict[str, Any] = {}
        for name, declaration in self.declared.objects[kind].items():
            value, findings = validate(
                KINDS[kind],
                declaration.data,
                lambda path, of_key, at=declaration: at.position(*path, of_key=of_key),  # type: ignore[misc]
                subject=subject_of(kind, name),
            )
            self.findings += findings
            if value is not None:
                valid[name] = value
        return valid

    def single(self, section: str, model: Any) -> Any:
        """A section that exists once, or its default."""
        declaration = self.declared.single.get(section)
        if declaration is None:
            return model()
        value, findings = validate(
            model, declaration.data, lambda path, of_key: declaration.position(*path, of_key=of_key), subject=section
        )
        self.findings += findings
        return value

    def _selectors(self) -> dict[str, Selector]:
        found: dict[str, Selector] = {}
        for name, group in self.groups.items():
            if group.select is None:
                continue
            try:
                found[name] = parse_selector(group.select)
            except UsageError as error:
                at = self.declared.objects["groups"][name].position("select")
                self.findings.append(Finding(error.error, "error", at, subject_of("groups", name), error.values))
        return found

    def base(self, kind: str, region: str) -> dict[str, Any]:
        """Defaults and the region chain's values for a kind, merged once for each region."""
        key = (kind, region)
        if key not in self.bases:
            chain = self.chains.get(region, ())
            if chain:
                below = self.base(kind, chain[-2] if len(chain) > 1 else "")
                layer = defaults_layer("", self.declared.objects["regions"][region], kind, ("defaults",))
            else:
                below = {}
                defaults = self.declared.single.get("defaults")
                layer = defaults_layer("", defaults, kind, ()) if defaults else None
            self.bases[key] = merge(below, layer.data) if layer else below
        return self.bases[key]

    def layered(self, kind: str) -> dict[str, Any]:
        """Objects of a kind with all layers laid under them."""
        model = KINDS[kind]
        valid: dict[str, Any] = {}
        for name, declaration in self.declared.objects[kind].items():
            base = self.base(kind, str(declaration.data.get("region")))
            data = merge(base, declaration.data)
            if taken := self.membership.of(kind, name, data):
                self.memberships[kind, name] = taken
                data = self._with_groups(kind, taken, base, declaration)
            try:
                valid[name] = model.model_validate(data)
            except ValueError:
                self._explain(kind, name, data)
        return valid

    def _with_groups(
        self, kind: str, taken: tuple[str, ...], base: dict[str, Any], declaration: Declaration
    ) -> dict[str, Any]:
        for group in taken:
            base = merge(base, getattr(self.groups[group], SINGULAR[kind]))
        return merge(base, declaration.data)

    def _explain(self, kind: str, name: str, data: Mapping[str, Any]) -> None:
        groups = self.memberships.get((kind, name), ())
        layers = object_layers(self.declared, kind, name, self.chains, groups)

        def locate(path: Sequence[str | int], of_key: bool) -> Position:
            return position_of(layers, path, of_key=of_key)

        _value, findings = validate(KINDS[kind], data, locate, subject=subject_of(kind, name))
        self.findings += findings


def _standard() -> Declarations:
    documents = [parse(file.read_bytes(), file)[0] for file in sorted(STANDARD.glob("*.yaml"))]
    return gather(documents)


def _resolve(folder: Path, declared: Declarations, findings: list[Finding]) -> Estate | None:
    standard = _standard()
    for kind in PLAIN_KINDS:
        declared.objects[kind] = {**standard.objects[kind], **declared.objects[kind]}
    resolver = _Resolver(declared, findings)
    header = resolver.single("estate", EstateHeader)
    addressing = resolver.single("addressing", Addressing)
    rollout = resolver.single("rollout", Rollout)
    if header is None:
        return None
    objects: dict[str, Any] = {kind: resolver.plain(kind) for kind in ("zones", "roles")}
    objects |= {"regions": resolver.regions, "groups": resolver.groups}
    objects |= {kind: resolver.layered(kind) for kind in LAYERED_KINDS}
    return Estate(
        folder=folder,
        header=header,
        addressing=addressing or Addressing(),
        rollout=rollout or Rollout(),
        declared=declared,
        memberships=resolver.memberships,
        **{kind: MappingProxyType(found) for kind, found in objects.items()},
    )

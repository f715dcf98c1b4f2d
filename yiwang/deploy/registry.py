"""Finding components by name and loading them when they are first needed."""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from yiwang.core.canonical import canonical
from yiwang.core.errors import code, suggestion
from yiwang.core.i18n import N_
from yiwang.deploy.component import Component, Loaded
from yiwang.deploy.engine.faults import DeployError
from yiwang.deploy.engine.specification import Part

GROUP = "yiwang.components"
BUILT_IN = Path(__file__).with_name("components")
FOLDER = "components"

UNKNOWN = code(
    "E2010",
    N_('there is no component "{name}"{suggestion}'),
    N_("correct the role's components:, or put components/{name}.py into the estate"),
)
BROKEN = code(
    "E2011",
    N_('{origin}: the component "{name}" cannot be loaded: {reason}'),
    N_("mend the file; a component sets COMPONENT = Component(name, title, spec, deploy)"),
)
TWICE = code(
    "E2012",
    N_('the component "{name}" comes from {first} and from {second}'),
    N_("give one of them another name"),
)
BAD_VALUES = code(
    "E2013",
    N_('{target}: the component "{name}" cannot use its values: {reason}'),
    N_("correct the node's or its role's values for this component"),
)
OTHER_CODE = code(
    "E2014",
    N_('{target}: the plan was made with another version of the component "{name}"'),
    N_("install the same version here, or make the plan anew"),
)


class Components:
    """Every component by name: Yiwang's own, those of installed packages, and the estate's.

    ``more`` are components that are already at hand, with the folder of their files.

    Raises:
        DeployError: two have the same name (E2012).
    """

    def __init__(self, estate: Path | None = None, *, more: Mapping[Component, Path] | None = None) -> None:
        self._places: dict[str, Any] = {}
        self._loaded: dict[str, Loaded] = {}
        self._codes: dict[Path, str] = {}
        for name, place in (*_files(BUILT_IN), *_installed(), *_files(estate / FOLDER if estate else None)):
            self._add(name, place)
        for component, folder in (more or {}).items():
            self._add(component.name, (component, folder))

    def _add(self, name: str, place: Any) -> None:
        if name in self._places:
            raise DeployError(TWICE, name=name, first=_said(self._places[name]), second=_said(place))
        self._places[name] = place

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all components; none is loaded for this."""
        return tuple(sorted(self._places))

    def find(self, name: str) -> Loaded:
        """The component of a name.

        Raises:
            DeployError: there is none (E2010), or it cannot be loaded (E2011).
        """
        if name not in self._loaded:
            if name not in self._places:
                raise DeployError(UNKNOWN, name=name, suggestion=suggestion(name, self._places))
            component, folder = _load(name, self._places[name])
            if folder not in self._codes:
                self._codes[folder] = digest_of(folder)
            self._loaded[name] = Loaded(component, folder, self._codes[folder])
        return self._loaded[name]

    def part(self, name: str, values: Mapping[str, Any]) -> Part:
        """A component with its values, as a specification holds it; values are checked and completed.

        Raises:
            DeployError: there is no such component, or it cannot use the values (E2013).
        """
        loaded = self.find(name)
        spec = self._spec(loaded.component, values, "-")
        # As it comes back from the database: what a component makes of it must not depend on the order of keys.
        return Part(name, json.loads(canonical(spec.model_dump(mode="json"))), loaded.code)

    def spec(self, part: Part, *, target: str) -> tuple[Component, Any]:
        """The component of a part and its values as its own model.

        Raises:
            DeployError: the component is of another version (E2014) or cannot use the values (E2013).
        """
        loaded = self.find(part.component)
        if part.code not in ("", loaded.code):
            raise DeployError(OTHER_CODE, target=target, name=part.component)
        return loaded.component, self._spec(loaded.component, part.values, target)

    @staticmethod
    def _spec(component: Component, values: Mapping[str, Any], target: str) -> Any:
        from pydantic import ValidationError

        try:
            return component.spec.model_validate(dict(values))
        except ValidationError as error:
            reasons = (
                f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_input=False)
            )
            raise DeployError(BAD_VALUES, target=target, name=component.name, reason="; ".join(reasons)) from None


def _files(folder: Path | None) -> Iterator[tuple[str, Path]]:
    if folder and folder.is_dir():
        for file in sorted(folder.glob("*.py")):
            if not file.name.startswith("_"):
                yield file.stem.replace("_", "-"), file


def _installed() -> Iterator[tuple[str, Any]]:
    for entry in entry_points(group=GROUP):
        yield entry.name, entry


def _load(name: str, place: Any) -> tuple[Component, Path]:
    if isinstance(place, tuple):
        component, folder = place
    else:
        try:
            module = _module(place) if isinstance(place, Path) else importlib.import_module(place.module)
        except Exception as error:  # a component is anybody's code
            raise DeployError(BROKEN, origin=_said(place), name=name, reason=error) from error
        component, folder = getattr(module, "COMPONENT", None), Path(module.__file__ or "").parent
    if not isinstance(component, Component) or component.name != name:
        reason = N_("it does not set COMPONENT to a component of this name")
        raise DeployError(BROKEN, origin=_said(place), name=name, reason=reason)
    return component, folder


def _module(file: Path) -> ModuleType:
    if file.parent == BUILT_IN:
        return importlib.import_module(f"{__package__}.components.{file.stem}")
    # Two estates in one process may each have a component of the same name.
    name = f"yiwang_component_{blake2b(str(file).encode(), digest_size=6).hexdigest()}_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _said(place: Any) -> str:
    if isinstance(place, tuple):
        return str(place[1])
    return str(place) if isinstance(place, Path) else str(place.value)


def digest_of(folder: Path) -> str:
    """The digest of every file in a folder, so that a change of code or template is noticed."""
    whole = blake2b(digest_size=16)
    for file in sorted(folder.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            content = file.read_bytes()
            whole.update(f"{file.relative_to(folder)}\0{len(content)}\n".encode())
            whole.update(content)
    return whole.hexdigest()

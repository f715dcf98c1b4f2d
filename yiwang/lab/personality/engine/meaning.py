"""What a configuration says, whatever the vendor's words: facts read by the platform's table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from yiwang.lab.personality.engine.platform import Platform, expression
from yiwang.lab.personality.engine.tree import Path, Tree, paths
from yiwang.lab.personality.engine.words import dotted

BETWEEN = " > "


@dataclass(frozen=True, slots=True)
class Fact:
    """One line's meaning: ``address``, ``ospf_network`` and so on, with the values in the line."""

    means: str
    values: Mapping[str, str]
    path: Path

    def __getitem__(self, key: str) -> str:
        return self.values.get(key, "")


def facts(tree: Tree, platform: Platform) -> Iterator[Fact]:
    """The meaning of every line; a line without one means ``unknown``."""
    for path in paths(tree, platform.comment):
        if path[-1] != platform.section_end:
            yield _fact(path, platform)


def _fact(path: Path, platform: Platform) -> Fact:
    text = BETWEEN.join(path)
    for each in platform.data["meanings"]:
        if match := expression(each["line"]).fullmatch(text):
            return Fact(each["means"], {key: value for key, value in match.groupdict().items() if value}, path)
    return Fact("unknown", {}, path)


def is_about_routing(path: Path, platform: Platform) -> bool:
    """Whether a line stands in a part of the configuration that steers traffic, and does so itself."""
    is_part = expression(platform.data["routing"]).fullmatch(path[0]) is not None
    return is_part and not expression(platform.data.get("unimportant", "")).fullmatch(path[-1])


def plain(interface: str) -> str:
    """An interface's name for comparing: vendors write it with and without a blank."""
    return interface.replace(" ", "").lower()


@dataclass(frozen=True, slots=True)
class Address:
    """An address of an interface and the length of its prefix."""

    text: str
    length: int
    is_secondary: bool = False

    def __str__(self) -> str:
        return f"{self.text}/{self.length}"

    @property
    def number(self) -> int:
        """The address as a number."""
        return number(self.text)

    @property
    def mask(self) -> str:
        """The mask in dotted notation."""
        return dotted(mask_number(self.length))


@dataclass(slots=True)
class Interface:
    """What is configured of an interface."""

    name: str
    description: str = ""
    is_shutdown: bool = False
    mtu: int = 1500
    addresses: list[Address] = field(default_factory=list)


def interfaces(found: Iterator[Fact]) -> dict[str, Interface]:
    """The configured interfaces by their name, in the order of the configuration."""
    known: dict[str, Interface] = {}
    for fact in found:
        if name := fact["interface"]:
            if fact.means == "interface":
                known.setdefault(name, Interface(name))
            elif name in known:
                _note(known[name], fact)
    return known


def _note(interface: Interface, fact: Fact) -> None:
    if fact.means == "description":
        interface.description = fact["text"]
    elif fact.means == "shutdown":
        interface.is_shutdown = True
    elif fact.means == "mtu":
        interface.mtu = int(fact["mtu"])
    elif fact.means == "address" and (length := prefix_length(fact["mask"])) is not None:
        interface.addresses.append(Address(fact["address"], length, bool(fact["secondary"])))


def hostname(tree: Tree, platform: Platform, default: str) -> str:
    """The name that the configuration gives the device."""
    said = [expression(each["line"]) for each in platform.data["meanings"] if each["means"] == "hostname"]
    for line in tree:
        for each in said:
            if match := each.fullmatch(line.text):
                return match["name"]
    return default


def number(address: str) -> int:
    """A dotted address as a number; raises ValueError."""
    parts = [int(part) for part in address.split(".")]
    if len(parts) != 4 or not all(0 <= part < 256 for part in parts):
        raise ValueError(address)
    return int.from_bytes(bytes(parts), "big")


def mask_number(length: int) -> int:
    """A prefix length as the number of its mask."""
    return (1 << 32) - (1 << (32 - length))


def prefix_length(mask: str) -> int | None:
    """``255.255.255.0``, ``0.0.0.255``, ``/24`` and ``24`` are all 24; None for what is no mask."""
    bare = mask.lstrip("/")
    if bare.isdecimal():
        return int(bare) if int(bare) <= 32 else None
    try:
        value = number(bare)
    except ValueError:
        return None
    masks = [mask_number(length) for length in range(33)]
    wildcards = [each ^ (2**32 - 1) for each in masks]
    return next((known.index(value) for known in (masks, wildcards) if value in known), None)

"""The Chinese catalogue: every part's ``zh_CN.po``, and the one ``.mo`` that they compile to.

A file below ``yiwang/<part>/`` belongs to that part's catalogue; files directly below
``yiwang/`` belong to core's.  ``setup.py`` compiles with the same :func:`compile_catalogue`.
"""

from __future__ import annotations

import ast
import io
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "yiwang"
LANGUAGE = "zh_CN"
KEYWORDS = {"_": None, "N_": None}
HEADER = """# {title}: Chinese translation.
msgid ""
msgstr ""
"Project-Id-Version: yiwang\\n"
"Language: zh_CN\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
# The header carries dates; a fixed one keeps equal catalogues equal byte for byte.
EPOCH = datetime(2017, 1, 1, tzinfo=UTC)
# Half-width punctuation that touches a Chinese character.
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;?!](?!\w)|[\u4e00-\u9fff]: |[,;?!][\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that makes the catalogue unfit: which file, which message, what is wrong."""

    file: Path
    id: str
    what: str

    def __str__(self) -> str:
        return f'{self.file}: "{self.id}": {self.what}' if self.id else f"{self.file}: {self.what}"


def mo_file(root: Path = ROOT) -> Path:
    """Where the compiled catalogue is read from."""
    return root / PACKAGE / "core/locale" / LANGUAGE / "LC_MESSAGES/yiwang.mo"


def parts(root: Path = ROOT) -> tuple[str, ...]:
    """The parts that can have a catalogue: the packages directly below the package."""
    return tuple(sorted(folder.parent.name for folder in (root / PACKAGE).glob("*/__init__.py")))


def po_file(part: str, root: Path = ROOT) -> Path:
    """A part's catalogue."""
    return root / PACKAGE / part / f"{LANGUAGE}.po"


def _sources(part: str, root: Path) -> Iterator[Path]:
    if part == "core":
        yield from sorted((root / PACKAGE).glob("*.py"))
    yield from sorted((root / PACKAGE / part).rglob("*.py"))


def extracted(part: str, root: Path = ROOT) -> Catalog:
    """The messages of a part's code, untranslated, in the order of the code."""
    catalogue = Catalog(locale=LANGUAGE)
    for source in _sources(part, root):
        where = source.relative_to(root).as_posix()
        with source.open("rb") as stream:
            for line, message, _comments, _context in extract("python", stream, keywords=KEYWORDS):
                if message:
                    catalogue.add(message, locations=[(where, line)])
    return catalogue


def read_catalogue(file: Path) -> Catalog:
    """A part's catalogue, empty when it has none; Babel raises PoFileError for a file that is not PO."""
    if not file.exists():
        return Catalog(locale=LANGUAGE)
    with file.open("rb") as stream:
        return read_po(stream, locale=LANGUAGE, abort_invalid=True)


def _messages(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def _id(message: Message) -> str:
    # Only plural messages, which this project does without, have an id of another type.
    return str(message.id)


def _translation(message: Message) -> str:
    return str(message.string or "")


def extract_catalogues(root: Path = ROOT) -> tuple[Path, ...]:
    """Bring every part's file in step with the code; return the files that changed.

    A translation is kept when its message moves to another part.  A message that left the
    code stays in its file as an obsolete entry (``#~``) and comes back with its message.
    """
    found = {part: extracted(part, root) for part in parts(root)}
    before = {part: read_catalogue(po_file(part, root)) for part in found}
    known: dict[str, Message] = {}
    for catalogue in before.values():
        for message in (*catalogue.obsolete.values(), *_messages(catalogue)):
            if message.string:
                known[_id(message)] = message
    used = {message.id for catalogue in found.values() for message in _messages(catalogue)}
    changed = []
    for part, catalogue in found.items():
        _translate(catalogue, before[part], known)
        for message in (*before[part].obsolete.values(), *_messages(before[part])):
            if message.string and _id(message) not in used:
                catalogue.obsolete[_id(message)] = message
        file = po_file(part, root)
        if (len(catalogue) or file.exists()) and _write(file, rendered(part, catalogue)):
            changed.append(file)
    return tuple(changed)


def _translate(catalogue: Catalog, before: Catalog, known: dict[str, Message]) -> None:
    for message in _messages(catalogue):
        own = before.get(message.id)
        source = own if own and own.string else known.get(_id(message))
        if source:
            message.string = source.string
            message.user_comments = list(source.user_comments)
            message.flags |= source.flags & {"fuzzy"}


def rendered(part: str, catalogue: Catalog) -> bytes:
    """The catalogue as a file whose bytes depend on the messages alone (no dates, no line numbers)."""
    for message in catalogue:
        # Values are filled in with str.format; a per cent sign is only a per cent sign.
        message.flags -= {"python-format", "python-brace-format"}
    body = io.BytesIO()
    write_po(body, catalogue, width=110, omit_header=True, sort_by_file=True, include_lineno=False)
    return HEADER.format(title=f"{PACKAGE}.{part}").encode() + body.getvalue()


def compiled(root: Path = ROOT) -> bytes:
    """All parts' translations as one ``.mo``; unfinished and obsolete entries are left out."""
    merged = Catalog(locale=LANGUAGE, fuzzy=False, creation_date=EPOCH, revision_date=EPOCH)
    for part in parts(root):
        for message in _messages(read_catalogue(po_file(part, root))):
            if message.string and not message.fuzzy:
                merged.add(message.id, message.string)
    body = io.BytesIO()
    write_mo(body, merged)
    return body.getvalue()


def compile_catalogue(root: Path = ROOT) -> Path:
    """Write the ``.mo`` unless it is up to date, and return its path."""
    file = mo_file(root)
    file.parent.mkdir(parents=True, exist_ok=True)
    _write(file, compiled(root))
    return file


def _write(file: Path, content: bytes) -> bool:
    if file.exists() and file.read_bytes() == content:
        return False
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
    Path(name).chmod(0o644)
    Path(name).replace(file)
    return True


def check_catalogues(root: Path = ROOT) -> tuple[Problem, ...]:
    """Everything that keeps the catalogue from being complete, consistent and compiled."""
    problems: list[Problem] = []
    first: dict[str, tuple[Path, str]] = {}
    for part in parts(root):
        file = po_file(part, root)
        shown = file.relative_to(root)
        problems += _out_of_reach(part, root)
        wanted = {_id(message) for message in _messages(extracted(part, root))}
        catalogue = read_catalogue(file)
        present = {_id(message) for message in _messages(catalogue)}
        problems += [Problem(shown, id, "is missing; run scripts/catalogue extract") for id in sorted(wanted - present)]
        problems += [
            Problem(shown, id, "is not in the code; run scripts/catalogue extract") for id in sorted(present - wanted)
        ]
        for message in _messages(catalogue):
            problems += [Problem(shown, _id(message), what) for what in _faults(message)]
            other, translation = first.setdefault(_id(message), (shown, _translation(message)))
            if translation != _translation(message):
                problems.append(Problem(shown, _id(message), f"is translated differently in {other}"))
    mo = mo_file(root)
    if not mo.exists() or mo.read_bytes() != compiled(root):
        problems.append(Problem(mo.relative_to(root), "", "is out of date; run scripts/catalogue compile"))
    return tuple(problems)


def _out_of_reach(part: str, root: Path) -> Iterator[Problem]:
    """Messages that extraction cannot see: inside an f-string, or made by one."""
    for source in _sources(part, root):
        shown = source.relative_to(root)
        for node in ast.walk(ast.parse(source.read_bytes())):
            if isinstance(node, ast.JoinedStr):
                for call in filter(_is_message, ast.walk(node)):
                    yield Problem(shown, ast.unparse(call), "stands inside an f-string; take it out")
            elif isinstance(node, ast.Call) and _is_keyword(node) and isinstance(node.args[0], ast.JoinedStr):
                yield Problem(shown, ast.unparse(node), "is an f-string; use {placeholders} and format()")


def _is_keyword(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id in KEYWORDS and bool(call.args)


def _is_message(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and _is_keyword(node) and isinstance(node.args[0], ast.Constant)


def _faults(message: Message) -> Iterator[str]:
    if message.fuzzy:
        yield "is marked fuzzy"
    if not message.string:
        yield "has no translation"
        return
    wanted, given = _placeholders(_id(message)), _placeholders(_translation(message))
    if wanted != given:
        yield f"has other placeholders: {sorted(wanted)} in the message, {sorted(given)} in the translation"
    if half := HALF_WIDTH.search(_translation(message)):
        yield f"has half-width punctuation beside Chinese: {half.group()!r}"


def _placeholders(text: str) -> set[str]:
    try:
        return {name for _text, name, _format, _conversion in Formatter().parse(text) if name is not None}
    except ValueError as error:
        return {f"not a template: {error}"}

"""The pages: command line, settings, error codes, estate."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from itertools import groupby
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from tooling.reference.annotation import default_words, field_words, hints, type_words
from tooling.reference.records import records_page
from tooling.reference.words import code_or_nothing, table, word
from yiwang.core.i18n import LANGUAGES, _, use

FOLDERS = {"en": Path("docs/reference"), "zh_CN": Path("docs/zh-CN/reference")}
EXIT_CODES = {
    0: "done",
    1: "an error",
    2: "changes or findings, only with `--detailed-exitcode`",
    3: "waits for an approval",
    4: "some targets failed",
    64: "wrong usage",
    130: "interrupted",
}
OWN_TEXTS = ("show_completion", "install_completion")


def command_line_page() -> Iterator[str]:
    """Every command with its arguments and options."""
    import typer

    from yiwang.cli.main import command_line

    yield from list(_command("yiwang", typer.main.get_command(command_line()), 2))[1:]
    yield from ("", f"## {word('Exit codes')}", "")
    yield from table(("", word("meaning")), ((f"`{code}`", word(text)) for code, text in EXIT_CODES.items()))


def _command(path: str, command: Any, depth: int) -> Iterator[str]:
    if command.hidden:
        return
    yield from ("", f"{'#' * depth} {path}", "", _(command.help or ""))
    parameters = [each for each in command.params if not getattr(each, "hidden", False) and each.name not in OWN_TEXTS]
    for kind, heading in (("argument", "argument"), ("option", "option")):
        rows = [_parameter(each) for each in parameters if each.param_type_name == kind]
        if rows:
            yield ""
            yield from table((word(heading), word("value"), word("default"), word("meaning")), rows)
    for name in sorted(getattr(command, "commands", {})):
        yield from _command(f"{path} {name}", command.commands[name], min(depth + 1, 4))


def _parameter(parameter: Any) -> tuple[str, str, str, str]:
    annotation = parameter.type_descriptor.annotation
    is_flag = annotation is bool
    opts = [*parameter.opts, *parameter.secondary_opts]
    names = parameter.metavar or parameter.name.upper() if parameter.param_type_name == "argument" else ", ".join(opts)
    shown = "" if is_flag else _value(annotation, parameter)
    if parameter.required:
        default = f"**{word('required')}**"
    elif is_flag or parameter.default in (None, "", (), []) or callable(parameter.default):
        default = ""
    else:
        value = parameter.default.value if isinstance(parameter.default, Enum) else parameter.default
        default = code_or_nothing(str(value))
    return f"`{names}`", shown, default, _(parameter.help or "")


def _value(annotation: Any, parameter: Any) -> str:
    # A repeatable parameter is told by what each of its values is.
    words = type_words(get_args(annotation)[0] if get_origin(annotation) in (list, tuple) else annotation)
    if parameter.metavar and parameter.param_type_name == "option":
        words = f"`{parameter.metavar}`"
    return f"{words}{word(', ')}{word('may be repeated')}" if parameter.multiple or parameter.nargs == -1 else words


def settings_page() -> Iterator[str]:
    """Every setting with its environment variable."""
    from yiwang.core.settings import Settings, setting_names

    yield word(
        "The first that gives a value wins: `--set KEY=VALUE`, the environment, `yiwang.yaml` in this folder or the "
        "nearest one above, `~/.config/yiwang/yiwang.yaml`, `/etc/yiwang/yiwang.yaml`, the default. "
        "`yiwang config show --origin` tells which it was."
    )
    yield ""
    rows = []
    for name, field in setting_names():
        owner: Any = Settings
        *above, last = name.split(".")
        for part in above:
            owner = owner.model_fields[part].annotation
        annotation = hints(owner)[last]
        # A mapping has no form as one environment variable.
        variable = "" if get_origin(annotation) is dict else "YIWANG_" + name.upper().replace(".", "_")
        words = field_words(annotation, field)
        rows.append((f"`{name}`", code_or_nothing(variable), words, default_words(field), _(field.description or "")))
    headings = (word("setting"), word("environment"), word("value"), word("default"), word("meaning"))
    yield from table(headings, rows)


def errors_page() -> Iterator[str]:
    """Every error code."""
    from yiwang.app import error_codes

    yield word("`yiwang explain CODE` shows the same at the terminal.")
    parts = {
        "E0": "core",
        "E1": "inventory",
        "E2": "deploy",
        "E3": "network",
        "E4": "adapters",
        "E5": "monitoring",
        "E6": "lab",
        "E7": "console",
    }
    for part, codes in groupby(error_codes(), lambda each: parts[each.id[:2]]):
        yield from ("", f"## {word(part)}")
        for each in codes:
            yield from ("", f"### {each.id}", "", _(each.message), "", f"→ {_(each.advice)}")
            if each.explanation:
                yield from ("", _(each.explanation))


def estate_page() -> Iterator[str]:
    """Every section of the estate's files and every key in it."""
    from yiwang.inventory.model import KINDS, Addressing, EstateHeader, Rollout

    yield word(
        "An estate is a folder of YAML files. Each file has one or more of these sections, and each section declares "
        "objects by name."
    )
    kinds: Mapping[str, Any] = KINDS
    sections: dict[str, type[BaseModel]] = {
        "estate": EstateHeader,
        "addressing": Addressing,
        "rollout": Rollout,
        **kinds,
    }
    told: set[type[BaseModel]] = set(sections.values())
    parts: dict[str, type[BaseModel]] = {}
    yield from ("", f"## {word('Sections')}")
    for name, model in sections.items():
        yield from _model(name, model)
        _gather(model, told, parts)
    yield from ("", f"## {word('Parts of the above')}")
    for name, model in sorted(parts.items()):
        yield from _model(name, model)


def _model(name: str, model: type[BaseModel]) -> Iterator[str]:
    yield from ("", f"### {name}", "")
    annotations = hints(model)
    rows = [
        (f"`{f.alias or key}`", field_words(annotations[key], f), default_words(f), _(f.description or ""))
        for key, f in model.model_fields.items()
    ]
    yield from table((word("key"), word("value"), word("default"), word("meaning")), rows)


def _gather(model: type[BaseModel], told: set[type[BaseModel]], found: dict[str, type[BaseModel]]) -> None:
    """Put the models that a model is made of into ``found``, except those told already."""
    for field in model.model_fields.values():
        for part in _models(field.annotation):
            if part not in told:
                told.add(part)
                found[part.__name__] = part
                _gather(part, told, found)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


PAGES: dict[str, tuple[str, Callable[[], Iterator[str]]]] = {
    "cli.md": ("Command line", command_line_page),
    "settings.md": ("Settings", settings_page),
    "errors.md": ("Error codes", errors_page),
    "estate.md": ("The estate's files", estate_page),
    "records.md": ("Canonical records", records_page),
}


def rendered() -> dict[Path, str]:
    """Every page's text by its path below the root."""
    # Help texts are translated when the command line is imported: import it in English and translate here.
    use("en")
    pages = {}
    for name, (title, page) in PAGES.items():
        for tongue in LANGUAGES:
            use(tongue)
            notice = word("This page is written from the code by `scripts/reference`.")
            pages[FOLDERS[tongue] / name] = "\n".join([f"# {word(title)}", "", notice, "", *page()]) + "\n"
    use(None)
    return pages

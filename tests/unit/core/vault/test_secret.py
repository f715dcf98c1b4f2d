"""A secret does not show itself."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import io
import json
import logging
import pickle
import traceback
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError
from rich.console import Console
from rich.pretty import pretty_repr

from yiwang.core.canonical import canonical
from yiwang.core.errors import DatabaseError
from yiwang.core.vault.secret import MASK, Secret

TEXT = "correct-horse-battery"
SECRET = Secret(TEXT)


@dataclass(frozen=True)
class Login:
    user: str
    password: Secret


class Model(BaseModel):
    password: Secret


LOGIN = Login("admin", SECRET)
MODEL = Model(password=SECRET)


def fail(secret: Secret) -> None:
    raise ValueError(secret)


def traced(secret: Secret) -> str:
    try:
        fail(secret)
    except ValueError as error:
        return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


def logged(secret: Secret) -> str:
    stream = io.StringIO()
    logger = logging.Logger("test")
    logger.addHandler(logging.StreamHandler(stream))
    logger.warning("%s %r %s", secret, secret, LOGIN)
    logger.warning(secret)
    return stream.getvalue()


def inspected(secret: Secret) -> str:
    stream = io.StringIO()
    from rich import inspect as rich_inspect

    rich_inspect(secret, console=Console(file=stream, width=200), all=True)
    return stream.getvalue()


RENDERINGS = {
    "str": lambda: str(SECRET),
    "repr": lambda: repr(SECRET),
    "f-string": lambda: f"{SECRET}{SECRET!r}{SECRET:>40}{SECRET!s:.3}",
    "percent": lambda: "%s %r" % (SECRET, SECRET),  # noqa: UP031 - this form is meant
    "dataclass": lambda: repr(LOGIN),
    "asdict": lambda: repr(dataclasses.asdict(LOGIN)),
    "containers": lambda: repr([{"a": (SECRET,)}]),
    "json with default": lambda: json.dumps({"a": SECRET}, default=str),
    "pydantic repr": lambda: repr(MODEL),
    "pydantic python": lambda: repr(MODEL.model_dump()),
    "pydantic json": lambda: MODEL.model_dump_json(),
    "pydantic schema": lambda: json.dumps(Model.model_json_schema()),
    "members": lambda: repr(inspect.getmembers(SECRET)),
    "slots": lambda: repr([getattr(SECRET, name, None) for name in Secret.__slots__]),
    "rich": lambda: pretty_repr(LOGIN),
    "rich inspect": lambda: inspected(SECRET),
    "traceback with locals": lambda: traced(SECRET),
    "log": lambda: logged(SECRET),
    "dir": lambda: repr(dir(SECRET)),
}


@pytest.mark.parametrize("way", RENDERINGS)
def test_no_rendering_shows_the_text(way: str) -> None:
    shown = RENDERINGS[way]()

    assert TEXT not in shown


def test_the_mask_is_the_same_for_every_secret() -> None:
    assert str(Secret("")) == str(Secret("x" * 99)) == MASK


@given(st.text(), st.text())
def test_secrets_are_equal_when_their_texts_are(one: str, other: str) -> None:
    assert Secret(one) == Secret(one)
    assert (Secret(one) == Secret(other)) is (one == other)
    assert (Secret(one) != Secret(other)) is (one != other)


def test_a_secret_is_not_equal_to_its_text() -> None:
    assert SECRET != TEXT


@given(st.text())
def test_revealing_gives_the_text_back(text: str) -> None:
    assert Secret(text).reveal() == text


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickling_is_refused_even_inside_other_things(protocol: int) -> None:
    with pytest.raises(TypeError, match="pass its reference"):
        pickle.dumps({"login": LOGIN}, protocol)


def test_its_state_cannot_be_taken_out() -> None:
    with pytest.raises(TypeError, match="pass its reference"):
        SECRET.__getstate__()
    with pytest.raises(TypeError):
        vars(SECRET)


def test_encoding_as_json_is_refused() -> None:
    with pytest.raises(TypeError):
        json.dumps(SECRET)
    with pytest.raises(DatabaseError) as refused:
        canonical({"payload": [SECRET]})
    assert refused.value.error.id == "E0311"


def test_it_has_no_hash_and_does_not_change() -> None:
    with pytest.raises(TypeError):
        hash(SECRET)
    with pytest.raises(AttributeError):
        SECRET._reveal = lambda: "other"  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        SECRET.anything = 1  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        del SECRET._reveal  # type: ignore[attr-defined]


def test_copies_are_the_secret_itself() -> None:
    assert copy.copy(SECRET) is SECRET
    assert copy.deepcopy(LOGIN).password is SECRET
    assert MODEL.model_copy(deep=True).password == SECRET


def test_pydantic_takes_text_and_refuses_the_rest_without_showing_it() -> None:
    assert Model.model_validate({"password": TEXT}).password.reveal() == TEXT
    assert Model.model_validate_json(json.dumps({"password": TEXT})).password.reveal() == TEXT
    with pytest.raises(ValidationError) as refused:
        Model.model_validate({"password": 20170430})
    assert "a secret must be text" in str(refused.value)

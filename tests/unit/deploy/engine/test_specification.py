"""A specification is plain data with one digest."""

import pytest

from yiwang.core.errors import DatabaseError
from yiwang.core.vault.secret import Secret
from yiwang.deploy.engine.specification import Part, Specification

ONE = Specification("node", (Part("baseline", {"a": 1, "b": ["x"]}, "c0de"), Part("web", {})))


def test_it_comes_back_from_plain_data_as_it_was() -> None:
    again = Specification.from_plain(ONE.plain())

    assert again == ONE
    assert again.digest == ONE.digest


@pytest.mark.parametrize(
    "other",
    [
        Specification("other", ONE.parts),
        Specification("node", ONE.parts[::-1]),
        Specification("node", ONE.parts[:1]),
        Specification("node", (Part("baseline", {"a": 2, "b": ["x"]}, "c0de"), ONE.parts[1])),
        Specification("node", (Part("baseline", {"a": 1, "b": ["x"]}, "other"), ONE.parts[1])),
    ],
)
def test_whatever_differs_gives_another_digest(other: Specification) -> None:
    assert other.digest != ONE.digest


def test_a_secret_in_clear_text_is_refused() -> None:
    with pytest.raises(DatabaseError):
        Specification("node", (Part("baseline", {"password": Secret("x")}),)).digest  # noqa: B018

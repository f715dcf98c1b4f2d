"""A secret in memory: a value that does not show itself."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn, final

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler

MASK = "********"


def _sealed(text: str) -> Callable[[], str]:
    # A closure: an object's slots and attributes are shown by debuggers, inspect and rich.
    return lambda: text


@final
class Secret:
    """A text whose every rendering is ``********``; :meth:`reveal` gives the text itself.

    It cannot be pickled, hashed or encoded as JSON, compares in constant time, and copies are
    the object itself.  Pydantic fields of this type take text and are dumped as the mask.
    """

    __slots__ = ("__weakref__", "_reveal")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, text: str) -> None:
        object.__setattr__(self, "_reveal", _sealed(text))

    def reveal(self) -> str:
        """The text.  Call it at the last moment, and give the result no name that lives on."""
        return self._reveal()  # type: ignore[no-any-return,attr-defined]

    def __str__(self) -> str:
        return MASK

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __format__(self, specification: str) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(_bytes(self), _bytes(other))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a secret does not change")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a secret does not change")

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memory: dict[int, Any]) -> Secret:
        return self

    def __getstate__(self) -> NoReturn:
        raise TypeError("a secret cannot be pickled; pass its reference and open it where it is used")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        self.__getstate__()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(
            _validated, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "format": "password", "writeOnly": True}


def _bytes(secret: Secret) -> bytes:
    return secret.reveal().encode("utf-8", "surrogatepass")


def _validated(value: Any) -> Secret:
    if isinstance(value, Secret):
        return value
    if isinstance(value, str):
        return Secret(value)
    from pydantic_core import PydanticCustomError

    raise PydanticCustomError("secret_type", "a secret must be text")

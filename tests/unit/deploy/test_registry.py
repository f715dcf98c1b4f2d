"""Components with their values, as a plan keeps them."""

import json

from yiwang.core.canonical import canonical
from yiwang.core.validation import Declared
from yiwang.deploy.component import Component
from yiwang.deploy.registry import Components


class Named(Declared):
    names: dict[str, str]


def test_values_are_the_same_before_and_after_they_were_stored(tmp_path: object) -> None:
    component = Component("named", "名", Named, lambda spec, secrets: None)
    components = Components(more={component: tmp_path})  # type: ignore[dict-item]

    part = components.part("named", {"names": {"b": "1", "a": "2"}})

    stored = json.loads(canonical(part.plain()))
    assert list(part.values["names"]) == list(stored["values"]["names"]) == ["a", "b"]

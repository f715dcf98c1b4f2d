"""Components are found by name, loaded late, and checked when they are loaded."""

from pathlib import Path

import pytest

from yiwang.deploy.engine.faults import DeployError
from yiwang.deploy.engine.specification import Part
from yiwang.deploy.registry import Components, digest_of

BANNER = """
from yiwang.core.validation import Declared
from yiwang.deploy.component import Component

class Spec(Declared):
    text: str = "hello"

COMPONENT = Component("my-banner", "a banner", Spec, lambda spec, secrets: None)
"""


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    """An estate with a component of its own."""
    (tmp_path / "components").mkdir()
    (tmp_path / "components" / "my_banner.py").write_text(BANNER)
    return tmp_path


def error_of(components: Components, name: str) -> str:
    with pytest.raises(DeployError) as raised:
        components.find(name)
    return raised.value.error.id


def test_a_file_of_the_estate_is_a_component(estate: Path) -> None:
    components = Components(estate)

    assert "my-banner" in components.names
    assert components.find("my-banner").component.title == "a banner"


def test_nothing_is_loaded_before_it_is_needed(estate: Path) -> None:
    (estate / "components" / "broken.py").write_text("raise SystemError('at once')")

    components = Components(estate)

    assert "broken" in components.names
    assert error_of(components, "broken") == "E2011"


def test_a_file_that_sets_no_component_is_refused(estate: Path) -> None:
    (estate / "components" / "other.py").write_text("x = 1")
    (estate / "components" / "misnamed.py").write_text(BANNER)

    assert error_of(Components(estate), "other") == "E2011"
    assert error_of(Components(estate), "misnamed") == "E2011"


def test_an_unknown_component_is_told_with_the_nearest(estate: Path) -> None:
    with pytest.raises(DeployError) as raised:
        Components(estate).find("my-baner")

    assert raised.value.error.id == "E2010"
    assert '"my-banner"' in str(raised.value)


def test_two_components_of_one_name_are_refused(estate: Path) -> None:
    (estate / "components" / "my-banner.py").write_text(BANNER)

    with pytest.raises(DeployError) as raised:
        Components(estate)

    assert raised.value.error.id == "E2012"


def test_values_are_completed_and_checked(estate: Path) -> None:
    components = Components(estate)

    assert components.part("my-banner", {}).values == {"text": "hello"}
    with pytest.raises(DeployError) as raised:
        components.part("my-banner", {"txet": "x"})
    assert raised.value.error.id == "E2013"
    assert "txet" in str(raised.value)


def test_another_version_of_a_component_is_refused(estate: Path) -> None:
    components = Components(estate)

    with pytest.raises(DeployError) as raised:
        components.spec(Part("my-banner", {}, "another"), target="node")

    assert raised.value.error.id == "E2014"


def test_a_change_of_any_file_beside_a_component_changes_its_code(estate: Path) -> None:
    before = Components(estate).find("my-banner").code
    (estate / "components" / "banner.j2").write_text("hello")

    after = Components(estate).find("my-banner").code

    assert before != after
    assert after == digest_of(estate / "components")


def test_every_component_of_yiwang_can_be_loaded() -> None:
    components = Components()

    for name in components.names:
        assert components.find(name).component.name == name

"""What declared nodes are to be."""

from pathlib import Path

import pytest

from yiwang.deploy.design import specification_of
from yiwang.deploy.registry import Components
from yiwang.inventory.loading.load import load

EXAMPLES = sorted(file.parent for file in (Path(__file__).parents[3] / "examples").glob("*/estate.yaml"))


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: folder.name)
def test_every_node_of_an_example_is_of_components_that_there_are_with_values_that_fit(folder: Path) -> None:
    estate, components = load(folder).require(), Components(folder)

    designed = {name: specification_of(estate, name, components) for name in estate.nodes}

    assert designed
    assert all(next(iter(each.parts)).component == "baseline" for each in designed.values())
    assert all(len(each.parts) > 3 for name, each in designed.items() if set(estate.nodes[name].roles) - {"baseline"})

"""The way to a node: plain data with references, then an endpoint with its secrets."""

from pathlib import Path

import pytest

from yiwang.core.canonical import canonical
from yiwang.core.vault.secret import Secret
from yiwang.deploy.engine.faults import DeployError
from yiwang.deploy.way import endpoint_of, way_to
from yiwang.inventory.loading.load import load

HEBI = Path(__file__).parents[3] / "examples/hebi"

ESTATE = """
estate: {name: ways, title: 路, region: 410600}
regions: {"410600": {title: 鹤壁市, level: city}}
zones: {extranet: {title: 外网}}
defaults: {node: {region: 410600, zone: extranet, roles: [baseline]}}
nodes:
  door: {addresses: {extranet: 59.255.0.1/24}, connection: {host_keys: [ssh-ed25519 AAAA1]}}
  hall: {addresses: {extranet: 59.255.0.2/24}, connection: {via: door, host_keys: [ssh-ed25519 AAAA2]}}
  desk: {addresses: {extranet: 59.255.0.3/24}, connection: {via: hall, user: ops, password: "vault:desk"}}
  one: {addresses: {extranet: 59.255.0.4/24}, connection: {via: other}}
  other: {addresses: {extranet: 59.255.0.5/24}, connection: {via: one}}
  lost: {}
"""


def secret(reference: str) -> Secret:
    return Secret(f"opened {reference}")


@pytest.fixture
def estate(tmp_path: Path) -> object:
    (tmp_path / "estate.yaml").write_text(ESTATE)
    return load(tmp_path).require()


def test_a_way_holds_references_and_no_secret() -> None:
    way = way_to(load(HEBI).require(), "desk-410621101")

    assert way["private_key"] == "vault:counties/410621/nodes/private-key"
    assert [hop["name"] for hop in way["via"]] == ["bastion-410600-1"]
    assert canonical(way)


def test_the_nearest_jump_host_comes_first(estate: object) -> None:
    endpoint = endpoint_of(way_to(estate, "desk"), secret)  # type: ignore[arg-type]

    assert [hop.name for hop in endpoint.via] == ["door", "hall"]
    assert [hop.host_keys for hop in endpoint.via] == [("ssh-ed25519 AAAA1",), ("ssh-ed25519 AAAA2",)]
    assert (endpoint.user, endpoint.password) == ("ops", Secret("opened vault:desk"))
    assert endpoint.needs_sudo


@pytest.mark.parametrize(("name", "code"), [("one", "E2056"), ("lost", "E2055")])
def test_a_way_that_leads_nowhere_is_refused(estate: object, name: str, code: str) -> None:
    with pytest.raises(DeployError) as caught:
        way_to(estate, name)  # type: ignore[arg-type]

    assert caught.value.error.id == code

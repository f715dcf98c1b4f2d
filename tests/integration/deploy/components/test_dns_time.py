"""``dns-time`` as nodes use it."""

from __future__ import annotations

import pytest

from .conftest import Bench

pytestmark = pytest.mark.xdist_group("lab")


def answer(platform: Bench, asker: str, *words: str) -> str:
    script = f"dpkg -s bind9-dnsutils >/dev/null 2>&1 || apt-get -qy install bind9-dnsutils >&2; dig {' '.join(words)}"
    return platform.node(asker).run("sh", "-c", script).stdout.strip()


def test_every_node_and_device_has_a_name_and_every_address_leads_back(platform: Bench) -> None:
    names = {"desk-1": "59.253.8.2", "web-1": "10.130.0.2", "core-1": "10.68.0.1"}

    found = {name: answer(platform, "exchange-1", "+short", f"{name}.platform.internal") for name in names}
    back = answer(platform, "exchange-1", "+short", "-x", "10.130.0.2")

    assert found == names
    assert back == "web-1.platform.internal."


def test_what_nobody_knows_is_told_at_once_not_to_exist(platform: Bench) -> None:
    assert "status: NXDOMAIN" in answer(platform, "exchange-1", "+time=1", "+tries=1", "www.example.com")


def test_strangers_get_no_answer(platform: Bench) -> None:
    # The firewall lets only declared networks come near; the server itself refuses the rest.
    base = platform.node("base-1")
    words = ("dig", "-b", "127.0.0.1", "@127.0.0.1", "+short", "desk-1.platform.internal")

    base.run("sh", "-c", "dpkg -s bind9-dnsutils >/dev/null 2>&1 || apt-get -qy install bind9-dnsutils")

    assert base.run(*words).stdout.strip() == "59.253.8.2"
    assert "version.bind" not in base.run("dig", "@127.0.0.1", "+short", "chaos", "txt", "version.bind").stdout


def test_a_new_node_has_its_name_after_the_next_apply(platform: Bench) -> None:
    values = {"dns-time": {"names": {"desk-1": ["59.253.8.2"], "desk-9": ["59.253.8.9"]}}}

    platform.apply("base-1", "dns-time", values=values)
    found = answer(platform, "exchange-1", "+short", "desk-9.platform.internal")
    platform.apply("base-1", "dns-time")

    assert found == "59.253.8.9"
    assert platform.changes("base-1", "dns-time") == []

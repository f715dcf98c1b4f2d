"""The fallback: plain namespaces, where there is no systemd-nspawn."""

from collections.abc import Iterator

import pytest

from yiwang.inventory.loading.load import load
from yiwang.lab.drafting import Request
from yiwang.lab.fixtures import SMALL, eventually, lab_name, raised_lab
from yiwang.lab.lab import Lab

pytestmark = pytest.mark.xdist_group("lab")


@pytest.fixture(scope="module")
def plain() -> Iterator[Lab]:
    yield from raised_lab(load(SMALL).require(), Request(lab_name("plain"), is_plain=True))


def test_plain_hosts_route_and_answer(plain: Lab) -> None:
    desk = plain.machine("desk-1")

    assert eventually(lambda: desk.run("ping", "-c", "1", "-W", "1", "59.255.0.10", check=False).returncode == 0)
    assert "Full" in plain.machine("edge-1").run("vtysh", "-c", "show ip ospf neighbor").stdout


def test_a_plain_host_has_its_own_name_processes_and_files(plain: Lab) -> None:
    desk = plain.machine("desk-1")

    assert desk.run("hostname").stdout == "desk-1\n"
    assert desk.run("cat", "/proc/1/comm").stdout == "sh\n"
    assert "edge-1" not in desk.run("ps", "ax").stdout
    assert desk.run("cat", "/etc/hostname").stdout == "desk-1\n"


def test_that_systemd_is_missing_is_said(plain: Lab) -> None:
    assert "systemd" in {omission.kind for omission in plain.layout.omissions}
    assert plain.layout.mirror == ""

"""Names of ports in the kernel, and addresses of the management network."""

import re
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.lab.naming import (
    MOST_HOSTS,
    SLOTS,
    cable_network,
    kernel_names,
    machine_address,
    management_address,
    management_network,
    operator_address,
)


@pytest.mark.parametrize(
    ("declared", "kernel"),
    [
        ("eth0", "eth0"),
        ("GigabitEthernet0/0/1", "ge0-0-1"),
        ("10GE1/0/20", "10ge1-0-20"),
        ("Ten-GigabitEthernet1/0/20", "xge1-0-20"),
        ("GigabitEthernet0/0/1.100", "ge0-0-1-100"),
        ("gei-0/1/0/12", "gei0-1-0-12"),
    ],
)
def test_a_port_has_a_short_name_that_still_tells_which_it_is(declared: str, kernel: str) -> None:
    assert kernel_names([declared]) == {declared: kernel}


@given(st.lists(st.text(min_size=1, max_size=40), unique=True, max_size=30))
def test_the_kernel_takes_every_name_and_no_two_ports_share_one(declared: list[str]) -> None:
    names = kernel_names(declared)

    assert list(names) == declared
    assert len(set(names.values())) == len(declared)
    assert not {"lo", "mgmt0", ".", ".."} & set(names.values())
    assert all(re.fullmatch(r"[^\s/:]{1,15}", name) for name in names.values())


@given(st.integers(0, SLOTS - 1), st.integers(0, MOST_HOSTS - 1))
def test_every_slot_has_addresses_of_its_own_in_the_test_network(slot: int, index: int) -> None:
    address = management_address(slot, index)

    assert address in management_network(slot)
    assert address not in (machine_address(slot), operator_address(slot), management_network(slot).broadcast_address)
    assert IPv4Address("198.18.0.0") <= address < IPv4Address("198.19.0.0")
    assert not management_network(slot).overlaps(cable_network(slot))

"""The fast way from text to an address gives what the standard library gives, for any text."""

from ipaddress import AddressValueError, IPv4Address, IPv4Interface, IPv4Network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from yiwang.core.address import IpAddress, IpInterface, IpNetwork

octets = st.one_of(st.integers(0, 255), st.integers(0, 300), st.sampled_from(["01", "", "1a", "٣"]))
dotted = st.lists(octets, min_size=3, max_size=5).map(lambda parts: ".".join(map(str, parts)))
suffixes = st.sampled_from(["", "/0", "/8", "/24", "/31", "/32", "/33", "/024", "/", "/-1", "/255.255.255.0", "/٣"])


@pytest.mark.parametrize(
    ("ours", "standard"), [(IpAddress, IPv4Address), (IpInterface, IPv4Interface), (IpNetwork, IPv4Network)]
)
@given(text=st.one_of(st.tuples(dotted, suffixes).map("".join), st.text(max_size=20)))
def test_any_text_is_read_or_refused_as_pydantic_alone_would(ours: Any, standard: Any, text: str) -> None:
    def outcome(kind: Any) -> Any:
        try:
            return TypeAdapter(kind).validate_python(text)
        except (ValidationError, AddressValueError):
            return "refused"

    assert outcome(ours) == outcome(standard)

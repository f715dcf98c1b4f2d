"""Frames survive any cutting of the stream, and any bytes that a node may write."""

import io
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.deploy.engine import agent
from yiwang.deploy.engine.frames import Decoder, FrameError, encode

texts = st.binary().map(lambda content: content.decode("utf-8", "surrogateescape"))
messages = st.dictionaries(st.text(max_size=8), texts | st.integers() | st.lists(texts, max_size=4), max_size=4)


def taken(decoder: Decoder) -> list[Any]:
    found = []
    while (frame := decoder.next()) is not None:
        found.append(frame)
    return found


@given(st.lists(messages, max_size=5), st.data())
def test_frames_come_out_as_they_went_in_however_they_are_cut(sent: list[dict[str, Any]], data: st.DataObject) -> None:
    stream = b"".join(map(encode, sent))
    decoder = Decoder()
    found = []

    while stream:
        size = data.draw(st.integers(1, len(stream)))
        decoder.feed(stream[:size])
        stream = stream[size:]
        found += taken(decoder)

    assert found == sent


@given(messages)
def test_the_agent_reads_what_the_controller_writes(sent: dict[str, Any]) -> None:
    assert agent.receive(io.BytesIO(encode(sent))) == sent


@given(messages, st.data())
def test_the_agent_takes_a_frame_that_is_cut_short_for_the_end(sent: dict[str, Any], data: st.DataObject) -> None:
    frame = encode(sent)

    assert agent.receive(io.BytesIO(frame[: data.draw(st.integers(0, len(frame) - 1))])) is None


@given(st.binary(max_size=40))
def test_bytes_that_are_no_frames_are_refused_or_waited_for(noise: bytes) -> None:
    decoder = Decoder()
    decoder.feed(noise)

    with suppress(FrameError):
        assert decoder.next() is None or noise


def test_a_frame_that_is_too_large_is_refused_before_it_is_read() -> None:
    decoder = Decoder()
    decoder.feed(b"\xff\xff\xff\xff")

    with pytest.raises(FrameError):
        decoder.next()

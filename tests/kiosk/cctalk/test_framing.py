"""Messages survive the line whole, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.kiosk.devices.cctalk.framing import Message, events_between, parse

OCTET = st.integers(0, 255)
MESSAGES = st.builds(Message, destination=OCTET, source=OCTET, header=OCTET, data=st.binary(max_size=255))


@given(message=MESSAGES, rest=st.binary(max_size=9))
def test_a_message_comes_back_with_what_follows_it(message: Message, rest: bytes) -> None:
    assert parse(message.octets() + rest) == (message, rest)


@given(message=MESSAGES, cut=st.integers(1, 260))
def test_a_part_is_no_message(message: Message, cut: int) -> None:
    assert parse(message.octets()[:-cut]) is None


@given(message=MESSAGES, data=st.data())
def test_one_wrong_octet_never_reads_as_a_message_of_this_length(message: Message, data: st.DataObject) -> None:
    octets = bytearray(message.octets())
    where = data.draw(st.sampled_from([at for at in range(len(octets)) if at != 1]))
    octets[where] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ValueError, match="checksum"):
        parse(bytes(octets))


def test_a_simple_poll_as_the_standard_shows_it() -> None:
    assert Message(destination=2, source=1, header=254).octets() == bytes((2, 0, 1, 254, 255))


@pytest.mark.parametrize(
    ("before", "now", "new"), [(0, 1, 1), (3, 3, 0), (255, 1, 1), (254, 2, 3), (9, 0, 0), (0, 9, 9)]
)
def test_the_counter_goes_round_without_0(before: int, now: int, new: int) -> None:
    assert events_between(before, now) == new

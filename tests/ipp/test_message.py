"""The encoding of IPP: both ways, against CUPS, and against octets of nobody."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from madoguchi.kiosk.devices.ipp.message import (
    MAX_OCTETS,
    Attribute,
    Group,
    MalformedError,
    Message,
    Section,
    Tag,
    Value,
    boolean,
    decode,
    encode,
    integer,
    words,
)

names = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=40)
values = st.builds(Value, st.integers(0x10, 0xFF), st.binary(max_size=60))
attributes = st.builds(Attribute, names, st.lists(values, min_size=1, max_size=4).map(tuple))
sections = st.sampled_from([*(each for each in range(16) if each != Section.END)])
groups = st.builds(Group, sections, st.lists(attributes, max_size=4).map(tuple))
messages = st.builds(
    Message,
    code=st.integers(0, 0xFFFF),
    request_id=st.integers(-(2**31), 2**31 - 1),
    groups=st.lists(groups, max_size=4).map(tuple),
    version=st.tuples(st.integers(0, 255), st.integers(0, 255)),
)


@given(message=messages, document=st.binary(max_size=40))
def test_what_was_encoded_is_decoded_whatever_follows(message: Message, document: bytes) -> None:
    assert decode(encode(message) + document) == message


@given(octets=st.binary(max_size=400))
@example(b"\x02\x00\x00\x00\x00\x00\x00\x01\x01\x44\x80\x00")
@example(b"\x02\x00\x00\x00\x00\x00\x00\x01\x44\x00\x01a\x00\x01b\x03")
@example(b"\x02\x00\x00\x00\x00\x00\x00\x01\x01\x44\x00\x00\x00\x01b\x03")
def test_octets_of_nobody_are_decoded_or_refused(octets: bytes) -> None:
    try:
        found = decode(octets)
    except MalformedError:
        return
    assert octets.startswith(encode(found))


@given(message=messages, place=st.floats(0, 1, exclude_max=True), change=st.integers(1, 255))
def test_a_changed_octet_is_no_crash(message: Message, place: float, change: int) -> None:
    octets = bytearray(encode(message))
    octets[int(place * len(octets))] ^= change
    test_octets_of_nobody_are_decoded_or_refused.hypothesis.inner_test(bytes(octets))  # type: ignore[attr-defined]


@given(message=messages)
def test_a_message_cut_anywhere_is_refused(message: Message) -> None:
    octets = encode(message)
    for end in range(len(octets)):
        with pytest.raises(MalformedError):
            decode(octets[:end])


def test_the_print_job_request_of_the_standard() -> None:
    """RFC 8010 appendix A.1, its first attributes, octet by octet."""
    message = Message(
        version=(1, 1),
        code=0x0002,
        request_id=1,
        groups=(
            Group(
                Section.OPERATION,
                (
                    words("attributes-charset", Tag.CHARSET, "utf-8"),
                    words("attributes-natural-language", Tag.LANGUAGE, "en-us"),
                    boolean("ipp-attribute-fidelity", value=True),
                ),
            ),
            Group(Section.JOB, (integer("copies", 20), words("sides", Tag.KEYWORD, "two-sided-long-edge"))),
        ),
    )
    assert encode(message) == bytes.fromhex(
        "0101 0002 00000001 01"
        "47 0012 617474726962757465732d63686172736574 0005 7574662d38"
        "48 001b 617474726962757465732d6e61747572616c2d6c616e6775616765 0005 656e2d7573"
        "22 0016 6970702d6174747269627574652d666964656c697479 0001 01"
        "02"
        "21 0006 636f70696573 0004 00000014"
        "44 0005 7369646573 0013 74776f2d73696465642d6c6f6e672d65646765"
        "03"
    )


def test_numbers_texts_and_flags_are_read_from_their_own_kind_only() -> None:
    with_language = b"\x00\x02ja\x00\x06" + "印刷".encode()
    group = Group(
        Section.JOB,
        (
            Attribute("n", (Value(Tag.ENUM, b"\xff\xff\xff\xfe"), Value(Tag.INTEGER, b"\x01"), Value(Tag.TEXT, b"12"))),
            Attribute("t", (Value(Tag.NAME_WITH_LANGUAGE, with_language), Value(Tag.NAME_WITH_LANGUAGE, b"\x00\x09"))),
            Attribute("u", (Value(Tag.KEYWORD, b"\xff"), Value(Tag.KEYWORD, b"none"))),
            Attribute("f", (Value(Tag.INTEGER, b"\x00\x00\x00\x01"), Value(Tag.BOOLEAN, b"\x01"))),
        ),
    )
    assert group.numbers("n") == (-2,)
    assert group.texts("t") == ("印刷",)
    assert group.texts("u") == ("none",)
    assert (group.flag("f"), group.flag("n")) == (True, None)
    assert (group.numbers("absent"), group.texts("n")) == ((), ("12",))


def test_what_is_too_long_for_the_wire_is_not_written() -> None:
    with pytest.raises(ValueError, match="longer"):
        encode(Message(code=1, request_id=1, groups=(Group(1, (words("x", Tag.TEXT, "a" * (MAX_OCTETS + 1)),)),)))

"""Header, strips and content: what comes out is what went in, or nothing."""

from __future__ import annotations

import contextlib
import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.errors import MadoguchiError
from madoguchi.paper.scramble.code import LADDER
from madoguchi.paper.scramble.content import MAX_DESCRIPTION_OCTETS, SealedFront
from madoguchi.paper.scramble.envelope import HEADER_OCTETS, Envelope, Header, Kind, open_envelope, seal
from madoguchi.wire.codec import encode_plain

NUMBER = bytes(range(16))
WORDS = 21


def _sealed(content: bytes, number: bytes = NUMBER) -> Envelope:
    return seal(content, kind=Kind.PAGE_DESCRIPTION, paper_number=number, most_strips=WORDS)


@pytest.mark.parametrize(
    ("octets", "rate", "strips"),
    [(0, 0, 1), (1588, 0, 1), (1589, 0, 2), (33_428, 0, 21), (33_429, 1, 17), (112_808, 6, 21)],
)
def test_the_strongest_rate_that_fits(octets: int, rate: int, strips: int) -> None:
    content = bytes(range(256)) * 441
    made = _sealed(content[:octets])
    assert (made.header.rate.index, made.header.strips) == (rate, strips)
    assert {len(strip) for strip in made.strips} == {LADDER[rate].octets}
    assert open_envelope(made) == content[:octets]


def test_more_than_the_field_holds_is_refused() -> None:
    with pytest.raises(MadoguchiError, match="scramble_too_large"):
        _sealed(bytes(112_809))
    with pytest.raises(MadoguchiError, match="scramble_too_large"):
        SealedFront(front_code=b"", page_description=bytes(MAX_DESCRIPTION_OCTETS + 1)).encode()


def test_the_same_sheet_has_the_same_octets_and_no_nonce_comes_twice() -> None:
    assert _sealed(b"one") == _sealed(b"one")
    nonces = {made.strips[0][:12] for made in (_sealed(b"one"), _sealed(b"two"), _sealed(b"one", bytes(16)))}
    strips = {strip[:12] for strip in _sealed(bytes(20_000)).strips}
    assert len(nonces) == 3
    assert len(strips) == len(_sealed(bytes(20_000)).strips)


@given(place=st.integers(0, LADDER[0].octets - 1), bit=st.integers(0, 7), strip=st.integers(0, 1))
def test_one_wrong_bit_opens_nothing(place: int, bit: int, strip: int) -> None:
    made = _sealed(bytes(2000))
    wrong = bytearray(made.strips[strip])
    wrong[place] ^= 1 << bit
    strips = [*made.strips]
    strips[strip] = bytes(wrong)
    with pytest.raises(MadoguchiError, match="not authentic"):
        open_envelope(replace(made, strips=tuple(strips)))


def test_strips_change_neither_their_places_nor_their_sheet() -> None:
    made, other = _sealed(bytes(2000)), _sealed(bytes(2000), bytes(16))
    for wrong in (
        replace(made, strips=made.strips[::-1]),
        replace(made, strips=(made.strips[0], other.strips[1])),
        replace(made, header=replace(made.header, paper_number=bytes(16))),
        replace(made, header=replace(made.header, rate=LADDER[1])),
        replace(made, strips=made.strips[:1], header=replace(made.header, strips=1)),
    ):
        with pytest.raises(MadoguchiError, match="not authentic"):
            open_envelope(wrong)
    with pytest.raises(MadoguchiError, match="strips"):
        open_envelope(replace(made, strips=made.strips[:1]))


@given(st.binary(max_size=40))
def test_any_other_header_is_refused(raw: bytes) -> None:
    with pytest.raises(MadoguchiError, match="scramble_damaged"):
        Header.decode(raw)


@pytest.mark.parametrize(("at", "value"), [(0, 2), (1, 9), (2, 7), (3, 0)])
def test_headers_of_other_versions_are_refused(at: int, value: int) -> None:
    plain = bytearray(_sealed(b"").header.encode()[:-4])
    assert Header.decode(bytes(plain) + zlib.crc32(plain).to_bytes(4, "big")).paper_number == NUMBER
    plain[at] = value
    raw = bytes(plain) + zlib.crc32(plain).to_bytes(4, "big")
    assert len(raw) == HEADER_OCTETS
    with pytest.raises(MadoguchiError, match="another version"):
        Header.decode(raw)


@given(st.binary(max_size=500), st.binary(max_size=3000))
def test_content_reads_back(front_code: bytes, description: bytes) -> None:
    front = SealedFront(front_code=front_code, page_description=description)
    assert SealedFront.decode(front.encode()) == front


@given(st.binary(max_size=300))
def test_any_other_content_is_refused_or_reads_back(raw: bytes) -> None:
    with contextlib.suppress(MadoguchiError):
        assert len(SealedFront.decode(raw).page_description) <= MAX_DESCRIPTION_OCTETS


def test_a_bomb_is_not_inflated() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packer.compress(bytes(50_000_000)) + packer.flush()
    for packed in (bomb, bomb[:100], b"", SealedFront(front_code=b"", page_description=b"x").encode()[2:] + b"more"):
        with pytest.raises(MadoguchiError, match="scramble_damaged"):
            SealedFront.decode(encode_plain([b"", packed]))

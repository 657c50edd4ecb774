"""The signed square: from the ward's key to a 200 dpi scan and back."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
import pytest
import segno
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from madoguchi.certificate.compose import Composer
from madoguchi.certificate.facts import Facts, SheetFacts
from madoguchi.certificate.fronting import front_code_body
from madoguchi.certificate.taxation import taxation_facts
from madoguchi.errors import MadoguchiError
from madoguchi.paper.frontcode import FRONT_CODE, MAX_OCTETS, FrontCode, parse_unverified, read_front_code
from madoguchi.paper.picture import page_png
from madoguchi.paper.qr import MAX_MODULES, PREFIX, QUIET_ZONE_MODULES, decode_base45, draw_code, encode_base45
from madoguchi.statement.cose import Signer, verify
from madoguchi.statement.keys import FileKey, KeyRow
from madoguchi.statement.roles import Role
from madoguchi.wire.codec import encode_plain
from tests.certificate.people import HEADING, ISSUED_AT, resident, tax

WARD = "131041"
SIGNER = Signer(key=FileKey.generate(), party="issuer", code=WARD, name="issuer-1", environment="test")
PAPER = bytes(range(16))


class _Ward:
    environment = "test"

    def rows(self, key_id: bytes) -> tuple[KeyRow, ...]:
        row = KeyRow(
            party="issuer",
            code=WARD,
            name="issuer-1",
            role=Role.FRONT_CODE,
            key_id=SIGNER.key_id,
            public_key=SIGNER.key.public_bytes(),
            not_before=0,
            not_after=2**40,
        )
        return (row,) if key_id == row.key_id else ()


def _facts(**changes: Any) -> Facts:
    return taxation_facts(resident(**changes), tax(), HEADING)


def _signed(facts: Facts) -> bytes:
    return SIGNER.sign(FRONT_CODE, front_code_body(facts, paper_number=PAPER, page=1, pages=1))


def _scan(pdf: bytes, *, dpi: int) -> Image.Image:
    return Image.open(io.BytesIO(page_png(pdf, page=1, dpi=dpi))).convert("L")


@pytest.fixture(scope="module")
def composer() -> Composer:
    return Composer()


@pytest.mark.parametrize(
    "name", ["髙橋　花子", "辻\U000e0102　𠮷太", "MARIA DE LOS ANGELES GUADALUPE FERNANDEZ RODRIGUEZ GARCIA"]
)
@pytest.mark.parametrize("dpi", [200, 300])
def test_a_scan_gives_back_what_the_ward_signed(composer: Composer, name: str, dpi: int) -> None:
    facts = _facts(name=name)
    sheet = SheetFacts(copy=1, page=1, paper_number=PAPER, front_code=_signed(facts))
    scan = _scan(composer.compose(facts, (sheet,), issued_at=ISSUED_AT), dpi=dpi)
    raw = read_front_code(scan.rotate(181.5, fillcolor=255, resample=Image.Resampling.BICUBIC))
    said = verify(raw, FRONT_CODE, keys=_Ward(), code=WARD, at=datetime(2026, 11, 23, tzinfo=UTC)).body
    assert said == front_code_body(facts, paper_number=PAPER, page=1, pages=1)
    assert said.amounts == ("3,658,400", "3,658,400", "248,300")
    assert parse_unverified(raw).ward == WARD


def test_one_changed_octet_does_not_verify() -> None:
    raw = _signed(_facts())
    at = raw.index("髙橋".encode())
    changed = raw[:at] + "髙木".encode() + raw[at + len("髙木".encode()) :]
    assert parse_unverified(changed).body.name == "髙木　花子"
    with pytest.raises(MadoguchiError, match="bad_signature"):
        verify(changed, FRONT_CODE, keys=_Ward(), code=WARD, at=datetime(2026, 11, 23, tzinfo=UTC))


def test_another_encoders_square_is_read_and_has_the_same_frame() -> None:
    raw = _signed(_facts())
    drawn = draw_code(raw)
    edge = QUIET_ZONE_MODULES
    ours = np.frombuffer(drawn.pixels, dtype=np.uint8).reshape(drawn.side, drawn.side)
    version = (drawn.side - 2 * edge - 17) // 4
    code = segno.make_qr(PREFIX + encode_base45(raw), error="m", version=version, boost_error=False)
    theirs = np.array([[0 if module else 255 for module in row] for row in code.matrix], dtype=np.uint8)
    assert read_front_code(np.pad(theirs, edge, constant_values=255).repeat(4, axis=0).repeat(4, axis=1)) == raw
    inner = ours[edge:-edge, edge:-edge]
    for finder in (np.s_[:8, :8], np.s_[:8, -8:], np.s_[-8:, :8], np.s_[6, 8:-8], np.s_[8:-8, 6]):
        assert (inner[finder] == theirs[finder]).all()
    for side in (ours[:edge], ours[-edge:], ours[:, :edge], ours[:, -edge:]):
        assert (side == 255).all()


def test_the_longest_statement_still_fits_its_square() -> None:
    assert draw_code(b"\xab" * MAX_OCTETS).side <= MAX_MODULES + 2 * QUIET_ZONE_MODULES
    for octets in (MAX_OCTETS + 30, 4000):
        with pytest.raises(MadoguchiError, match="front_code_malformed"):
            draw_code(b"\xab" * octets)


@given(st.binary(max_size=200))
def test_base45_reads_back(raw: bytes) -> None:
    assert decode_base45(encode_base45(raw)) == raw


def test_base45_as_in_the_rfc() -> None:
    assert encode_base45(b"AB") == "BB8"
    assert encode_base45(b"Hello!!") == "%69 VD92EX0"
    assert encode_base45(b"base-45") == "UJCLQE7W581"
    assert decode_base45("QED8WEX0") == b"ietf!"
    for wrong in ("GGW", ":::", "A", "BB8a", "::"):
        with pytest.raises(ValueError, match="Base45"):
            decode_base45(wrong)


def test_pictures_without_exactly_one_of_our_codes_are_refused() -> None:
    blank = np.full((200, 200), 255, dtype=np.uint8)
    foreign = np.array(zxingcpp.create_barcode("HELLO", zxingcpp.BarcodeFormat.QRCode).to_image(scale=4))
    broken = np.array(zxingcpp.create_barcode(PREFIX + "A", zxingcpp.BarcodeFormat.QRCode).to_image(scale=4))
    one, other = (_picture(raw) for raw in (b"one", b"two"))
    two = np.hstack([one, np.full((one.shape[0], 40), 255, np.uint8), other])
    for picture in (blank, foreign, broken, two):
        with pytest.raises(MadoguchiError, match="front_code_unreadable"):
            read_front_code(picture)
    assert read_front_code(np.hstack([one, one])) == b"one"


def _picture(raw: bytes) -> Any:
    drawn = draw_code(raw)
    square = np.frombuffer(drawn.pixels, dtype=np.uint8).reshape(drawn.side, drawn.side)
    return square.repeat(6, axis=0).repeat(6, axis=1)


@given(st.binary(max_size=600))
def test_any_octets_are_refused_or_parsed(raw: bytes) -> None:
    with pytest.raises(MadoguchiError, match="front_code_malformed"):
        parse_unverified(raw)


def test_other_statements_and_additional_elements_are_refused() -> None:
    body = msgspec.to_builtins(front_code_body(_facts(), paper_number=PAPER, page=1, pages=1), builtin_types=(bytes,))
    good = ["front_code", 1, "test", ["issuer", WARD, "issuer-1"], list(body)]
    assert isinstance(parse_unverified(_wrapped(good)).body, FrontCode)
    for wrong in (
        ["issuance", *good[1:]],
        ["front_code", 2, *good[2:]],
        [*good, 1],
        [*good[:4], [*body, "more"]],
        [*good[:4], list(body)[:-1]],
        [*good[:4], [*list(body)[:4], 0, *list(body)[5:]]],
    ):
        with pytest.raises(MadoguchiError, match="front_code_malformed"):
            parse_unverified(_wrapped(wrong))
    with pytest.raises(MadoguchiError, match="too long"):
        parse_unverified(_wrapped([*good[:4], [*list(body)[:2], "x" * 500, *list(body)[3:]]]))


def _wrapped(payload: object) -> bytes:
    return encode_plain([b"", {}, encode_plain(payload), bytes(64)])

"""One meaning, one encoding; anything else is refused without quoting a value."""

from __future__ import annotations

from typing import Annotated, Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from madoguchi.errors import MadoguchiError
from madoguchi.wire.codec import Message, decode, decode_plain, encode, encode_plain
from madoguchi.wire.outcome import KioskCustody, Outcome


class Sample(Message, frozen=True, kw_only=True):
    name: str
    number: Annotated[int, Meta(ge=0)]
    token: Annotated[bytes, Meta(min_length=2, max_length=4)]
    more: tuple[int, ...] = ()


_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(_PLAIN)
def test_plain_values_survive_and_encode_once(value: Any) -> None:
    raw = encode_plain(value)
    assert decode_plain(raw) == value
    assert encode_plain(decode_plain(raw)) == raw


@given(st.binary(max_size=200))
def test_any_bytes_are_decoded_or_refused_with_one_code(raw: bytes) -> None:
    value, code = None, ""
    try:
        value = decode_plain(raw)
    except MadoguchiError as failure:
        code = failure.code
    assert code == "wire.malformed" or encode_plain(value) == raw


@pytest.mark.parametrize(
    "raw",
    [
        encode(Sample(name="a", number=1, token=b"ab")) + b"\x00",
        b"\xbf\x61a\x01\xff",  # indefinite length
        b"\x18\x01",  # an integer longer than it need be
        b"\xa2\x61a\x01\x61a\x02",  # a key twice
        b"\xa2\x61b\x01\x61a\x02",  # keys out of order
        b"\xf9\x7e\x01",  # a NaN with a payload
        b"\x9f" * 2000,
    ],
)
def test_other_encodings_of_a_meaning_are_refused(raw: bytes) -> None:
    with pytest.raises(MadoguchiError, match=r"wire\.malformed"):
        decode_plain(raw)


@pytest.mark.parametrize(
    "value",
    [
        {"name": "山田", "number": 1, "token": b"ab", "extra": 1},
        {"name": "山田", "number": -1, "token": b"ab"},
        {"name": "山田", "number": 1, "token": b"a"},
        {"name": "山田", "number": 1, "token": "YWI="},
        {"name": "山田", "number": 1.0, "token": b"ab"},
        {"name": "山田", "number": True, "token": b"ab"},
        {"name": "山田", "token": b"ab"},
        ["山田", 1, b"ab"],
    ],
)
def test_what_does_not_fit_the_type_is_refused_without_the_value(value: object) -> None:
    with pytest.raises(MadoguchiError) as caught:
        decode(cbor2.dumps(value, canonical=True), type=Sample)
    assert caught.value.code == "wire.malformed"
    assert "山田" not in str(caught.value)


def _outcome(**changes: Any) -> Outcome:
    values: dict[str, Any] = {
        "transaction": bytes(16),
        "ward": "139991",
        "application_digest": None,
        "issuance_digest": None,
        "delivery_digest": None,
        "result": "printed",
        "sheets": ("printed",),
        "paid_yen": 300,
        "printed_yen": 300,
        "refunded_yen": 0,
        "owed_yen": 0,
        "claim": None,
        "custody": KioskCustody(held=True, erased="wiped"),
        "at": 0,
    }
    return Outcome(**(values | changes))


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(0, 1000), st.integers(0, 3000))
def test_an_outcome_balances_or_does_not_exist(printed: int, refunded: int, owed: int, paid: int) -> None:
    changes = {
        "printed_yen": printed,
        "refunded_yen": refunded,
        "owed_yen": owed,
        "paid_yen": paid,
        "claim": "A-1" if owed else None,
    }
    if paid == printed + refunded + owed:
        assert decode(encode(_outcome(**changes)), type=Outcome) == _outcome(**changes)
    else:
        with pytest.raises(ValueError, match="paid is not"):
            _outcome(**changes)


def test_a_received_outcome_that_does_not_balance_is_malformed() -> None:
    plain = decode_plain(encode(_outcome()))
    plain["refunded_yen"] = 100
    with pytest.raises(MadoguchiError, match=r"wire\.malformed"):
        decode(encode_plain(plain), type=Outcome)


def test_a_debt_has_a_claim_and_nothing_else_has() -> None:
    with pytest.raises(ValueError, match="claim"):
        _outcome(printed_yen=0, owed_yen=300)
    with pytest.raises(ValueError, match="claim"):
        _outcome(claim="A-1")

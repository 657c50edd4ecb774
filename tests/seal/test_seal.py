"""A seal opens for exactly one purpose and one key."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.errors import MadoguchiError
from madoguchi.seal import Purpose, SealingKey, seal

KEY, OTHER = SealingKey.generate(), SealingKey.generate()
PURPOSE = Purpose(
    environment="test",
    direction="center-to-kiosk",
    message_type="answer",
    transaction=b"t" * 16,
    prior=b"p" * 32,
    sender_key_id=b"s" * 16,
    receiver_key_id=KEY.key_id,
)
SEALED = seal(b"paper", receiver=KEY.public, purpose=PURPOSE)


@given(st.binary(max_size=5000))
@settings(max_examples=30)
def test_what_was_sealed_comes_out(plaintext: bytes) -> None:
    assert KEY.open(seal(plaintext, receiver=KEY.public, purpose=PURPOSE), purpose=PURPOSE) == plaintext


@pytest.mark.parametrize(
    "change",
    [
        {"environment": "demo"},
        {"direction": "kiosk-to-center"},
        {"message_type": "application"},
        {"transaction": b"u" * 16},
        {"prior": b"q" * 32},
        {"sender_key_id": b"r" * 16},
        {"receiver_key_id": OTHER.key_id},
    ],
)
def test_another_purpose_does_not_open_it(change: dict[str, Any]) -> None:
    with pytest.raises(MadoguchiError, match=r"seal\.does_not_open"):
        KEY.open(SEALED, purpose=replace(PURPOSE, **change))


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(MadoguchiError, match=r"seal\.does_not_open"):
        OTHER.open(SEALED, purpose=PURPOSE)


@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
@settings(max_examples=60)
def test_altered_or_cut_seals_do_not_open(index: int, flip: int) -> None:
    altered = SEALED[:index] + bytes([SEALED[index] ^ flip]) + SEALED[index + 1 :]
    for forged in (altered, SEALED[:index]):
        with pytest.raises(MadoguchiError, match=r"seal\.does_not_open"):
            KEY.open(forged, purpose=PURPOSE)


def test_lengths_tell_little() -> None:
    short = seal(b"", receiver=KEY.public, purpose=PURPOSE)
    long = seal(b"x" * 60_000, receiver=KEY.public, purpose=PURPOSE)
    assert len(short) == len(long)


def test_replicas_share_the_key_of_the_day() -> None:
    seed = bytes(range(96))
    one, two = SealingKey.from_seed(seed), SealingKey.from_seed(seed)
    assert one.public == two.public
    purpose = replace(PURPOSE, receiver_key_id=one.key_id)
    assert two.open(seal(b"x", receiver=one.public, purpose=purpose), purpose=purpose) == b"x"
    with pytest.raises(ValueError, match="96"):
        SealingKey.from_seed(seed[:-1])

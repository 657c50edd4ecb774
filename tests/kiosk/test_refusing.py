"""Refusals before the kiosk, and the application that they answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from madoguchi.errors import MadoguchiError, PublicReason, Text, problem
from madoguchi.kiosk.refusing import RefusedBySignature, screen_reason
from madoguchi.wire.identifiers import sha256
from madoguchi.wire.transaction import (
    Refused,
    Transcript,
)
from tests.kiosk.applied import Applied, applied
from tests.kiosk.falsified import another, refused, stranger
from tests.kiosk.offer import FEE
from tests.kiosk.parties import WARD
from tests.kiosk.world import World


def refusing(world: World, make: Callable[[bytes, bytes], Refused]) -> Applied:
    world.refuse_with = make
    return applied(world)


def test_the_wards_refusal_is_the_wards_word() -> None:
    world = World()
    kiosk = refusing(world, lambda digest, id_: world.refusal(answers=digest, transaction=id_))
    error = refused(kiosk, code="kiosk.refused_by_signature")
    assert isinstance(error, RefusedBySignature)
    reason = screen_reason(error)
    assert (reason.code, reason.next_step.ja) == ("refused.ask_your_ward", "窓口へ")
    assert reason.contact is not None


def test_the_centers_refusal_is_its_word_too() -> None:
    world = World()
    kiosk = refusing(
        world, lambda digest, id_: world.refusal(answers=digest, transaction=id_, signer=world.center, reason="card")
    )
    assert isinstance(refused(kiosk), RefusedBySignature)


@pytest.mark.parametrize(
    "lie",
    [
        lambda world, digest, id_: world.refusal(answers=another(digest), transaction=id_),
        lambda world, digest, id_: world.refusal(answers=digest, transaction=another(id_)),
        lambda world, digest, id_: world.refusal(answers=digest, transaction=None),
        lambda world, digest, id_: world.refusal(answers=digest, transaction=id_, signer=world.operator),
        lambda world, digest, id_: world.refusal(
            answers=digest, transaction=id_, signer=stranger(world, "unknown key")
        ),
        lambda world, digest, id_: Refused(refusal=b"\x84"),
    ],
)
def test_any_other_refusal_is_a_network_error(lie: Callable[[World, bytes, bytes], Refused]) -> None:
    world = World()
    error = refused(refusing(world, lambda digest, id_: lie(world, digest, id_)))
    assert not isinstance(error, RefusedBySignature)
    assert "窓口へ" not in screen_reason(error).next_step.ja


def test_what_an_unsigned_sender_says_is_never_shown() -> None:
    foreign = problem(
        "testkiosk.foreign",
        status=403,
        public_reason=PublicReason.ASK_YOUR_WARD,
        resident=Text("区が断りました", "The ward refused"),
        clerk=Text("区", "ward"),
        engineer="-",
    )
    reason = screen_reason(foreign.error())
    assert "区が断りました" not in reason.next_step.ja
    assert reason.next_step.ja.startswith("お金はかかっていません")


def test_the_transcript_is_what_was_chosen_and_shown() -> None:
    kiosk = applied(World(), copies=2)
    proven = kiosk.world.prove(kiosk.message)
    transcript: Transcript = proven.transcript
    assert (transcript.ward, transcript.kind, transcript.fiscal_year) == (WARD, "taxation", 2026)
    assert (transcript.copies, transcript.fee_yen) == (2, 2 * FEE)
    assert transcript.kiosk_key_digest == sha256(kiosk.memory.public_key)
    assert proven.card_commitment == kiosk.memory.commitment()


def test_an_application_is_made_once() -> None:
    kiosk = applied(World())
    with pytest.raises(MadoguchiError, match=r"kiosk\.ended"):
        kiosk.applicant.make_application(kiosk.memory)


def test_ec_cannot_read_the_application() -> None:
    kiosk = applied(World())
    assert kiosk.memory.card_certificate is not None
    for trace in (kiosk.memory.card_certificate[40:90], kiosk.memory.secret, kiosk.memory.public_key[:64]):
        assert trace not in kiosk.message.ciphertext


def test_the_enrolment_goes_with_the_application() -> None:
    world = World()
    kiosk = applied(world)
    assert world.prove(kiosk.message).kiosk.code == kiosk.applicant.identity.kiosk.hex()

"""Step 12, and steps 1 to 12 in a row with a virtual card."""

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from madoguchi.card import JpkiCard
from madoguchi.cardproof import CardHolder, verify_card_certificate, verify_card_signature, verify_ocsp
from tests.cardproof.forging import answer, code_of, pinned
from tests.jpki.authorities import NOW, PIN, card, card_key

TRANSCRIPT = b"label, version, environment, suite, id, challenge, ward, kind, year, copies, fee, operator, kiosk, key"


def holder() -> CardHolder:
    return verify_card_certificate(card().certificate, pinned=pinned(), at=NOW)


def signature(message: bytes = TRANSCRIPT) -> bytes:
    dialect = JpkiCard(card())
    dialect.verify_pin(bytearray(PIN.encode()))
    return dialect.sign(holder().algorithm.digest(message))


def refusal(octets: bytes, transcript: bytes = TRANSCRIPT) -> str:
    return code_of(lambda: verify_card_signature(holder=holder(), transcript=transcript, signature=octets))


def test_the_whole_recipe() -> None:
    who = verify_card_certificate(card().certificate, pinned=pinned(), at=NOW)
    verify_ocsp(answer(), holder=who, at=NOW)
    verify_card_signature(holder=who, transcript=TRANSCRIPT, signature=signature())


def test_one_octet_of_the_transcript_matters() -> None:
    assert refusal(signature(), TRANSCRIPT + b"\x00") == "cardproof.card_signature"
    assert refusal(signature(TRANSCRIPT[1:])) == "cardproof.card_signature"


@pytest.mark.parametrize(
    "octets",
    [b"", bytes(256), bytes(255), bytes(257), signature()[:-1], signature() + b"\x00"],
    ids=["nothing", "zeros", "fewer zeros", "more zeros", "cut", "longer"],
)
def test_what_is_no_signature(octets: bytes) -> None:
    assert refusal(octets) == "cardproof.card_signature"


def test_another_card_cannot_sign_for_this_one() -> None:
    other = card_key(1).sign(TRANSCRIPT, padding.PKCS1v15(), hashes.SHA256())
    assert refusal(other) == "cardproof.card_signature"


def test_no_message_chooses_the_algorithm() -> None:
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    assert refusal(card_key().sign(TRANSCRIPT, pss, hashes.SHA256())) == "cardproof.card_signature"
    assert refusal(card_key().sign(TRANSCRIPT, padding.PKCS1v15(), hashes.SHA384())) == "cardproof.card_signature"

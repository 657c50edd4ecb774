"""Steps 7 to 11: what counts as the authority's word that a certificate is good now."""

from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.cardproof import CardHolder, ocsp_request, verify_card_certificate, verify_ocsp
from madoguchi.errors import MadoguchiError
from madoguchi.wire.identifiers import Environment
from tests.cardproof.forging import answer, certificate, code_of, pinned, responder
from tests.jpki.authorities import NOW, SERIAL, authority, card, card_key

G1, G2 = (authority().generation(name) for name in ("g1", "g2"))
OTHER = responder(G1)
ODD = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")


def holder(generation: str = "g1") -> CardHolder:
    return verify_card_certificate(card(generation=generation).certificate, pinned=pinned(), at=NOW)


def code(octets: bytes, *, at: datetime = NOW) -> str:
    return code_of(lambda: verify_ocsp(octets, holder=holder(), at=at))


def test_good() -> None:
    status = verify_ocsp(answer(), holder=holder(), at=NOW)
    assert (status.this_update, status.next_update) == (NOW, NOW + timedelta(minutes=15))


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(answer(signer=(G1.private_key, G1.certificate)), id="by the CA, embedded"),
        pytest.param(answer(signer=(G1.private_key, G1.certificate), embed=False), id="by the CA"),
        pytest.param(answer(signer=responder(G1, key=card_key(1))), id="RSA responder"),
        pytest.param(answer(by_name=True), id="named by name"),
        pytest.param(answer(algorithm=hashes.SHA1()), id="certID with SHA-1"),
        pytest.param(answer(extension=(x509.OCSPNonce(b"n" * 16), False)), id="with a nonce"),
    ],
)
def test_good_in_every_shape_that_the_rfc_allows(octets: bytes) -> None:
    verify_ocsp(octets, holder=holder(), at=NOW)


@pytest.mark.parametrize(
    ("at", "refusal"),
    [
        (NOW + timedelta(minutes=15), None),
        (NOW + timedelta(minutes=15, seconds=1), "cardproof.ocsp_old"),
        (NOW - timedelta(seconds=60), None),
        (NOW - timedelta(seconds=61), "cardproof.ocsp_future"),
    ],
)
def test_the_age_holds_to_the_second(at: datetime, refusal: str | None) -> None:
    octets = answer(next_update=NOW + timedelta(hours=1))
    if refusal is None:
        verify_ocsp(octets, holder=holder(), at=at)
    else:
        assert code(octets, at=at) == refusal


@pytest.mark.parametrize(
    ("octets", "refusal"),
    [
        pytest.param(answer(status=ocsp.OCSPCertStatus.REVOKED), "revoked", id="revoked"),
        pytest.param(answer(status=ocsp.OCSPCertStatus.UNKNOWN), "unknown", id="unknown"),
        pytest.param(answer(serial="3AC40F78"), "ocsp_other_certificate", id="another serial"),
        pytest.param(answer(about=G2), "ocsp_other_certificate", id="the same serial of the other generation"),
        pytest.param(answer(algorithm=hashes.SHA512()), "ocsp_other_certificate", id="certID with SHA-512"),
        pytest.param(answer(signer=responder(G2)), "ocsp_signer", id="a responder of the other generation"),
        pytest.param(answer(signer=(G2.private_key, G2.certificate)), "ocsp_signer", id="the other generation's CA"),
        pytest.param(
            answer(signer=responder(authority(Environment.DEMO, 1).generation("g1"))), "ocsp_signer", id="a stranger"
        ),
        pytest.param(
            answer(signer=responder(G1, usage=ExtendedKeyUsageOID.CLIENT_AUTH)), "ocsp_signer", id="not delegated"
        ),
        pytest.param(answer(signer=responder(G1, nocheck=False)), "ocsp_signer", id="no nocheck"),
        pytest.param(
            answer(signer=responder(G1, not_before=NOW - timedelta(days=2))), "ocsp_signer", id="an old responder"
        ),
        pytest.param(
            answer(signer=responder(G1, not_before=NOW + timedelta(hours=1))), "ocsp_signer", id="a future responder"
        ),
        pytest.param(answer(signer=responder(G1, surplus=(ODD, True))), "ocsp_signer", id="an odd responder"),
        pytest.param(
            answer(signer=(card_key(), x509.load_der_x509_certificate(card().certificate))), "ocsp_signer", id="a card"
        ),
        pytest.param(
            answer(signer=(OTHER[0], responder(G1)[1]), named=OTHER[1], by_name=True), "ocsp_signer", id="other key"
        ),
        pytest.param(answer(embed=False), "ocsp_signer", id="a responder that does not show itself"),
        pytest.param(
            answer(signer=(OTHER[0], responder(G1)[1]), named=OTHER[1]), "ocsp_signer", id="other responder id"
        ),
        pytest.param(answer(digest=hashes.SHA512()), "ocsp_signer", id="another algorithm"),
        pytest.param(
            answer(signer=responder(G1, key=rsa.generate_private_key(65537, 1024))), "ocsp_signer", id="RSA-1024"
        ),
        pytest.param(
            answer(signer=responder(G1, key=ec.generate_private_key(ec.SECP384R1()))), "ocsp_signer", id="P-384"
        ),
        pytest.param(answer(next_update=None), "ocsp_old", id="no nextUpdate"),
        pytest.param(
            answer(this_update=NOW - timedelta(minutes=10), next_update=NOW - timedelta(minutes=1)),
            "ocsp_old",
            id="past nextUpdate",
        ),
        pytest.param(answer(extension=(ODD, True)), "ocsp_malformed", id="a critical extension"),
        pytest.param(b"", "ocsp_malformed", id="nothing"),
        pytest.param(bytes(20_000), "ocsp_malformed", id="too long"),
        pytest.param(answer() + b"\x00", "ocsp_malformed", id="something behind it"),
        pytest.param(card().certificate, "ocsp_malformed", id="a certificate"),
    ],
)
def test_refused(octets: bytes, refusal: str) -> None:
    assert code(octets) == f"cardproof.{refusal}"


@pytest.mark.parametrize("status", [status for status in ocsp.OCSPResponseStatus if status.value])
def test_an_unsigned_error_is_a_refusal(status: ocsp.OCSPResponseStatus) -> None:
    unsuccessful = ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)
    assert code(unsuccessful) == "cardproof.ocsp_refused"


def test_a_forged_revocation_is_not_the_persons_reason() -> None:
    """Who cannot sign cannot even make us say `revoked`."""
    forged = answer(status=ocsp.OCSPCertStatus.REVOKED, signer=responder(G2))
    assert code(forged) == "cardproof.ocsp_signer"
    stale = answer(status=ocsp.OCSPCertStatus.REVOKED, this_update=NOW - timedelta(hours=1))
    assert code(stale) == "cardproof.ocsp_old"


def test_the_question_names_the_pair() -> None:
    asked = [ocsp.load_der_ocsp_request(ocsp_request(holder(name))) for name in ("g1", "g2")]
    assert [f"{each.serial_number:X}" for each in asked] == [SERIAL, SERIAL]
    assert asked[0].issuer_key_hash != asked[1].issuer_key_hash
    assert asked[0].issuer_name_hash == asked[1].issuer_name_hash


GOOD = answer()


@settings(deadline=None, max_examples=300)
@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255), st.booleans())
def test_an_answer_with_one_octet_changed_is_always_refused(place: int, flip: int, cut: bool) -> None:
    octets = bytearray(GOOD)
    octets[place] ^= flip
    mutated = bytes(octets[: place + 1] if cut else octets)
    if mutated != GOOD:
        with pytest.raises(MadoguchiError):
            verify_ocsp(mutated, holder=holder(), at=NOW)


def test_a_certificate_of_the_other_generation_needs_its_own_answer() -> None:
    other = verify_card_certificate(certificate(generation=G2), pinned=pinned(), at=NOW)
    assert code_of(lambda: verify_ocsp(answer(), holder=other, at=NOW)) == "cardproof.ocsp_other_certificate"
    verify_ocsp(answer(about=G2), holder=other, at=NOW)

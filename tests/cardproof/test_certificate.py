"""Steps 1 to 6: what is a card's certificate, and everything that only looks like one."""

import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.card.profile import ISSUER, USER_AUTHENTICATION_POLICY, ca_builder, key_usage, policies
from madoguchi.cardproof import PinnedCas, verify_card_certificate
from madoguchi.cardproof.pinned import key_digest
from madoguchi.errors import MadoguchiError
from madoguchi.jpki.authority import create_authority, new_rsa_key
from madoguchi.wire.identifiers import Environment
from tests.cardproof.forging import certificate, code_of, pinned, responder
from tests.jpki.authorities import NOW, SERIAL, authority, card, card_key


def code(octets: bytes, *, at: datetime = NOW, trusting: PinnedCas | None = None) -> str:
    return code_of(lambda: verify_card_certificate(octets, pinned=trusting or pinned(), at=at))


def g1_key() -> rsa.RSAPrivateKey:
    return authority().generation("g1").private_key


@pytest.mark.parametrize("generation", ["g1", "g2"])
def test_a_card_is_recognised(generation: str) -> None:
    holder = verify_card_certificate(card(generation=generation).certificate, pinned=pinned(), at=NOW)
    assert holder.serial == SERIAL
    assert holder.ca_key_digest == key_digest(authority().generation(generation).certificate)
    assert holder.public_key == card_key().public_key()
    assert SERIAL not in repr(holder)


def test_the_same_serial_of_two_generations_is_two_holders() -> None:
    first, second = (
        verify_card_certificate(card(generation=name).certificate, pinned=pinned(), at=NOW) for name in ("g1", "g2")
    )
    assert first.serial == second.serial
    assert first.ca_key_digest != second.ca_key_digest
    assert first != second


def test_the_forge_makes_right_certificates_too() -> None:
    """Otherwise every refusal below would prove nothing."""
    assert verify_card_certificate(certificate(), pinned=pinned(), at=NOW).serial == SERIAL


def test_the_time_may_be_of_any_zone() -> None:
    tokyo = NOW.astimezone(timezone(timedelta(hours=9)))
    assert verify_card_certificate(certificate(), pinned=pinned(), at=tokyo).serial == SERIAL


@pytest.mark.parametrize(
    ("at", "refusal"),
    [
        (NOW + timedelta(days=1), None),
        (NOW + timedelta(days=1, seconds=1), "cardproof.certificate_expired"),
        (NOW - timedelta(days=1), None),
        (NOW - timedelta(days=1, seconds=1), "cardproof.certificate_not_yet_valid"),
    ],
)
def test_the_dates_hold_to_the_second(at: datetime, refusal: str | None) -> None:
    if refusal is None:
        verify_card_certificate(certificate(), pinned=pinned(), at=at)
    else:
        assert code(certificate(), at=at) == refusal


OTHER_POLICY = x509.PolicyInformation(x509.ObjectIdentifier("1.2.392.200149.8.5.1.1.10"), None)
OUR_POLICY = x509.PolicyInformation(USER_AUTHENTICATION_POLICY, None)
DEMO_POLICY = policies(Environment.DEMO)[0]
ODD = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")


def _notice(*texts: str) -> x509.CertificatePolicies:
    notices = [x509.UserNotice(None, f"madoguchi environment: {text}") for text in texts]
    return x509.CertificatePolicies([x509.PolicyInformation(USER_AUTHENTICATION_POLICY, notices)])


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        pytest.param({"policies": None}, "certificate_path", id="no policy"),
        pytest.param({"policies": (policies(Environment.DEMO), False)}, "certificate_path", id="a policy not critical"),
        pytest.param(
            {"policies": (x509.CertificatePolicies([OTHER_POLICY]), True)},
            "certificate_profile",
            id="the policy of a signing certificate",
        ),
        pytest.param(
            {"policies": (x509.CertificatePolicies([DEMO_POLICY, OTHER_POLICY]), True)},
            "certificate_profile",
            id="two policies",
        ),
        pytest.param(
            {"policies": (x509.CertificatePolicies([OUR_POLICY]), True)}, "environment", id="a production card"
        ),
        pytest.param({"policies": (_notice("test"), True)}, "environment", id="a test card"),
        pytest.param({"policies": (_notice("demo", "test"), True)}, "environment", id="two environments"),
        pytest.param({"policies": (_notice("staging"), True)}, "environment", id="an environment that is none"),
        pytest.param({"key_usage": None}, "certificate_path", id="no key usage"),
        pytest.param(
            {"key_usage": (key_usage(digital_signature=True), False)}, "certificate_path", id="key usage not critical"
        ),
        pytest.param(
            {"key_usage": (key_usage(digital_signature=True, certificates_and_crls=True), True)},
            "certificate_profile",
            id="more key usage",
        ),
        pytest.param(
            {"key_usage": (key_usage(certificates_and_crls=True), True)}, "certificate_profile", id="a CA's key usage"
        ),
        pytest.param({"authority": None}, "certificate_path", id="no authority key identifier"),
        pytest.param({"odd": (ODD, True)}, "certificate_path", id="an unknown critical extension"),
        pytest.param({"odd": (ODD, False)}, "certificate_profile", id="an unknown extension"),
        pytest.param(
            {"eku": (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False)},
            "certificate_profile",
            id="another purpose",
        ),
        pytest.param(
            {"constraints": (x509.BasicConstraints(ca=True, path_length=None), True)},
            "certificate_profile",
            id="a CA as a card",
        ),
        pytest.param(
            {"name": (x509.SubjectAlternativeName([x509.RFC822Name("taro@example.jp")]), False)},
            "certificate_path",
            id="an alternative name",
        ),
        pytest.param(
            {"constraint": (x509.NameConstraints([x509.DNSName("example.jp")], None), True)},
            "certificate_profile",
            id="a critical name constraint",
        ),
    ],
)
def test_a_certificate_outside_the_profile(changes: dict[str, tuple[x509.ExtensionType, bool]], refusal: str) -> None:
    assert code(certificate(changes=dict(changes))) == f"cardproof.{refusal}"


def test_a_subject_that_names_somebody() -> None:
    named = [(NameOID.COMMON_NAME, "A1"), (NameOID.SURNAME, "山田")]
    assert code(certificate(subject=named)) == "cardproof.certificate_profile"


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: rsa.generate_private_key(65537, 1024), id="RSA-1024"),
        pytest.param(lambda: rsa.generate_private_key(65537, 3072), id="RSA-3072"),
        pytest.param(lambda: rsa.generate_private_key(3, 2048), id="exponent 3"),
        pytest.param(lambda: ec.generate_private_key(ec.SECP384R1()), id="P-384, until it is enrolled"),
        pytest.param(ed25519.Ed25519PrivateKey.generate, id="Ed25519"),
    ],
)
def test_a_key_that_is_no_cards(make: Callable[[], object]) -> None:
    assert code(certificate(key=make())) in {"cardproof.certificate_key", "cardproof.certificate_path"}


def test_same_name_other_key() -> None:
    """A CA that calls itself JPKI: the name decides nothing."""
    stranger = authority(Environment.DEMO, 1)
    forged = certificate(generation=stranger.generation("g1"))
    assert x509.load_der_x509_certificate(forged).issuer == ISSUER
    assert code(forged) == "cardproof.issuer_unknown"


def test_right_key_other_name() -> None:
    assert code(certificate(issuer=x509.Name([]))) == "cardproof.issuer_unknown"


def test_self_signed() -> None:
    assert code(certificate(signed_by=card_key())) == "cardproof.issuer_unknown"


def test_the_ca_itself_and_its_responder_are_no_cards() -> None:
    generation = authority().generation("g1")
    assert code(generation.certificate_der) == "cardproof.certificate_path"
    _key, delegated = responder(generation)
    assert code(delegated.public_bytes(Encoding.DER)) == "cardproof.certificate_path"


def test_a_generation_that_is_no_longer_pinned() -> None:
    only = PinnedCas.load([authority().generation("g2").certificate_der], environment=Environment.DEMO)
    assert code(card(generation="g1").certificate, trusting=only) == "cardproof.issuer_unknown"
    assert verify_card_certificate(card(generation="g2").certificate, pinned=only, at=NOW).serial == SERIAL


def test_a_demo_card_never_verifies_in_production() -> None:
    production = create_authority(environment=Environment.PRODUCTION, at=NOW)
    assert code(card().certificate, trusting=pinned(production)) == "cardproof.issuer_unknown"
    real = card(issued_by=production).certificate
    assert verify_card_certificate(real, pinned=pinned(production), at=NOW).serial == SERIAL
    assert code(real) == "cardproof.issuer_unknown"
    # Even if the production CA itself signed a demo card by mistake.
    mistaken = certificate(generation=production.generation("g1"))
    assert code(mistaken, trusting=pinned(production)) == "cardproof.environment"


def test_a_ca_of_another_environment_is_not_pinned() -> None:
    demo = [generation.certificate_der for generation in authority().generations.values()]
    for environment in (Environment.PRODUCTION, Environment.TEST):
        assert code_of(lambda to=environment: PinnedCas.load(demo, environment=to)) == "cardproof.environment"


def test_what_is_no_card_ca_is_not_pinned() -> None:
    ca = authority().generation("g1").certificate_der
    for certificates in ([], [ca, ca], [card().certificate], [b"\x30"]):
        with pytest.raises(ValueError, match="CA"):
            PinnedCas.load(certificates, environment=Environment.DEMO)


def test_an_expired_ca_issues_nothing() -> None:
    key = new_rsa_key()
    builder = ca_builder(
        public_key=key.public_key(),
        serial=1,
        not_before=NOW - timedelta(days=10),
        not_after=NOW - timedelta(hours=1),
        environment=Environment.DEMO,
    )
    expired = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
    trusting = PinnedCas.load([expired], environment=Environment.DEMO)
    forged = certificate(signed_by=key)
    assert code(forged, trusting=trusting) == "cardproof.certificate_path"
    assert verify_card_certificate(forged, pinned=trusting, at=NOW - timedelta(hours=2)).serial == SERIAL


@pytest.mark.parametrize(
    "octets", [b"", b"\x30\x82", bytes(5000), card().certificate + b"\x00", card().certificate[1:]]
)
def test_what_is_no_certificate(octets: bytes) -> None:
    assert code(octets) == "cardproof.certificate_malformed"


@settings(deadline=None, max_examples=300)
@given(st.integers(0, len(card().certificate) - 1), st.integers(1, 255), st.booleans())
def test_a_certificate_with_one_octet_changed_is_always_refused(place: int, flip: int, cut: bool) -> None:
    octets = bytearray(card().certificate)
    octets[place] ^= flip
    mutated = bytes(octets[: place + 1] if cut else octets)
    if mutated != card().certificate:
        with pytest.raises(MadoguchiError):
            verify_card_certificate(mutated, pinned=pinned(), at=NOW)


@pytest.mark.parametrize("generation", ["g1", "g2"])
def test_openssl_agrees(tmp_path: Path, generation: str) -> None:
    """`openssl verify` as the independent judge, with the policy demanded explicitly."""
    for name in ("g1", "g2"):
        pem = authority().generation(name).certificate.public_bytes(Encoding.PEM)
        (tmp_path / f"{name}.pem").write_bytes(pem)
    leaf = x509.load_der_x509_certificate(card(generation=generation).certificate)
    (tmp_path / "card.pem").write_bytes(leaf.public_bytes(Encoding.PEM))

    def judge(ca: str) -> int:
        command = ["openssl", "verify", "-x509_strict", "-check_ss_sig", "-explicit_policy"]
        command += ["-policy", USER_AUTHENTICATION_POLICY.dotted_string, "-attime", str(int(NOW.timestamp()))]
        command += ["-CAfile", str(tmp_path / f"{ca}.pem"), str(tmp_path / "card.pem")]
        return subprocess.run(command, capture_output=True, check=False).returncode

    assert judge(generation) == 0
    assert judge({"g1": "g2", "g2": "g1"}[generation]) != 0

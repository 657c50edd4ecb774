import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from madoguchi.jpki.crl import CRL_LIFE, Revoked, build_crl, day_of
from madoguchi.jpki.status import GOOD, Reason, State, Status
from tests.jpki.authorities import NOW, SERIAL, authority, card

G1, G2 = (authority().generation(name) for name in ("g1", "g2"))
LINES = (
    Revoked(serial=SERIAL, revoked_at=NOW - timedelta(days=2), reason=Reason.SUPERSEDED),
    Revoked(serial="A1", revoked_at=NOW - timedelta(days=1), reason=Reason.UNSPECIFIED),
)


def test_the_list_says_who_when_and_why() -> None:
    crl = x509.load_der_x509_crl(build_crl(G1, LINES, at=NOW))
    assert crl.is_signature_valid(G1.private_key.public_key())
    assert not crl.is_signature_valid(G2.private_key.public_key())
    assert (crl.last_update_utc, crl.next_update_utc) == (NOW, NOW + CRL_LIFE)
    assert [f"{each.serial_number:X}" for each in crl] == [SERIAL, "A1"]
    first, second = crl
    assert first.extensions.get_extension_for_class(x509.CRLReason).value.reason is x509.ReasonFlags.superseded
    assert len(second.extensions) == 0
    assert crl.get_revoked_certificate_by_serial_number(0xA2) is None


def test_numbers_grow() -> None:
    numbers = []
    for at in (NOW, NOW + timedelta(days=1)):
        crl = x509.load_der_x509_crl(build_crl(G1, (), at=at))
        numbers.append(crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number)
    assert numbers[0] < numbers[1]


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 11, 23, 14, 59, 59, tzinfo=UTC), datetime(2026, 11, 22, 15, tzinfo=UTC)),
        (datetime(2026, 11, 23, 15, 0, tzinfo=UTC), datetime(2026, 11, 23, 15, tzinfo=UTC)),
    ],
)
def test_the_day_is_japanese(at: datetime, day: datetime) -> None:
    assert day_of(at) == day


@pytest.mark.parametrize(("lines", "code"), [((), 0), (LINES, 2)], ids=["clean", "revoked"])
def test_openssl_agrees(tmp_path: Path, lines: tuple[Revoked, ...], code: int) -> None:
    crl = x509.load_der_x509_crl(build_crl(G1, lines, at=NOW))
    leaf = x509.load_der_x509_certificate(card().certificate)
    for name, pem in {"ca": G1.certificate, "crl": crl, "card": leaf}.items():
        (tmp_path / f"{name}.pem").write_bytes(pem.public_bytes(Encoding.PEM))  # type: ignore[attr-defined]
    command = ["openssl", "verify", "-crl_check", "-attime", str(int(NOW.timestamp()) + 60)]
    command += ["-CAfile", str(tmp_path / "ca.pem"), "-CRLfile", str(tmp_path / "crl.pem"), str(tmp_path / "card.pem")]
    judged = subprocess.run(command, capture_output=True, text=True, check=False)
    assert judged.returncode == code
    assert ("certificate revoked" in judged.stderr) == bool(lines)


def test_a_status_without_a_reason_is_not_written() -> None:
    with pytest.raises(ValueError, match="time and a reason"):
        Status(state=State.REVOKED)
    with pytest.raises(ValueError, match="time and a reason"):
        Status(state=State.GOOD, revoked_at=NOW, reason=Reason.UNSPECIFIED)
    assert GOOD.revoked_at is None


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_its_code(reason: Reason) -> None:
    assert isinstance(reason.flag, x509.ReasonFlags)

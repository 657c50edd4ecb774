from datetime import UTC, date, datetime

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.card.profile import ISSUER, serial_number, serial_text, valid_until
from tests.jpki.authorities import SERIAL, authority, card


@pytest.mark.parametrize(
    ("issued", "birth", "last_day"),
    [
        (date(2026, 11, 23), date(1980, 12, 1), date(2030, 12, 1)),
        (date(2026, 11, 23), date(1980, 11, 22), date(2031, 11, 22)),
        (date(2026, 11, 23), date(1980, 11, 23), date(2031, 11, 23)),
        (date(2026, 11, 23), date(1980, 2, 29), date(2031, 2, 28)),
        (date(2024, 1, 1), date(1980, 2, 29), date(2028, 2, 29)),
    ],
)
def test_valid_to_the_end_of_the_fifth_birthday(issued: date, birth: date, last_day: date) -> None:
    end = valid_until(issued=issued, birth=birth)
    assert end == datetime(last_day.year, last_day.month, last_day.day, 14, 59, 59, tzinfo=UTC)


@given(st.integers(1, (1 << 159) - 1))
def test_a_serial_has_one_text(number: int) -> None:
    text = serial_text(number)
    assert serial_number(text) == number
    assert len(text) <= 40


@pytest.mark.parametrize("text", ["", "0", "01", "abc", "0xA", " A", "A_B", "+A", "-1", "G", "8" + "0" * 39, "F" * 41])
def test_another_text_is_no_serial(text: str) -> None:
    with pytest.raises(ValueError, match=r"serial|base"):
        serial_number(text)


def test_the_certificate_names_nobody() -> None:
    certificate = x509.load_der_x509_certificate(card().certificate)
    assert certificate.issuer == ISSUER
    assert {name.rfc4514_attribute_name for name in certificate.subject} == {"C", "CN"}
    assert serial_text(certificate.serial_number) == SERIAL
    critical = {extension.oid.dotted_string for extension in certificate.extensions if extension.critical}
    assert critical == {"2.5.29.15", "2.5.29.32"}
    assert x509.SubjectAlternativeName not in {type(extension.value) for extension in certificate.extensions}


def test_generations_share_a_name_and_no_key() -> None:
    first, second = (authority().generation(name).certificate for name in ("g1", "g2"))
    assert first.subject == second.subject == ISSUER
    assert first.public_key() != second.public_key()

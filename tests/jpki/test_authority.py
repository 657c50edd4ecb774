from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from madoguchi.jpki.authority import GENERATIONS, Authority, create_authority, load_authority, save_authority
from madoguchi.wire.identifiers import Environment
from tests.cardproof.forging import code_of
from tests.jpki.authorities import NOW, authority, card_key


def issue(by: Authority, generation: str = "g1", serial: str = "A1") -> bytes:
    day = timedelta(days=1)
    return by.issue_certificate(
        generation, public_key=card_key().public_key(), serial=serial, not_before=NOW, not_after=NOW + day
    )


def test_keys_survive_a_restart(tmp_path: Path) -> None:
    save_authority(authority(), tmp_path / "authority")
    loaded = load_authority(tmp_path / "authority")
    assert loaded.environment is Environment.DEMO
    assert {name: each.certificate_der for name, each in loaded.generations.items()} == {
        name: each.certificate_der for name, each in authority().generations.items()
    }
    assert all(each.stat().st_mode & 0o077 == 0 for each in (tmp_path / "authority").glob("*.key.pem"))
    assert (tmp_path / "authority").stat().st_mode & 0o777 == 0o700


def test_both_generations_are_alive() -> None:
    for name in GENERATIONS:
        certificate = authority().generation(name).certificate
        assert certificate.not_valid_before_utc < NOW < certificate.not_valid_after_utc - timedelta(days=5 * 366)


def test_one_serial_may_be_given_out_by_both() -> None:
    first, second = (x509.load_der_x509_certificate(issue(authority(), name)) for name in GENERATIONS)
    assert first.serial_number == second.serial_number
    assert first.issuer == second.issuer


def test_the_common_name_is_stable_and_says_nothing() -> None:
    first, second = (x509.load_der_x509_certificate(issue(authority(), serial=serial)) for serial in ("A1", "A2"))
    assert first.subject == second.subject


def test_an_unknown_generation() -> None:
    assert code_of(lambda: issue(authority(), "g3")) == "jpki.generation_unknown"


@pytest.mark.parametrize("serial", ["", "0", "0A", "a1", "XYZ", "F" * 40])
def test_a_malformed_serial(serial: str) -> None:
    assert code_of(lambda: issue(authority(), serial=serial)) == "jpki.serial_malformed"


def test_files_that_do_not_belong_together(tmp_path: Path) -> None:
    assert code_of(lambda: load_authority(tmp_path)) == "jpki.files_unusable"
    save_authority(authority(), tmp_path)
    other = authority(Environment.DEMO, 1).generation("g1").certificate.public_bytes(Encoding.PEM)
    (tmp_path / "g1.ca.pem").write_bytes(other)
    assert code_of(lambda: load_authority(tmp_path)) == "jpki.files_unusable"


def test_generations_of_two_environments(tmp_path: Path) -> None:
    save_authority(authority(), tmp_path / "demo")
    save_authority(create_authority(environment=Environment.TEST, at=NOW), tmp_path / "test")
    for name in ("g2.key.pem", "g2.ca.pem"):
        (tmp_path / "demo" / name).write_bytes((tmp_path / "test" / name).read_bytes())
    assert code_of(lambda: load_authority(tmp_path / "demo")) == "jpki.files_unusable"

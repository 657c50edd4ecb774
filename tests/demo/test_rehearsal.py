"""`rehearse` before anything is started; that a paper comes out is shown by `tests/handbook`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from madoguchi import cli
from madoguchi.deployment.identities import OFFLINE, TRUST_LIST_FILE, load_identities, make_identities
from madoguchi.deployment.plan import Plan, ward_of
from madoguchi.dummy.generate import LEAST_RESIDENTS, write_ward
from madoguchi.errors import MadoguchiError
from madoguchi.records import SERIALS, CardSerial, RecordSet
from madoguchi.runtime.clock import JST
from madoguchi.wire.identifiers import Environment

PLAN = Plan(
    environment=Environment.TEST, ward=ward_of("132990"), operators=("asahi-mart",), issuers=1, centers=1, kiosks=2
)


@pytest.fixture(scope="module")
def dummy_ward(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("ward")
    write_ward(directory, residents=LEAST_RESIDENTS, seed=4, as_of=datetime.now(UTC).astimezone(JST).date())
    return directory


@pytest.fixture
def registry(tmp_path: Path, dummy_ward: Path) -> Path:
    directory = tmp_path / "registry"
    directory.mkdir()
    (directory / SERIALS.name).write_bytes((dummy_ward / SERIALS.name).read_bytes())
    return directory


def rehearse(tmp_path: Path, registry: Path, serial: str) -> int:
    return cli.main(
        [
            *("rehearse", "--pki", str(tmp_path), "--issuer", str(tmp_path / "none.toml")),
            *("--registry", str(registry), "--serial", serial, "--year", "2026"),
        ]
    )


def revoked(dummy_ward: Path) -> CardSerial:
    return next(each for each in RecordSet.read(dummy_ward).serials if each.status != "valid")


def test_a_serial_that_the_registry_does_not_list_has_no_card(
    tmp_path: Path, registry: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rehearse(tmp_path, registry, "AB") == cli.PROBLEM
    assert "[demo.no_card] 0 entries" in capsys.readouterr().err


def test_nor_has_one_that_was_revoked(
    tmp_path: Path, registry: Path, dummy_ward: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rehearse(tmp_path, registry, revoked(dummy_ward).serial) == cli.PROBLEM
    assert "0 of them valid" in capsys.readouterr().err


def test_keys_are_read_again_as_they_were_made(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    made = make_identities(PLAN, tmp_path / "pki", at=now)
    (tmp_path / "pki" / OFFLINE).rename(tmp_path / "safe")
    plan, read = load_identities(tmp_path / "pki", at=now)
    assert plan == PLAN
    assert (read.fingerprints, read.kiosk_ids) == (made.fingerprints, made.kiosk_ids)
    assert set(read.authority.generations) == set(made.authority.generations)


@pytest.mark.parametrize("file", ["plan.json", "issuer-1/tls.pem", "kiosk-2/enrolment.cose", TRUST_LIST_FILE])
def test_a_directory_without_one_of_its_files_is_named(tmp_path: Path, file: str) -> None:
    now = datetime.now(UTC)
    make_identities(PLAN, tmp_path / "pki", at=now)
    (tmp_path / "pki" / file).unlink()
    with pytest.raises(MadoguchiError, match="FileNotFoundError") as refused:
        load_identities(tmp_path / "pki", at=now)
    assert refused.value.code == "deployment.keys_incomplete"


def test_another_operators_enrolment_is_not_taken(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    make_identities(PLAN, tmp_path / "pki", at=now)
    make_identities(PLAN, tmp_path / "other", at=now)
    enrolment = "kiosk-1/enrolment.cose"
    (tmp_path / "pki" / enrolment).write_bytes((tmp_path / "other" / enrolment).read_bytes())
    with pytest.raises(MadoguchiError) as refused:
        load_identities(tmp_path / "pki", at=now)
    assert refused.value.code.startswith("statement.")

"""The dummy ward is the same for the same seed, reads strictly, and looks like a ward."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from madoguchi.dummy import AS_OF, LEAST_RESIDENTS, WARD_CODE, WARD_NAME, write_ward
from madoguchi.dummy.command import demo_data
from madoguchi.records import Removal, SerialStatus, TaxStatus
from madoguchi.tax.assessment import FISCAL_YEARS
from tests.dummy.conftest import Ward

PINNED = ("1fdd615011b4f6f1", "e838f4ad3dbf2da3")
"""SHA-256 (16 digits) of residents.csv and serials.csv for 90 residents and seed 1."""


def digests(directory: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(directory.iterdir())}


def written(directory: Path, *, residents: int = 120, seed: int = 5, as_of: date = AS_OF) -> dict[str, str]:
    directory.mkdir()
    write_ward(directory, residents=residents, seed=seed, as_of=as_of)
    return digests(directory)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = written(tmp_path / "a"), written(tmp_path / "b")
    assert first == second
    assert set(first) == {"residents.csv", "taxes.csv", "instalments.csv", "serials.csv", "cases.json"}


def test_another_seed_gives_other_people_and_the_same_cases(tmp_path: Path) -> None:
    first, second = written(tmp_path / "a", seed=1), written(tmp_path / "b", seed=2)
    assert first["residents.csv"] != second["residents.csv"]
    assert first["serials.csv"] != second["serials.csv"]
    assert first["cases.json"] == second["cases.json"]


def test_the_bytes_of_a_seed_stay_what_they_were(tmp_path: Path) -> None:
    """A change here is a change of everyone's demonstration data: make it on purpose."""
    made = written(tmp_path / "a", residents=90, seed=1)
    assert (made["residents.csv"][:16], made["serials.csv"][:16]) == PINNED


@pytest.mark.parametrize("residents", [LEAST_RESIDENTS, LEAST_RESIDENTS + 1, 77, 300])
def test_exactly_as_many_residents_as_asked(tmp_path: Path, residents: int) -> None:
    cases = write_ward(tmp_path, residents=residents, seed=3)
    rows = (tmp_path / "residents.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == residents + 1
    assert len(set(cases.values())) <= LEAST_RESIDENTS


def test_fewer_than_the_cast_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least"):
        write_ward(tmp_path, residents=LEAST_RESIDENTS - 1, seed=1)


def test_the_ward_does_not_exist() -> None:
    weighted = sum(int(digit) * weight for digit, weight in zip(WARD_CODE, (6, 5, 4, 3, 2), strict=False))
    assert int(WARD_CODE[5]) != (11 - weighted % 11) % 10
    assert WARD_NAME == "窓口区"


def test_every_age_and_every_kind_of_person(ward: Ward) -> None:
    people = ward.records.residents
    ages = Counter((AS_OF.year - each.birth_date.year) // 20 for each in people)
    assert set(ages) >= {0, 1, 2, 3, 4}
    assert {each.removal for each in people} == {None, *Removal}
    assert 0.02 < sum(each.foreign for each in people) / len(people) < 0.2
    assert sum(each.suppression for each in people) >= 2
    assert any(each.alias for each in people)
    assert all(each.address.startswith(("東京都窓口区", "架空県", "見本県")) for each in people)


def test_tax_records_of_every_year_and_status(ward: Ward) -> None:
    assert {each.fiscal_year for each in ward.records.taxes} == set(FISCAL_YEARS)
    assert {each.status for each in ward.records.taxes} == set(TaxStatus)
    declared = [each for each in ward.records.taxes if each.status is TaxStatus.DECLARED and each.levied_here]
    taxed = sum(bool(each.annual_tax) for each in declared)
    assert 0.4 < taxed / len(declared) < 0.97


def test_nobody_has_a_record_of_a_year_before_coming_or_after_leaving(ward: Ward) -> None:
    people = {each.addressee_number: each for each in ward.records.residents}
    for record in ward.records.taxes:
        person = people[record.addressee_number]
        assert person.birth_date < date(record.fiscal_year, 1, 1)
        if person.removal is Removal.NOT_REGISTERED:
            continue  # 住登外課税: levied where they live, registered or not
        assert person.removal_date is None or person.removal_date > date(record.fiscal_year, 1, 1)


def test_nothing_is_paid_in_the_future_and_the_past_is_settled(ward: Ward) -> None:
    for each in ward.records.instalments:
        assert each.paid_on is None or each.paid_on <= AS_OF
        if each.fiscal_year < 2026:
            assert each.amount_paid == each.amount_due


def test_a_person_may_hold_several_serials_and_each_is_unique(ward: Ward) -> None:
    held = Counter(each.addressee_number for each in ward.records.serials if each.status is SerialStatus.VALID)
    assert max(held.values()) >= 2
    pairs = {(each.ca_generation, each.serial) for each in ward.records.serials}
    assert len(pairs) == len(ward.records.serials)
    assert {len(each.serial) for each in ward.records.serials} == {32, 34, 36, 38, 40}


def test_the_command_says_what_it_made(tmp_path: Path) -> None:
    out = tmp_path / "new" / "ward"
    result = CliRunner().invoke(demo_data, ["--residents", "60", "--seed", "9", "--out", str(out)])
    assert result.exit_code == 0
    assert "60 residents" in result.output
    assert written(tmp_path / "b", residents=60, seed=9) == digests(out)


def test_the_command_refuses_too_few(tmp_path: Path) -> None:
    result = CliRunner().invoke(demo_data, ["--residents", "10", "--out", str(tmp_path)])
    assert result.exit_code == 2


def test_the_command_takes_another_day(tmp_path: Path) -> None:
    CliRunner().invoke(demo_data, ["--residents", "60", "--out", str(tmp_path / "a"), "--as-of", "2026-07-10"])
    assert digests(tmp_path / "a") == written(tmp_path / "b", residents=60, seed=1, as_of=date(2026, 7, 10))

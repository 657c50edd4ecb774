"""The large package is right in every sum; the whole measurement runs, small, and a wrong row voids it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from madoguchi.bench.feed.checking import TableFigures, expect_all
from madoguchi.bench.feed.generate import YEARS, LargePackage, write_large_package
from madoguchi.bench.feed.run import Size, run
from madoguchi.bench.feed.sending import make_delta
from madoguchi.errors import MadoguchiError
from madoguchi.records.package import read_package, write_package
from madoguchi.runtime import log

RESIDENTS = 200
SMALL = Size(
    records=1_000,
    workers=1,
    delta_records=100,
    deltas=1,
    applicants=6,
    lookups=50,
    seconds=1.0,
    residents_of_a_copy=RESIDENTS,
)


@pytest.fixture
def package(tmp_path: Path) -> LargePackage:
    return write_large_package(tmp_path, records=900, ward="131130", created_at=5, residents_of_a_copy=60)


def test_a_large_package_passes_every_check(package: LargePackage) -> None:
    records = read_package(package.manifest, package.files)
    assert len(records.taxes) >= 900
    assert {row.fiscal_year for row in records.taxes} == set(YEARS)
    assert [int(row.addressee_number) for row in records.residents] == list(package.numbers)


def test_a_delta_is_of_people_from_all_over_the_ward(package: LargePackage) -> None:
    delta = make_delta(package, records=50, remark="更正")
    assert 50 <= len(delta.records.taxes) < 60
    files, about = write_package(delta.records)
    again = read_package(msgspec.structs.replace(package.manifest, content="delta", files=about), files)
    assert again == delta.records
    assert max(delta.remarks) > package.people


@pytest.mark.parametrize("table", ["persons", "records", "instalments"])
def test_a_row_too_few_voids_the_figures(package: LargePackage, table: str) -> None:
    found = {
        "persons": len(package.numbers),
        "records": package.rows_of("taxes.csv"),
        "instalments": len({(row.addressee_number, row.fiscal_year) for row in package.rows["instalments.csv"]})
        * (len(package.numbers) // package.people),
    }
    tables = {name: TableFigures(rows=rows, cell_octets=1, octets_on_disk=1) for name, rows in found.items()}
    expect_all(package, tables)
    tables[table] = replace(tables[table], rows=tables[table].rows - 1)
    with pytest.raises(MadoguchiError, match=r"bench\.feed_wrong"):
        expect_all(package, tables)


@pytest.fixture
def work() -> Iterator[Path]:
    """A short path that the database's account can pass."""
    with tempfile.TemporaryDirectory(prefix="mado-", dir="/tmp") as made:
        Path(made).chmod(0o711)
        yield Path(made)
        log.close()


def test_the_whole_measurement(work: Path) -> None:
    told: list[str] = []
    figures = run(SMALL, work=work, report=told.append)
    assert "deltas" in told
    made = figures.as_json()
    assert made["tables"]["records"]["rows"] == figures.rows["taxes.csv"] >= SMALL.records
    assert made["delta"]["records"] >= SMALL.delta_records
    assert all(each["n"] > 0 and each["p99"] > 0 for each in made["milliseconds"].values())
    assert made["snapshot_seconds"] > 0
    assert made["peak_mib"]["intake"] > 0
    assert "octets on disk" in figures.text()

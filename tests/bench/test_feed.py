"""The large package is right in every sum, and reading it is measured with and without workers."""

from __future__ import annotations

from pathlib import Path

from madoguchi.bench.feed.generate import YEARS, write_large_package
from madoguchi.bench.feed.reading import as_json, measure_reading, report
from madoguchi.records.package import read_package


def test_a_large_package_passes_every_check_and_is_measured(tmp_path: Path) -> None:
    package = write_large_package(tmp_path, records=900, ward="131130", created_at=5, residents_of_a_copy=60)
    records = read_package(package.manifest, package.files)
    assert len(records.taxes) >= 900
    assert {row.fiscal_year for row in records.taxes} == set(YEARS)
    assert len({row.addressee_number for row in records.residents}) == len(records.residents)
    readings = [measure_reading(package, workers=count) for count in (1, 0)]
    assert "taxes.csv" in report(package, readings)
    told = as_json(package, readings)
    assert told["rows"]["taxes.csv"] == len(records.taxes)
    assert all(each["rows_per_second"]["taxes.csv"] > 0 for each in told["readings"])

"""Every value of everybody: certificates of a whole dummy ward, each read back by two programs that did not make it."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from madoguchi.bench.certificate.own_way import Made, OwnWay
from madoguchi.bench.certificate.subjects import Subject, subjects, ward_records
from madoguchi.bench.certificate.ward import Ward
from madoguchi.certificate.compose import Composer
from madoguchi.certificate.reading import joined_remarks, read_certificate
from madoguchi.certificate.remarks import remarks_text

AT = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)
YEARS = set(range(2019, 2027))


class Everybody:
    """One certificate per person of a generated ward, as long as there are people."""

    def __init__(self, composer: Composer, directory: Path, *, residents: int, seed: int) -> None:
        records = ward_records(directory, residents=residents, seed=seed, as_of=AT.date())
        self._queue = subjects(records, seed=seed)
        self._own = OwnWay(Ward(at=AT), composer, at=AT)
        self.people: set[str] = set()
        self.sorts: Counter[tuple[str, int]] = Counter()

    def made(self, number: int) -> Iterator[Made]:
        for _ in range(number):
            made = self._own.next_made(self._noted())
            assert made
            self.sorts[made.facts.kind, made.facts.fiscal_year] += 1
            yield made

    def _noted(self) -> Iterator[Subject]:
        for subject in self._queue:
            self.people.add(subject.resident.addressee_number)
            yield subject


def read_back(made: Made) -> None:
    """By the boxes of the layout, with pdfium: each value, exactly, selectors and all."""
    pages = read_certificate(made.pdf)
    assert dict(pages[0].fields) == dict(made.facts.values)
    assert [page.paper_number for page in pages] == [sheet.paper_number for sheet in made.sheets]
    assert [page.front_code for page in pages] == [sheet.front_code for sheet in made.sheets]
    assert joined_remarks(pages) == remarks_text(made.facts.remarks)


def test_some_hundred_people(composer: Composer, tmp_path: Path) -> None:
    everybody = Everybody(composer, tmp_path, residents=300, seed=11)
    for made in everybody.made(400):
        read_back(made)
    assert {year for _, year in everybody.sorts} == YEARS
    assert {kind for kind, _ in everybody.sorts} == {"taxation", "payment"}


def test_poppler_finds_the_same_values(composer: Composer, tmp_path: Path) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    everybody = Everybody(composer, tmp_path, residents=60, seed=12)
    for at, made in enumerate(everybody.made(40)):
        (tmp_path / f"{at}.pdf").write_bytes(made.pdf)
        done = subprocess.run(
            ["pdftotext", "-raw", tmp_path / f"{at}.pdf", "-"], check=True, capture_output=True, timeout=60
        )
        text = "".join(done.stdout.decode().split())
        for name, value in made.facts.values.items():
            if name != "seal_text":  # written in columns
                assert "".join(value.split()) in text, name


@pytest.mark.long
def test_ten_thousand_people(composer: Composer, tmp_path: Path) -> None:
    everybody = Everybody(composer, tmp_path, residents=14_000, seed=13)
    for made in everybody.made(10_000):
        read_back(made)
    assert len(everybody.people) >= 10_000
    assert min(everybody.sorts[kind, year] for kind in ("taxation", "payment") for year in YEARS) >= 100

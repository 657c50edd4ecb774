"""The parameter table: dated without gap or overlap, and cited."""

from __future__ import annotations

import itertools

import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.tax.assessment import FISCAL_YEARS, table, year_rules
from madoguchi.tax.assessment.entries import Dated
from madoguchi.tax.assessment.parameters import Table

ENTRIES: dict[str, tuple[Dated, ...]] = {name: getattr(table(), name) for name in Table.__struct_fields__}

BEGINS_LATER = {
    "income_adjustment": 2021,
    "forest_tax": 2024,
    "fixed_sum_reduction": 2024,
    "specific_relative_deduction": 2026,
}
ENDS_EARLIER = {"fixed_sum_reduction": 2025}


@pytest.mark.parametrize("name", ENTRIES)
def test_every_year_is_covered_exactly_once(name: str) -> None:
    entries = ENTRIES[name]
    assert entries[0].first == BEGINS_LATER.get(name, FISCAL_YEARS[0])
    assert entries[-1].last == ENDS_EARLIER.get(name, FISCAL_YEARS[-1])
    for before, after in itertools.pairwise(entries):
        assert after.first == before.last + 1


@pytest.mark.parametrize("name", ENTRIES)
def test_every_entry_cites_an_article_of_a_law(name: str) -> None:
    for entry in ENTRIES[name]:
        assert "法" in entry.source
        assert "第" in entry.source
        assert "条" in entry.source


@pytest.mark.parametrize("name", ["employment_income", "pension_deduction"])
def test_bands_rise(name: str) -> None:
    for entry in ENTRIES[name]:
        starts = [band.at_least for band in entry.bands]  # type: ignore[attr-defined]
        assert starts[0] == 0
        assert starts == sorted(set(starts))


def test_a_year_has_what_its_laws_brought() -> None:
    assert year_rules(2020).income_adjustment is None
    assert year_rules(2023).forest_tax is None
    assert year_rules(2026).fixed_sum_reduction is None
    assert year_rules(2025).specific_relative_deduction is None


@pytest.mark.parametrize("fiscal_year", [2018, 2027])
def test_a_year_outside_the_table_is_refused(fiscal_year: int) -> None:
    with pytest.raises(MadoguchiError) as refusal:
        year_rules(fiscal_year)
    assert refusal.value.code == "tax.unknown_year"

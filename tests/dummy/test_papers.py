"""What the dummy ward's papers say adds up, as a bank clerk with a pocket calculator would check it."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from madoguchi.certificate.facts import Authority, Heading
from madoguchi.certificate.taxation import taxation_facts
from madoguchi.records import TaxStatus
from tests.certificate.fields import INCOMES, RELIEFS
from tests.dummy.conftest import Ward

HEADING = Heading(
    certificate_number="K7Q2",
    issued_on=date(2026, 11, 23),
    authority=Authority(ward="窓口区", title="窓口区長", name="見本　太郎", seal_text="窓口区長之印"),
)
APART = (
    "short_transfer_income",
    "long_transfer_income",
    "unlisted_shares_income",
    "listed_shares_income",
    "listed_dividends_income",
    "futures_income",
)
NOT_INCOME = ("employment_revenue", "pension_revenue", "income_adjustment", "family_employee_deduction")
SUMS = ("total_income", "loss_carried_over", "gross_income")
TOGETHER = tuple(INCOMES - set(APART) - set(NOT_INCOME) - set(SUMS))
DEDUCTIONS = tuple(name for name in RELIEFS if name.startswith("deduction_") and name != "deduction_total")


class Paper:
    """The printed values of one certificate, read as numbers: what is not there, or does not apply, counts 0."""

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> int:
        text = self._values.get(name, "－").replace(",", "").replace("△", "-")
        return 0 if text == "－" else int(text)

    def sum(self, *names: str) -> int:
        return sum(self[name] for name in names)


@pytest.fixture(scope="module")
def papers(ward: Ward) -> list[Paper]:
    anyone = ward.resident("plain")
    return [
        Paper(dict(taxation_facts(replace(anyone, addressee_number=tax.addressee_number), tax, HEADING).values))
        for tax in ward.records.taxes
        if tax.status is TaxStatus.DECLARED and tax.levied_here
    ]


def test_every_paper_adds_up(papers: list[Paper]) -> None:
    for paper in papers:
        general = paper.sum(*TOGETHER) - paper["income_adjustment"]
        assert paper["total_income"] == max(0, general) + paper.sum(*APART)
        assert paper["gross_income"] == paper["total_income"] - paper["loss_carried_over"]
        assert paper["deduction_total"] == paper.sum(*DEDUCTIONS)
        levies = paper.sum("income_levy_ward", "income_levy_metropolitan", "per_capita_ward", "per_capita_metropolitan")
        assert paper["annual_tax"] == levies + paper["forest_tax"] - paper["remission"]


def test_bases_and_levies_are_floored(papers: list[Paper]) -> None:
    for paper in papers:
        assert paper["tax_base"] % 1_000 == paper["tax_base_separate"] % 1_000 == 0
        assert paper["income_levy_ward"] % 100 == paper["income_levy_metropolitan"] % 100 == 0
        assert paper.sum("tax_base", "tax_base_separate") <= paper["gross_income"]
        if not paper.sum("forestry_income", "retirement_income", *APART) and paper["income_levy_ward"]:
            assert paper["tax_base"] == (paper["gross_income"] - paper["deduction_total"]) // 1_000 * 1_000


def test_every_field_stands_on_somebodys_paper(ward: Ward) -> None:
    """A box that is － for everyone would hide a column that nobody fills."""
    names = INCOMES | RELIEFS
    seen = {name for tax in ward.records.taxes for name in names if getattr(tax, name)}
    assert names - seen == set()

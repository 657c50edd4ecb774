"""納税証明書: payment data of one year, as of the certificate's date.

Source: 地方税法 第20条の10, 施行令 第6条の21. Delinquency charges (延滞金) are not part of it. An instalment is
overdue (納期到来分) only after its 納期限 has passed. What was paid beyond what was due is not counted as paid; 備考
notes it as 過誤納, and what of it was given back or set off (還付・充当).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import chain, repeat
from typing import Final, NamedTuple

from madoguchi.certificate.amounts import BLANK_BELOW, NOT_APPLICABLE, yen
from madoguchi.certificate.facts import Facts, Heading, printed
from madoguchi.certificate.kinds import PAYMENT
from madoguchi.certificate.problems import FACTS_INCONSISTENT, PAYMENT_OF_EXEMPT_YEAR
from madoguchi.certificate.taxation import heading_values, only_of, person_name
from madoguchi.certificate.years import japanese_date, year_title
from madoguchi.records import Collection, Instalment, Resident, TaxRecord

ROWS: Final = 24
"""Lines of the layout for instalments. 4 期, 12 months and 6 pension payments are 22: what is beyond goes to 備考."""
IN_REMARKS: Final = "以下は備考欄に記載"

_ORDER: Final = (Collection.ORDINARY, Collection.SPECIAL, Collection.PENSION)
_NAME: Final = {Collection.ORDINARY: "普通徴収", Collection.SPECIAL: "給与特別徴収", Collection.PENSION: "年金特別徴収"}
_ORDINARY_TERMS: Final = 4
_SPECIAL_MONTHS: Final = (6, 7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5)
_PENSION_MONTHS: Final = (4, 6, 8, 10, 12, 2)
_FOREST_TAX_FROM: Final = 2024


_COLLECTIONS: Final = {
    collection: tuple(f"{collection.value}_{part}" for part in ("amount", "paid", "overdue", "upcoming"))
    for collection in _ORDER
}
"""Boxes of the sums of each kind of collection."""
_LINE: Final = ("label", "due_date", "amount", "paid", "overdue", "upcoming")
_LINES: Final = tuple(f"row{number:02}_{part}" for number in range(1, ROWS + 1) for part in _LINE)
"""Boxes of the table, line after line."""


class Balance(NamedTuple):
    """Yen due, paid of it, and still unpaid, split by whether the due date has passed."""

    amount: int = 0
    paid: int = 0
    overdue: int = 0
    upcoming: int = 0

    @classmethod
    def of(cls, row: Instalment, *, as_of: date) -> Balance:
        """The balance of one instalment on a day: on its due date itself it is not yet overdue."""
        paid = min(row.amount_paid, row.amount_due)
        unpaid = row.amount_due - paid
        late = as_of > row.due_date
        return cls(row.amount_due, paid, unpaid if late else 0, 0 if late else unpaid)

    @classmethod
    def total(cls, balances: Iterable[Balance]) -> Balance:
        """Each part added up."""
        parts = [sum(part) for part in zip(*balances, strict=True)]
        return cls(*parts)


def payment_facts(
    resident: Resident, tax: TaxRecord, instalments: Iterable[Instalment], heading: Heading, *, as_of: date
) -> Facts:
    """What the payment certificate of this person and year says on the day `as_of` (Japanese time).

    Raises `certificate.payment_of_exempt_year` for a year that is 非課税 by assessment,
    `certificate.facts_inconsistent` for rows of another person or year, or whose sum is not the year's tax, and
    `certificate.text_unprintable`.
    """
    rows = sorted(instalments, key=lambda row: (_ORDER.index(row.collection), row.instalment))
    _check(resident, tax, rows)
    balances = [Balance.of(row, as_of=as_of) for row in rows]
    total = Balance.total(balances)
    if total.amount != tax.annual_tax:
        raise FACTS_INCONSISTENT.error("instalments do not add up to the year's tax")
    layout = heading.layouts.of(kind=PAYMENT.code, fiscal_year=tax.fiscal_year)
    known = {
        **heading_values(heading),
        **person_name(resident),
        "title": PAYMENT.title.ja,
        "year_title": year_title(tax.fiscal_year),
        "taxes": "特別区民税・都民税・森林環境税" if tax.fiscal_year >= _FOREST_TAX_FROM else "特別区民税・都民税",
        "address": printed(resident.address, field_name="address"),
        **_totals(rows, balances, total),
        **_lines(rows, balances),
    }
    remarks = [
        f"{japanese_date(as_of)}現在の納付状況です。",
        *_below_table(rows, as_of=as_of),
        *_overpaid(rows),
        *heading.remarks,
    ]
    return Facts(
        kind=PAYMENT.code,
        layout=layout.id,
        fiscal_year=tax.fiscal_year,
        values=only_of(layout, known),
        remarks=tuple(printed(remark, field_name="remarks") for remark in remarks if remark.strip()),
    )


def _check(resident: Resident, tax: TaxRecord, rows: list[Instalment]) -> None:
    person, year = tax.addressee_number, tax.fiscal_year
    if resident.addressee_number != person or any(row.addressee_number != person for row in rows):
        raise FACTS_INCONSISTENT.error("rows of two people")
    if any(row.fiscal_year != year for row in rows):
        raise FACTS_INCONSISTENT.error("instalments of another year")
    if tax.annual_tax is None or not tax.levied_here:
        raise FACTS_INCONSISTENT.error("no tax of this ward in the year")
    if tax.non_taxable:
        raise PAYMENT_OF_EXEMPT_YEAR.error()


def _totals(rows: list[Instalment], balances: list[Balance], total: Balance) -> dict[str, str]:
    cells = dict(zip(("annual_tax", "paid", "overdue", "upcoming"), map(yen, total), strict=True))
    for collection, names in _COLLECTIONS.items():
        own = [balance for row, balance in zip(rows, balances, strict=True) if row.collection is collection]
        cells |= zip(names, map(yen, Balance.total(own)) if own else repeat(NOT_APPLICABLE), strict=False)
    return cells


def _lines(rows: list[Instalment], balances: list[Balance]) -> dict[str, str]:
    """The table of instalments; after the last one 以下余白, or where the rest stands."""
    shown = _in_table(rows)
    cells: list[str] = []
    for row, balance in zip(rows[:shown], balances, strict=False):
        cells += (_term(row), japanese_date(row.due_date), *map(yen, balance))
    if shown < ROWS:
        cells.append(BLANK_BELOW if shown == len(rows) else IN_REMARKS)
    return dict(zip(_LINES, chain(cells, repeat("")), strict=False))


def _in_table(rows: list[Instalment]) -> int:
    """How many instalments stand in the table: all, or what leaves a line to say where the rest stands."""
    return len(rows) if len(rows) <= ROWS else ROWS - 1


def _below_table(rows: list[Instalment], *, as_of: date) -> list[str]:
    """Instalments for which the table has no line, one remark each: remarks flow on to following pages."""
    remarks = []
    for row in rows[_in_table(rows) :]:
        balance = Balance.of(row, as_of=as_of)
        when = "納期到来分" if as_of > row.due_date else "納期未到来分"
        remarks.append(
            f"{_term(row)}　納期限{japanese_date(row.due_date)}　納付すべき額{yen(balance.amount)}円　"
            f"納付済額{yen(balance.paid)}円　未納額{yen(balance.overdue + balance.upcoming)}円（{when}）"
        )
    return remarks


def _term(row: Instalment) -> str:
    """普通徴収 第1期, 普通徴収 随時1期, 給与特別徴収 6月分, 年金特別徴収 4月分."""
    name, number = _NAME[row.collection], row.instalment
    if row.collection is Collection.ORDINARY:
        late = number - _ORDINARY_TERMS
        return f"{name}　第{number}期" if late <= 0 else f"{name}　随時第{late}期"
    months = _SPECIAL_MONTHS if row.collection is Collection.SPECIAL else _PENSION_MONTHS
    return f"{name}　{months[number - 1]}月分" if number <= len(months) else f"{name}　随時第{number - len(months)}期"


def _overpaid(rows: list[Instalment]) -> list[str]:
    """過誤納 that is still to be given back or set off, and what was already."""
    over = sum(max(0, row.amount_paid - row.amount_due) for row in rows)
    settled = sum(row.amount_refunded for row in rows)
    remarks = []
    if over > settled:
        remarks.append(f"ほかに過誤納金{yen(over - settled)}円があります（還付又は充当の対象）。")
    if settled:
        remarks.append(f"ほかに納付された過誤納金{yen(settled)}円は、還付又は充当済みです。")
    return remarks

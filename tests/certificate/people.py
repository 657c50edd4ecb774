"""Rows of dummy people, for the tests of the document."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime
from typing import Any

from madoguchi.certificate.facts import Authority, Facts, Heading, SheetFacts
from madoguchi.records import Collection, Instalment, Resident, Sex, SpouseKind, TaxRecord, TaxStatus

ISSUED_AT = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)
AUTHORITY = Authority(ward="見本区", title="見本区長", name="見本　太郎", seal_text="見本区長之印")
HEADING = Heading(certificate_number="R8-0000123456", issued_on=date(2026, 11, 23), authority=AUTHORITY)
PERSON = "0000000001"


def resident(**changes: Any) -> Resident:
    values: dict[str, Any] = {
        "addressee_number": PERSON,
        "name": "髙橋　花子",
        "name_kana": "",
        "alias": "",
        "birth_date": date(1985, 3, 4),
        "sex": Sex.FEMALE,
        "address": "見本区中央一丁目2番3号　グランドハイツ見本1203号室",
        "foreign": False,
        "household_number": PERSON,
        "suppression": False,
        "removal": None,
        "removal_date": None,
    }
    return Resident(**(values | changes))


def tax(fiscal_year: int = 2025, **changes: Any) -> TaxRecord:
    values: dict[str, Any] = dict.fromkeys(TaxRecord.__struct_fields__)
    values |= {
        "addressee_number": PERSON,
        "fiscal_year": fiscal_year,
        "levied_here": True,
        "status": TaxStatus.DECLARED,
        "address_on_assessment_date": "見本区西町三丁目14番15号",
        "employment_revenue": 5_123_456,
        "employment_income": 3_658_400,
        "total_income": 3_658_400,
        "gross_income": 3_658_400,
        "deduction_social_insurance": 768_518,
        "deduction_spouse": 0,
        "deduction_basic": 430_000,
        "deduction_total": 1_198_518,
        "tax_base": 2_459_000,
        "adjustment_credit": 2_500,
        "income_levy_ward": 146_000,
        "income_levy_metropolitan": 97_300,
        "per_capita_ward": 3_000,
        "per_capita_metropolitan": 1_000,
        "forest_tax": 1_000 if fiscal_year >= 2024 else None,
        "annual_tax": 248_300,
        "spouse": SpouseKind.GENERAL,
        "dependants_general": 0,
        "dependants_under_16": 2,
        "own_student": False,
        "own_minor": False,
        "remarks": "",
    }
    return TaxRecord(**(values | changes))


def undeclared_dependant(fiscal_year: int = 2025) -> TaxRecord:
    empty = {name: None for name in TaxRecord.__struct_fields__ if name not in _KEPT}
    return tax(fiscal_year, **(empty | {"status": TaxStatus.DEPENDANT_UNDECLARED}))


_KEPT = {
    "addressee_number", "fiscal_year", "levied_here", "status", "address_on_assessment_date", "own_student",
    "own_minor", "remarks",
}  # fmt: skip


def instalment(number: int, due: date, amount: int, paid: int, **changes: Any) -> Instalment:
    values: dict[str, Any] = {
        "addressee_number": PERSON,
        "fiscal_year": 2025,
        "collection": Collection.ORDINARY,
        "instalment": number,
        "due_date": due,
        "amount_due": amount,
        "amount_paid": paid,
        "paid_on": due if paid else None,
        "amount_refunded": 0,
    }
    return Instalment(**(values | changes))


def four_terms(paid: tuple[int, int, int, int] = (63_300, 62_000, 0, 0)) -> list[Instalment]:
    dates = (date(2025, 6, 30), date(2025, 9, 1), date(2025, 10, 31), date(2026, 2, 2))
    amounts = (63_300, 62_000, 62_000, 61_000)
    rows = zip(dates, amounts, paid, strict=True)
    return [instalment(at, due, amount, done) for at, (due, amount, done) in enumerate(rows, 1)]


def sheets(*, copies: int = 1, pages: int = 1, code: bytes = b"signed front code" * 20) -> tuple[SheetFacts, ...]:
    return tuple(
        SheetFacts(copy=copy, page=page, paper_number=secrets.token_bytes(16), front_code=code + bytes([copy, page]))
        for copy in range(1, copies + 1)
        for page in range(1, pages + 1)
    )


def with_values(facts: Facts, **changes: str) -> Facts:
    return Facts(
        kind=facts.kind,
        layout=facts.layout,
        fiscal_year=facts.fiscal_year,
        values={**facts.values, **changes},
        remarks=facts.remarks,
    )

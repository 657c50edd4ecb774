"""`instalments.csv`: what was due when, and what was paid."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from madoguchi.records.columns import AddresseeNumber, FiscalYear, Yen, described


class Collection(StrEnum):
    """徴収区分."""

    ORDINARY = "ordinary"
    """普通徴収: 4 期, and 随時期 after them."""
    SPECIAL = "special"
    """特別徴収 from wages: 12 months, June to May."""
    PENSION = "pension"
    """年金特徴: 6 payments, April to February."""


InstalmentNumber = Annotated[int, Meta(ge=1, le=99)]
"""期別 within one collection, from 1."""


class Instalment(Struct, frozen=True, gc=False):
    """One instalment of one year's tax. Delinquency charges (延滞金) are not part of it."""

    addressee_number: Annotated[AddresseeNumber, described("宛名番号")]
    fiscal_year: Annotated[FiscalYear, described("年度")]
    collection: Annotated[Collection, described("徴収区分", "普通徴収, 特別徴収 (from wages), 年金特徴")]
    instalment: Annotated[
        InstalmentNumber,
        described(
            "期別",
            "ordinary: 1–4 期, 5 and over 随時期; special: 1 is June, 12 is May; pension: 1 is April, 6 is February. "
            "Unique with person, year and collection",
        ),
    ]
    due_date: Annotated[date, described("納期限", "overdue only after this day has passed")]
    amount_due: Annotated[Yen, described("納付すべき額", "yen; the instalments of a year add up to its `annual_tax`")]
    amount_paid: Annotated[Yen, described("納付済額", "yen; above `amount_due` it is an overpayment (過誤納)")]
    paid_on: Annotated[date | None, described("納付日", "the last payment; empty exactly when `amount_paid` is 0")]
    amount_refunded: Annotated[
        Yen, described("還付・充当済額", "yen of an overpayment given back or set off; 0 where nothing was overpaid")
    ]

"""Two residents of the ward, and what the tax system says of them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec

from madoguchi.issuer.stopping import Decision
from madoguchi.records import Collection, Instalment, Resident, Sex, TaxRecord
from tests.records.examples import RESIDENT, TAX

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
"""Noon in Japan, inside every hour of service."""
OPERATOR = "asahi-mart"
PIN = "1234"
CLEARED = Decision(by="窓口 花子", second="窓口 太郎", reason="原因を確認した")
"""Two people end an alarm."""

HANAKO = RESIDENT
TARO = msgspec.structs.replace(
    RESIDENT,
    addressee_number="0000000025",
    name="髙橋 太郎",
    sex=Sex.MALE,
    birth_date=date(1975, 5, 5),
    address="窓口区架空町九丁目9番9号",
)


def tax_of(person: Resident, **changes: Any) -> TaxRecord:
    """A declared year of a person."""
    return msgspec.structs.replace(TAX, addressee_number=person.addressee_number, **changes)


def terms_of(person: Resident, *, due: int = 175_500, paid: int = 175_500, **changes: Any) -> Instalment:
    """One instalment that makes up the whole year."""
    made = Instalment(
        addressee_number=person.addressee_number,
        fiscal_year=2026,
        collection=Collection.ORDINARY,
        instalment=1,
        due_date=date(2026, 6, 30),
        amount_due=due,
        amount_paid=paid,
        paid_on=date(2026, 6, 2) if paid else None,
        amount_refunded=0,
    )
    return msgspec.structs.replace(made, **changes)

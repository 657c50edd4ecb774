"""What the ward offers at the kiosk: its menu."""

from __future__ import annotations

from typing import Any

from madoguchi.runtime.clock import epoch
from madoguchi.wire.menu import Menu, MenuKind, MenuYear, ServiceHours, Wording
from tests.jpki.authorities import NOW
from tests.kiosk.parties import OPERATOR, WARD

FEE = 300


def words(text: str) -> Wording:
    return Wording(ja=text, en=text)


def a_menu(**changes: Any) -> Menu:
    year = MenuYear(fiscal_year=2026, label=words("令和8年度"), income_label=words("令和7年"))
    values: dict[str, Any] = {
        "ward": WARD,
        "ward_name": words("窓口区"),
        "contact": words("03-0000-0000"),
        "revision": 5,
        "issued_at": epoch(NOW),
        "life_seconds": 86_400,
        "open": True,
        "closed_reason": None,
        "hours": ServiceHours(opens_minute=0, closes_minute=1440, closed_days=()),
        "operators": (OPERATOR,),
        "kinds": (MenuKind(kind="taxation", title=words("課税証明書"), fee_yen=FEE, max_copies=5, years=(year,)),),
    }
    return Menu(**(values | changes))

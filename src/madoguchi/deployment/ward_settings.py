"""The dummy ward's settings: what it offers, for how much, who certifies. A real ward writes its own."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from madoguchi.deployment.plan import Plan
from madoguchi.issuer.config import AuthorityTerm, MenuSection, OfferedKind, OfferedYear, PaperSection, WardSection
from madoguchi.wire.menu import ServiceHours, Wording

FEE_YEN = 300
_FIRST_YEAR, _LAST_YEAR = 2019, 2026
_OPENS_MONTH, _OPENS_DAY = 6, 10
"""A new fiscal year opens in June, when the assessment notices are out."""


def issuer_sections(plan: Plan, *, fonts: tuple[Path, ...]) -> dict[str, Any]:
    """The sections `ward`, `menu` and `paper` of every issuer's configuration."""
    ward = plan.ward
    return {
        "ward": WardSection(
            code=ward.code,
            name=Wording(ja=ward.name_ja, en=ward.name_en),
            contact=Wording(
                ja=f"{ward.name_ja} 総務部税務課 03-0000-0000（平日 8:30〜17:00）",
                en=f"{ward.name_en} Tax Section, 03-0000-0000 (weekdays 8:30-17:00)",
            ),
        ),
        "menu": MenuSection(
            revision=1,
            hours=ServiceHours(opens_minute=0, closes_minute=1440, closed_days=()),
            operators=plan.operators,
            kinds=(_kind("taxation"), _kind("payment")),
        ),
        "paper": PaperSection(
            fonts=fonts,
            authorities=(
                AuthorityTerm(begins=date(2018, 4, 1), title=f"{ward.name_ja}長", name="見本 太郎", seal_text="見本"),
            ),
        ),
    }


def _kind(kind: str) -> OfferedKind:
    years = tuple(
        OfferedYear(fiscal_year=year, opens=date(year, _OPENS_MONTH, _OPENS_DAY))
        for year in range(_LAST_YEAR, _FIRST_YEAR - 1, -1)
    )
    return OfferedKind(kind=kind, fee_yen=FEE_YEN, max_copies=5, years=years)

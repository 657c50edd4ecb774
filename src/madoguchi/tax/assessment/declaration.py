"""What an assessment starts from: one person's income of one calendar year, and the household's facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from madoguchi.records import Disability, Sex, Widowhood


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """A spouse, or a relative living on the same means (生計を一にする親族)."""

    birth_date: date
    total_income: int = 0
    """合計所得金額 in yen."""
    disability: Disability | None = None
    cohabiting: bool = True
    """Usually lives with the taxpayer."""
    ascendant: bool = False
    """直系尊属 of the taxpayer or the spouse: at 70 and living together 同居老親等."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """The facts of one person for one fiscal year (income of the calendar year before). All money in yen."""

    fiscal_year: int
    birth_date: date
    sex: Sex
    employment_revenue: int | None = None
    pension_revenue: int | None = None
    social_insurance: int | None = None
    """Premiums paid, deducted in full (地方税法第314条の2第1項第3号)."""
    spouse: Relative | None = None
    dependants: tuple[Relative, ...] = ()
    """Relatives who are claimed; those above the income limit do not count."""
    disability: Disability | None = None
    widowhood: Widowhood | None = None
    public_assistance: bool = False
    """生活扶助 received on January 1."""

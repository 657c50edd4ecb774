"""Deductions for what was lost or paid: 雑損, 医療費, 生命保険料, 地震保険料. A fraction of a yen is rounded up."""

from __future__ import annotations

from msgspec import Struct

from madoguchi.tax.assessment.declaration import Spending
from madoguchi.tax.assessment.entries import PercentBand
from madoguchi.tax.assessment.parameters import YearRules


class Spent(Struct, frozen=True, kw_only=True):
    """The deductions in yen; None where there is nothing to deduct."""

    casualty: int | None = None
    medical: int | None = None
    small_enterprise: int | None = None
    life_insurance: int | None = None
    earthquake: int | None = None

    @property
    def total(self) -> int:
        """All of them."""
        parts = (self.casualty, self.medical, self.small_enterprise, self.life_insurance, self.earthquake)
        return sum(part or 0 for part in parts)


NOTHING_SPENT = Spent()


def spending_deductions(spent: Spending | None, gross_income: int, rules: YearRules) -> Spent:
    """The deductions of a year; `gross_income` is 総所得金額等 in yen."""
    if spent is None:
        return NOTHING_SPENT
    return Spent(
        casualty=casualty_deduction(spent, gross_income, rules) or None,
        medical=medical_deduction(spent.medical, gross_income, rules) or None,
        small_enterprise=spent.small_enterprise or None,
        life_insurance=life_insurance_deduction(spent, rules) or None,
        earthquake=earthquake_deduction(spent, rules) or None,
    )


def casualty_deduction(spent: Spending, gross_income: int, rules: YearRules) -> int:
    """雑損控除: the larger of the loss above a tenth of the income and the disaster's costs above 50,000 yen."""
    table = rules.casualty_deduction
    above_income = spent.casualty_loss - gross_income * table.income_percent // 100
    return max(0, above_income, spent.disaster_cost - table.disaster_over)


def medical_deduction(paid: int, gross_income: int, rules: YearRules) -> int:
    """医療費控除: what exceeds 100,000 yen or, if that is less, a twentieth of the income."""
    table = rules.medical_deduction
    own_share = min(table.over, gross_income * table.income_percent // 100)
    return min(table.cap, max(0, paid - own_share))


def life_insurance_deduction(spent: Spending, rules: YearRules) -> int:
    """生命保険料控除: life, care and annuity contracts, each with its cap, and one cap for all."""
    each = (
        _life_kind(spent.life_new, spent.life_old, rules)
        + _life_kind(spent.care_new, 0, rules)
        + _life_kind(spent.annuity_new, spent.annuity_old, rules)
    )
    return min(rules.life_insurance.total_cap, each)


def _life_kind(new: int, old: int, rules: YearRules) -> int:
    """The old contracts alone, or both together up to the new contracts' cap: whichever is more."""
    table = rules.life_insurance
    by_new, by_old = _by_band(new, table.new, table.new_cap), _by_band(old, table.old, table.old_cap)
    return max(by_old, min(table.new_cap, by_new + by_old))


def earthquake_deduction(spent: Spending, rules: YearRules) -> int:
    """地震保険料控除: half of the premiums, with the old long-term insurance, up to the cap."""
    table = rules.earthquake
    half = -(-spent.earthquake * table.percent // 100)
    return min(table.cap, min(table.cap, half) + _by_band(spent.long_term_casualty, table.old, table.old_cap))


def _by_band(paid: int, bands: tuple[PercentBand, ...], cap: int) -> int:
    for band in bands:
        if paid <= band.up_to:
            return -(-paid * band.percent // 100) + band.plus if paid else 0
    return cap

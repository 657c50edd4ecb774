"""From revenue to income: 給与所得, 公的年金等, 所得金額調整控除."""

from __future__ import annotations

from madoguchi.tax.assessment.parameters import EmploymentIncome, IncomeAdjustment, PensionBand, PensionDeduction


def employment_income(revenue: int, table: EmploymentIncome) -> int:
    """給与所得 in yen for a year's wages. Below 6.6 million the law's table steps by 4,000 yen of revenue."""
    for band in reversed(table.bands):
        if revenue >= band.at_least:
            base = revenue if band.base == "revenue" else revenue // 4_000 * 1_000
            return max(0, base * band.tenths // 10 - band.less)
    return 0


def pension_income(revenue: int, table: PensionDeduction, *, age: int, other_income: int) -> int:
    """雑所得（公的年金等） in yen. `age` on December 31; `other_income` is the total income without the pension."""
    relief = max((tier.less for tier in table.other_income if other_income > tier.over), default=0)
    minimum = table.elderly_minimum if age >= table.elderly_age else table.minimum
    by_rate = _least_deducted(revenue, table.bands)
    return max(0, min(by_rate + relief, revenue - minimum + relief))


def _least_deducted(revenue: int, bands: tuple[PensionBand, ...]) -> int:
    """Revenue less the deduction by rate, a fraction of a yen dropped."""
    for band in reversed(bands):
        if revenue >= band.at_least:
            return revenue * (100 - band.percent) // 100 - band.plus
    return revenue


def household_adjustment(revenue: int, table: IncomeAdjustment | None) -> int:
    """所得金額調整控除 of paragraph 1 (a child under 23 or a special disability), rounded up to a yen."""
    if table is None or revenue <= table.revenue_over:
        return 0
    return -(-(min(revenue, table.revenue_cap) - table.revenue_over) * table.percent // 100)


def both_incomes_adjustment(employment: int, pension: int, table: IncomeAdjustment | None) -> int:
    """所得金額調整控除 of paragraph 2 (employment and pension income both), measured before paragraph 1."""
    if table is None or employment <= 0 or pension <= 0:
        return 0
    return max(0, min(employment, table.both_cap) + min(pension, table.both_cap) - table.both_cap)

"""From income and deductions to tax: 課税標準額, 調整控除, 所得割, 均等割, 非課税, 森林環境税, 定額減税."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import asdict

from madoguchi.tax.assessment.ages import age_on_assessment_date
from madoguchi.tax.assessment.credits import NO_CREDITS, Credits, Ground, tax_credits
from madoguchi.tax.assessment.declaration import Creditable, Declaration
from madoguchi.tax.assessment.deductions import Deductions, spouse_tier
from madoguchi.tax.assessment.household import Household
from madoguchi.tax.assessment.incomes import Incomes
from madoguchi.tax.assessment.parameters import YearRules
from madoguchi.tax.assessment.settling import Separate
from madoguchi.tax.assessment.shares import NOTHING, Shares


class IncomeLevy(Struct, frozen=True, kw_only=True):
    """所得割 and how it came about."""

    tax_base: int
    separate_base: int | None
    """The bases that are taxed apart, together; None where nothing is."""
    adjustment_credit: int
    credits: Credits
    reduction: int
    """定額減税 taken, in yen."""
    levied: Shares
    """Floored to 100 yen each."""


def floored(amount: int, multiple: int) -> int:
    """The largest multiple not above a non-negative amount; 0 for a negative one (地方税法第20条の4の2)."""
    return max(0, amount) // multiple * multiple


def exempt_person(declaration: Declaration, total_income: int, rules: YearRules) -> bool:
    """非課税 for who the person is (地方税法第295条第1項): neither levy, whatever the limits say."""
    if declaration.public_assistance:
        return True
    minor = is_minor(declaration, rules)
    protected = minor or declaration.disability is not None or declaration.widowhood is not None
    return protected and total_income <= rules.non_taxable.exempt_people_income


def is_minor(declaration: Declaration, rules: YearRules) -> bool:
    """未成年者 on January 1 of the fiscal year."""
    return age_on_assessment_date(declaration.birth_date, rules.fiscal_year) < rules.adult_age.age


def per_capita_limit(relatives: int, rules: YearRules) -> int:
    """合計所得金額 up to which 均等割 and 森林環境税 are not levied."""
    return _limit(relatives, rules, rules.non_taxable.with_relatives_per_capita)


def income_levy_limit(relatives: int, rules: YearRules) -> int:
    """総所得金額等 up to which 所得割 is not levied."""
    return _limit(relatives, rules, rules.non_taxable.with_relatives_income_levy)


def _limit(relatives: int, rules: YearRules, with_relatives: int) -> int:
    table = rules.non_taxable
    return table.per_person * (1 + relatives) + table.addition + (with_relatives if relatives else 0)


def income_levy(
    declaration: Declaration, home: Household, found: Deductions, income: Incomes, rules: YearRules
) -> IncomeLevy:
    """所得割 of a person who is not exempt from it."""
    base = floored(income.general - found.total, rules.rounding.tax_base)
    apart = _apart(income.separate, max(0, found.total - income.general), rules)
    # 合計課税所得金額: general income, forestry and retirement, not what 附則 taxes apart.
    credit = adjustment_credit(base + apart.ordinary_base, found.difference, income.total, rules)
    gross = Shares(
        base * rules.income_levy.ward_percent // 100 + apart.levy.ward - credit.ward,
        base * rules.income_levy.metropolitan_percent // 100 + apart.levy.metropolitan - credit.metropolitan,
    )
    kept = _not_below_limit(gross, home, income.gross, rules)
    dividend = None if income.kinds is None else income.kinds.dividend_income
    credited = NO_CREDITS
    if declaration.creditable is not None or dividend:
        ground = Ground(
            levy=kept,
            base=base,
            all_bases=base + apart.base,
            difference=found.difference,
            gross_income=income.gross,
            dividend=dividend,
        )
        credited, kept = tax_credits(declaration.creditable or Creditable(), ground, rules)
    reduction = fixed_sum_reduction(kept, home, income.total, rules)
    return IncomeLevy(
        tax_base=base,
        separate_base=None if apart is _NOTHING_APART else apart.base,
        adjustment_credit=credit.both,
        credits=credited,
        reduction=reduction.both,
        levied=Shares(
            floored(kept.ward - reduction.ward, rules.rounding.levy),
            floored(kept.metropolitan - reduction.metropolitan, rules.rounding.levy),
        ),
    )


class _Apart(Struct, frozen=True, kw_only=True):
    """The bases and levies of what is taxed apart, in yen."""

    base: int = 0
    ordinary_base: int = 0
    """The part from forestry and retirement."""
    levy: Shares = NOTHING


_NOTHING_APART = _Apart()
_ORDINARY = frozenset({"forestry", "retirement"})


def _apart(separate: Separate | None, deducted: int, rules: YearRules) -> _Apart:
    """Deductions that general income could not take up go on, kind by kind; each base is floored for itself."""
    if separate is None:
        return _NOTHING_APART
    base = ordinary = ward = metropolitan = 0
    any_income = False
    for name, amount in asdict(separate).items():
        if not amount:
            continue
        any_income = True
        taken = min(deducted, amount)
        deducted -= taken
        own = floored(amount - taken, rules.rounding.tax_base)
        rate = getattr(rules.separate_levy, name)
        base += own
        ordinary += own if name in _ORDINARY else 0
        ward += own * rate.ward // 1_000
        metropolitan += own * rate.metropolitan // 1_000
    if not any_income:
        return _NOTHING_APART
    return _Apart(base=base, ordinary_base=ordinary, levy=Shares(ward, metropolitan))


def adjustment_credit(base: int, difference: int, total_income: int, rules: YearRules) -> Shares:
    """調整控除: on the smaller of difference and base up to 2 million yen; above, the difference melts to 50,000."""
    table = rules.adjustment_credit
    if base == 0 or (table.income_limit is not None and total_income > table.income_limit):
        return NOTHING
    if base <= table.base_threshold:
        credited = min(difference, base)
    else:
        credited = max(difference - (base - table.base_threshold), table.least_base)
    return Shares(credited * table.ward_percent // 100, credited * table.metropolitan_percent // 100)


def _not_below_limit(gross: Shares, home: Household, gross_income: int, rules: YearRules) -> Shares:
    """Income less 所得割 must not fall below the limit itself (地方税法附則第3条の3第2項・第5項)."""
    shortfall = income_levy_limit(home.relatives, rules) - (gross_income - gross.both)
    if shortfall <= 0 or gross.both == 0:
        return gross
    shortfall = min(shortfall, gross.both)
    metropolitan = shortfall * gross.metropolitan // gross.both
    return Shares(gross.ward - (shortfall - metropolitan), gross.metropolitan - metropolitan)


def fixed_sum_reduction(levy: Shares, home: Household, total_income: int, rules: YearRules) -> Shares:
    """定額減税 shared in proportion to the two levies, the metropolitan part rounded up to a yen."""
    table = rules.fixed_sum_reduction
    if table is None or levy.both == 0 or total_income > table.income_limit:
        return NOTHING
    deductible_spouse = home.same_livelihood_spouse and spouse_tier(total_income, rules) is not None
    if table.counts == "household":
        people = 1 + deductible_spouse + home.dependants
    else:
        people = int(home.same_livelihood_spouse and not deductible_spouse)
    amount = min(table.per_person * people, levy.both)
    metropolitan = -(-amount * levy.metropolitan // levy.both)
    return Shares(amount - metropolitan, metropolitan)

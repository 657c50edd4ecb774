"""所得控除, and with each personal one its statutory difference from income tax, which 調整控除 needs."""

from __future__ import annotations

from msgspec import Struct

from madoguchi.records import Disability, Sex, Widowhood
from madoguchi.tax.assessment.declaration import Declaration
from madoguchi.tax.assessment.household import Household
from madoguchi.tax.assessment.incomes import Incomes
from madoguchi.tax.assessment.parameters import Personal, SpouseSpecialRow, YearRules
from madoguchi.tax.assessment.problems import NOT_IN_THIS_YEAR
from madoguchi.tax.assessment.spending import NOTHING_SPENT, Spent, spending_deductions


class Claimed(Struct, frozen=True):
    """One deduction: None where nothing is claimed, and its difference from income tax."""

    amount: int | None = None
    difference: int = 0


_NOTHING = Claimed()


class Deductions(Struct, frozen=True, kw_only=True):
    """The deductions of one person and year, in yen; None does not apply."""

    spent: Spent
    social_insurance: int | None
    disability: int | None
    widow: int | None
    student: int | None
    spouse: int | None
    spouse_special: int | None
    dependants: int | None
    specific_relatives: int | None
    basic: int
    total: int
    difference: int
    """人的控除額の差の合計."""


def deductions(declaration: Declaration, home: Household, income: Incomes, rules: YearRules) -> Deductions:
    """All deductions of a declaration. Raises `tax.not_in_this_year` for a kind that the year does not know."""
    spent = spending_deductions(declaration.spent, income.gross, rules)
    disability = _disability(declaration, home, rules)
    widow = widow_deduction(declaration, rules)
    student = student_deduction(declaration, income, rules)
    spouse = spouse_deduction(home, income.total, rules)
    special = spouse_special_deduction(declaration, income.total, rules)
    dependants = _dependants(home, rules)
    specific_relatives = _specific_relatives(home, rules)
    basic = basic_deduction(income.total, rules)
    # Most people claim none of these: the sums below then run over nothing.
    personal = [each for each in (disability, widow, student, spouse, special, dependants) if each is not _NOTHING]
    return Deductions(
        spent=spent,
        social_insurance=declaration.social_insurance,
        disability=disability.amount,
        widow=widow.amount,
        student=student.amount,
        spouse=spouse.amount,
        spouse_special=special.amount,
        dependants=dependants.amount,
        specific_relatives=specific_relatives,
        basic=basic,
        total=(declaration.social_insurance or 0)
        + (spent.total if spent is not NOTHING_SPENT else 0)
        + sum(each.amount or 0 for each in personal)
        + (specific_relatives or 0)
        + basic,
        difference=rules.basic_deduction.difference + sum(each.difference for each in personal),
    )


def basic_deduction(total_income: int, rules: YearRules) -> int:
    """基礎控除 in yen."""
    return next(row.amount for row in reversed(rules.basic_deduction.rows) if total_income > row.over)


def spouse_tier(total_income: int, rules: YearRules) -> int | None:
    """Which tier of 配偶者控除 the person's own income falls in; None above the last."""
    tiers = rules.spouse_deduction.own_income_up_to
    return next((place for place, limit in enumerate(tiers) if total_income <= limit), None)


def spouse_deduction(home: Household, total_income: int, rules: YearRules) -> Claimed:
    """配偶者控除."""
    tier = spouse_tier(total_income, rules) if home.same_livelihood_spouse else None
    if tier is None:
        return _NOTHING
    table = rules.spouse_deduction
    if home.elderly_spouse:
        return Claimed(table.elderly[tier], table.elderly_difference[tier])
    return Claimed(table.general[tier], table.general_difference[tier])


def spouse_special_deduction(declaration: Declaration, total_income: int, rules: YearRules) -> Claimed:
    """配偶者特別控除."""
    spouse = declaration.spouse
    if spouse is None or spouse.total_income <= rules.relative_income_limit.amount:
        return _NOTHING
    tier = spouse_tier(total_income, rules)
    if tier is None:
        return _NOTHING
    row = _row_holding(rules.spouse_special_deduction.rows, spouse.total_income)
    return _NOTHING if row is None else Claimed(row.amounts[tier], row.differences[tier])


def _row_holding(rows: tuple[SpouseSpecialRow, ...], income: int) -> SpouseSpecialRow | None:
    return next((row for row in rows if income <= row.up_to), None)


def widow_deduction(declaration: Declaration, rules: YearRules) -> Claimed:
    """寡婦・寡夫・ひとり親控除. The difference of ひとり親 is 50,000 for a mother and 10,000 for a father."""
    kind, table = declaration.widowhood, rules.widow_deduction
    if kind is None:
        return _NOTHING
    single_parent = table.single_mother if declaration.sex is Sex.FEMALE else table.single_father
    known: dict[Widowhood, Personal | None] = {
        Widowhood.WIDOW: table.widow,
        Widowhood.SPECIAL_WIDOW: table.special_widow,
        Widowhood.WIDOWER: table.widower,
        Widowhood.SINGLE_PARENT: single_parent,
    }
    personal = known[kind]
    if personal is None:
        raise NOT_IN_THIS_YEAR.error(f"{kind.value} in {rules.fiscal_year}")
    return Claimed(personal.amount, personal.difference)


def student_deduction(declaration: Declaration, income: Incomes, rules: YearRules) -> Claimed:
    """勤労学生控除: a student of little income, nearly all of it from the student's own work."""
    table = rules.student_deduction
    if not declaration.student or income.total > table.income_limit or income.unearned > table.unearned_limit:
        return _NOTHING
    return Claimed(table.amount, table.difference)


def _disability(declaration: Declaration, home: Household, rules: YearRules) -> Claimed:
    table = rules.disability_deduction
    own = declaration.disability
    if own is None and not home.relatives:
        return _NOTHING
    return _sum(
        (table.ordinary, home.disabled_ordinary + (own is Disability.ORDINARY)),
        (table.special, home.disabled_special + (own is Disability.SPECIAL)),
        (table.special_cohabiting, home.disabled_special_cohabiting),
    )


def _dependants(home: Household, rules: YearRules) -> Claimed:
    table = rules.dependant_deduction
    if not home.dependants:
        return _NOTHING
    return _sum(
        (table.general, home.general),
        (table.specific, home.specific),
        (table.elderly, home.elderly),
        (table.elderly_cohabiting, home.elderly_cohabiting),
    )


def _sum(*counted: tuple[Personal, int]) -> Claimed:
    amount = difference = 0
    for personal, count in counted:
        if count:
            amount += personal.amount * count
            difference += personal.difference * count
    return Claimed(amount, difference) if amount else _NOTHING


def _specific_relatives(home: Household, rules: YearRules) -> int | None:
    table = rules.specific_relative_deduction
    if table is None or not home.specific_relative_incomes:
        return None
    return sum(
        next(row.amount for row in table.rows if income <= row.up_to) for income in home.specific_relative_incomes
    )

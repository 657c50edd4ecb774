"""The household as the year's rules see it: who counts, as what. It does not depend on the person's own income."""

from __future__ import annotations

from msgspec import Struct

from madoguchi.records import Disability, SpouseKind
from madoguchi.tax.assessment.ages import age_at_year_end
from madoguchi.tax.assessment.declaration import Declaration, Relative
from madoguchi.tax.assessment.parameters import YearRules


class Household(Struct, kw_only=True):
    """Counts of the relatives who count; filled while they are looked at."""

    same_livelihood_spouse: bool = False
    elderly_spouse: bool = False
    specific: int = 0
    elderly: int = 0
    elderly_cohabiting: int = 0
    general: int = 0
    under_16: int = 0
    specific_relative_incomes: tuple[int, ...] = ()
    """特定親族: their total incomes in yen."""
    disabled_ordinary: int = 0
    disabled_special: int = 0
    disabled_special_cohabiting: int = 0
    has_child: bool = False
    """A dependant under the age of 所得金額調整控除."""

    @property
    def dependants(self) -> int:
        """扶養親族, those under 16 too."""
        return self.specific + self.elderly + self.elderly_cohabiting + self.general + self.under_16

    @property
    def relatives(self) -> int:
        """同一生計配偶者 and 扶養親族: what 非課税 counts beside the person."""
        return self.dependants + self.same_livelihood_spouse

    def spouse_kind(self, *, may_deduct: bool) -> SpouseKind | None:
        """How the certificate names the spouse; `may_deduct`: the person's own income is not over 10 million yen."""
        if not self.same_livelihood_spouse:
            return None
        if not may_deduct:
            return SpouseKind.SAME_LIVELIHOOD
        return SpouseKind.ELDERLY if self.elderly_spouse else SpouseKind.GENERAL


_ALONE = Household()
"""Shared by everyone without relatives; never changed."""


def household(declaration: Declaration, rules: YearRules) -> Household:
    """Sort the relatives of a declaration into the kinds of the year."""
    if declaration.spouse is None and not declaration.dependants:
        return _ALONE
    made = Household()
    limit = rules.relative_income_limit.amount
    spouse = declaration.spouse
    if spouse is not None and spouse.total_income <= limit:
        made.same_livelihood_spouse = True
        age = age_at_year_end(spouse.birth_date, rules.fiscal_year - 1)
        made.elderly_spouse = age >= rules.spouse_deduction.elderly_age
        _count_disability(made, spouse)
    for each in declaration.dependants:
        if each.total_income <= limit:
            _count_dependant(made, each, rules)
            _count_disability(made, each)
        else:
            _count_specific_relative(made, each, rules)
    return made


def _count_dependant(made: Household, relative: Relative, rules: YearRules) -> None:
    ages = rules.dependant_deduction
    age = age_at_year_end(relative.birth_date, rules.fiscal_year - 1)
    if age < ages.general_age:
        made.under_16 += 1
    elif ages.specific_age <= age < ages.specific_until_age:
        made.specific += 1
    elif age < ages.elderly_age:
        made.general += 1
    elif relative.ascendant and relative.cohabiting:
        made.elderly_cohabiting += 1
    else:
        made.elderly += 1
    if rules.income_adjustment is not None and age < rules.income_adjustment.child_age:
        made.has_child = True


def _count_specific_relative(made: Household, relative: Relative, rules: YearRules) -> None:
    table, ages = rules.specific_relative_deduction, rules.dependant_deduction
    if table is None or relative.total_income > table.rows[-1].up_to:
        return
    age = age_at_year_end(relative.birth_date, rules.fiscal_year - 1)
    if ages.specific_age <= age < ages.specific_until_age:
        made.specific_relative_incomes += (relative.total_income,)


def _count_disability(made: Household, relative: Relative) -> None:
    if relative.disability is Disability.ORDINARY:
        made.disabled_ordinary += 1
    elif relative.disability is Disability.SPECIAL and relative.cohabiting:
        made.disabled_special_cohabiting += 1
    elif relative.disability is Disability.SPECIAL:
        made.disabled_special += 1

"""What is known of an invented person before any file is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import Enum, auto
from typing import TypeVar

from madoguchi.records import CardSerial, Disability, Removal, Sex, TaxStatus, Widowhood
from madoguchi.tax.assessment import FISCAL_YEARS, Creditable, OtherIncome, Spending
from madoguchi.tax.assessment.ages import age_at_year_end

Revenues = tuple[int | None, ...]
"""One revenue in yen for each of `FISCAL_YEARS`; None where there was none."""

Yearly = TypeVar("Yearly")

NO_REVENUE: Revenues = (None,) * len(FISCAL_YEARS)
_NOTHING: tuple[None, ...] = (None,) * len(FISCAL_YEARS)


class Paying(Enum):
    """How someone pays."""

    ON_TIME = auto()
    AT_ONCE = auto()
    """全期前納: the whole year with the first instalment."""
    OVERDUE = auto()
    """Nothing of the newest year."""
    PARTLY = auto()
    """Half of each instalment of the newest year that is due."""
    TOO_MUCH = auto()
    """The first instalment of the newest year paid twice (過誤納)."""
    REFUNDED = auto()
    """As `TOO_MUCH`, and what was paid beyond the tax is given back."""
    NOT_ENTERED = auto()
    """The instalments of the newest year are missing from the export: a fault of the data."""


@dataclass(slots=True, kw_only=True, eq=False)
class Person:
    """One invented resident."""

    name: str
    kana: str
    birth: date
    sex: Sex
    alias: str = ""
    foreign: bool = False
    number: str = ""
    """宛名番号, given when the household is registered."""
    since: date = date(1990, 4, 1)
    """In the ward's register since."""
    suppression: bool = False
    removal: Removal | None = None
    removal_date: date | None = None
    moved_to: str = ""
    """The new address of someone who moved, within the ward or out of it."""
    moved_on: date | None = None
    wages: Revenues = NO_REVENUE
    pensions: Revenues = NO_REVENUE
    other: tuple[OtherIncome | None, ...] = _NOTHING
    """Income beside wages and pensions, for each of `FISCAL_YEARS`; the next two likewise."""
    spent: tuple[Spending | None, ...] = _NOTHING
    creditable: tuple[Creditable | None, ...] = _NOTHING
    student: bool = False
    """Studies and works (勤労学生)."""
    paid_from_wages: bool = True
    """特別徴収 rather than 普通徴収."""
    paying: Paying = Paying.ON_TIME
    disability: Disability | None = None
    claimed: bool = True
    """Claimed as a relative by the head, where the income allows."""
    widowed: bool = False
    public_assistance: bool = False
    status: dict[int, TaxStatus] = field(default_factory=dict)
    """What the tax system knows, where that is not plain."""
    not_levied: frozenset[int] = frozenset()
    """Years with a row that says: levied elsewhere."""
    remitted: frozenset[int] = frozenset()
    """Years reduced to 0 by 減免."""
    remarks: str = ""
    serials: list[CardSerial] = field(default_factory=list)

    def registered_on(self, day: date) -> bool:
        """Whether the person was in the register on `day`."""
        gone = self.removal_date is not None and self.removal_date <= day
        return self.since <= day and self.birth <= day and not gone

    def age_for(self, fiscal_year: int) -> int:
        """Age on December 31 of the year whose income is taxed."""
        return age_at_year_end(self.birth, fiscal_year - 1)


_WIDOWHOOD_INCOME_LIMIT = 5_000_000
"""地方税法第292条第1項第11号・第12号."""
_SINGLE_PARENT_SINCE = 2021
_CHILD_UNTIL_AGE = 22


@dataclass(slots=True, kw_only=True, eq=False)
class Household:
    """People who live together; the head claims the others where their income allows."""

    address: str
    head: Person
    spouse: Person | None = None
    children: list[Person] = field(default_factory=list)
    parents: list[Person] = field(default_factory=list)
    number: str = ""

    @property
    def members(self) -> list[Person]:
        """Everyone, the head first."""
        spouse = [] if self.spouse is None else [self.spouse]
        return [self.head, *spouse, *self.children, *self.parents]


def widowhood(household: Household, person: Person, fiscal_year: int, total_income: int) -> Widowhood | None:
    """寡婦・寡夫・ひとり親 as the year names it: a head without a spouse, total income not over 5 million yen."""
    if person is not household.head or household.spouse is not None or total_income > _WIDOWHOOD_INCOME_LIMIT:
        return None
    child = any(0 <= each.age_for(fiscal_year) <= _CHILD_UNTIL_AGE and each.claimed for each in household.children)
    if fiscal_year >= _SINGLE_PARENT_SINCE:
        if child:
            return Widowhood.SINGLE_PARENT
        return Widowhood.WIDOW if person.widowed and person.sex is Sex.FEMALE else None
    if person.sex is Sex.MALE:
        return Widowhood.WIDOWER if child else None
    if child:
        return Widowhood.SPECIAL_WIDOW
    return Widowhood.WIDOW if person.widowed else None

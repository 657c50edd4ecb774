"""What some residents have beside wages and a pension: a business, rent, shares, insurance, a loan, gifts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random

from madoguchi.dummy import shares
from madoguchi.dummy.people import Person, Yearly
from madoguchi.tax.assessment import FISCAL_YEARS, Creditable, HousingLoan, OtherIncome, Spending
from madoguchi.tax.assessment.ages import age_at_year_end

_YEARS = len(FISCAL_YEARS)
_FIRST_AGE, _LAST_AGE = 24, 75
"""Ages on December 31 in which people have such affairs."""


def every_year(value: Yearly) -> tuple[Yearly, ...]:
    """The same in every year."""
    return (value,) * _YEARS


def newest_years(*values: Yearly) -> tuple[Yearly | None, ...]:
    """Nothing, then these values in the newest years."""
    return (None,) * (_YEARS - len(values)) + values


def give_affairs(rng: Random, person: Person) -> None:
    """Give a person of the crowd what chance gives; the same generator state gives the same."""
    if rng.random() < shares.INSURED:
        person.spent = every_year(_insurance(rng))
    if rng.random() < shares.CREDITED:
        person.creditable = every_year(_creditable(rng))
    chance = rng.random()
    for share, kind in _SOURCES:
        if chance < share:
            _earn(rng, person, kind)
            return
        chance -= share


def _insurance(rng: Random) -> Spending:
    """Premiums and savings, the same every year; some have medical costs too."""
    return Spending(
        life_new=rng.randrange(0, 130_000, 100),
        care_new=rng.choice((0, 0, 18_000, 36_400)),
        annuity_old=rng.choice((0, 0, 0, 60_000, 120_000)),
        earthquake=rng.choice((0, 0, 12_500, 31_000, 64_000)),
        small_enterprise=rng.choice((0, 0, 0, 144_000, 276_000)),
        medical=rng.choice((0, 0, 0, 0, 0, 0, 84_000, 163_250, 412_800)),
    )


def _creditable(rng: Random) -> Creditable:
    """Gifts to municipalities, a housing loan, or both."""
    donation = rng.choice((0, 12_000, 30_000, 61_000))
    if donation and rng.random() < shares.GIVES_WITHOUT_LOAN:
        return Creditable(donation=donation)
    loan = HousingLoan(
        unused=rng.randrange(8_000, 180_000, 100),
        income_tax_base=rng.randrange(800_000, 4_000_000, 1_000),
        moved_in=date(rng.randrange(2012, 2018), rng.randrange(1, 13), 15),
    )
    return Creditable(housing=loan, donation=donation)


def _earn(rng: Random, person: Person, kind: Callable[[Random, int], OtherIncome]) -> None:
    level = rng.randrange(300_000, 6_000_000, 1_000)
    person.other = tuple(
        kind(rng, level * rng.randrange(80, 121) // 100)
        if _FIRST_AGE <= age_at_year_end(person.birth, year - 1) < _LAST_AGE
        else None
        for year in FISCAL_YEARS
    )
    if kind is _business:
        person.wages = tuple(
            None if other is not None else wage for other, wage in zip(person.other, person.wages, strict=True)
        )


def _business(rng: Random, level: int) -> OtherIncome:
    """Instead of wages; one year in twelve is a loss."""
    lost = rng.random() < shares.YEAR_OF_LOSS
    helped = rng.choice((None, None, None, 500_000, 860_000))
    return OtherIncome(business=-level // 3 if lost else level, family_employees=None if lost else helped)


def _rent(rng: Random, level: int) -> OtherIncome:
    lost = rng.random() < shares.YEAR_OF_LOSS
    return OtherIncome(real_estate=-level // 6 if lost else level // 2)


def _securities(rng: Random, level: int) -> OtherIncome:
    if rng.random() < shares.UNLISTED_OR_FUTURES:
        return OtherIncome(unlisted_shares=level // 4, futures=level // 9, dividend=level // 20)
    return OtherIncome(listed_shares=level // 3, listed_dividends=level // 15)


def _side_job(rng: Random, level: int) -> OtherIncome:
    return OtherIncome(misc_business=level // 8, misc_other=rng.choice((None, 23_400)))


def _rare(rng: Random, level: int) -> OtherIncome:
    """What few have: a field, a wood, a sale, a lump sum, interest from abroad."""
    return rng.choice(
        (
            OtherIncome(agriculture=level // 3, forestry=level // 5),
            OtherIncome(transfer=level // 10, occasional=level),
            OtherIncome(short_transfer=level // 2, long_transfer=level * 2),
            OtherIncome(retirement=level, interest=level // 50),
        )
    )


_SOURCES: tuple[tuple[float, Callable[[Random, int], OtherIncome]], ...] = (
    (shares.SELF_EMPLOYED, _business),
    (shares.LANDLORD, _rent),
    (shares.INVESTOR, _securities),
    (shares.SIDE_JOB, _side_job),
    (shares.RARE_INCOME, _rare),
)

"""Invented revenues, eight fiscal years of them, by integer arithmetic so that every machine gives the same bytes."""

from __future__ import annotations

from datetime import date
from random import Random

from madoguchi.dummy.people import Revenues
from madoguchi.tax.assessment import FISCAL_YEARS
from madoguchi.tax.assessment.ages import age_at_year_end

_WAGES = (800_000, 1_700_000, 2_400_000, 3_100_000, 3_900_000, 4_800_000, 6_100_000, 8_200_000, 11_500_000, 32_000_000)
"""Deciles of a year's wages: the value at 0 %, 11 %, … 100 %."""
_PENSIONS = (250_000, 700_000, 950_000, 1_300_000, 1_650_000, 2_000_000, 2_450_000, 3_600_000)
_GROWTH = (88, 89, 90, 91, 93, 95, 97, 100)
"""Percent of the newest year's level, for each fiscal year."""


def wages(rng: Random, born: date, *, first_age: int = 20, last_age: int = 65) -> Revenues:
    """Wages of someone who works between two ages (on December 31)."""
    level = _drawn(rng, _WAGES)
    return tuple(
        _varied(rng, level * growth // 100) if first_age <= age_at_year_end(born, year - 1) < last_age else None
        for year, growth in zip(FISCAL_YEARS, _GROWTH, strict=True)
    )


def part_time(rng: Random, born: date, *, first_age: int = 16, last_age: int = 23) -> Revenues:
    """A student's or a spouse's wages, around the limits that people keep to."""
    level = rng.randrange(300_000, 1_700_000)
    return tuple(
        _varied(rng, level) if first_age <= age_at_year_end(born, year - 1) < last_age else None
        for year in FISCAL_YEARS
    )


def pensions(rng: Random, born: date, *, first_age: int = 65) -> Revenues:
    """A public pension from an age on."""
    level = _drawn(rng, _PENSIONS)
    return tuple(_varied(rng, level) if age_at_year_end(born, year - 1) >= first_age else None for year in FISCAL_YEARS)


def steady(level: int) -> Revenues:
    """The same revenue every year."""
    return (level,) * len(FISCAL_YEARS)


def _drawn(rng: Random, marks: tuple[int, ...]) -> int:
    place = rng.randrange(1000 * (len(marks) - 1))
    low, part = divmod(place, 1000)
    return marks[low] + (marks[low + 1] - marks[low]) * part // 1000


def _varied(rng: Random, level: int) -> int:
    return level * rng.randrange(970, 1031) // 1000

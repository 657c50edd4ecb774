"""Fiscal years, income years and eras, named alike on the screen and on the paper.

年度 N runs from April 1 of N and certifies the income of the calendar year N-1 (地方税法 第32条, 第313条). The era
changed on 2019-05-01 (元号を改める政令, 平成31年政令第143号), so one year carries two names: one ward's screen and
paper disagreed about them and residents chose the wrong year.
"""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from typing import Final, NamedTuple

FIRST_FISCAL_YEAR: Final = 1990
"""The first year that begins in 平成 on April 1 and whose income year is 平成 too from January 8."""
LAST_FISCAL_YEAR: Final = 2150
"""A guard against a year typed wrongly, not a statement about the length of 令和."""


class Era(NamedTuple):
    """One era name and the first day on which it applied."""

    name: str
    romaji: str
    begins: date


_ERAS: Final = (
    Era("令和", "Reiwa", date(2019, 5, 1)),
    Era("平成", "Heisei", date(1989, 1, 8)),
    Era("昭和", "Showa", date(1926, 12, 25)),
    Era("大正", "Taisho", date(1912, 7, 30)),
    Era("明治", "Meiji", date(1868, 1, 25)),
)
_JAPANESE_DATE: Final = re.compile(r"(令和|平成|昭和|大正|明治)(元|[1-9][0-9]?)年([1-9][0-9]?)月([1-9][0-9]?)日")
_GREGORIAN_ADOPTED: Final = date(1873, 1, 1)
"""Before this day Japan counted by the lunisolar calendar (明治5年太政官布告第337号)."""


def era_of(day: date) -> Era:
    """The era in force on `day`. ValueError before the Gregorian calendar was adopted (1873-01-01)."""
    if day < _GREGORIAN_ADOPTED:
        msg = "a day before 1873-01-01 has no date in the Gregorian calendar of Japan"
        raise ValueError(msg)
    for era in _ERAS:
        if day >= era.begins:
            break
    return era


def _era_year(era: Era, year: int) -> str:
    number = year - era.begins.year + 1
    return f"{era.name}{'元' if number == 1 else number}年"


_WHOLE_YEARS: Final = {
    year: _era_year(era_of(date(year, 1, 1)), year)
    for year in range(_GREGORIAN_ADOPTED.year, LAST_FISCAL_YEAR + 1)
    if era_of(date(year, 1, 1)) == era_of(date(year, 12, 31))
}
"""Years that lie in one era, by name."""
_DAYS: Final = tuple(tuple(f"{month}月{day}日" for day in range(32)) for month in range(13))


def japanese_date(day: date) -> str:
    """`date(2019, 5, 1)` → 令和元年5月1日. The first year of an era is 元年, never 1年."""
    year = _WHOLE_YEARS.get(day.year) or _era_year(era_of(day), day.year)
    return year + _DAYS[day.month][day.day]


def parse_japanese_date(text: str) -> date:
    """The day that `japanese_date` wrote as `text`. ValueError for anything that it would not write."""
    match = _JAPANESE_DATE.fullmatch(text)
    if match is not None:
        era, year, month, day = match.groups()
        begins = next(each.begins for each in _ERAS if each.name == era)
        found = date(begins.year + (1 if year == "元" else int(year)) - 1, int(month), int(day))
        if japanese_date(found) == text:
            return found
    msg = "not a date by era"
    raise ValueError(msg)


def gregorian_date(day: date) -> str:
    """`date(1985, 3, 4)` → 1985年3月4日, as a foreign resident's birth date is registered (住民基本台帳法)."""
    return f"{day.year}年{day.month}月{day.day}日"


def birth_date(day: date, *, foreign: bool) -> str:
    """A birth date as the paper prints it: Gregorian for foreign residents, by era for Japanese ones."""
    return gregorian_date(day) if foreign else japanese_date(day)


def assessment_date(fiscal_year: int) -> date:
    """January 1 of the fiscal year (賦課期日, 地方税法 第318条)."""
    return date(_checked(fiscal_year), 1, 1)


def fiscal_year_label(fiscal_year: int) -> str:
    """2018 → 平成30年度, 2019 → 平成31年度（令和元年度）, 2020 → 令和2年度. ValueError outside 1990..2150."""
    return _label(_checked(fiscal_year), "年度")


def income_year_label(fiscal_year: int) -> str:
    """The calendar year whose income the fiscal year certifies: 2019 → 平成30年分, 2020 → 平成31年（令和元年）分."""
    return _label(_checked(fiscal_year) - 1, "年", "分")


@cache
def year_title(fiscal_year: int) -> str:
    """Both names together, as menu and paper show them: 令和2年度（平成31年（令和元年）分）."""
    return f"{fiscal_year_label(fiscal_year)}（{income_year_label(fiscal_year)}）"


def fiscal_year_label_en(fiscal_year: int) -> str:
    """2019 → fiscal year 2019 (Heisei 31 / Reiwa 1)."""
    return f"fiscal year {_checked(fiscal_year)} ({_eras_en(fiscal_year)})"


def income_year_label_en(fiscal_year: int) -> str:
    """2020 → income of 2019 (Heisei 31 / Reiwa 1)."""
    return f"income of {_checked(fiscal_year) - 1} ({_eras_en(fiscal_year - 1)})"


def _checked(fiscal_year: int) -> int:
    if not FIRST_FISCAL_YEAR <= fiscal_year <= LAST_FISCAL_YEAR:
        msg = f"fiscal year outside {FIRST_FISCAL_YEAR}..{LAST_FISCAL_YEAR}"
        raise ValueError(msg)
    return fiscal_year


def _eras_of_year(year: int) -> tuple[Era, ...]:
    """The era at the beginning of the year, then the one at its end when they differ, within the years we name."""
    first, last = era_of(date(year, 1, 8)), era_of(date(year, 12, 31))
    return (first,) if first == last else (first, last)


def _label(year: int, unit: str, tail: str = "") -> str:
    names = [f"{_era_year(era, year).removesuffix('年')}{unit}" for era in _eras_of_year(year)]
    return names[0] + (f"（{names[1]}）" if len(names) > 1 else "") + tail


def _eras_en(year: int) -> str:
    return " / ".join(f"{era.romaji} {year - era.begins.year + 1}" for era in _eras_of_year(year))

"""How the paper writes amounts, counts, dates and years: the clerk's own few rules, from the plan's examples.

Not the composer's: `madoguchi.certificate.amounts` and `.years` are what is being checked.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

NOTHING: Final = "－"
"""Does not apply."""
LEFT_OUT: Final = "（記載省略）"
"""The ward's setting leaves it out."""
HIDDEN: Final = "＊"
"""Income of a dependant who has not declared."""

_REIWA: Final = 2018
_HEISEI: Final = 1988
_SHOWA: Final = 1925
_TAISHO: Final = 1911
_MEIJI: Final = 1867
_ERAS: Final = (
    ((2019, 5, 1), "令和", _REIWA),
    ((1989, 1, 8), "平成", _HEISEI),
    ((1926, 12, 25), "昭和", _SHOWA),
    ((1912, 7, 30), "大正", _TAISHO),
    ((1873, 1, 1), "明治", _MEIJI),
)
_CHANGE: Final = 2019
"""The year with two names."""


def money(amount: int | None) -> str:
    """-1234 is △1,234; 0 is 0; None is －."""
    if amount is None:
        return NOTHING
    digits = str(abs(amount))
    groups: list[str] = []
    while digits:
        groups.insert(0, digits[-3:])
        digits = digits[:-3]
    return ("△" if amount < 0 else "") + ",".join(groups)


def count(number: int | None) -> str:
    """How many people; None is －."""
    return NOTHING if number is None else str(number)


def day(text: str) -> str:
    """An ISO date as the paper prints it: 2026-11-23 is 令和8年11月23日; the first year of an era is 元年."""
    found = date.fromisoformat(text)
    for begins, name, zero in _ERAS:
        if (found.year, found.month, found.day) >= begins:
            return f"{name}{_nth(found.year - zero)}年{found.month}月{found.day}日"
    msg = "before the eras of living memory"
    raise ValueError(msg)


def western_day(text: str) -> str:
    """An ISO date with its Gregorian year, as foreign residents' dates of birth are printed."""
    found = date.fromisoformat(text)
    return f"{found.year}年{found.month}月{found.day}日"


def year_and_income(fiscal_year: int) -> str:
    """2019 is 平成31年度（令和元年度）（平成30年分）, 2020 is 令和2年度（平成31年（令和元年）分）."""
    income = fiscal_year - 1
    fiscal = f"{_era(fiscal_year)}{_nth(fiscal_year - _zero(fiscal_year))}年度"
    earned = f"{_era(income)}{_nth(income - _zero(income))}年分"
    if fiscal_year == _CHANGE:
        fiscal = "平成31年度（令和元年度）"
    if income == _CHANGE:
        earned = "平成31年（令和元年）分"
    return f"{fiscal}（{earned}）"


def text(value: str) -> str:
    """A text of the record as paper shows it: a run of spaces is one, none at the ends."""
    return re.sub("[ \u00a0]+", " ", value).strip(" ")


def _era(year: int) -> str:
    return "令和" if year > _CHANGE else "平成"


def _zero(year: int) -> int:
    return _REIWA if year > _CHANGE else _HEISEI


def _nth(number: int) -> str:
    return "元" if number == 1 else str(number)

"""Ages as the tax law counts them: a year is complete at the end of the day *before* the birthday."""

from __future__ import annotations

from datetime import date


def age_at_year_end(born: date, year: int) -> int:
    """Age in years on December 31 of `year`.

    年齢計算ニ関スル法律 and 民法第143条: whoever is born on January 1 completes the year on December 31, so "65 at
    the end of 2025" means born on or before January 1, 1961.
    """
    return year - born.year + (1 if (born.month, born.day) == (1, 1) else 0)


def age_on_assessment_date(born: date, fiscal_year: int) -> int:
    """Age in years on January 1 of `fiscal_year`: born on January 2 counts as a year older already."""
    return fiscal_year - born.year - (0 if (born.month, born.day) <= (1, 2) else 1)

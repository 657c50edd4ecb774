"""Eras, fiscal years and income years."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.certificate.years import (
    FIRST_FISCAL_YEAR,
    LAST_FISCAL_YEAR,
    assessment_date,
    birth_date,
    era_of,
    fiscal_year_label,
    fiscal_year_label_en,
    income_year_label,
    income_year_label_en,
    japanese_date,
    year_title,
)

DAYS = st.dates(min_value=date(1873, 1, 1), max_value=date(2150, 12, 31))
YEARS = st.integers(FIRST_FISCAL_YEAR, LAST_FISCAL_YEAR)
WRITTEN = re.compile(r"(明治|大正|昭和|平成|令和)(元|[2-9]|[1-9][0-9]+)年([0-9]+)月([0-9]+)日")


@pytest.mark.parametrize(
    ("year", "fiscal", "income"),
    [
        (2018, "平成30年度", "平成29年分"),
        (2019, "平成31年度（令和元年度）", "平成30年分"),
        (2020, "令和2年度", "平成31年（令和元年）分"),
        (2021, "令和3年度", "令和2年分"),
        (2026, "令和8年度", "令和7年分"),
        (1990, "平成2年度", "平成元年分"),
    ],
)
def test_years_are_named_as_on_the_screen(year: int, fiscal: str, income: str) -> None:
    assert fiscal_year_label(year) == fiscal
    assert income_year_label(year) == income
    assert year_title(year) == f"{fiscal}（{income}）"


def test_english_names_stand_beside() -> None:
    assert fiscal_year_label_en(2019) == "fiscal year 2019 (Heisei 31 / Reiwa 1)"
    assert income_year_label_en(2020) == "income of 2019 (Heisei 31 / Reiwa 1)"


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2019, 4, 30), "平成31年4月30日"),
        (date(2019, 5, 1), "令和元年5月1日"),
        (date(1989, 1, 7), "昭和64年1月7日"),
        (date(1989, 1, 8), "平成元年1月8日"),
        (date(1926, 12, 25), "昭和元年12月25日"),
        (date(1912, 7, 29), "明治45年7月29日"),
        (date(1912, 7, 30), "大正元年7月30日"),
    ],
)
def test_first_and_last_days_of_eras(day: date, text: str) -> None:
    assert japanese_date(day) == text


@given(DAYS)
def test_a_japanese_date_reads_back_to_the_same_day(day: date) -> None:
    found = WRITTEN.fullmatch(japanese_date(day))
    assert found
    number = 1 if found[2] == "元" else int(found[2])
    begins = era_of(day).begins
    assert found[1] == era_of(day).name
    assert date(begins.year + number - 1, int(found[3]), int(found[4])) == day


@given(DAYS)
def test_eras_follow_each_other_without_a_gap(day: date) -> None:
    assert era_of(day).begins <= day
    assert era_of(day + timedelta(days=1)).begins >= era_of(day).begins


@given(YEARS)
def test_every_year_has_its_own_name(year: int) -> None:
    assert "1年度" not in re.findall(r"(?<![0-9])1年度", fiscal_year_label(year))
    others = {fiscal_year_label(other) for other in range(max(FIRST_FISCAL_YEAR, year - 40), year)}
    assert fiscal_year_label(year) not in others
    assert income_year_label(year).endswith("分")
    assert assessment_date(year) == date(year, 1, 1)


@pytest.mark.parametrize("year", [0, FIRST_FISCAL_YEAR - 1, LAST_FISCAL_YEAR + 1])
def test_a_year_typed_wrongly_is_refused(year: int) -> None:
    with pytest.raises(ValueError, match="fiscal year"):
        fiscal_year_label(year)


def test_a_day_before_the_gregorian_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="1873"):
        japanese_date(date(1872, 12, 31))


def test_foreign_residents_birth_dates_are_gregorian() -> None:
    assert birth_date(date(1985, 3, 4), foreign=True) == "1985年3月4日"
    assert birth_date(date(1985, 3, 4), foreign=False) == "昭和60年3月4日"

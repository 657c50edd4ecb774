"""Entries of the parameter table for income beside wages and pensions, for what was spent, and for credits."""

from __future__ import annotations

from datetime import date

from msgspec import Struct


class Dated(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"first": "from", "last": "to"}):
    """What every entry carries: from which to which fiscal year it holds, and the law it comes from."""

    first: int
    last: int
    source: str


class _Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of an entry."""


class PercentBand(_Part, frozen=True, kw_only=True):
    """amount = paid x percent / 100 + plus, for payments up to and including `up_to`."""

    up_to: int
    percent: int
    plus: int


class Occasional(Dated, frozen=True, kw_only=True):
    """一時所得: the special deduction, and how much of the rest counts."""

    special_deduction: int
    percent: int


class CasualtyDeduction(Dated, frozen=True, kw_only=True):
    """雑損控除: the loss above a share of the income, or the disaster's costs above an amount."""

    income_percent: int
    disaster_over: int


class MedicalDeduction(Dated, frozen=True, kw_only=True):
    """医療費控除: what exceeds the smaller of an amount and a share of the income, up to a cap."""

    over: int
    income_percent: int
    cap: int


class LifeInsurance(Dated, frozen=True, kw_only=True):
    """生命保険料控除: contracts from 2012 on (new) and before (old), a cap per kind and one for all."""

    new: tuple[PercentBand, ...]
    new_cap: int
    old: tuple[PercentBand, ...]
    old_cap: int
    total_cap: int


class Earthquake(Dated, frozen=True, kw_only=True):
    """地震保険料控除, with the older long-term casualty insurance (旧長期損害保険)."""

    percent: int
    old: tuple[PercentBand, ...]
    old_cap: int
    cap: int


class StudentDeduction(Dated, frozen=True, kw_only=True):
    """勤労学生控除, and its statutory difference from income tax."""

    income_limit: int
    unearned_limit: int
    amount: int
    difference: int


class Rate(_Part, frozen=True, kw_only=True):
    """A rate in thousandths, the ward's and the metropolis's."""

    ward: int
    metropolitan: int


class SeparateLevy(Dated, frozen=True, kw_only=True):
    """分離課税: rates in thousandths of each base."""

    short_transfer: Rate
    long_transfer: Rate
    listed_dividends: Rate
    unlisted_shares: Rate
    listed_shares: Rate
    futures: Rate
    forestry: Rate
    retirement: Rate


class DividendCredit(Dated, frozen=True, kw_only=True):
    """配当控除: one rate up to a base, another for the dividends that lie above it."""

    base_threshold: int
    below: Rate
    above: Rate


class HousingPeriod(_Part, frozen=True, kw_only=True):
    """By the day of moving in: a share of the income tax's base, and a cap."""

    moved_in_from: date
    moved_in_to: date
    percent: int
    cap: int


class HousingCredit(Dated, frozen=True, kw_only=True):
    """住宅借入金等特別税額控除: what income tax could not take off."""

    periods: tuple[HousingPeriod, ...]


class DonationRow(_Part, frozen=True, kw_only=True):
    """The special rate, in 100,000ths, for bases up to `up_to`."""

    up_to: int
    rate: int


class DonationCredit(Dated, frozen=True, kw_only=True):
    """寄附金税額控除: the basic part, and the special part of ふるさと納税."""

    over: int
    income_percent: int
    ward_percent: int
    metropolitan_percent: int
    special: tuple[DonationRow, ...]
    special_cap_percent: int

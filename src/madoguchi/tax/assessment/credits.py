"""税額控除 after 調整控除, each taken from what the ones before have left: 配当, 住宅, 寄附金, 外国税額, 配当割等."""

from __future__ import annotations

from msgspec import Struct

from madoguchi.tax.assessment.declaration import Creditable, HousingLoan
from madoguchi.tax.assessment.parameters import YearRules
from madoguchi.tax.assessment.shares import NOTHING, Shares

_FIFTHS, _METROPOLITAN_FIFTHS = 5, 2
"""地方税法附則第5条の4の2, 第37条の3・第314条の8, 第37条の4・第314条の9: three fifths are the ward's."""
_RATE_WHOLE = 100_000


class Credits(Struct, frozen=True, kw_only=True):
    """What was taken off, in yen, both levies together; None where nothing is claimed."""

    dividend: int | None = None
    housing: int | None = None
    donation: int | None = None
    foreign: int | None = None
    at_source: int | None = None


class Ground(Struct, frozen=True, kw_only=True):
    """What the credits are measured by, in yen."""

    levy: Shares
    """所得割 after 調整控除."""
    base: int
    """課税総所得金額."""
    all_bases: int
    """With the bases that are taxed apart."""
    difference: int
    """人的控除額の差の合計."""
    gross_income: int
    dividend: int | None
    """配当所得 of 総合課税."""


NO_CREDITS = Credits()


def tax_credits(asked: Creditable, ground: Ground, rules: YearRules) -> tuple[Credits, Shares]:
    """The credits of a declaration, and the levies that they leave."""
    wanted = (
        dividend_credit(ground.dividend, ground.all_bases, rules) if ground.dividend else None,
        housing_credit(asked.housing, rules) if asked.housing else None,
        donation_credit(asked.donation, ground, rules) if asked.donation else None,
        in_fifths(asked.foreign_tax) if asked.foreign_tax else None,
        in_fifths(asked.levied_at_source) if asked.levied_at_source else None,
    )
    left, taken = ground.levy, []
    for each in wanted:
        own = None if each is None else Shares(min(each.ward, left.ward), min(each.metropolitan, left.metropolitan))
        left = left if own is None else Shares(left.ward - own.ward, left.metropolitan - own.metropolitan)
        taken.append(None if own is None else own.both)
    dividend, housing, donation, foreign, at_source = taken
    made = Credits(dividend=dividend, housing=housing, donation=donation, foreign=foreign, at_source=at_source)
    return made, left


def dividend_credit(dividend: int, all_bases: int, rules: YearRules) -> Shares:
    """配当控除: the part of the dividends that lies above 10 million yen of base gives half."""
    table = rules.dividend_credit
    above = min(dividend, max(0, all_bases - table.base_threshold))
    below = dividend - above
    return Shares(
        _up(below * table.below.ward + above * table.above.ward, 1_000),
        _up(below * table.below.metropolitan + above * table.above.metropolitan, 1_000),
    )


def housing_credit(loan: HousingLoan, rules: YearRules) -> Shares:
    """住宅借入金等特別税額控除: nothing for someone who moved in outside the periods of the law."""
    for period in rules.housing_credit.periods:
        if period.moved_in_from <= loan.moved_in <= period.moved_in_to:
            return in_fifths(min(loan.unused, loan.income_tax_base * period.percent // 100, period.cap))
    return NOTHING


def donation_credit(donation: int, ground: Ground, rules: YearRules) -> Shares:
    """寄附金税額控除 of gifts to municipalities: the basic and the special part, each rounded up to a yen."""
    table = rules.donation_credit
    basic = max(0, min(donation, ground.gross_income * table.income_percent // 100) - table.over)
    rate = next(row.rate for row in table.special if ground.base - ground.difference <= row.up_to)
    special = max(0, donation - table.over) * rate
    metropolitan = _up(special * _METROPOLITAN_FIFTHS, _RATE_WHOLE * _FIFTHS)
    ward = _up(special * (_FIFTHS - _METROPOLITAN_FIFTHS), _RATE_WHOLE * _FIFTHS)
    return Shares(
        _up(basic * table.ward_percent, 100) + min(ward, ground.levy.ward * table.special_cap_percent // 100),
        _up(basic * table.metropolitan_percent, 100)
        + min(metropolitan, ground.levy.metropolitan * table.special_cap_percent // 100),
    )


def in_fifths(amount: int) -> Shares:
    """Three fifths of an amount to the ward, with the fraction of a yen, two to the metropolis."""
    metropolitan = amount * _METROPOLITAN_FIFTHS // _FIFTHS
    return Shares(amount - metropolitan, metropolitan)


def _up(amount: int, divisor: int) -> int:
    return -(-amount // divisor)

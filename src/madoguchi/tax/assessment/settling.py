"""損益通算 and losses carried over: from the kinds of income to 合計所得金額, 総所得金額等 and what is taxed apart.

A first step, enough for an ordinary resident's return: losses of business, agriculture, real estate, 総合譲渡 and
forestry are set off against other income (所得税法第69条, by 地方税法第32条第2項・第313条第2項). Left out: the part of
a real estate loss that comes from interest for land, the order in which 総合譲渡・一時 are set off before they are
halved, and the losses of a home's sale (居住用財産).
"""

from __future__ import annotations

from msgspec import Struct

from madoguchi.tax.assessment.declaration import OtherIncome
from madoguchi.tax.assessment.parameters import YearRules

_MISC_BUSINESS_FROM = 2021
"""From this fiscal year on 雑所得（業務） stands apart from the other 雑所得."""


class Kinds(Struct, frozen=True, kw_only=True):
    """What the certificate prints of each kind, named as in `taxes.csv`. A loss that counts as none is 0."""

    misc_business_income: int | None
    misc_other_income: int | None
    business_income: int | None
    agriculture_income: int | None
    real_estate_income: int | None
    interest_income: int | None
    dividend_income: int | None
    transfer_occasional_income: int | None
    short_transfer_income: int | None
    long_transfer_income: int | None
    unlisted_shares_income: int | None
    listed_shares_income: int | None
    listed_dividends_income: int | None
    futures_income: int | None
    forestry_income: int | None
    retirement_income: int | None
    family_employee_deduction: int | None


class Separate(Struct, frozen=True, kw_only=True):
    """Income that is taxed apart, never negative, in the order in which deductions reach it."""

    short_transfer: int
    long_transfer: int
    listed_dividends: int
    unlisted_shares: int
    listed_shares: int
    futures: int
    forestry: int
    retirement: int


class Settled(Struct, frozen=True, kw_only=True):
    """Where it all comes out, in yen."""

    kinds: Kinds
    total: int
    """合計所得金額. A loss that nothing takes up leaves 0."""
    carried: int | None
    """Losses of earlier years taken off; None where there are none."""
    gross: int
    """総所得金額等."""
    general: int
    """総所得金額 after losses carried over."""
    separate: Separate


def settle(plain: int, other: OtherIncome, rules: YearRules) -> Settled:
    """Settle a year. `plain` is the income from wages and pensions, in yen.

    1. Land: a short-term and a long-term result are set off against each other; a loss left counts as none.
    2. Listed shares: a loss is taken from the listed dividends; what is left counts as none this year.
    3. General income: everything else together; its loss is taken from forestry, then from retirement income.
    4. A forestry loss is taken from general income, then from retirement income.
    5. Losses carried over: from general, forestry and retirement income; those of listed shares from these shares, then
       from their dividends.
    """
    short, long = _against_each_other(other.short_transfer, other.long_transfer)
    listed, dividends = _taken(other.listed_shares, other.listed_dividends)
    kinds = _kinds(other, rules, land=(short, long), listed=(listed, dividends))
    general, forestry, retirement = _set_off(plain + _general(kinds), kinds.forestry_income or 0, other.retirement or 0)
    unlisted, futures = _not_negative(other.unlisted_shares) or 0, _not_negative(other.futures) or 0
    rest = (short or 0) + (long or 0) + unlisted + futures
    total = general + forestry + retirement + rest + (listed or 0) + (dividends or 0)
    (general, forestry, retirement), carried = _less(other.loss_carried, general, forestry, retirement)
    (listed, dividends), shares_carried = _less(other.shares_loss_carried, listed or 0, dividends or 0)
    return Settled(
        kinds=kinds,
        total=total,
        carried=carried + shares_carried if other.loss_carried or other.shares_loss_carried else None,
        gross=total - carried - shares_carried,
        general=general,
        separate=Separate(
            short_transfer=short or 0,
            long_transfer=long or 0,
            listed_dividends=dividends,
            unlisted_shares=unlisted,
            listed_shares=listed,
            futures=futures,
            forestry=forestry,
            retirement=retirement,
        ),
    )


def occasional_income(gain: int, rules: YearRules) -> int:
    """What counts of an 一時所得: half of what exceeds the special deduction, a fraction of a yen dropped."""
    return max(0, gain - rules.occasional.special_deduction) * rules.occasional.percent // 100


def _kinds(
    other: OtherIncome,
    rules: YearRules,
    *,
    land: tuple[int | None, int | None],
    listed: tuple[int | None, int | None],
) -> Kinds:
    misc_business, misc_other = _not_negative(other.misc_business), _not_negative(other.misc_other)
    if rules.fiscal_year < _MISC_BUSINESS_FROM:
        misc_business, misc_other = None, _sum(misc_business, misc_other)
    occasional = None if other.occasional is None else occasional_income(other.occasional, rules)
    return Kinds(
        misc_business_income=misc_business,
        misc_other_income=misc_other,
        business_income=other.business,
        agriculture_income=other.agriculture,
        real_estate_income=other.real_estate,
        interest_income=other.interest,
        dividend_income=other.dividend,
        transfer_occasional_income=_sum(other.transfer, occasional),
        short_transfer_income=land[0],
        long_transfer_income=land[1],
        unlisted_shares_income=_not_negative(other.unlisted_shares),
        listed_shares_income=listed[0],
        listed_dividends_income=listed[1],
        futures_income=_not_negative(other.futures),
        forestry_income=other.forestry,
        retirement_income=other.retirement,
        family_employee_deduction=other.family_employees,
    )


def _general(kinds: Kinds) -> int:
    """What belongs to 総所得金額 beside wages and pensions."""
    parts = (
        kinds.misc_business_income,
        kinds.misc_other_income,
        kinds.business_income,
        kinds.agriculture_income,
        kinds.real_estate_income,
        kinds.interest_income,
        kinds.dividend_income,
        kinds.transfer_occasional_income,
    )
    return sum(part or 0 for part in parts)


def _set_off(general: int, forestry: int, retirement: int) -> tuple[int, int, int]:
    """Steps 3 and 4. A loss that nothing takes up leaves 0 here; it is carried to the next year."""
    if general < 0:
        (forestry, retirement), _ = _less(-general, forestry, retirement)
    if forestry < 0:
        (general, retirement), _ = _less(-forestry, general, retirement)
    return max(0, general), max(0, forestry), retirement


def _less(loss: int, *amounts: int) -> tuple[tuple[int, ...], int]:
    """The amounts less a loss, taken from the positive ones in their order, and how much of it was taken."""
    left, rest = [], loss
    for amount in amounts:
        taken = min(rest, max(0, amount))
        left.append(amount - taken)
        rest -= taken
    return tuple(left), loss - rest


def _against_each_other(one: int | None, other: int | None) -> tuple[int | None, int | None]:
    """Two results, the loss of one taken from the gain of the other."""
    if one is not None and one < 0:
        return _taken(one, other)
    second, first = _taken(other, one)
    return first, second


def _taken(loss: int | None, gain: int | None) -> tuple[int | None, int | None]:
    """A result and another from which its loss is taken, neither below 0 afterwards."""
    if loss is None or loss >= 0 or gain is None:
        return _not_negative(loss), _not_negative(gain)
    return 0, max(0, gain + loss)


def _not_negative(amount: int | None) -> int | None:
    return None if amount is None else max(0, amount)


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None and other is None else (one or 0) + (other or 0)

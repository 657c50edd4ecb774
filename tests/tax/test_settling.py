"""損益通算 and losses carried over, worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.tax.assessment import FISCAL_YEARS, OtherIncome, year_rules
from madoguchi.tax.assessment.settling import Settled, occasional_income, settle

RULES = year_rules(2026)


def settled(plain: int, **kinds: int) -> Settled:
    return settle(plain, OtherIncome(**kinds), RULES)


def test_a_business_loss_is_taken_from_the_wages() -> None:
    made = settled(3_000_000, business=-1_200_000)
    # 3,000,000 - 1,200,000
    assert (made.total, made.gross, made.general, made.carried) == (1_800_000, 1_800_000, 1_800_000, None)
    assert made.kinds.business_income == -1_200_000


@pytest.mark.parametrize("kind", ["business", "agriculture", "real_estate", "transfer", "forestry"])
def test_each_kind_of_loss_that_may_be_set_off_is(kind: str) -> None:
    assert settled(3_000_000, **{kind: -400_000}).total == 2_600_000


@pytest.mark.parametrize("kind", ["unlisted_shares", "listed_shares", "futures", "short_transfer", "long_transfer"])
def test_a_loss_of_what_is_taxed_apart_counts_as_none(kind: str) -> None:
    made = settled(3_000_000, **{kind: -400_000})
    assert made.total == 3_000_000
    prefix = {"unlisted_shares": "unlisted_shares_income", "listed_shares": "listed_shares_income"}
    assert getattr(made.kinds, prefix.get(kind, f"{kind}_income")) == 0


def test_a_loss_that_nothing_takes_up_leaves_zero() -> None:
    made = settled(0, business=-1_234_567)
    assert (made.total, made.gross, made.kinds.business_income) == (0, 0, -1_234_567)


def test_a_general_loss_goes_on_to_forestry_and_then_to_retirement() -> None:
    made = settled(500_000, real_estate=-2_000_000, forestry=600_000, retirement=4_000_000)
    # general 500,000 - 2,000,000 = -1,500,000; forestry 600,000 - 600,000; retirement 4,000,000 - 900,000
    assert (made.general, made.separate.forestry, made.separate.retirement) == (0, 0, 3_100_000)
    assert made.total == 3_100_000


def test_a_forestry_loss_is_taken_from_general_income_first() -> None:
    made = settled(700_000, forestry=-1_000_000, retirement=2_000_000)
    # general 700,000 - 700,000; retirement 2,000,000 - 300,000
    assert (made.general, made.separate.retirement, made.total) == (0, 1_700_000, 1_700_000)


def test_a_short_and_a_long_land_sale_are_set_off_against_each_other() -> None:
    made = settled(0, short_transfer=-3_000_000, long_transfer=5_000_000)
    assert (made.kinds.short_transfer_income, made.kinds.long_transfer_income) == (0, 2_000_000)
    made = settled(0, short_transfer=1_000_000, long_transfer=-4_000_000)
    assert (made.kinds.short_transfer_income, made.kinds.long_transfer_income) == (0, 0)
    made = settled(0, short_transfer=1_000_000, long_transfer=4_000_000)
    assert (made.separate.short_transfer, made.separate.long_transfer, made.total) == (1_000_000, 4_000_000, 5_000_000)


def test_a_loss_of_listed_shares_is_taken_from_their_dividends_only() -> None:
    made = settled(2_000_000, listed_shares=-300_000, listed_dividends=120_000)
    assert (made.kinds.listed_shares_income, made.kinds.listed_dividends_income, made.total) == (0, 0, 2_000_000)
    made = settled(2_000_000, listed_shares=-300_000, listed_dividends=420_000)
    assert (made.kinds.listed_dividends_income, made.total) == (120_000, 2_120_000)


def test_a_loss_carried_over_leaves_the_total_income_and_lowers_the_gross() -> None:
    made = settled(0, business=4_512_300, loss_carried=1_800_000)
    # 4,512,300 - 1,800,000
    assert (made.total, made.carried, made.gross, made.general) == (4_512_300, 1_800_000, 2_712_300, 2_712_300)


def test_no_more_is_carried_over_than_there_is_income() -> None:
    made = settled(500_000, retirement=200_000, loss_carried=900_000)
    assert (made.total, made.carried, made.gross) == (700_000, 700_000, 0)
    apart = settled(0, long_transfer=5_000_000, loss_carried=900_000)
    assert (apart.carried, apart.gross) == (0, 5_000_000)  # 純損失 does not reach land


def test_a_carried_loss_of_listed_shares_reaches_shares_and_then_dividends() -> None:
    made = settled(1_000_000, listed_shares=300_000, listed_dividends=200_000, shares_loss_carried=450_000)
    assert (made.separate.listed_shares, made.separate.listed_dividends) == (0, 50_000)
    assert (made.total, made.carried, made.gross) == (1_500_000, 450_000, 1_050_000)


@pytest.mark.parametrize(("gain", "counts"), [(400_000, 0), (500_000, 0), (500_001, 0), (1_460_001, 480_000)])
def test_half_of_an_occasional_income_above_500000_counts(gain: int, counts: int) -> None:
    assert occasional_income(gain, RULES) == counts


def test_transfer_and_occasional_stand_together() -> None:
    # half of what exceeds 500,000 is 480,000, less the loss of 300,000
    assert settled(0, transfer=-300_000, occasional=1_460_000).kinds.transfer_occasional_income == 180_000


def test_misc_business_stands_apart_from_2021() -> None:
    other = OtherIncome(misc_business=70_000, misc_other=5_000)
    before, after = settle(0, other, year_rules(2020)), settle(0, other, year_rules(2021))
    assert (before.kinds.misc_business_income, before.kinds.misc_other_income) == (None, 75_000)
    assert (after.kinds.misc_business_income, after.kinds.misc_other_income) == (70_000, 5_000)
    assert before.total == after.total == 75_000


LOSSES = ("business", "agriculture", "real_estate", "transfer", "forestry", "listed_shares", "short_transfer")
GAINS = ("misc_other", "dividend", "retirement", "futures", "listed_dividends", "loss_carried", "shares_loss_carried")
AMOUNTS = st.fixed_dictionaries(
    {name: st.integers(-(10**8), 10**8) for name in LOSSES} | {name: st.integers(0, 10**8) for name in GAINS}
)


@given(st.integers(0, 10**8), AMOUNTS, st.sampled_from(FISCAL_YEARS))
def test_what_is_taxed_adds_up_to_the_gross_income(plain: int, amounts: dict[str, int], year: int) -> None:
    made = settle(plain, OtherIncome(**amounts), year_rules(year))
    apart = made.separate
    parts = (
        apart.short_transfer, apart.long_transfer, apart.listed_dividends, apart.unlisted_shares, apart.listed_shares,
        apart.futures, apart.forestry, apart.retirement,
    )  # fmt: skip
    assert min(made.general, *parts) >= 0
    assert made.general + sum(parts) == made.gross
    assert made.gross == made.total - (made.carried or 0)
    assert 0 <= (made.carried or 0) <= amounts["loss_carried"] + amounts["shares_loss_carried"]

"""The part of the cast that has more than wages or a pension: every field of the certificate is on someone's paper."""

from __future__ import annotations

from datetime import date
from typing import Any

from madoguchi.dummy.affairs import every_year, newest_years
from madoguchi.tax.assessment import Creditable, HousingLoan, OtherIncome, Spending

_HOUSE = HousingLoan(unused=118_400, income_tax_base=2_310_000, moved_in=date(2016, 3, 20))

AFFAIRS: dict[str, dict[str, Any]] = {
    # A loss that nothing takes up: 合計所得金額 is 0, the year 非課税.
    "business_loss": {"other": newest_years(OtherIncome(business=2_600_000), OtherIncome(business=-1_234_567))},
    # The loss of 2025 is carried into 2026, with 事業専従者控除.
    "carried_over_loss": {
        "other": newest_years(
            OtherIncome(business=-1_800_000),
            OtherIncome(business=4_512_300, family_employees=860_000, loss_carried=1_800_000),
        ),
        "spent": newest_years(Spending(small_enterprise=840_000)),
    },
    "shareholder": {
        "other": every_year(
            OtherIncome(
                dividend=340_000,
                unlisted_shares=410_000,
                listed_shares=1_250_300,
                listed_dividends=286_000,
                futures=95_000,
                shares_loss_carried=450_000,
            )
        ),
        "creditable": every_year(Creditable(levied_at_source=54_300)),
    },
    "landlord": {"other": newest_years(OtherIncome(real_estate=3_120_000), OtherIncome(real_estate=-712_000))},
    "farmer": {
        "other": every_year(
            OtherIncome(agriculture=1_830_000, forestry=640_000, misc_business=75_000, misc_other=9_800)
        )
    },
    "working_student": {"student": True},
    "housing_loan": {
        "spent": every_year(
            Spending(life_new=96_000, care_new=24_000, annuity_old=84_000, earthquake=38_000, small_enterprise=276_000)
        ),
        "creditable": every_year(Creditable(housing=_HOUSE, donation=42_000)),
    },
    "land_sale": {
        "other": newest_years(
            OtherIncome(transfer=-300_000, occasional=1_460_000, short_transfer=2_340_000, long_transfer=8_765_000)
        )
    },
    "retired_abroad": {
        "other": newest_years(OtherIncome(retirement=5_400_000, interest=120_000)),
        "creditable": newest_years(Creditable(foreign_tax=31_000)),
    },
    "medical_and_casualty": {
        "spent": newest_years(Spending(casualty_loss=980_000, disaster_cost=120_000, medical=463_800))
    },
}
"""Case → the facts of its person."""

"""How the tax of a fiscal year comes about, from one dated and cited parameter table (`parameters.toml`).

`assess(Declaration(...))` is pure and gives every figure of the year as an `Assessment`. Covered: every kind of
income that a certificate prints, 所得金額調整控除, 損益通算 and losses carried over in a first step (`settling`), every
deduction, the credits, 所得割 with 分離課税, 均等割, 非課税, 森林環境税, 定額減税.
"""

from madoguchi.tax.assessment.assess import Assessment, assess
from madoguchi.tax.assessment.declaration import (
    Creditable,
    Declaration,
    HousingLoan,
    OtherIncome,
    Relative,
    Spending,
)
from madoguchi.tax.assessment.parameters import FISCAL_YEARS, YearRules, table, year_rules

__all__ = [
    "FISCAL_YEARS",
    "Assessment",
    "Creditable",
    "Declaration",
    "HousingLoan",
    "OtherIncome",
    "Relative",
    "Spending",
    "YearRules",
    "assess",
    "table",
    "year_rules",
]

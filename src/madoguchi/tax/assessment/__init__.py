"""How the tax of a fiscal year comes about, from one dated and cited parameter table (`parameters.toml`).

`assess(Declaration(...))` is pure and gives every figure of the year as an `Assessment`. Covered: employment and
pension income, 所得金額調整控除, the personal deductions, 調整控除, 所得割, 均等割, 非課税, 森林環境税, 定額減税.
総所得金額等 equals 合計所得金額 here, as there are no losses to carry over.
"""

from madoguchi.tax.assessment.assess import Assessment, assess
from madoguchi.tax.assessment.declaration import Declaration, Relative
from madoguchi.tax.assessment.parameters import FISCAL_YEARS, YearRules, table, year_rules

__all__ = ["FISCAL_YEARS", "Assessment", "Declaration", "Relative", "YearRules", "assess", "table", "year_rules"]

"""What the assessment can refuse."""

from __future__ import annotations

from madoguchi.errors import PublicReason, Text, problem

_ASK = Text("お手続きについては区の窓口へお問い合わせください。", "Please ask your ward office.")

UNKNOWN_YEAR = problem(
    "tax.unknown_year",
    status=422,
    public_reason=PublicReason.NOT_OFFERED,
    resident=_ASK,
    clerk=Text("この年度の税の計算規則がありません。", "There are no assessment rules for this fiscal year."),
    engineer="add the year to tax/assessment/parameters.toml, each entry with its source",
)
NOT_IN_THIS_YEAR = problem(
    "tax.not_in_this_year",
    status=422,
    public_reason=PublicReason.ASK_YOUR_WARD,
    resident=_ASK,
    clerk=Text("この年度にはない控除の区分です。", "This kind of deduction does not exist in this fiscal year."),
    engineer="寡夫 and 特別寡婦 end with 2020, ひとり親 begins with 2021",
)

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
NOT_AMENDABLE = problem(
    "tax.not_amendable",
    status=422,
    public_reason=PublicReason.ASK_YOUR_WARD,
    resident=_ASK,
    clerk=Text(
        "その項目は計算で決まるため、直接は更正できません。", "That item follows from others and cannot be given."
    ),
    engineer="The cause names it; tax.assessment.reassess.AMENDABLE lists what can be given.",
)
NOT_TRACEABLE = problem(
    "tax.not_traceable",
    status=409,
    public_reason=PublicReason.ASK_YOUR_WARD,
    resident=_ASK,
    clerk=Text(
        "台帳の数字から申告内容を復元できないため、自動では更正できません。",
        "The declaration cannot be rebuilt from the ledger's figures, so it is not amended by rule.",
    ),
    engineer="Load a corrected export instead; the dummy ledger keeps figures, not declarations.",
)

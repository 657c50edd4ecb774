"""Problems of the tax system's own work."""

from __future__ import annotations

from madoguchi.errors import Problem, PublicReason, Text, problem

_RESIDENT = Text("区役所の窓口へお問い合わせください。", "Please ask at the ward office counter.")

NO_SUCH_PERSON = problem(
    "tax.no_such_person",
    status=404,
    public_reason=PublicReason.ASK_YOUR_WARD,
    resident=_RESIDENT,
    clerk=Text("その宛名番号の方は台帳にいません。", "Nobody in the ledger has that addressee number."),
    engineer="The addressee number is not in the table residents.",
)
EMPTY_LEDGER = problem(
    "tax.empty_ledger",
    status=503,
    public_reason=PublicReason.TRY_LATER,
    resident=_RESIDENT,
    clerk=Text("税の台帳が空です。先にデータを取り込んでください。", "The tax ledger is empty; load records first."),
    engineer="Run `./madoguchi tax load --config FILE DIR`.",
)


def _desk(what: str, ja: str, en: str, engineer: str, *, status: int = 409) -> Problem:
    """Register a problem of a clerk's entry. A resident never meets it."""
    return problem(
        f"tax.{what}",
        status=status,
        public_reason=PublicReason.ASK_YOUR_WARD,
        resident=_RESIDENT,
        clerk=Text(ja, en),
        engineer=engineer,
    )


NO_SUCH_YEAR = _desk(
    "no_such_year",
    "その方のその年度の課税データはありません。",
    "The person has no tax record of that year.",
    "No row in the table taxes.",
    status=404,
)
NO_SUCH_INSTALMENT = _desk(
    "no_such_instalment",
    "その期別はありません。",
    "There is no such instalment.",
    "No row in the table instalments with that person, year, collection and number.",
    status=404,
)
NOT_OVERPAID = _desk(
    "not_overpaid",
    "還付額が過誤納額を超えています。",
    "More would be refunded than was paid too much.",
    "amount_refunded is at most amount_paid less amount_due.",
)
RECEIPT_TAKEN = _desk(
    "receipt_taken",
    "その領収番号は別の納付で使われています。",
    "That receipt number belongs to another payment.",
    "The table receipts has it with another person, instalment or amount.",
)
NOT_ASSESSED = _desk(
    "not_assessed",
    "申告済で当区課税の年度だけを更正できます。",
    "Only a declared year that is levied here can be amended or corrected.",
    "status declared or under_correction, and levied_here.",
)
NO_SNAPSHOT_YET = _desk(
    "no_snapshot_yet",
    "先に全件データを作成してください。",
    "A snapshot of everything must come first.",
    "A delta or a snapshot of one year builds on an earlier package.",
)

"""Problems of the tax system's own work."""

from __future__ import annotations

from madoguchi.errors import PublicReason, Text, problem

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

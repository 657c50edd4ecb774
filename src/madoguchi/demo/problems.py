"""Problems of the demonstration itself."""

from __future__ import annotations

from madoguchi.errors import PublicReason, Text, problem

_RESIDENT = Text("デモを開始できませんでした。", "The demonstration could not start.")

NOT_STARTED = problem(
    "demo.not_started",
    status=500,
    public_reason=PublicReason.TRY_LATER,
    resident=_RESIDENT,
    clerk=Text("いずれかのプロセスが起動しませんでした。", "One of the processes did not start."),
    engineer="See stderr.txt and the log of the process named in the cause.",
)
NO_PAPER = problem(
    "demo.no_paper",
    status=500,
    public_reason=PublicReason.TRY_LATER,
    resident=_RESIDENT,
    clerk=Text("証明書が交付されませんでした。", "No certificate came out."),
    engineer="The kiosk ended on another screen than `done`: the cause names it and its code.",
)
OTHERWISE = problem(
    "demo.otherwise",
    status=500,
    public_reason=PublicReason.TRY_LATER,
    resident=_RESIDENT,
    clerk=Text("想定した理由では断られませんでした。", "It was not refused for the reason that the case stands for."),
    engineer="The cause names the case and how the kiosk ended; the parties' logs say what they refused.",
)
NO_CARD = problem(
    "demo.no_card",
    status=409,
    public_reason=PublicReason.TRY_LATER,
    resident=_RESIDENT,
    clerk=Text(
        "住基の一覧に、この発行番号の有効な電子証明書がちょうど一つある必要があります。",
        "The registry's list must hold exactly one valid certificate with this serial.",
    ),
    engineer="Choose a serial of serials.csv whose status is valid and which one CA generation gave out.",
)
NO_BROWSER = problem(
    "demo.no_browser",
    status=500,
    public_reason=PublicReason.TRY_LATER,
    resident=Text("取り扱いを停止しました。", "The service has been stopped."),
    clerk=Text("録画に使うブラウザーがありません。", "There is no browser to record with."),
    engineer="`./madoguchi test` as root installs Debian's chromium and Playwright; the cause says which is missing.",
)

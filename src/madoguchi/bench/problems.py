"""What a measurement must never find."""

from __future__ import annotations

from madoguchi.errors import PublicReason, Text, problem

CROSSED = problem(
    "bench.crossed",
    status=500,
    public_reason=PublicReason.TRY_LATER,
    resident=Text("取り扱いを停止しました。", "The service has been stopped."),
    clerk=Text(
        "申請者のものではない証明書、または証明書のない交付がありました。直ちに調査してください。",
        "A paper that was not the applicant's, or an issue without its paper, was found. Investigate at once.",
    ),
    engineer="The independent reader compared every printed front with the record of the card's holder.",
)
WRONG_PAGE = problem(
    "bench.wrong_page",
    status=500,
    public_reason=PublicReason.TRY_LATER,
    resident=Text("取り扱いを停止しました。", "The service has been stopped."),
    clerk=Text(
        "計測した証明書の記載が記録と一致しませんでした。計測結果は無効です。",
        "A certificate that was measured does not say what its record says. The figures are void.",
    ),
    engineer="A composed PDF was read back by its layout's boxes and compared with the facts; the cause names fields.",
)
WRONG_SHEET = problem(
    "bench.wrong_sheet",
    status=500,
    public_reason=PublicReason.TRY_LATER,
    resident=Text("取り扱いを停止しました。", "The service has been stopped."),
    clerk=Text(
        "計測した用紙が、正しく読み取れませんでした。計測結果は無効です。",
        "A sheet that was measured was not read as what it is. The figures are void.",
    ),
    engineer="`bench paper` decodes every naive back; `bench verify` expects genuine sheets compared and unchanged.",
)
FEED_WRONG = problem(
    "bench.feed_wrong",
    status=500,
    public_reason=PublicReason.TRY_LATER,
    resident=Text("取り扱いを停止しました。", "The service has been stopped."),
    clerk=Text(
        "取り込んだ課税データが送ったものと一致しませんでした。計測結果は無効です。",
        "The tax data that were taken in are not those that were sent. The figures are void.",
    ),
    engineer="Rows are counted, and people of every copy looked up and compared; every application must be issued.",
)
NO_BROWSER = problem(
    "bench.no_browser",
    status=500,
    public_reason=PublicReason.TRY_LATER,
    resident=Text("取り扱いを停止しました。", "The service has been stopped."),
    clerk=Text("計測に使うブラウザーがありません。", "There is no browser to measure with."),
    engineer="`./madoguchi test` as root installs Debian's chromium and Playwright; the cause says which is missing.",
)

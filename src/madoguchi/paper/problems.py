"""What can go wrong with the paper's own marks."""

from __future__ import annotations

from typing import Final

from madoguchi.errors import PublicReason, Text, problem

_LATER: Final = Text(
    "ただいま証明書を交付できません。時間をおいてもう一度お試しください。",
    "Certificates cannot be issued right now. Please try again later.",
)

NUMBER_MALFORMED: Final = problem(
    "paper.number_malformed",
    status=422,
    public_reason=PublicReason.NOT_OFFERED,
    resident=Text("用紙番号を正しく入力してください。", "Please check the paper number."),
    clerk=Text("用紙番号の形式または検査文字が正しくありません。", "The paper number or its check symbol is wrong."),
    engineer="Not 26 Crockford base32 symbols and a check symbol, or the check fails.",
)
FRONT_CODE_UNREADABLE: Final = problem(
    "paper.front_code_unreadable",
    status=422,
    public_reason=PublicReason.NOT_OFFERED,
    resident=Text("証明書のコードを読み取れませんでした。", "The code on the certificate could not be read."),
    clerk=Text("証明書のコードを読み取れませんでした。", "The code on the certificate could not be read."),
    engineer="No QR with our prefix in the picture, more than one, or not Base45.",
)
FRONT_CODE_MALFORMED: Final = problem(
    "paper.front_code_malformed",
    status=422,
    public_reason=PublicReason.NOT_OFFERED,
    resident=Text("証明書のコードの内容が正しくありません。", "The code on the certificate is not valid."),
    clerk=Text("証明書のコードの内容が正しくありません。", "The code on the certificate is not valid."),
    engineer="The statement inside is not a front code of this version, or too large for its square.",
)
BACK_FAILED: Final = problem(
    "paper.back_failed",
    status=500,
    public_reason=PublicReason.TRY_LATER,
    resident=_LATER,
    clerk=Text("用紙の裏面を作成できませんでした。", "The back of the sheet could not be made."),
    engineer="The typesetter failed, or its output is not one page.",
)
LAYING_REFUSED: Final = problem(
    "paper.laying_refused",
    status=500,
    public_reason=PublicReason.TRY_LATER,
    resident=_LATER,
    clerk=Text(
        "証明書と用紙の枚数などが一致しないため、印刷を中止しました。",
        "Pages and marks do not match; nothing was printed.",
    ),
    engineer="Page count, page size or a mark's shape is not what laying expects; the cause says which.",
)
_SCRAMBLE_UNREAD: Final = Text(
    "裏面の画像から表面を復元できませんでした。裏面全体を、明るいところで、はっきり写してください。",
    "The front could not be restored from the back. Please take the whole back in good light, sharply.",
)
SCRAMBLE_NOT_FOUND: Final = problem(
    "paper.scramble_not_found",
    status=422,
    public_reason=PublicReason.NOT_OFFERED,
    resident=_SCRAMBLE_UNREAD,
    clerk=Text("画像にスクランブル画像が見つかりません。", "The picture shows no scramble image."),
    engineer="Not one marker of the field, or no pilots where the markers say that they are.",
)
SCRAMBLE_DAMAGED: Final = problem(
    "paper.scramble_damaged",
    status=422,
    public_reason=PublicReason.NOT_OFFERED,
    resident=_SCRAMBLE_UNREAD,
    clerk=Text(
        "スクランブル画像の損傷が大きいか、読み取りが不鮮明です。",
        "The scramble image is damaged too much, or was scanned unclearly.",
    ),
    engineer="Header, codewords or authentication failed; the cause says which. Nothing of the content is believed.",
)
SCRAMBLE_TOO_LARGE: Final = problem(
    "paper.scramble_too_large",
    status=500,
    public_reason=PublicReason.TRY_LATER,
    resident=_LATER,
    clerk=Text("用紙の裏面を作成できませんでした。", "The back of the sheet could not be made."),
    engineer="More octets than the field holds at the weakest rate.",
)
_CHART: Final = Text(
    "調整チャートを使用できませんでした。",
    "The calibration chart could not be used.",
)
CHART_NOT_FOUND: Final = problem(
    "paper.chart_not_found",
    status=422,
    public_reason=PublicReason.NOT_OFFERED,
    resident=_CHART,
    clerk=Text(
        "画像に調整チャートが見つかりません。チャートの全体を、グレーかカラー、300〜600 dpi で読み取ってください。",
        "The picture shows no calibration chart. Scan the whole printed chart in grey or colour at 300 to 600 dpi.",
    ),
    engineer="Not all four markers and one code of a chart of this version, or too few or too many pixels.",
)
CHART_UNUSABLE: Final = problem(
    "paper.chart_unusable",
    status=422,
    public_reason=PublicReason.NOT_OFFERED,
    resident=_CHART,
    clerk=Text(
        "調整チャートの濃さが段階どおりに変わっていません。拡大・縮小や画質補正をせずに、印刷と読み取りをやり直してください。",
        "The chart's steps do not get darker one by one. Print and scan it again, without scaling or enhancement.",
    ),
    engineer="The difference between word and ground does not rise evenly with the steps; the cause says how it does.",
)
CHART_OUT_OF_RANGE: Final = problem(
    "paper.chart_out_of_range",
    status=422,
    public_reason=PublicReason.NOT_OFFERED,
    resident=_CHART,
    clerk=Text(
        "文字と地が同じ濃さになる段階がチャートにありません。最初の段階を変えて、チャートを印刷し直してください。",
        "Word and ground look alike at none of the chart's steps. Print another chart that begins at another step.",
    ),
    engineer="The line through the steps is zero outside of them; the cause says where. See `chart --first`.",
)

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

"""Why a paper could not be checked. None of these says that a paper is forged."""

from __future__ import annotations

from madoguchi.errors import PublicReason, Text, problem

UNREADABLE = problem(
    "verify.unreadable",
    status=400,
    public_reason=PublicReason.TRY_LATER,
    resident=Text(
        "このファイルは開けません。写真（JPEG・PNG）かPDFをお使いください。",
        "This file cannot be opened. Please use a photo (JPEG, PNG) or a PDF.",
    ),
    clerk=Text("画像またはPDFとして開けないファイルです。", "The file opens neither as a picture nor as a PDF."),
    engineer="Not PNG, JPEG, TIFF or PDF, or larger than the limits in verify/pictures.py.",
)
NO_CODE = problem(
    "verify.no_code",
    status=400,
    public_reason=PublicReason.TRY_LATER,
    resident=Text(
        "証明書の右上の四角いコードが見つかりません。明るいところで、コード全体を写してください。",
        "No certificate code was found. Take the photo in good light with the whole square code in view.",
    ),
    clerk=Text("画像に証明書のコードがありません。", "The picture holds no certificate code."),
    engineer="No QR with our prefix, or several that differ.",
)
NOT_NOW = problem(
    "verify.not_now",
    status=503,
    public_reason=PublicReason.TRY_LATER,
    resident=Text(
        "ただいま確認できません。しばらくしてから、もう一度お試しください。",
        "Papers cannot be checked right now. Please try again later.",
    ),
    clerk=Text(
        "信頼リストが使えないため、署名を確認できません。",
        "The trust list cannot be used: no signature can be checked.",
    ),
    engineer="The cause names the problem of the trust list; a list lives 24 hours.",
)
OTHER_FRONT = problem(
    "verify.other_front",
    status=400,
    public_reason=PublicReason.TRY_LATER,
    resident=Text(
        "裏面の内容は、自治体が署名したものと一致しません。",
        "What the back contains is not what the ward has signed.",
    ),
    clerk=Text(
        "裏面から復元した内容が、自治体の署名と一致しません。",
        "What was restored from the back does not agree with the ward's signature.",
    ),
    engineer="The front code inside the scramble image is the ward's, but of another paper or page description.",
)
NOT_ALIGNED = problem(
    "verify.not_aligned",
    status=422,
    public_reason=PublicReason.TRY_LATER,
    resident=Text(
        "表面の写真が、復元した表面と重なりませんでした。用紙の全体が写るように撮り直してください。",
        "The picture of the front does not fit the restored front. Please take it again, the whole sheet in view.",
    ),
    clerk=Text("画像の位置合わせができませんでした。", "The picture could not be aligned."),
    engineer="Too few points of the picture look like the front: another page, a part of it, or too coarse.",
)
LAYOUT_UNKNOWN = problem(
    "verify.layout_unknown",
    status=422,
    public_reason=PublicReason.TRY_LATER,
    resident=Text(
        "この様式の表面は、ここでは描き直せません。復元した内容を目で見比べてください。",
        "The front of this layout cannot be drawn here. Please compare the restored content by eye.",
    ),
    clerk=Text("この様式を持っていません。", "This program does not have the layout."),
    engineer="A ward's own layout, or an older one: `verify restore` shows the values.",
)
BUSY = problem(
    "verify.busy",
    status=503,
    public_reason=PublicReason.TRY_LATER,
    resident=Text(
        "ただいま混みあっています。少し待ってから、もう一度お試しください。",
        "Many papers are being checked just now. Please try again in a moment.",
    ),
    clerk=Text("同時に調べられる数に達しています。", "As many uploads as may be looked at are being looked at."),
    engineer="[looking] at_once and waiting_seconds; every look takes a processor for 1 to 5 s.",
)
TOO_MANY = problem(
    "verify.too_many",
    status=429,
    public_reason=PublicReason.TRY_LATER,
    resident=Text(
        "続けて送られた回数が多すぎます。少し待ってから、もう一度お試しください。",
        "Too many papers were sent in a short time. Please wait a moment and try again.",
    ),
    clerk=Text("回数の上限に達しました。", "The limit of checks was reached."),
    engineer="[limits] per_minute and burst, by address and for all together.",
)
NOT_LOOKED_AT = problem(
    "verify.not_looked_at",
    status=422,
    public_reason=PublicReason.TRY_LATER,
    resident=Text(
        "このファイルは調べられませんでした。紙の全体が写るように撮りなおすか、スキャンした別のファイルをお使いください。",
        "This file could not be examined. Please take the picture again with the whole sheet in view, or scan it.",
    ),
    clerk=Text("調べる処理が終わりませんでした。", "The examination did not come to an end."),
    engineer="The process for this upload died, hung, or went over its memory or time; the cause is its exit code.",
)

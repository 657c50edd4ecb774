"""Why a bundle is not made, or not taken."""

from __future__ import annotations

from madoguchi.errors import PublicReason, Text, problem

_TRY_LATER = Text("準備中です。", "Being prepared.")

NOT_MADE = problem(
    "bundle.not_made",
    status=500,
    public_reason=PublicReason.TRY_LATER,
    resident=_TRY_LATER,
    clerk=Text(
        "オフライン導入用バンドルを作成できません。", "The bundle for installation without internet cannot be made."
    ),
    engineer="The cause holds the last words of the program that failed (git, pip, apt-get).",
)
NOT_TAKEN = problem(
    "bundle.not_taken",
    status=403,
    public_reason=PublicReason.TRY_LATER,
    resident=_TRY_LATER,
    clerk=Text(
        "バンドルの署名または内容が一致しません。導入しないでください。",
        "Signature or content of the bundle does not match. Do not install it.",
    ),
    engineer="Altered, incomplete, or signed with another key. The cause names the file.",
)

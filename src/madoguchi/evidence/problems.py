"""When the record of what happened cannot be kept or does not hold together."""

from __future__ import annotations

from madoguchi.errors import PublicReason, Text, problem

BROKEN = problem(
    "evidence.broken",
    status=503,
    public_reason=PublicReason.TRY_LATER,
    resident=Text(
        "ただいまお取り扱いできません。お金はかかっていません。区役所の窓口をご利用ください。",
        "This service is not available right now. You have not been charged. Please use the ward office counter.",
    ),
    clerk=Text(
        "証跡の連鎖が一致しません。改変または欠落の疑いがあります。発行を止めて調査してください。",
        "The chain of evidence does not match: alteration or loss is suspected. Stop issuing and investigate.",
    ),
    engineer="An entry's hash does not follow from its content and the entry before it, or a position is missing.",
)

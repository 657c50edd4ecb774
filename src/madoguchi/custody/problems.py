"""When a receipt for plaintext data does not fit."""

from __future__ import annotations

from madoguchi.errors import PublicReason, Text, problem

NOT_HELD = problem(
    "custody.not_held",
    status=500,
    public_reason=PublicReason.TRY_LATER,
    resident=Text(
        "ただいまお取り扱いできません。お金はかかっていません。しばらくしてからもう一度お試しください。",
        "This service is not available right now. You have not been charged. Please try again later.",
    ),
    clerk=Text("消去記録に対応する保持記録がありません。", "An erasure has no matching record of holding."),
    engineer="erase() for a transaction that this holder does not hold open: a programming error or a changed table.",
)

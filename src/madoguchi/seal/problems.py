"""Why a seal does not open."""

from __future__ import annotations

from madoguchi.errors import PublicReason, Text, problem

DOES_NOT_OPEN = problem(
    "seal.does_not_open",
    status=403,
    public_reason=PublicReason.TRY_LATER,
    resident=Text(
        "通信の確認ができなかったため中止しました。お金はかかっていません。もう一度お試しください。",
        "We stopped because a message could not be verified. You have not been charged. Please try again.",
    ),
    clerk=Text(
        "この取引のものではない電文を破棄しました。",
        "A message that does not belong to this transaction was discarded.",
    ),
    engineer="HPKE authentication failed: another key, another transaction, another type, or altered bytes.",
)
OPENED_BEFORE = problem(
    "seal.opened_before",
    status=409,
    public_reason=PublicReason.TRY_LATER,
    resident=Text(
        "この取引はすでに終わっています。お金はかかっていません。もう一度最初からお試しください。",
        "This transaction has already ended. You have not been charged. Please start again.",
    ),
    clerk=Text("同じ電文がもう一度届いたため破棄しました。", "A repeated message was discarded."),
    engineer="A seal is opened once per (transaction, type): replay or a repeated delivery.",
)

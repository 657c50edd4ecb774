"""Problems of messages: bytes that are not what they should be."""

from __future__ import annotations

from madoguchi.errors import PublicReason, Text, problem

_TRY_LATER = Text(
    "ただいまお取り扱いできません。しばらくしてからもう一度お試しください。お金はかかっていません。",
    "This service is not available right now. Please try again later. You have not been charged.",
)

MALFORMED = problem(
    "wire.malformed",
    status=400,
    public_reason=PublicReason.TRY_LATER,
    resident=_TRY_LATER,
    clerk=Text("電文の形式が正しくないため受け付けませんでした。", "A message was refused because its form was wrong."),
    engineer="The body is not the deterministic CBOR of the expected type: look at the sender's version.",
)
"""Not CBOR, not deterministic, a missing or unknown field, a wrong type, a value out of range."""

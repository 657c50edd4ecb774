"""Why a statement is not believed. The resident sees none of the difference: nothing was signed, nothing is shown."""

from __future__ import annotations

from madoguchi.errors import Problem, PublicReason, Text, problem

_RESIDENT = Text(
    "通信の確認ができなかったため中止しました。お金はかかっていません。しばらくしてからもう一度お試しください。",
    "We stopped because a message could not be verified. You have not been charged. Please try again later.",
)
_CLERK = Text(
    "署名を確認できない電文を破棄しました。続く場合は通信経路と鍵を点検してください。",
    "A message whose signature could not be verified was discarded. If this continues, inspect the line and the keys.",
)

NOT_A_STATEMENT = problem(
    "statement.not_a_statement",
    status=400,
    public_reason=PublicReason.TRY_LATER,
    resident=_RESIDENT,
    clerk=_CLERK,
    engineer="The bytes are not a COSE_Sign1 of the one form that is accepted (RFC 9052 section 4.2).",
)
UNKNOWN_KEY = problem(
    "statement.unknown_key",
    status=403,
    public_reason=PublicReason.TRY_LATER,
    resident=_RESIDENT,
    clerk=_CLERK,
    engineer="No key of that id holds the needed role for that ward or operator in the trust list.",
)
KEY_NOT_VALID_NOW = problem(
    "statement.key_not_valid_now",
    status=403,
    public_reason=PublicReason.TRY_LATER,
    resident=_RESIDENT,
    clerk=_CLERK,
    engineer="The key's period in the trust list does not cover the time of verification: rotation or clock.",
)
BAD_SIGNATURE = problem(
    "statement.bad_signature",
    status=403,
    public_reason=PublicReason.TRY_LATER,
    resident=_RESIDENT,
    clerk=_CLERK,
    engineer="The signature does not verify over the bytes received.",
)
OTHER_MEANING = problem(
    "statement.other_meaning",
    status=403,
    public_reason=PublicReason.TRY_LATER,
    resident=_RESIDENT,
    clerk=_CLERK,
    engineer="A valid signature over another type, version, environment or signer than the one expected here.",
)


def _token(code: str, ja: str, en: str, engineer: str) -> Problem:
    """Register a problem of a key that lies in a PKCS#11 token."""
    return problem(
        f"statement.token_{code}",
        status=503,
        public_reason=PublicReason.TRY_LATER,
        resident=_RESIDENT,
        clerk=Text(ja, en),
        engineer=engineer,
    )


TOKEN_UNAVAILABLE = _token(
    "unavailable",
    "署名鍵の装置（HSM・ICカード等）に接続できません。",
    "The device that holds the signing key cannot be reached.",
    "The PKCS#11 module does not load, no token has that label, or the device failed; the cause says which.",
)
TOKEN_PIN = _token(
    "pin",
    "署名鍵の装置の暗証番号を確認できません。繰り返すと装置がロックされます。",
    "The PIN of the device that holds the signing key is wrong or missing. Repeating it may lock the device.",
    "The PIN's file or variable is missing, readable by others, or holds another PIN; the cause says which.",
)
TOKEN_KEY = _token(
    "key",
    "署名鍵の装置に、設定された鍵がありません。",
    "The device does not hold the configured signing key.",
    "None or several keys of that label and id, no public key object beside it, not P-256, or not a pair.",
)

"""What can go wrong between a kiosk and a card."""

from __future__ import annotations

from madoguchi.errors import MadoguchiError, PublicReason, Text, problem

_ASK = Text(
    "お住まいの区市町村の窓口で、カードの状態をご確認ください。",
    "Please have your card checked at the counter of your municipality.",
)
_AGAIN = Text(
    "カードを正しい位置に置きなおして、はじめからやりなおしてください。",
    "Please put the card on the reader again and start over.",
)

UNKNOWN = problem(
    "card.unknown",
    status=422,
    public_reason=PublicReason.CARD,
    resident=Text(
        "マイナンバーカードを置いてください。",
        "Please put your My Number Card on the reader.",
    ),
    clerk=Text("マイナンバーカード以外のカードが置かれました。", "A card other than a My Number Card was put."),
    engineer="SELECT of the JPKI application was not answered with 9000",
)
PIN_WRONG = problem(
    "card.pin_wrong",
    status=403,
    public_reason=PublicReason.CARD,
    resident=Text("暗証番号がちがいます。", "The PIN is not correct."),
    clerk=Text("暗証番号がちがいます。", "The PIN was wrong."),
    engineer="VERIFY answered 63 Cx",
)
PIN_LOCKED = problem(
    "card.pin_locked",
    status=403,
    public_reason=PublicReason.CARD,
    resident=Text(
        "暗証番号がロックされています。お住まいの区市町村の窓口で再設定してください。",
        "The PIN is locked. Please have it reset at the counter of your municipality.",
    ),
    clerk=Text("暗証番号が3回まちがえられ、ロックされています。", "The PIN was wrong three times and is locked."),
    engineer="VERIFY answered 63 C0, 69 83 or 69 84",
)
PIN_MALFORMED = problem(
    "card.pin_malformed",
    status=422,
    public_reason=PublicReason.CARD,
    resident=Text("4けたの数字を入力してください。", "Please enter four digits."),
    clerk=Text("暗証番号が4けたの数字ではありません。", "The PIN is not four digits."),
    engineer="refused before the card saw it: costs no try",
)
PIN_NEEDED = problem(
    "card.pin_needed",
    status=403,
    public_reason=PublicReason.CARD,
    resident=_AGAIN,
    clerk=Text("暗証番号の照合が済んでいません。", "The PIN has not been verified."),
    engineer="COMPUTE DIGITAL SIGNATURE answered 69 82",
)
ANSWER = problem(
    "card.answer",
    status=422,
    public_reason=PublicReason.CARD,
    resident=_AGAIN,
    clerk=Text("カードの応答が正しくありません。", "The card gave an answer that is not understood."),
    engineer="status word or answer length outside the dialect",
)
ALGORITHM = problem(
    "card.algorithm",
    status=422,
    public_reason=PublicReason.CARD,
    resident=_ASK,
    clerk=Text("このカードの方式には対応していません。", "The algorithm of this card is not supported."),
    engineer="the key of the certificate is none of card.algorithm, or the digest is not its digest",
)
TOKEN_UNKNOWN = problem(
    "card.token_unknown",
    status=422,
    public_reason=PublicReason.CARD,
    resident=Text(
        "この機械では使えない種類のカードまたはスマートフォンです。マイナンバーカードを置いてください。",
        "This kind of card or phone cannot be used at this machine. Please put your My Number Card on the reader.",
    ),
    clerk=Text(
        "対応していない種類のカードまたはスマートフォンが置かれました。",
        "A kind of card or phone that is not supported was put.",
    ),
    engineer="the token information (EF 0006) begins like none of card.token; nothing else was asked of it",
)
NOT_CONFIRMED = problem(
    "card.not_confirmed",
    status=403,
    public_reason=PublicReason.CARD,
    resident=Text(
        "スマートフォンで本人確認ができませんでした。お金はかかっていません。はじめからやりなおしてください。",
        "You were not confirmed on the phone. You have not been charged. Please start again.",
    ),
    clerk=Text(
        "スマートフォンの顔認証または指紋認証が行われませんでした。",
        "Face or finger was not confirmed on the phone.",
    ),
    engineer="an iPhone answered COMPUTE DIGITAL SIGNATURE with 69 82 or 69 85",
)


class PinWrongError(MadoguchiError):
    """`card.pin_wrong` with the tries that are left (1 or more)."""

    def __init__(self, tries_left: int) -> None:
        super().__init__(PIN_WRONG, cause=f"{tries_left} tries left")
        self.tries_left = tries_left


__all__ = [
    "ALGORITHM",
    "ANSWER",
    "NOT_CONFIRMED",
    "PIN_LOCKED",
    "PIN_MALFORMED",
    "PIN_NEEDED",
    "PIN_WRONG",
    "TOKEN_UNKNOWN",
    "UNKNOWN",
    "PinWrongError",
]

"""Why a card proof is refused. Every refusal of this room has a code of its own."""

from __future__ import annotations

from madoguchi.errors import Problem, PublicReason, Text, problem

_COUNTER = Text(
    "お住まいの区市町村の窓口で、カードの電子証明書をご確認ください。",
    "Please have the certificate of your card checked at the counter of your municipality.",
)
_LATER = Text(
    "ただいま確認できません。しばらくしてから、やりなおしてください。",
    "Your card cannot be checked right now. Please try again later.",
)


def _card(what: str, *, ja: str, en: str, engineer: str) -> Problem:
    """A refusal for what is on the card."""
    return problem(
        f"cardproof.{what}",
        status=403,
        public_reason=PublicReason.CARD,
        resident=_COUNTER,
        clerk=Text(ja, en),
        engineer=engineer,
    )


def _answer(what: str, *, ja: str, en: str, engineer: str) -> Problem:
    """A refusal for what the certificate authority answered."""
    return problem(
        f"cardproof.{what}",
        status=503,
        public_reason=PublicReason.TRY_LATER,
        resident=_LATER,
        clerk=Text(ja, en),
        engineer=engineer,
    )


CERTIFICATE_MALFORMED = _card(
    "certificate_malformed",
    ja="カードの電子証明書を読みとれません。",
    en="The card's certificate cannot be read.",
    engineer="not one exact DER certificate of version 3 within the size limit",
)
ISSUER_UNKNOWN = _card(
    "issuer_unknown",
    ja="カードの電子証明書が、公的個人認証サービスの発行ではありません。",
    en="The card's certificate was not issued by JPKI.",
    engineer="no pinned CA of this environment signed the certificate",
)
CERTIFICATE_EXPIRED = _card(
    "certificate_expired",
    ja="カードの電子証明書の有効期間が過ぎています。",
    en="The card's certificate has expired.",
    engineer="after notAfter",
)
CERTIFICATE_NOT_YET_VALID = _card(
    "certificate_not_yet_valid",
    ja="カードの電子証明書の有効期間が始まっていません。",
    en="The card's certificate is not valid yet.",
    engineer="before notBefore: a clock, or a forgery",
)
CERTIFICATE_PATH = _card(
    "certificate_path",
    ja="カードの電子証明書を検証できません。",
    en="The card's certificate does not verify.",
    engineer="path validation failed (RFC 5280 section 6)",
)
CERTIFICATE_PROFILE = _card(
    "certificate_profile",
    ja="カードの電子証明書が、利用者証明用電子証明書ではありません。",
    en="The certificate is not a user-authentication certificate.",
    engineer="key usage, policy, subject or an extension outside the profile",
)
ENVIRONMENT = _card(
    "environment",
    ja="このカードは、ほかの環境（試験用など）のものです。",
    en="The card belongs to another environment.",
    engineer="a demo or test card in production, or the reverse",
)
CERTIFICATE_KEY = _card(
    "certificate_key",
    ja="カードの鍵の方式に対応していません。",
    en="The key of the card is not supported.",
    engineer="the key is none of card.algorithm",
)
CARD_SIGNATURE = _card(
    "card_signature",
    ja="カードの署名が申請の内容と一致しません。",
    en="The card's signature does not fit the application.",
    engineer="the signature does not verify over these transcript octets under the certificate's key",
)
REVOKED = _card(
    "revoked",
    ja="カードの電子証明書は失効しています。",
    en="The card's certificate is revoked.",
    engineer="OCSP status revoked",
)
UNKNOWN = _card(
    "unknown",
    ja="カードの電子証明書が、認証局に登録されていません。",
    en="The card's certificate is not known to its authority.",
    engineer="OCSP status unknown: a refusal, never a reason to go on",
)
OCSP_MALFORMED = _answer(
    "ocsp_malformed",
    ja="失効確認の応答を読みとれません。",
    en="The revocation answer cannot be read.",
    engineer="not one basic OCSP response with one single response",
)
OCSP_REFUSED = _answer(
    "ocsp_refused",
    ja="失効確認の要求が断られました。",
    en="The revocation question was refused.",
    engineer="OCSPResponseStatus is not successful",
)
OCSP_SIGNER = _answer(
    "ocsp_signer",
    ja="失効確認の応答の署名が正しくありません。",
    en="The revocation answer is not signed by the right authority.",
    engineer="signed neither by the issuing CA generation nor by a responder that it delegated",
)
OCSP_OTHER_CERTIFICATE = _answer(
    "ocsp_other_certificate",
    ja="失効確認の応答が、ほかの電子証明書のものです。",
    en="The revocation answer speaks of another certificate.",
    engineer="certID does not match issuer name, issuer key and serial",
)
OCSP_OLD = _answer(
    "ocsp_old",
    ja="失効確認の応答が古すぎます。",
    en="The revocation answer is too old.",
    engineer="thisUpdate older than the limit, or past nextUpdate, or no nextUpdate",
)
OCSP_FUTURE = _answer(
    "ocsp_future",
    ja="失効確認の応答の時刻が未来です。",
    en="The revocation answer is from the future.",
    engineer="thisUpdate beyond the skew: compare the clocks",
)

OTHER_TRANSACTION = problem(
    "cardproof.other_transaction",
    status=403,
    public_reason=PublicReason.TRY_LATER,
    resident=_LATER,
    clerk=Text(
        "申請の各部分が同じ取引のものではないため破棄しました。",
        "The parts of an application do not belong to one transaction; it was discarded.",
    ),
    engineer="The transcript that the card signed does not follow from the center's opening or the kiosk's key.",
)

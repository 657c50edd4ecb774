"""Why the center refuses. The resident reads what to do next; every one of these comes before any money."""

from __future__ import annotations

from madoguchi.errors import Problem, PublicReason, Text, problem

_AGAIN = Text(
    "お取り扱いを中止しました。お金はかかっていません。もう一度最初からお試しください。",
    "This request was stopped. You have not been charged. Please start again from the beginning.",
)
_LATER = Text(
    "ただいまお取り扱いできません。お金はかかっていません。しばらくしてからもう一度お試しください。",
    "This service is not available right now. You have not been charged. Please try again later.",
)
_NOT_HERE = Text(
    "この店舗では、この区市町村の証明書をお取り扱いできません。お金はかかっていません。",
    "Certificates of this municipality are not available at this store. You have not been charged.",
)


def _later(what: str, *, status: int, ja: str, en: str, engineer: str, resident: Text = _LATER) -> Problem:
    return problem(
        f"center.{what}",
        status=status,
        public_reason=PublicReason.TRY_LATER,
        resident=resident,
        clerk=Text(ja, en),
        engineer=engineer,
    )


OPERATOR_NOT_ACCEPTED = problem(
    "center.operator_not_accepted",
    status=403,
    public_reason=PublicReason.NOT_ACCEPTED_HERE,
    resident=_NOT_HERE,
    clerk=Text(
        "この店舗事業者は、この自治体の同意を得ていません。", "The ward has not consented to this store operator."
    ),
    engineer="The ward does not take part, or wards.<code>.operators does not name the operator of the calling ec.",
)
OTHER_KIOSK = problem(
    "center.other_kiosk",
    status=403,
    public_reason=PublicReason.NOT_ACCEPTED_HERE,
    resident=_NOT_HERE,
    clerk=Text(
        "端末の登録と申請の内容が一致しません。",
        "What the kiosk says of itself does not match its enrolment or its transaction.",
    ),
    engineer="Kiosk, operator or key differ between enrolment, statement, transaction and the calling ec.",
)
MENU_UNKNOWN = _later(
    "menu_unknown",
    status=503,
    ja="自治体の取扱内容を確認できません。",
    en="The ward's menu is not known here.",
    engineer="No issuing server of the ward gave a menu that verifies and is within its life.",
)
CLOSED = problem(
    "center.closed",
    status=503,
    public_reason=PublicReason.NOT_OFFERED,
    resident=Text(
        "この自治体の証明書は、ただいまお取り扱い時間外または休止中です。お金はかかっていません。",
        "This municipality is not offering certificates at the moment. You have not been charged.",
    ),
    clerk=Text("自治体が取扱いを休止しているか、取扱時間外です。", "The ward is closed, or it is outside its hours."),
    engineer="The ward's signed menu says so.",
)
REQUEST_REPEATED = _later(
    "request_repeated",
    status=409,
    ja="同じ開始要求がもう一度届いたため破棄しました。",
    en="A repeated request to open was discarded.",
    engineer="An open request is used once: its digest is unique in the table.",
    resident=_AGAIN,
)
UNKNOWN_TRANSACTION = _later(
    "unknown_transaction",
    status=404,
    ja="該当する取引がありません。",
    en="There is no such transaction.",
    engineer="The id was never given to this operator's kiosks.",
    resident=_AGAIN,
)
CHALLENGE_USED = _later(
    "challenge_used",
    status=409,
    ja="この取引の申請はすでに受け付けたため、重ねての申請を破棄しました。",
    en="This transaction's application was received before; the repetition was discarded.",
    engineer="The challenge is used up by one conditional update; a replay or a repeated delivery comes too late.",
    resident=_AGAIN,
)
EXPIRED = _later(
    "expired",
    status=410,
    ja="取引の有効時間が過ぎました。",
    en="The transaction's lifetime has passed.",
    engineer="The application came after the deadline on the database's clock.",
    resident=_AGAIN,
)
APPLICATION_DOES_NOT_OPEN = _later(
    "application_does_not_open",
    status=403,
    ja="申請の電文を開封または検証できませんでした。",
    en="The sealed application could not be opened or verified.",
    engineer="Wrong seal, malformed content, or not signed by the kiosk that opened the transaction.",
    resident=_AGAIN,
)
CARD_BUSY = problem(
    "center.card_busy",
    status=409,
    public_reason=PublicReason.CARD,
    resident=Text(
        "このカードは、ほかのお取り扱いの途中です。お金はかかっていません。しばらくしてからもう一度お試しください。",
        "This card is in use in another request. You have not been charged. Please try again in a while.",
    ),
    clerk=Text("同じカードによる別の取引が進行中です。", "Another transaction of the same card is under way."),
    engineer="One live transaction per card (Kawasaki 2023: two within a second, the later overwrote the earlier).",
)
OCSP_UNAVAILABLE = _later(
    "ocsp_unavailable",
    status=503,
    ja="電子証明書の有効性を確認できません。",
    en="The card's certificate cannot be checked at its authority.",
    engineer="jpki gave no usable OCSP answer; the cause says how. No answer is a refusal.",
)
WARD_UNAVAILABLE = _later(
    "ward_unavailable",
    status=503,
    ja="自治体の証明書発行サーバから応答がありません。",
    en="The ward's issuing server gave no answer.",
    engineer="No issuing server of the ward answered. Nothing is asked twice: a lost answer is a refusal.",
)
ISSUANCE_DOES_NOT_FIT = _later(
    "issuance_does_not_fit",
    status=502,
    ja="自治体の応答がこの申請のものではないため破棄しました。",
    en="The ward's answer does not belong to this application; it was discarded.",
    engineer="Another transaction, application, ward, card or kiosk key, or digests that do not match: an incident.",
)
MARKS_FAILED = _later(
    "marks_failed",
    status=500,
    ja="偽造防止の裏面を作成できなかったため中止しました。",
    en="The marks of the paper could not be made; nothing was delivered.",
    engineer="A back did not read back as its own paper number, or could not be made.",
)
GIVEN_UP = _later(
    "given_up",
    status=409,
    ja="端末が取引を終えた後に応答が整ったため、交付しませんでした。",
    en="The answer was ready after the transaction had ended; it was not delivered.",
    engineer="The transaction left the state `applying` meanwhile: the kiosk reported it, or it ran past its deadline.",
)
LOST_DOES_NOT_FIT = _later(
    "lost_does_not_fit",
    status=422,
    ja="遺失物の報告の内容が一致しません。",
    en="The word about a lost paper contradicts what is known.",
    engineer="Another ward or transaction than the one on disk, or an end that differs from the first.",
)
OUTCOME_DOES_NOT_FIT = _later(
    "outcome_does_not_fit",
    status=422,
    ja="結果報告の内容が一致しません。",
    en="The outcome and the operator's entry do not agree.",
    engineer="Kiosk's outcome, relay entry and transaction name different things; nothing was counted.",
)
OUTCOME_CONFLICT = _later(
    "outcome_conflict",
    status=409,
    ja="同じ取引について異なる結果報告が届きました。",
    en="A second, different outcome arrived for the same transaction.",
    engineer="One outcome per transaction: the first one stands, the second is an incident.",
)
SEALING_KEY_GONE = _later(
    "sealing_key_gone",
    status=410,
    ja="封印鍵がすでに廃棄されています。",
    en="The sealing key of that day has been destroyed.",
    engineer="Sealing keys are deleted after their day plus the lifetime of a transaction, or the KEK is another one.",
)
KEY_FILE = _later(
    "key_file",
    status=500,
    ja="鍵ファイルを使用できません。",
    en="A key file cannot be used.",
    engineer="kek and pseudonym_key are files of exactly 32 random octets, readable by this process alone.",
)
NO_ACCOUNT = _later(
    "no_account",
    status=422,
    ja="この自治体・日付の集計はありません。",
    en="There is no account for this ward and day.",
    engineer="?day=YYYY-MM-DD&ward=CODE, the ward of the calling desk and one that takes part here.",
)
NO_DATABASE = _later(
    "no_database",
    status=500,
    ja="データベースまたは信頼リストの設定がありません。",
    en="No database, trust list or state directory is configured.",
    engineer="The center needs [database], [trust], signing_keys.default and state_dir.",
)

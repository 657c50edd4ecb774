"""What the issuing server refuses, and what stops it.

Inside the ward a code says the true reason; outward goes one of five public reasons, each with one sentence
(`PUBLIC_TEXT`). Everything about the person shares one neutral sentence.
"""

from __future__ import annotations

from madoguchi.errors import Problem, PublicReason, Text, problem
from madoguchi.issuer.public_text import PUBLIC_TEXT


def issuer_problem(code: str, reason: PublicReason, ja: str, en: str, engineer: str, *, status: int = 409) -> Problem:
    """One line of the ward's catalogue: the resident hears the one sentence of the public reason."""
    return problem(
        f"issuer.{code}",
        status=status,
        public_reason=reason,
        resident=PUBLIC_TEXT[reason],
        clerk=Text(ja, en),
        engineer=engineer,
    )


_OFFERED, _CARD, _ASK = PublicReason.NOT_OFFERED, PublicReason.CARD, PublicReason.ASK_YOUR_WARD
_LATER, _HERE = PublicReason.TRY_LATER, PublicReason.NOT_ACCEPTED_HERE

# What the rules refuse (`issuer.rules`), in the order of the table.
ALARM = issuer_problem(
    "alarm",
    _LATER,
    "異常を検知したため、全ての発行を停止しています。原因を確認し、解除してください。",
    "Everything is stopped after an alarm. Find the cause, then clear it.",
    "Another person's data, or too many wrong values: `issuer clear-alarm`, by two people, after the inquiry.",
    status=503,
)
SUSPENDED = issuer_problem(
    "suspended",
    _OFFERED,
    "区の操作により発行を休止しています。",
    "The ward has suspended issuing.",
    "`madoguchi issuer resume` when the ward says so.",
    status=503,
)
CLOSED = issuer_problem(
    "closed",
    _OFFERED,
    "停止カレンダーにより休止しています。",
    "A time without service in the ward's stop calendar.",
    "`madoguchi issuer offer show` lists the closures; `offer reopen` ends one.",
    status=503,
)
TAX_FEED_OLD = issuer_problem(
    "tax_feed_old",
    _LATER,
    "税務システムからの連携データが古いため、発行を停止しています。",
    "The data from the tax system is older than its limit; issuing has stopped.",
    "No package applied within feeds.tax_seconds: look at the tax system's sender and at refused packages.",
    status=503,
)
JUKINET_FEED_OLD = issuer_problem(
    "jukinet_feed_old",
    _LATER,
    "住基ネットCSからの連携データが古いため、発行を停止しています。",
    "The serials from the registry server are older than their limit; issuing has stopped.",
    "No complete pull within feeds.jukinet_seconds: look at jukinet and the line to it.",
    status=503,
)
OUTSIDE_HOURS = issuer_problem(
    "outside_hours",
    _OFFERED,
    "取扱時間外または休止日です。",
    "Outside the hours of service, or a closed day.",
    "The kiosk should have known from the menu; its menu is old or its clock wrong.",
)
OPERATOR = issuer_problem(
    "operator",
    _HERE,
    "区が承認していない事業者の端末です。",
    "A machine of an operator that the ward has not accepted.",
    "menu.operators does not hold the operator of the transcript.",
)
KIND = issuer_problem(
    "kind",
    _OFFERED,
    "この種別は取り扱っていません。",
    "This kind is not offered.",
    "The transcript asks for a kind that the menu does not offer.",
)
FISCAL_YEAR = issuer_problem(
    "fiscal_year",
    _OFFERED,
    "この年度は取り扱っていません。",
    "This fiscal year is not offered.",
    "The year is not in the menu for this kind, or opens later.",
)
COPIES = issuer_problem(
    "copies",
    _OFFERED,
    "部数が上限を超えています。",
    "More copies than are offered.",
    "copies is above max_copies of the kind.",
)
FEE = issuer_problem(
    "fee",
    _LATER,
    "画面に示された手数料が現在の手数料と異なります。",
    "The fee that was shown is not the fee in force.",
    "The kiosk showed an older menu: unit fee x copies differs.",
)
UNKNOWN_SERIAL = issuer_problem(
    "unknown_serial",
    _CARD,
    "住基ネットCSに登録のない電子証明書です。",
    "The registry server knows no such certificate.",
    "Neither our list nor jukinet, asked on the spot, knows the pair of CA key and serial.",
)
SERIAL_AMBIGUOUS = issuer_problem(
    "serial_ambiguous",
    _CARD,
    "電子証明書の登録が二人の住民を示しています。連携データを確認してください。",
    "The registry's data give this certificate to two people.",
    "The same pair of CA key and serial came with two addressee numbers; an incident lists when.",
)
SERIAL_REVOKED = issuer_problem(
    "serial_revoked",
    _CARD,
    "失効した電子証明書です。",
    "The certificate is revoked.",
    "Status of the serial in jukinet's list.",
)
SERIAL_SUPERSEDED = issuer_problem(
    "serial_superseded",
    _CARD,
    "更新前の電子証明書です。",
    "The certificate was replaced by a renewal.",
    "Status of the serial in jukinet's list.",
)
SERIAL_EXPIRED = issuer_problem(
    "serial_expired",
    _CARD,
    "有効期間外の電子証明書です。",
    "The certificate is outside its period.",
    "valid_from..valid_until of the serial in jukinet's list does not cover today in Japan.",
)
SUPPRESSED = issuer_problem(
    "suppressed",
    _ASK,
    "発行抑止の対象です。",
    "Certificates of this person are suppressed.",
    "Flag of the feed or of a stop notice.",
)
STOPPED_FOR_CORRECTION = issuer_problem(
    "stopped_for_correction",
    _ASK,
    "更正処理中のため、全年度の発行を止めています。",
    "A correction is under way; nothing is issued for this person.",
    "A stop notice of correction is in force.",
)
RECORD_SUSPENDED = issuer_problem(
    "record_suspended",
    _ASK,
    "紙面の点検で不一致があったため、本人の記録を保留しています。",
    "The clerk found a wrong value; this record is suspended.",
    "`madoguchi issuer resume --person N` after the inquiry.",
)
UNDER_AGE = issuer_problem(
    "under_age",
    _ASK,
    "15歳未満の住民です。",
    "The person is under 15.",
    "Until the day of the fifteenth birthday, Japanese time.",
)
UNDECLARED = issuer_problem(
    "undeclared",
    _ASK,
    "未申告です。",
    "No income was declared.",
    "status undeclared of the record.",
)
UNDER_CORRECTION = issuer_problem(
    "under_correction",
    _ASK,
    "この年度は更正中です。",
    "The year is under correction.",
    "status under_correction of the record.",
)
EXEMPT_YEAR = issuer_problem(
    "exempt_year",
    _ASK,
    "非課税の年度のため、納税証明書はありません。",
    "The year is exempt by assessment; there is no payment certificate for it.",
    "non_taxable of the record (減免 to 0 is not exempt).",
)
UNPAID = issuer_problem(
    "unpaid",
    _ASK,
    "未納があるため、区の設定により交付しません。",
    "There is an unpaid balance, and the ward's setting refuses.",
    "Setting `unpaid` of the configuration.",
)
UNDRAWABLE = issuer_problem(
    "undrawable",
    _ASK,
    "正確に印字できない文字、または枠に収まらない項目があります。窓口で交付してください。",
    "A character or value cannot be printed exactly. Issue at the counter.",
    "The composer refused: missing glyph, unprintable character, or text longer than its box.",
)
INCONSISTENT = issuer_problem(
    "inconsistent",
    _ASK,
    "課税と納付のデータが一致しません。",
    "The data of this person and year contradict each other.",
    "The composer refused: instalments do not add up to the tax, or a value is missing; the cause names the field.",
)

# What the flow itself refuses (`issuer.issuing`).
CLAIMED_ALREADY = issuer_problem(
    "claimed_already",
    _LATER,
    "同じ取引番号の申請を既に受け付けています。",
    "This transaction was taken up already.",
    "A second issue request for one transaction: refused whatever came of the first; nothing retries before money.",
)
OTHER_APPLICATION = issuer_problem(
    "other_application",
    _LATER,
    "申請の内容が依頼と一致しません。",
    "The proof is not of the application that was forwarded.",
    "Transaction, ward or environment of the transcript differs from the request.",
    status=400,
)
REQUEST_TIME = issuer_problem(
    "request_time",
    _LATER,
    "依頼の時刻が現在時刻と合いません。",
    "The request's time is not ours.",
    "More than a minute between the center's clock and ours, or a request that was held up on the way.",
    status=400,
)
MOVED = issuer_problem(
    "moved",
    _LATER,
    "作成中に記録が続けて更新されました。",
    "The record changed twice while the certificate was being made.",
    "Composed twice, and the version moved both times.",
)
CLERK_STOPPED = issuer_problem(
    "clerk_stopped",
    _LATER,
    "紙面の点検で不一致を検知し、交付を中止しました。",
    "The clerk found a page that is not the record's; nothing was issued.",
    "See the incident; the composer, the layout or the data are wrong.",
    status=500,
)
FAILED = issuer_problem(
    "failed",
    _LATER,
    "処理中に障害が発生し、交付を中止しました。",
    "A failure ended the processing; nothing was issued.",
    "An unexpected exception, or the process ended: the log names type and place.",
    status=500,
)
EVIDENCE_UNWRITABLE = issuer_problem(
    "evidence_unwritable",
    PublicReason.TRY_LATER,
    "証跡を書き込めないため、証明書を発行しません。すべてのサーバーで発行を停止しました。",
    "Evidence cannot be written, so nothing is issued. Every server has stopped issuing.",
    "Rights on the table evidence, space of its disk, or a broken chain: the cause names the error. Then clear-alarm.",
    status=503,
)
RELEASE_SPENT = issuer_problem(
    "release_spent",
    _LATER,
    "点検済みの許可が重複して使われようとしました。",
    "A one-time release was about to be used twice or for something else.",
    "A programming error: a release is redeemed once, for its own transaction and PDF.",
    status=500,
)

# Feeds (`issuer.feed`, `issuer.registry`).
FEED_OTHER_WARD = issuer_problem(
    "feed_other_ward",
    _LATER,
    "他の自治体のデータです。",
    "The package is of another ward.",
    "Ward code of the manifest or notice.",
    status=422,
)
FEED_GAP = issuer_problem(
    "feed_gap",
    _LATER,
    "連携データの順序に欠落があります。全件データを送ってください。",
    "A package is missing in the sequence.",
    "A delta must follow the last applied number at once; send the missing ones, or a snapshot.",
)
FEED_CONTENT = issuer_problem(
    "feed_content",
    _LATER,
    "連携データのファイルが内容証明と一致しません。",
    "The files are not those that the manifest names.",
    "Missing or surplus file, digest, row count or control total; the cause says which.",
    status=422,
)
FEED_ROWS = issuer_problem(
    "feed_rows",
    _LATER,
    "連携データに誤りのある行があるため、全件を取り込みませんでした。",
    "A row is wrong; nothing of the package was taken.",
    "The cause names file, line, column and reason of the first fault.",
    status=422,
)
FEED_TIME = issuer_problem(
    "feed_time",
    _LATER,
    "連携データの作成時刻が正しくありません。",
    "The time of a package or list is not plausible.",
    "Created in the future by more than a minute, or before what is already in force.",
    status=422,
)
STOP_OUT_OF_ORDER = issuer_problem(
    "stop_out_of_order",
    _LATER,
    "新しい停止通知の後に古い通知を受け取りました。",
    "A stop notice older than the one in force was refused.",
    "A lift never overtakes a stop: send a notice with the present time.",
)
REGISTRY_ANSWER = issuer_problem(
    "registry_answer",
    _LATER,
    "住基ネットCSの回答が照会と一致しません。",
    "The registry server's answer is not the answer to our question.",
    "Ward, digest of the question, pair of CA key and serial, or order of pages.",
    status=502,
)
OUTCOME_CONFLICT = issuer_problem(
    "outcome_conflict",
    _LATER,
    "端末の結果報告が交付記録と一致しません。",
    "The outcome does not fit the issuance.",
    "Another digest, number of sheets or amount than issued, or a second, different outcome; an incident is open.",
)
UNKNOWN_TRANSACTION = issuer_problem(
    "unknown_transaction",
    _LATER,
    "該当する取引がありません。",
    "There is no such transaction.",
    "An outcome for a transaction that never reached this ward.",
    status=404,
)
QUESTION_MALFORMED = issuer_problem(
    "question_malformed",
    _LATER,
    "照会の形式が正しくありません。",
    "The question is malformed.",
    "day=YYYY-MM-DD, or a paper number of 32 hex digits.",
    status=400,
)

# The process (`issuer.serve`).
NOT_CONFIGURED = issuer_problem(
    "not_configured",
    _LATER,
    "設定が不足しています。",
    "The configuration is incomplete.",
    "The cause names what the configuration file lacks.",
    status=500,
)
KEY_UNUSABLE = issuer_problem(
    "key_unusable",
    _LATER,
    "暗号鍵を使用できません。",
    "A key file cannot be used.",
    "Missing, of the wrong length, or not the key with which the database was written.",
    status=500,
)
ROW_DAMAGED = issuer_problem(
    "row_damaged",
    _LATER,
    "保存データの完全性を確認できません。",
    "A stored row is not what was written there.",
    "AES-GCM refuses: another key, or a row changed or moved in the database.",
    status=500,
)

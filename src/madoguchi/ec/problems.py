"""Why an EC center does not relay. None of it is signed: a kiosk shows it as a fault of the line, in neutral words."""

from __future__ import annotations

from madoguchi.errors import Problem, PublicReason, Text, problem

_LATER = Text(
    "ただいまお取り扱いできません。しばらくしてからもう一度お試しください。",
    "This service is not available right now. Please try again later.",
)


def _line(what: str, *, status: int, ja: str, en: str, engineer: str) -> Problem:
    return problem(
        f"ec.{what}",
        status=status,
        public_reason=PublicReason.TRY_LATER,
        resident=_LATER,
        clerk=Text(ja, en),
        engineer=engineer,
    )


CENTER_DOWN = _line(
    "center_down",
    status=503,
    ja="証明書交付センターにつながりません。",
    en="The national center cannot be reached.",
    engineer="No replica answered its last probe, or the one that was asked gave no usable answer.",
)
OTHER_OPERATOR = _line(
    "other_operator",
    status=403,
    ja="他の店舗事業者の端末からの電文を破棄しました。",
    en="A message that names another operator was refused.",
    engineer="Enrolment or statement names another operator than this EC center's.",
)
OTHER_KIOSK = _line(
    "other_kiosk",
    status=403,
    ja="登録された端末と電文の内容が一致しません。",
    en="The message does not come from the kiosk that it names.",
    engineer="[kiosks] binds the TLS certificate to another kiosk id than the enrolment, or to none.",
)
OUTCOME_CONFLICT = _line(
    "outcome_conflict",
    status=409,
    ja="同じ取引について異なる結果報告が届きました。",
    en="A second, different outcome arrived for the same transaction.",
    engineer="One outcome per transaction: the first one is in the journal and stands.",
)
NOT_ACKNOWLEDGED = _line(
    "not_acknowledged",
    status=503,
    ja="結果報告を受け付けました。センターの確認を待っています。",
    en="The outcome is kept here; the center has not acknowledged it yet.",
    engineer="It is in the journal and is relayed until it is acknowledged. The kiosk asks again.",
)
LOST_CONFLICT = _line(
    "lost_conflict",
    status=409,
    ja="同じ遺失物について異なる通知が届きました。",
    en="A second, different notice arrived for the same lost thing.",
    engineer="One notice per random id: the first one is in the journal and stands.",
)
LOST_UNKNOWN = _line(
    "lost_unknown",
    status=404,
    ja="その番号の遺失物はありません。",
    en="Nothing lost has this number.",
    engineer="`ec lost-property list --all` shows what this operator has.",
)
LOST_ENDED = _line(
    "lost_ended",
    status=409,
    ja="この遺失物はすでに処理済みです。",
    en="This lost thing is settled already.",
    engineer="What was told to the center is not changed afterwards.",
)
NOT_CONFIGURED = _line(
    "not_configured",
    status=500,
    ja="設定に不足があります。",
    en="The configuration is incomplete.",
    engineer="An EC center needs state_dir, [trust] and signing_keys.default.",
)
BAD_DAY = _line(
    "bad_day",
    status=422,
    ja="日付の形式が正しくありません。",
    en="The day is not a date.",
    engineer="?day=YYYY-MM-DD",
)

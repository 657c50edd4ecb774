"""Words of the desk for codes that come from other parties."""

from __future__ import annotations

from madoguchi.certificate.kinds import kind_of
from madoguchi.oversight.page.contract import Words

PARTIES = {
    "issuer": Words(ja="証明書自動交付システム", en="Issuing server"),
    "center": Words(ja="証明書交付センター", en="Center"),
    "kiosk": Words(ja="キオスク端末", en="Kiosks"),
}
FEEDS = {
    "tax": Words(ja="税務システム", en="Tax system"),
    "jukinet": Words(ja="住基ネットCS", en="Registry server"),
}
_REASONS = {
    "not_offered": Words(ja="取り扱っていない内容", en="Not offered"),
    "card": Words(ja="カードの理由", en="Because of the card"),
    "ask_your_ward": Words(ja="窓口での確認が必要", en="Ask the ward"),
    "try_later": Words(ja="一時的に取り扱えない", en="Temporarily unavailable"),
    "not_accepted_here": Words(ja="この店舗では取り扱えない", en="Not accepted at this store"),
}
_ALARMS = {
    "oversight.no_account": Words(
        ja="集計を受け取れませんでした。件数は確定していません。",
        en="An account could not be read; counts are not final.",
    ),
    "oversight.money_differs": Words(
        ja="支払・返金・未返金の額が、関係者の間で一致しません。",
        en="The parties do not agree on what was paid, refunded or owed.",
    ),
    "center.lost_property": Words(
        ja="店舗に証明書の置き忘れがあります（遺失物、警察の受領書待ち）。24時間を超えると重大になります。",
        en="A certificate was left at a store: lost property without a police receipt. Critical after 24 hours.",
    ),
    "issuer.paper_superseded": Words(
        ja="用紙を更正により差し替えました。", en="A paper was superseded by decision of the ward."
    ),
    "issuer.paper_revoked": Words(ja="用紙を取り消しました。", en="A paper was revoked by decision of the ward."),
    "issuer.wrong_person": Words(
        ja="他人への交付として用紙を取り消しました。経緯の説明が必要です。",
        en="A paper was revoked because another person held it: to be explained.",
    ),
    "center.ward_not_told": Words(ja="交付結果が区に届いていません。", en="Outcomes have not reached the ward."),
}
_RULE = Words(ja="区の交付規則による", en="By a rule of the ward")
_INCIDENT = Words(ja="説明が必要な事象", en="An incident to be explained")
_NOT_CHOSEN = Words(ja="（申請前）", en="(before the application)")


def kind_words(kind: str | None) -> Words:
    """The name of a kind, or that none was applied for yet."""
    if kind is None:
        return _NOT_CHOSEN
    try:
        name = kind_of(kind).name
    except KeyError:
        return Words(ja=kind, en=kind)
    return Words(ja=name.ja, en=name.en)


def refusal_words(code: str) -> Words:
    """A public reason in words; the ward's own codes are explained in its rules."""
    return _REASONS.get(code, _RULE)


def alarm_words(code: str) -> Words:
    """What an incident's code means."""
    return _ALARMS.get(code, _INCIDENT)

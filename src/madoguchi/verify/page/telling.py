"""From an answer to what the page says: one headline, what was checked, what was not. Never more than was found out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from madoguchi.runtime.look import Messages, Pair
from madoguchi.verify.page.contract import CodeContent, PaperStatus, Verdict, VerifyAnswer

_SIGNED: Final = {
    PaperStatus.ISSUED: ("good", "good"),
    PaperStatus.NOT_ASKED: ("warn", "unasked"),
    PaperStatus.SUPERSEDED: ("bad", "superseded"),
    PaperStatus.REPLACED: ("bad", "replaced"),
    PaperStatus.REVOKED: ("bad", "revoked"),
    PaperStatus.UNKNOWN: ("bad", "unknown"),
}
_NOT_SIGNED: Final = {
    Verdict.NOT_SIGNED: ("bad", "not_signed"),
    Verdict.NO_CODE: ("warn", "no_code"),
    Verdict.UNREADABLE: ("warn", "unreadable"),
}
_STATUS_TONE: Final = {PaperStatus.ISSUED: "good", PaperStatus.NOT_ASKED: "warn"}


@dataclass(frozen=True, slots=True)
class Headline:
    """The answer in one box. `tone` good, warn or bad: shown by colour, icon and words."""

    tone: str
    title: Pair
    text: Pair


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that was checked, and what came out."""

    tone: str
    what: Pair
    outcome: Pair


@dataclass(frozen=True, slots=True)
class Said:
    """One line of the code's content."""

    label: Pair
    value: Pair


def headline(answer: VerifyAnswer, messages: Messages) -> Headline:
    """What to tell first."""
    if answer.content is None:
        tone, key = _NOT_SIGNED[answer.verdict]
        return trouble(key, messages, tone=tone)
    tone, key = _SIGNED[answer.status]
    ward = answer.content.ward
    text = messages.pair(f"result.{key}.text", ward=Pair(ja=ward.ja, en=ward.en))
    return Headline(tone=tone, title=messages.pair(f"result.{key}.title"), text=text)


def trouble(key: str, messages: Messages, *, tone: str = "warn") -> Headline:
    """A headline without content: nothing signed, or nothing that could be looked at."""
    return Headline(tone=tone, title=messages.pair(f"result.{key}.title"), text=messages.pair(f"result.{key}.text"))


def checked(answer: VerifyAnswer, messages: Messages) -> list[Checked]:
    """What was really checked; empty when there was nothing to check."""
    signature = messages.pair("checks.signature")
    if answer.verdict is Verdict.NOT_SIGNED:
        return [Checked(tone="bad", what=signature, outcome=messages.pair("checks.signature.bad"))]
    if answer.verdict is not Verdict.SIGNED:
        return []
    return [
        Checked(tone="good", what=signature, outcome=messages.pair("checks.signature.good")),
        Checked(
            tone=_STATUS_TONE.get(answer.status, "bad"),
            what=messages.pair("checks.status"),
            outcome=messages.pair(f"status.{answer.status}"),
        ),
    ]


def said(content: CodeContent, messages: Messages) -> list[Said]:
    """The facts of the code in the order of the paper."""
    facts = [
        ("ward", Pair(ja=content.ward.ja, en=content.ward.en)),
        ("kind", Pair(ja=content.kind.ja, en=content.kind.en)),
        ("year", Pair(ja=content.year.ja, en=content.year.en)),
        ("name", Pair(ja=content.name, en="")),
        (
            "issued_on",
            messages.pair("content.date", date=Pair(ja=_ja_date(content.issued_on), en=content.issued_on.isoformat())),
        ),
        ("certificate_number", Pair(ja=content.certificate_number, en="")),
        ("paper_number", Pair(ja=content.paper_number, en="")),
    ]
    return [Said(label=messages.pair(f"content.{key}"), value=value) for key, value in facts]


def _ja_date(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"

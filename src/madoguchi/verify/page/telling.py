"""From an answer to what the page says: one headline, what was checked, what was not. Never more than was found out."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from datetime import date
from typing import Final

from madoguchi.runtime.look import Messages, Pair
from madoguchi.verify.field_words import field_words
from madoguchi.verify.page.contract import CodeContent, Finding, PaperStatus, SheetAnswer, Verdict
from madoguchi.verify.scans.seen import PlaceKind

_SIGNED: Final = {
    PaperStatus.ISSUED: ("good", "good"),
    PaperStatus.NOT_ASKED: ("warn", "unasked"),
    PaperStatus.SUPERSEDED: ("bad", "superseded"),
    PaperStatus.REPLACED: ("bad", "replaced"),
    PaperStatus.REVOKED: ("bad", "revoked"),
    PaperStatus.UNKNOWN: ("bad", "unknown"),
}
_COMPARED: Final = {
    Finding.SAME: ("good", "same"),
    Finding.MARKED: ("good", "marked"),
    Finding.PICTURE: ("warn", "picture"),
    Finding.NO_FRONT: ("warn", "no_front"),
    Finding.NOT_COMPARED: ("warn", "not_compared"),
}
"""Headlines of a paper that counts and whose back was read; without a back the code alone speaks."""
_FALSE: Final = {Finding.CHANGED: "changed", Finding.ANOTHER_SHEET: "another_sheet"}
"""What outweighs whatever the ward says of the paper number."""
_NOT_SIGNED: Final = {
    Verdict.NOT_SIGNED: ("bad", "not_signed"),
    Verdict.NO_CODE: ("warn", "no_code"),
    Verdict.UNREADABLE: ("warn", "unreadable"),
}
_STATUS_TONE: Final = {PaperStatus.ISSUED: "good", PaperStatus.NOT_ASKED: "warn"}
_FINDING_TONE: Final = {
    Finding.SAME: "good",
    Finding.MARKED: "good",
    Finding.CHANGED: "bad",
    Finding.ANOTHER_SHEET: "bad",
}
_PLACE_TONE: Final = {PlaceKind.CHANGED: "bad", PlaceKind.MARKED: "info", PlaceKind.HIDDEN: "warn"}


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


@dataclass(frozen=True, slots=True)
class Differs:
    """One framed place. `close`: a picture of it, as a data URI, restored above and seen below."""

    number: int
    tone: str
    where: Pair
    what: Pair
    close: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One sheet as the page shows it."""

    box: Headline
    code: str | None
    checks: list[Checked]
    content: CodeContent | None
    facts: list[Said]
    places: list[Differs]
    restored: str | None
    seen: str | None
    remarks: tuple[str, ...]
    unchecked: tuple[str, ...]
    advice: Pair | None
    """What to send besides, so that more can be checked."""


def told(answer: SheetAnswer, messages: Messages) -> Told:
    """Everything about one sheet."""
    pictures, content = answer.pictures, answer.content
    return Told(
        box=headline(answer, messages),
        code=answer.code,
        checks=checked(answer, messages),
        content=content,
        facts=said(content, messages) if content else [],
        places=_places(answer, messages),
        restored=_data_uri("jpeg", pictures.restored_marked) if pictures else None,
        seen=_data_uri("jpeg", pictures.seen_marked) if pictures and pictures.seen_marked else None,
        remarks=answer.remarks,
        unchecked=_unchecked(answer),
        advice=_advice(answer, messages),
    )


def headline(answer: SheetAnswer, messages: Messages) -> Headline:
    """What to tell first: a forged front, then what the ward says of the paper, then how far it was compared."""
    if answer.content is None:
        tone, key = ("warn", "back_damaged") if _only_damaged(answer) else _NOT_SIGNED[answer.verdict]
        return trouble(key, messages, tone=tone)
    ward = answer.content.ward
    if answer.finding in _FALSE:
        tone, key = "bad", _FALSE[answer.finding]
    else:
        tone, key = _SIGNED[answer.status]
        if tone != "bad" and answer.finding in _COMPARED:
            compared, key_of_finding = _COMPARED[answer.finding]
            hidden = answer.finding is Finding.MARKED and answer.hidden
            tone = "warn" if hidden or "warn" in {tone, compared} else "good"
            key = "hidden" if hidden else key_of_finding
    text = messages.pair(f"result.{key}.text", ward=Pair(ja=ward.ja, en=ward.en))
    return Headline(tone=tone, title=messages.pair(f"result.{key}.title"), text=text)


def trouble(key: str, messages: Messages, *, tone: str = "warn") -> Headline:
    """A headline without content: nothing signed, or nothing that could be looked at."""
    return Headline(tone=tone, title=messages.pair(f"result.{key}.title"), text=messages.pair(f"result.{key}.text"))


def checked(answer: SheetAnswer, messages: Messages) -> list[Checked]:
    """What was really checked; empty when there was nothing to check."""
    signature = messages.pair("checks.signature")
    if answer.verdict is Verdict.NOT_SIGNED:
        return [Checked(tone="bad", what=signature, outcome=messages.pair("checks.signature.bad"))]
    if answer.verdict is not Verdict.SIGNED:
        return []
    found = [
        Checked(
            tone="good",
            what=messages.pair("checks.center") if answer.finding is Finding.PICTURE else signature,
            outcome=messages.pair("checks.signature.good"),
        ),
        Checked(
            tone=_STATUS_TONE.get(answer.status, "bad"),
            what=messages.pair("checks.status"),
            outcome=messages.pair(f"status.{answer.status}"),
        ),
    ]
    if answer.finding is not Finding.NO_BACK:
        found.append(
            Checked(
                tone=_FINDING_TONE.get(answer.finding, "warn"),
                what=messages.pair("checks.finding"),
                outcome=messages.pair(f"finding.{answer.finding}"),
            )
        )
    return found


def said(content: CodeContent, messages: Messages) -> list[Said]:
    """The facts of the code in the order of the paper."""
    facts = [
        ("ward", Pair(ja=content.ward.ja, en=content.ward.en)),
        ("kind", Pair(ja=content.kind.ja, en=content.kind.en)),
        ("year", Pair(ja=content.year.ja, en=content.year.en)),
        *([("name", Pair(ja=content.name, en=""))] if content.name is not None else []),
        *([("issued_on", _date(content.issued_on, messages))] if content.issued_on is not None else []),
        ("certificate_number", Pair(ja=content.certificate_number, en="")),
        ("paper_number", Pair(ja=content.paper_number, en="")),
    ]
    return [Said(label=messages.pair(f"content.{key}"), value=value) for key, value in facts]


def _places(answer: SheetAnswer, messages: Messages) -> list[Differs]:
    close = iter(answer.pictures.close if answer.pictures else ())
    made = []
    for number, place in enumerate(answer.places, start=1):
        words = field_words(place.field)
        picture = next(close, None) if place.kind is PlaceKind.CHANGED else None
        made.append(
            Differs(
                number=number,
                tone=_PLACE_TONE[place.kind],
                where=Pair(ja=words.ja, en=words.en),
                what=messages.pair(f"place.{place.kind}"),
                close=_data_uri("png", picture) if picture else None,
            )
        )
    return made


def _unchecked(answer: SheetAnswer) -> tuple[str, ...]:
    """What was not checked, in the order in which it is said."""
    if answer.verdict not in {Verdict.SIGNED, Verdict.NOT_SIGNED}:
        return ()
    compared = answer.finding in {Finding.SAME, Finding.MARKED, Finding.CHANGED, Finding.ANOTHER_SHEET}
    return ("original", "person") if compared else ("print", "original", "person")


def _advice(answer: SheetAnswer, messages: Messages) -> Pair | None:
    if answer.content is None or answer.finding in _FALSE:
        return None
    keys = {
        Finding.NO_BACK: "advice.back",
        Finding.NO_FRONT: "advice.front",
        Finding.BACK_DAMAGED: "advice.again",
        Finding.NOT_COMPARED: "advice.again",
    }
    key = keys.get(answer.finding)
    return messages.pair(key) if key else None


def _only_damaged(answer: SheetAnswer) -> bool:
    return answer.verdict is Verdict.NO_CODE and answer.finding is Finding.BACK_DAMAGED


def _data_uri(kind: str, octets: bytes) -> str:
    return f"data:image/{kind};base64,{b64encode(octets).decode('ascii')}"


def _date(day: date, messages: Messages) -> Pair:
    return messages.pair("content.date", date=Pair(ja=f"{day.year}年{day.month}月{day.day}日", en=day.isoformat()))

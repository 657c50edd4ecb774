"""A verifier that answers by the text it is given, and remembers only sizes."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from functools import cache

import msgspec
from PIL import Image

from madoguchi.runtime.clock import SystemClock
from madoguchi.verify.config import LimitsSection
from madoguchi.verify.page import (
    CodeContent,
    Erased,
    Finding,
    Line,
    PaperStatus,
    SheetAnswer,
    Verdict,
    VerifyAnswer,
    Words,
)
from madoguchi.verify.page.contract import Pictures
from madoguchi.verify.page.rate import Rate
from madoguchi.verify.scans.seen import Place, PlaceKind

CONTENT = CodeContent(
    ward=Words(ja="見本区長", en="Mihon Ward"),
    kind=Words(ja="課税証明書", en="Taxation certificate"),
    year=Words(ja="令和8年度（令和7年分）", en="Fiscal year 2026 (income of 2025)"),
    name="見本 花子",
    certificate_number="R08-0001234",
    paper_number="5f2c9a41d07be8362f0c44a9be71d053",
    issued_on=date(2026, 11, 23),
    amounts=(
        Line(label=Words(ja="合計所得金額", en="Total income"), value="3,560,000円"),
        Line(label=Words(ja="特別区民税", en="Ward tax"), value="107,400円"),
        Line(label=Words(ja="都民税", en="Metropolitan tax"), value="71,600円"),
        Line(label=Words(ja="年税額", en="Tax of the year"), value="180,000円"),
    ),
    demo=True,
)


ERASED = Erased(octets=2_400_000, how="process_ended", at=datetime(2026, 11, 23, 13, 30, tzinfo=UTC))
BACKED = frozenset(
    {Finding.SAME, Finding.MARKED, Finding.CHANGED, Finding.ANOTHER_SHEET, Finding.NO_FRONT, Finding.PICTURE}
)
"""Findings of a back that was read."""


@cache
def _picture(kind: str, grey: int) -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (1240, 1754), (grey, grey, grey)).save(held, kind)
    return held.getvalue()


def _place(kind: PlaceKind, field: str | None = None) -> Place:
    return Place(kind=kind, field=field, left=40, top=80, width=4, height=4)


PLACES = {
    Finding.MARKED: (_place(PlaceKind.MARKED),),
    Finding.CHANGED: (_place(PlaceKind.CHANGED, "annual_tax"), _place(PlaceKind.MARKED, "name")),
}


def signed(status: PaperStatus, finding: Finding = Finding.NO_BACK) -> SheetAnswer:
    pictures = Pictures(
        restored=_picture("PNG", 255),
        restored_marked=_picture("JPEG", 250),
        seen_marked=None if finding is Finding.NO_FRONT else _picture("JPEG", 240),
        close=(_picture("PNG", 230),) if finding is Finding.CHANGED else (),
    )
    return SheetAnswer(
        verdict=Verdict.SIGNED,
        content=CONTENT,
        status=status,
        finding=finding,
        places=PLACES.get(finding, ()),
        values={"name": str(CONTENT.name)} if finding in BACKED else None,
        pictures=pictures if finding in BACKED else None,
    )


HIDDEN = msgspec.structs.replace(
    signed(PaperStatus.ISSUED, Finding.MARKED), places=(_place(PlaceKind.HIDDEN, "annual_tax"),)
)
ANSWERS = {
    **{status.value: signed(status) for status in PaperStatus},
    **{finding.value: signed(PaperStatus.ISSUED, finding) for finding in Finding},
    "hidden": HIDDEN,
    "of no code": msgspec.structs.replace(
        signed(PaperStatus.ISSUED, Finding.PICTURE),
        content=msgspec.structs.replace(CONTENT, name=None, issued_on=None, amounts=()),
        values=None,
    ),
    "changed and revoked": signed(PaperStatus.REVOKED, Finding.CHANGED),
    "same and revoked": signed(PaperStatus.REVOKED, Finding.SAME),
    "same and unasked": signed(PaperStatus.NOT_ASKED, Finding.SAME),
    "forged": SheetAnswer(verdict=Verdict.NOT_SIGNED, code="paper.signature_invalid"),
    "nothing": SheetAnswer(verdict=Verdict.NO_CODE, code="paper.no_code"),
    "broken": SheetAnswer(verdict=Verdict.UNREADABLE, code="paper.unreadable"),
    "only a damaged back": SheetAnswer(
        verdict=Verdict.NO_CODE, finding=Finding.BACK_DAMAGED, code="paper.scramble_damaged"
    ),
}


class FakeVerifier:
    """Implements `VerifyService`."""

    def __init__(self) -> None:
        self.uploads: list[int] = []
        self.answer = VerifyAnswer(sheets=(ANSWERS["issued"],), erased=ERASED)

    def check_documents(self, documents: tuple[bytes, ...]) -> VerifyAnswer:
        self.uploads += map(len, documents)
        return self.answer

    def check_text(self, text: str) -> VerifyAnswer:
        return VerifyAnswer(sheets=(ANSWERS[text],))


def unlimited() -> Rate:
    """A rate that no test reaches."""
    return Rate(LimitsSection(per_minute=1e6, burst=1_000_000, all_per_minute=1e6), clock=SystemClock())

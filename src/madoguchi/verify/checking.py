"""Checking what a receiver sends, in numbered steps.

1. A process of its own looks at the pictures (`scans`): codes, restored backs, places that differ. Nothing is believed.
2. Take the statement apart that stands on the front or came out of the back; nothing of it is believed yet.
3. Its environment is ours, and a key of that ward with the role `front_code` signed exactly these octets.
4. A back must hold the very page description and paper number that the ward signed (`restored`).
5. Ask that ward what became of the paper: issued, superseded, revoked or unknown.

A trust list of ours that cannot be relied on is no verdict about a paper: `verify.not_now`, and nothing is said.
What this proves: the ward issued this content. Not that the sheet is the original: a copy says the same.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, Protocol

import msgspec

from madoguchi.certificate.years import fiscal_year_label, fiscal_year_label_en, parse_japanese_date
from madoguchi.errors import MadoguchiError
from madoguchi.paper.frontcode import FRONT_CODE, FrontCode, parse_unverified
from madoguchi.paper.number import paper_number_text
from madoguchi.paper.qr import PREFIX, decode_base45
from madoguchi.runtime.clock import Clock
from madoguchi.statement import verify
from madoguchi.trust import TrustList
from madoguchi.trust.file import TrustFile
from madoguchi.verify.config import WardNames
from madoguchi.verify.page.contract import (
    CodeContent,
    Erased,
    Finding,
    PaperStatus,
    Pictures,
    SheetAnswer,
    Verdict,
    VerifyAnswer,
    Words,
)
from madoguchi.verify.problems import NO_CODE, NOT_NOW, UNREADABLE
from madoguchi.verify.restored import check_restored, description_of
from madoguchi.verify.scans.process import Looked
from madoguchi.verify.scans.seen import PlaceKind, SeenBack, SeenSheet
from madoguchi.verify.wording import amount_lines, kind_words
from madoguchi.wire.identifiers import Environment

AskStatus = Callable[[WardNames, bytes], PaperStatus]
"""Asks a ward about a paper number; answers NOT_ASKED when it cannot be asked."""
_ENDED: Final = "process_ended"


class Looks(Protocol):
    """Who looks at pictures: `scans.process.Looking`."""

    def look(self, documents: tuple[bytes, ...]) -> Looked:
        """What is seen on them. Raises `verify.busy`, `verify.not_looked_at`."""
        ...


class Verifier:
    """The verifier behind the page. It keeps nothing of what it is given."""

    def __init__(
        self, *, trust: TrustFile, wards: tuple[WardNames, ...], clock: Clock, ask_status: AskStatus, looks: Looks
    ) -> None:
        self._trust = trust
        self._wards = {ward.code: ward for ward in wards}
        self._clock = clock
        self._ask_status = ask_status
        self._looks = looks

    def check_documents(self, documents: tuple[bytes, ...]) -> VerifyAnswer:
        """Check pictures of fronts, backs or both. Raises `verify.not_now`, `verify.busy`, `verify.not_looked_at`."""
        keys = self._keys()
        looked = self._looks.look(documents)  # 1
        sheets = tuple(self._sheet(sheet, keys) for sheet in looked.seen.sheets)
        return VerifyAnswer(
            sheets=sheets or (_nothing(unreadable=looked.seen.unreadable > 0),),
            left_out=looked.seen.left_out,
            erased=Erased(octets=looked.octets, how=_ENDED, at=looked.ended_at),
        )

    def check_text(self, text: str) -> VerifyAnswer:
        """Check a pasted code. Raises `verify.not_now`, whatever was sent."""
        keys = self._keys()
        try:
            seen = SeenSheet(front_code=_code_in_text(text))
        except MadoguchiError as failure:
            return VerifyAnswer(sheets=(SheetAnswer(verdict=Verdict.NO_CODE, code=failure.code),))
        return VerifyAnswer(sheets=(self._sheet(seen, keys),))

    def _keys(self) -> TrustList:
        try:
            return self._trust.current()
        except MadoguchiError as failure:
            raise NOT_NOW.error(failure.code) from None

    def _sheet(self, seen: SeenSheet, keys: TrustList) -> SheetAnswer:
        if seen.back is None and seen.front_code is None:
            return SheetAnswer(verdict=Verdict.NO_CODE, finding=Finding.BACK_DAMAGED, code=seen.back_problem)
        try:
            if seen.back is not None:
                body, told = self._of_back(seen, seen.back, keys)
            else:
                body, told = self._of_code(seen.front_code or b"", keys), _of_front(seen)
        except MadoguchiError as failure:
            return SheetAnswer(verdict=Verdict.NOT_SIGNED, code=failure.code)
        ward = self._ward(parse_unverified(seen.back.front_code if seen.back else seen.front_code or b"").ward)
        return SheetAnswer(
            verdict=Verdict.SIGNED,
            content=_content(ward, body, keys),
            status=self._ask_status(ward, body.paper_number),  # 5
            page=body.page,
            pages=body.pages,
            **told,
        )

    def _of_code(self, raw: bytes, keys: TrustList) -> FrontCode:
        claimed = parse_unverified(raw)  # 2
        return verify(raw, FRONT_CODE, keys=keys, code=claimed.ward, at=self._now()).body  # 3

    def _of_back(self, seen: SeenSheet, back: SeenBack, keys: TrustList) -> tuple[FrontCode, dict[str, Any]]:
        body = check_restored(  # 2, 3, 4
            front_code=back.front_code,
            page_description=back.page_description,
            paper_number=back.paper_number,
            keys=keys,
            at=self._now(),
        )
        said = description_of(back.page_description)
        pictures = None if seen.pictures is None else msgspec.convert(seen.pictures, Pictures, from_attributes=True)
        return body, {
            "finding": _finding(seen, back),
            "places": seen.places,
            "values": said.values,
            "remarks": said.remarks,
            "legible": back.legible,
            "pictures": pictures,
            "code": seen.comparison_problem,
        }

    def _ward(self, code: str) -> WardNames:
        """Of a code that was verified."""
        return self._wards.get(code, WardNames(code=code, ja=code, en=code, issuers=()))

    def _now(self) -> datetime:
        return self._clock.now()


def _of_front(seen: SeenSheet) -> dict[str, Any]:
    damaged = seen.back_problem is not None
    return {"finding": Finding.BACK_DAMAGED if damaged else Finding.NO_BACK, "code": seen.back_problem}


def _finding(seen: SeenSheet, back: SeenBack) -> Finding:
    if not seen.has_front:
        return Finding.NO_FRONT
    if seen.front_code is not None and seen.front_code != back.front_code:
        return Finding.ANOTHER_SHEET
    if not seen.compared:
        return Finding.NOT_COMPARED
    if any(place.kind is PlaceKind.CHANGED for place in seen.places):
        return Finding.CHANGED
    return Finding.MARKED if seen.places else Finding.SAME


def _nothing(*, unreadable: bool) -> SheetAnswer:
    if unreadable:
        return SheetAnswer(verdict=Verdict.UNREADABLE, code=UNREADABLE.code)
    return SheetAnswer(verdict=Verdict.NO_CODE, code=NO_CODE.code)


def _content(ward: WardNames, body: FrontCode, keys: TrustList) -> CodeContent:
    return CodeContent(
        ward=Words(ja=ward.ja, en=ward.en),
        kind=kind_words(body.kind, title=body.title),
        year=Words(ja=fiscal_year_label(body.fiscal_year), en=fiscal_year_label_en(body.fiscal_year)),
        name=body.name,
        certificate_number=body.certificate_number,
        paper_number=paper_number_text(body.paper_number),
        issued_on=parse_japanese_date(body.issued_on),
        amounts=amount_lines(body),
        demo=keys.environment != Environment.PRODUCTION,
    )


def _code_in_text(text: str) -> bytes:
    code = text.strip()
    if not code.startswith(PREFIX):
        raise NO_CODE.error("prefix")
    try:
        return decode_base45(code[len(PREFIX) :])
    except ValueError:
        raise NO_CODE.error("Base45") from None

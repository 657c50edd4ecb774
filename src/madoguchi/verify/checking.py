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
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

import msgspec

from madoguchi.certificate.kinds import kind_of
from madoguchi.certificate.years import fiscal_year_label, fiscal_year_label_en, parse_japanese_date
from madoguchi.errors import MadoguchiError
from madoguchi.paper.frontcode import FRONT_CODE, FrontCode, parse_unverified
from madoguchi.paper.number import paper_number_text
from madoguchi.paper.problems import FRONT_CODE_MALFORMED, SCRAMBLE_DAMAGED
from madoguchi.paper.qr import PREFIX, decode_base45
from madoguchi.paper.scramble.content import SealedFront, decode_front
from madoguchi.paper.scramble.envelope import Kind
from madoguchi.paper.scramble.raster import RasterFront
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
from madoguchi.verify.restored import check_raster, check_restored, description_of
from madoguchi.verify.scans.process import Looked
from madoguchi.verify.scans.seen import PlaceKind, SeenBack, SeenSheet
from madoguchi.verify.wording import amount_lines, kind_words
from madoguchi.wire.identifiers import Environment
from madoguchi.wire.transaction import Rendering

AskStatus = Callable[[WardNames, bytes], PaperStatus]
"""Asks a ward about a paper number; answers NOT_ASKED when it cannot be asked."""
_ENDED: Final = "process_ended"


class Looks(Protocol):
    """Who looks at pictures: `scans.process.Looking`."""

    def look(self, documents: tuple[bytes, ...]) -> Looked:
        """What is seen on them. Raises `verify.busy`, `verify.not_looked_at`."""
        ...


@dataclass(frozen=True, slots=True)
class _Vouched:
    """What was signed about one sheet: by the ward in its code, or by the center about a picture."""

    ward: str
    body: FrontCode | Rendering
    code: FrontCode | None


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
            vouched, told = self._vouched(seen, keys)
        except MadoguchiError as failure:
            return SheetAnswer(verdict=Verdict.NOT_SIGNED, code=failure.code)
        ward = self._ward(vouched.ward)
        try:
            content = _content(ward, vouched, keys)
        except ValueError:  # the ward's key signed it, but no certificate of a ward says such a date or year
            return SheetAnswer(verdict=Verdict.NOT_SIGNED, code=FRONT_CODE_MALFORMED.code)
        return SheetAnswer(
            verdict=Verdict.SIGNED,
            content=content,
            status=self._ask_status(ward, vouched.body.paper_number),  # 5
            page=vouched.body.page,
            pages=vouched.body.pages,
            **told,
        )

    def _vouched(self, seen: SeenSheet, keys: TrustList) -> tuple[_Vouched, dict[str, Any]]:
        if seen.back is None:
            return self._of_code(seen.front_code or b"", keys), _of_front(seen)
        front = decode_front(seen.back.content, kind=_kind(seen.back))
        pictures = None if seen.pictures is None else msgspec.convert(seen.pictures, Pictures, from_attributes=True)
        told = {"legible": seen.back.legible, "pictures": pictures, "code": seen.comparison_problem}
        if isinstance(front, RasterFront):
            vouched = self._of_raster(front, seen.back, keys)
            return vouched, {**told, "finding": _finding_of_picture(seen, front)}
        body = check_restored(front, paper_number=seen.back.paper_number, keys=keys, at=self._now())  # 2, 3, 4
        said = description_of(front.page_description)
        compared = {"finding": _finding(seen, front), "places": seen.places}
        vouched = _Vouched(ward=parse_unverified(front.front_code).ward, body=body, code=body)
        return vouched, {**told, **compared, "values": said.values, "remarks": said.remarks}

    def _of_code(self, raw: bytes, keys: TrustList) -> _Vouched:
        claimed = parse_unverified(raw)  # 2
        body = verify(raw, FRONT_CODE, keys=keys, code=claimed.ward, at=self._now()).body  # 3
        return _Vouched(ward=claimed.ward, body=body, code=body)

    def _of_raster(self, front: RasterFront, back: SeenBack, keys: TrustList) -> _Vouched:
        """The center vouches for the picture, and the ward for its code when there is one inside."""
        said = check_raster(front, paper_number=back.paper_number, keys=keys, at=self._now())
        code = None if front.front_code is None else parse_unverified(front.front_code).body
        return _Vouched(ward=said.ward, body=said, code=code)

    def _ward(self, code: str) -> WardNames:
        """Of a code that was verified."""
        return self._wards.get(code, WardNames(code=code, ja=code, en=code, issuers=()))

    def _now(self) -> datetime:
        return self._clock.now()


def _of_front(seen: SeenSheet) -> dict[str, Any]:
    damaged = seen.back_problem is not None
    return {"finding": Finding.BACK_DAMAGED if damaged else Finding.NO_BACK, "code": seen.back_problem}


def _kind(back: SeenBack) -> Kind:
    """Raises `paper.scramble_damaged` for a kind that there is not."""
    try:
        return Kind(back.kind)
    except ValueError:
        raise SCRAMBLE_DAMAGED.error("kind") from None


def _finding(seen: SeenSheet, front: SealedFront) -> Finding:
    if not seen.has_front:
        return Finding.NO_FRONT
    if seen.front_code is not None and seen.front_code != front.front_code:
        return Finding.ANOTHER_SHEET
    if not seen.compared:
        return Finding.NOT_COMPARED
    if any(place.kind is PlaceKind.CHANGED for place in seen.places):
        return Finding.CHANGED
    return Finding.MARKED if seen.places else Finding.SAME


def _finding_of_picture(seen: SeenSheet, front: RasterFront) -> Finding:
    """A code on the front that is not the one inside: also when the back says that there is none."""
    if seen.front_code is not None and seen.front_code != front.front_code:
        return Finding.ANOTHER_SHEET
    return Finding.PICTURE


def _nothing(*, unreadable: bool) -> SheetAnswer:
    if unreadable:
        return SheetAnswer(verdict=Verdict.UNREADABLE, code=UNREADABLE.code)
    return SheetAnswer(verdict=Verdict.NO_CODE, code=NO_CODE.code)


def _content(ward: WardNames, vouched: _Vouched, keys: TrustList) -> CodeContent:
    body, code = vouched.body, vouched.code
    title = code.title if code is not None else _title(body.kind)
    return CodeContent(
        ward=Words(ja=ward.ja, en=ward.en),
        kind=kind_words(body.kind, title=title),
        year=Words(ja=fiscal_year_label(body.fiscal_year), en=fiscal_year_label_en(body.fiscal_year)),
        name=code.name if code is not None else None,
        certificate_number=body.certificate_number,
        paper_number=paper_number_text(body.paper_number),
        issued_on=parse_japanese_date(code.issued_on) if code is not None else None,
        amounts=amount_lines(code) if code is not None else (),
        demo=keys.environment != Environment.PRODUCTION,
    )


def _title(kind: str) -> str:
    """Of a paper whose own title nobody signed apart from its picture."""
    try:
        return kind_of(kind).name.ja
    except KeyError:
        return kind


def _code_in_text(text: str) -> bytes:
    code = text.strip()
    if not code.startswith(PREFIX):
        raise NO_CODE.error("prefix")
    try:
        return decode_base45(code[len(PREFIX) :])
    except ValueError:
        raise NO_CODE.error("Base45") from None

"""What the verify page asks of the verifier behind it, and what an answer says: what was checked, never more."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from madoguchi.verify.scans.seen import Place, PlaceKind


class Verdict(StrEnum):
    """What became of the signed code."""

    SIGNED = "signed"
    """The code carries the valid signature of the ward named in it."""
    NOT_SIGNED = "not_signed"
    """A code was read, but no ward of the trust list signed it as it stands."""
    NO_CODE = "no_code"
    """Nothing that looks like a code of ours was found."""
    UNREADABLE = "unreadable"
    """The upload is no picture or PDF that can be opened."""


class PaperStatus(StrEnum):
    """What the ward says online about the paper number."""

    ISSUED = "issued"
    SUPERSEDED = "superseded"
    """更正: a later certificate says otherwise."""
    REPLACED = "replaced"
    """Superseded, and a later paper says it rightly; its number is not told."""
    REVOKED = "revoked"
    UNKNOWN = "unknown"
    """The ward knows no such paper."""
    NOT_ASKED = "not_asked"
    """The ward could not be asked just now."""


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """The same words in Japanese and in English."""

    ja: str
    en: str


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of what the code says: a label and the value as it is printed on the paper."""

    label: Words
    value: str


class CodeContent(msgspec.Struct, frozen=True, kw_only=True):
    """What the signed code says."""

    ward: Words
    kind: Words
    year: Words
    name: str | None
    """None on a paper without a code of its own, of which only a picture is known."""
    certificate_number: str
    paper_number: str
    issued_on: date | None
    amounts: tuple[Line, ...]
    demo: bool = False
    """Signed by a key of the demo or test environment: worth nothing outside it."""


class Finding(StrEnum):
    """What came out of laying the front over what its back restores, from the front's point of view."""

    SAME = "same"
    """Every printed character is where and what the back says."""
    MARKED = "marked"
    """The same, with notes, stamps or stains; a place may be hidden by them."""
    CHANGED = "changed"
    """The front says something else at the framed places."""
    ANOTHER_SHEET = "another_sheet"
    """The code of the front is that of another sheet than the back."""
    PICTURE = "picture"
    """The back holds a picture of the front, for which the center vouches: to be compared by eye."""
    NO_FRONT = "no_front"
    """Only the back was sent: its front is shown, to be compared by eye."""
    NO_BACK = "no_back"
    """Only the front was sent: nothing but its code was checked."""
    BACK_DAMAGED = "back_damaged"
    """A back was sent from which too little can be read."""
    NOT_COMPARED = "not_compared"
    """Both were sent and do not lie on each other, or the layout cannot be drawn here; the code says which."""


class Pictures(msgspec.Struct, frozen=True, kw_only=True):
    """For a person's eyes; JSON holds them in base64. What differs is framed and numbered as the places are."""

    restored: bytes
    """PNG of the front that the back restores, 300 dpi, without frames."""
    restored_marked: bytes
    """JPEG, 150 dpi."""
    seen_marked: bytes | None
    """JPEG of the photographed front in the same frame."""
    close: tuple[bytes, ...]
    """PNG per changed place, the first of them only: restored above, seen below."""


class SheetAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out about one sheet, or about one pasted code."""

    verdict: Verdict
    content: CodeContent | None = None
    """Present exactly when the verdict is `SIGNED`: unsigned claims are not shown."""
    status: PaperStatus = PaperStatus.NOT_ASKED
    finding: Finding = Finding.NO_BACK
    places: tuple[Place, ...] = ()
    """Where the front differs; only of a back that the ward signed."""
    values: dict[str, str] | None = None
    """Value of the kind (docs/records.md) to what the front prints for it, out of the back."""
    remarks: tuple[str, ...] = ()
    page: int | None = None
    pages: int | None = None
    legible: float | None = None
    """Share of the back that was whole, 0 to 1."""
    pictures: Pictures | None = None
    code: str | None = None
    """Stable problem code of what could not be done."""

    def __post_init__(self) -> None:
        """What no ward signed is never shown as content."""
        if (self.content is not None) != (self.verdict is Verdict.SIGNED):
            raise ValueError("an answer holds content exactly when the code is signed")
        if self.content is None and (self.places or self.values is not None or self.pictures is not None):
            raise ValueError("what no ward signed is not compared with anything")

    @property
    def hidden(self) -> bool:
        """Something lies over printed characters, which nobody read."""
        return any(place.kind is PlaceKind.HIDDEN for place in self.places)


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """The receipt for what was sent: it was in the memory of one process, which has ended."""

    octets: int
    how: str
    """`process_ended`."""
    at: datetime


class VerifyAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out about everything that was sent at once."""

    sheets: tuple[SheetAnswer, ...]
    """At least one."""
    left_out: bool = False
    """There were more pages or sheets than are looked at at once."""
    erased: Erased | None = None
    """None for a pasted code, which no process was needed for."""


class VerifyService(Protocol):
    """The verifier behind the page. It keeps nothing of what it is given."""

    def check_documents(self, documents: tuple[bytes, ...]) -> VerifyAnswer:
        """Check photos, scans or PDFs of front, back or both. Called in a worker thread.

        Raises `verify.not_now`, `verify.busy`, `verify.not_looked_at`.
        """
        ...

    def check_text(self, text: str) -> VerifyAnswer:
        """Check the text of a code. Raises `verify.not_now`."""
        ...

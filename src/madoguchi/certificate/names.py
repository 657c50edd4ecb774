"""Which names and addresses a certificate cannot carry, found before anybody stands at a kiosk.

Everything is asked of what composes: the fonts' own cmaps, the rule of what may be printed, the setter with the boxes
of every layout, and the front code's size. The short ways below only ever say yes, where the long way must.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from madoguchi.certificate.facts import printed, unprintable
from madoguchi.certificate.fonts import BLANKS, FontSet, clusters
from madoguchi.certificate.kinds import all_kinds
from madoguchi.certificate.layout import Box, Layout
from madoguchi.certificate.setting import Setter
from madoguchi.errors import MadoguchiError
from madoguchi.paper.frontcode import DIGEST_OCTETS, FRONT_CODE, MAX_OCTETS, FrontCode
from madoguchi.statement import FileKey, Signer


class Field(StrEnum):
    """The columns of `residents.csv` that are printed as they are."""

    NAME = "name"
    ALIAS = "alias"
    ADDRESS = "address"


class Reason(StrEnum):
    """Why a certificate with this text is refused."""

    MISSING = "missing"
    """No font draws this character with this selector exactly."""
    UNPRINTABLE = "unprintable"
    """Controls, private use, a selector after nothing."""
    TOO_LONG = "too_long"
    """Not even wrapped at the smallest size, or too long for the front code."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with one text: the characters with their selectors, or the box that is too small."""

    field: Field
    reason: Reason
    characters: tuple[str, ...] = ()
    box: str = ""
    """Layout and box (`taxation-2024/2 name`), or `front_code`."""


_BOXES: Final = {
    Field.NAME: ("name",),
    Field.ALIAS: ("alias",),
    Field.ADDRESS: ("address", "address_on_assessment_date"),
}
_FULL_WIDTH: Final = "一"
_LONGEST_LINE_EM: Final = 400
_CODE_IS_ROOMY_OCTETS: Final = 100
_NO_DIFFERENCE_EM: Final = 1e-6


class NameChecker:
    """Judges texts as the composer with these fonts would, for every layout. Some 2 µs for an ordinary name."""

    def __init__(self, fonts: FontSet, layouts: Iterable[Layout]) -> None:
        self._fonts = fonts
        self._setter = Setter(fonts)
        self._plain: dict[str, float] = {}
        """Characters that stand alone, are printed as they are and drawn exactly, with their width in em."""
        layouts = tuple(layouts)
        self._boxes = {field: self._distinct(layouts, names) for field, names in _BOXES.items()}
        self._one_line_em = {field: self._room(boxes) for field, boxes in self._boxes.items()}
        self._signer = Signer(
            key=FileKey.generate(), party="issuer", code="000000", name="issuer-1", environment="production"
        )

    def check(self, field: Field, text: str) -> Finding | None:
        """What keeps this text off a certificate, or None. An empty text prints －."""
        if self._surely_fits(field, text):
            return None
        try:
            clean = printed(text, field_name=field)
        except MadoguchiError:
            return Finding(field, Reason.UNPRINTABLE, tuple(unprintable(text)))
        missing = self._fonts.missing(clean)
        if missing:
            return Finding(field, Reason.MISSING, missing)
        self._remember(clean)
        return self._too_long(field, clean)

    def _surely_fits(self, field: Field, text: str) -> bool:
        """Known characters only, no blanks that printing would change, and one line in the narrowest box."""
        try:
            ems = sum(map(self._plain.__getitem__, text))
        except KeyError:
            return False
        blanks_stay = text[:1] != " " and text[-1:] != " " and "  " not in text
        return (
            blanks_stay and ems <= self._one_line_em[field] and (field is not Field.NAME or self._code_is_roomy(text))
        )

    def _remember(self, clean: str) -> None:
        """With several fonts a blank is as wide as its neighbours' font makes it: such texts go the long way."""
        for cluster in clusters(clean):
            if len(cluster) == 1 and (len(self._fonts.faces) == 1 or cluster not in BLANKS):
                self._plain[cluster] = self._fonts.width(cluster, field_name="")

    def _too_long(self, field: Field, clean: str) -> Finding | None:
        for where, box in self._boxes[field]:
            try:
                self._setter.box(box, clean)
            except MadoguchiError:
                return Finding(field, Reason.TOO_LONG, box=where)
        if field is Field.NAME and not self._code_is_roomy(clean) and self._code_octets(clean) > MAX_OCTETS:
            return Finding(field, Reason.TOO_LONG, box="front_code")
        return None

    @staticmethod
    def _distinct(layouts: Iterable[Layout], names: tuple[str, ...]) -> tuple[tuple[str, Box], ...]:
        """The boxes of these names on first pages, those of one shape once.

        Following pages exist only for people with long remarks.
        """
        found: dict[tuple[object, ...], tuple[str, Box]] = {}
        for layout in layouts:
            for box in (layout.first.boxes[name] for name in names if name in layout.first.boxes):
                shape = (box.w, box.h, box.size, box.min_size, box.lines, box.tracking)
                found.setdefault(shape, (f"{layout.id} {box.name}", box))
        return tuple(found.values())

    def _room(self, boxes: tuple[tuple[str, Box], ...]) -> float:
        """How many em surely stand on one line of the narrowest box: tried out with the setter itself."""
        return min((self._line_room(box) for _, box in boxes), default=0.0)

    def _line_room(self, box: Box) -> float:
        em = self._fonts.width(_FULL_WIDTH, field_name=box.name)
        if box.tracking:
            return 0.0
        room = 0
        while room < _LONGEST_LINE_EM and self._is_one_line(box, room + 1):
            room += 1
        return room * em - _NO_DIFFERENCE_EM

    def _is_one_line(self, box: Box, characters: int) -> bool:
        try:
            pieces = self._setter.box(box, _FULL_WIDTH * characters)
        except MadoguchiError:
            return False
        return len({piece.baseline for piece in pieces}) == 1

    @staticmethod
    def _code_is_roomy(name: str) -> bool:
        return 4 * len(name) <= _CODE_IS_ROOMY_OCTETS  # UTF-8 takes at most four octets each

    def _code_octets(self, name: str) -> int:
        """Size of the front code of a payment certificate with this name, whose other words are long ones."""
        body = FrontCode(
            kind=max((each.code for each in all_kinds()), key=len),
            fiscal_year=2026,
            certificate_number="K7Q2-M4XD-9RTB",
            paper_number=bytes(16),
            page=1,
            pages=1,
            issued_on="令和8年12月31日",
            title="非課税証明書",
            name=name,
            birth_date="昭和63年12月31日",
            amounts=("9,999,999,999",) * 4,
            description_digest=bytes(DIGEST_OCTETS),
        )
        return len(self._signer.sign(FRONT_CODE, body))


def code_points(characters: str) -> str:
    """`U+8FBB U+E0100` for a character with its selector."""
    return " ".join(f"U+{ord(character):04X}" for character in characters)


def findings(checker: NameChecker, texts: Iterable[tuple[Field, str]]) -> Iterator[Finding]:
    """The findings of one person's texts."""
    for field, text in texts:
        found = checker.check(field, text)
        if found is not None:
            yield found

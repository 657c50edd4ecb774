"""A layout compiled: everything of its papers that is the same for everybody, written once.

What remains per paper is the person's: amounts are looked up digit by digit in the main font, and only the characters
of names and addresses go into a small font of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import repeat, takewhile
from operator import itemgetter
from typing import Final

from madoguchi.certificate.amounts import BLANK_BELOW, NOT_APPLICABLE, UNDECLARED
from madoguchi.certificate.fonts import Drawn, FontSet
from madoguchi.certificate.kinds import all_kinds
from madoguchi.certificate.layout import SHEET_FIELDS, Box, Layout, Page
from madoguchi.certificate.pdf import ink
from madoguchi.certificate.pdf.colour import srgb_profile
from madoguchi.certificate.pdf.embedding import EmbeddedFace, code_of
from madoguchi.certificate.pdf.person import MAIN, PERSON, Codes, NotSimpleError
from madoguchi.certificate.setting import MM_PER_POINT, Piece, Setter, baseline_of
from madoguchi.certificate.years import year_title
from madoguchi.pdf.document import Objects

ROOT, PAGES, METADATA = 1, 2, 3
"""Object numbers that every file has in common; pages and metadata are written in its second half."""
_WORDS: Final = (NOT_APPLICABLE, UNDECLARED, "0", "1", "2", "有", "該当")
"""Values that most boxes of most papers hold."""
_FREQUENT: Final = " 0123456789,-ABCDEFGHJKMNPQRSTVWXYZ　・（）△－＊昭和平成令元年月日以下余白区町丁目番号"
"""What nearly every paper needs besides its labels. A character more costs every paper 200 octets; one that is missing
here costs only those that have it."""
_YEARS_AHEAD: Final = 20
_PUBLIC: Final = re.compile(r"taxes|issued_on|authority|row[0-9]{2}_label")
_MOST_WORDS: Final = 512
_SLACK_MM: Final = 0.02
_NONE: Final = repeat(0.0)
_DIGITS: Final = "0123456789"
_COMMA: Final = "002C"
_GROUPS: Final = {
    f"{number:0{width}}": "".join([f"{ord(digit):04X}" for digit in f"{number:0{width}}"])
    for width in (1, 2, 3)
    for number in range(10**width)
}
"""Up to three digits → their codes, which are their code points."""
_LONGEST_AMOUNT: Final = len("99,999,999,999")
_FIRST_IS_PERSONS: Final = f"/{PERSON}0"


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """A box ready to be filled."""

    box: Box
    words: dict[str, str]
    """Frequent values, already in ink."""
    public: bool
    """Whether it holds words of a fixed list and the day of issue alone, never the person's: what was set is kept."""
    room: float
    """Widest text that fits at full size, in em; negative where only the setter may set."""
    head: str
    """Font, size and the constant part of the text matrix."""
    edge: float
    """Where a line begins, is centred or ends, in points."""
    share: float
    """Of its width, how much lies left of the edge: 0 left, 0.5 centred, 1 right."""
    tail: str
    """Height of the baseline, and the operator."""
    narrower: Mapping[str, float]
    """`FontSet.narrower`."""
    to_person: str
    """Within a line: on with the first of the person's fonts."""
    to_main: str
    """And back."""
    amounts: tuple[str, ...] = ()
    """How an amount of so many characters begins: digits are all as wide, and its commas follow from its length."""

    def set(self, text: str, codes: Codes) -> str | None:
        """A value in ink that fits at full size, in one line of the first fonts; None for anything else.

        The common case, without a list of glyphs. `Setter.box` sets the same at the same place.
        """
        if text.isascii() and (amount := self._amount(text)):
            return amount
        ems = len(text) + sum(map(self.narrower.get, text, _NONE))
        if ems > self.room:
            return None
        try:
            drawn = codes.line(text)
        except NotSimpleError:
            return None
        if "(" in drawn:
            return self._mixed(self.begin(ems), drawn)
        line = f"{self.begin(ems)}<{drawn}> Tj\n"
        if self.public and len(self.words) < _MOST_WORDS:
            self.words[text] = line
        return line

    def _amount(self, text: str) -> str | None:
        """Digits with a comma before every three: most values. None for anything else, and for what does not fit."""
        groups, length = text.split(","), len(text)
        if length >= len(self.amounts) or len(groups) - 1 != length // 4:
            return None
        try:
            drawn = _COMMA.join(map(_GROUPS.__getitem__, groups))
        except KeyError:
            return None
        return f"{self.amounts[length]}<{drawn}> Tj\n"

    def begin(self, ems: float) -> str:
        """Font, size and place of a line so wide, up to its codes."""
        return f"{self.head}{self.edge - ems * self.share:.2f}{self.tail}"

    def _mixed(self, begin: str, drawn: str) -> str:
        """Where brackets are around what the person's font draws."""
        if drawn[0] == "(":
            begin, drawn = _FIRST_IS_PERSONS + begin[len(_FIRST_IS_PERSONS) :], drawn[1:]
        return f"{begin}<{drawn.removesuffix(')').replace('(', self.to_person).replace(')', self.to_main)}> Tj\n"


@dataclass(frozen=True, slots=True, eq=False)
class PagePlan:
    """One page of a layout: its constant form, and its slots."""

    page: Page
    form: int
    """Object number."""
    slots: tuple[Slot, ...]
    names: tuple[str, ...]
    """Of the boxes of these slots."""
    pick: Callable[[Mapping[str, str]], tuple[str, ...]]
    """The values of these boxes out of all. KeyError when one is missing."""
    words: tuple[dict[str, str], ...]
    """The `words` of these slots."""
    own: Mapping[str, Slot]
    """The boxes of `SHEET_FIELDS`, by name."""
    flowing: tuple[Slot, ...]
    """The 備考 line by line: a slot for each that its box has room for."""
    no_remarks: str
    """以下余白 alone in the 備考, in ink: what most papers have there."""


class Template:
    """One layout with one set of fonts. Immutable after making, shared by threads."""

    def __init__(
        self, layout: Layout, fonts: FontSet, faces: Sequence[EmbeddedFace], setter: Setter, *, constants: str
    ) -> None:
        """`constants`: text that every paper of this ward carries, such as who certifies."""
        self.layout = layout
        self.fields = layout.fields
        self._fonts = fonts
        self._codes: dict[str, tuple[str, str]] = {}
        self._points: dict[int, str] = {}
        objects = Objects()
        for _ in (ROOT, PAGES, METADATA):
            objects.number()
        self._catalogue(objects)
        self.fonts = self._main_fonts(objects, fonts, faces, constants)
        self.plans = tuple(self._plan(objects, page, setter) for page in (layout.first, layout.continuation))
        self._start, self._places, self._used = objects.so_far(), objects.places, objects.used

    def begin(self) -> Objects:
        """A new file that has everything constant in it."""
        return Objects(self._start, self._places, used=self._used)

    def codes(self) -> Codes:
        """For one paper: what the main fonts hold, and room for its own."""
        return Codes(self._codes, self._points, self._fonts.drawn)

    def ink(self, pieces: Sequence[Piece]) -> str | None:
        """Pieces in ink, where the main fonts hold every character of them."""
        if all(glyph.key in self._codes for piece in pieces for glyph in piece.glyphs):
            return ink.text_ink(pieces, self._label_codes)
        return None

    def plan(self, number: int) -> PagePlan:
        """The plan of page `number`, from 1."""
        return self.plans[0 if number == 1 else 1]

    @property
    def size(self) -> int:
        """Octets of the constant half."""
        return len(self._start)

    def _catalogue(self, objects: Objects) -> None:
        profile = objects.packed("/N 3", srgb_profile())
        objects.write(
            f"<</Type/Catalog/Pages {PAGES} 0 R/Metadata {METADATA} 0 R/Lang(ja-JP)"
            "/ViewerPreferences<</DisplayDocTitle true>>"
            "/OutputIntents[<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)"
            f"/Info(sRGB IEC61966-2.1)/DestOutputProfile {profile} 0 R>>]>>",
            ROOT,
        )

    def _main_fonts(self, objects: Objects, fonts: FontSet, faces: Sequence[EmbeddedFace], constants: str) -> str:
        """Write the fonts that hold what stands on every paper. Their names and numbers, for a page's resources."""
        wanted: dict[int, list[Drawn]] = {}
        for character in _characters(self.layout, constants):
            if not fonts.missing(character):
                (drawn,) = fonts.draw(character, field_name="label")
                wanted.setdefault(drawn.font, []).append(drawn)
        for font, glyphs in wanted.items():
            glyphs += [each for each in fonts.spaces(font) if each not in glyphs]
        named = ""
        for font, glyphs in sorted(wanted.items()):
            placed = _in_order(glyphs)
            number = faces[font].embed(objects, placed, salt=b"", packed=True)
            named += f"/{MAIN}{font} {number} 0 R"
            self._codes |= {each.key: (f"{MAIN}{font}", code_of(at)) for at, each in enumerate(placed, 1)}
        self._points = {ord(each.text): self._codes[each.key][1] for each in wanted.get(0, ())}
        return named

    def _plan(self, objects: Objects, page: Page, setter: Setter) -> PagePlan:
        labels = [piece for label in page.labels for piece in setter.label(label)]
        drawn = ink.text_ink(labels, self._label_codes)
        content = f"{ink.tint_ink(page.tints)}{ink.rule_ink(page.rules)}{ink.BLACK}BT\n{drawn}ET\n"
        form = objects.packed(
            f"/Type/XObject/Subtype/Form/BBox{ink.MEDIA_BOX}/Resources<</Font<<{self.fonts}>>>>",
            content.encode("ascii"),
        )
        slots = {name: self._slot(box, self._frequent(box, setter)) for name, box in page.boxes.items()}
        remarks = page.boxes["remarks"]
        flowing = setter.flow(remarks, [BLANK_BELOW] * remarks.lines)
        names = tuple(name for name in slots if name not in SHEET_FIELDS)
        return PagePlan(
            page,
            form,
            tuple(slots[name] for name in names),
            names,
            itemgetter(*names),
            tuple(slots[name].words for name in names),
            {name: slot for name, slot in slots.items() if name in SHEET_FIELDS},
            tuple(self._slot(remarks, {}, baseline=piece.baseline) for piece in flowing),
            ink.text_ink(flowing[:1], self._label_codes),
        )

    def _label_codes(self, glyphs: Sequence[Drawn]) -> list[tuple[str, str]]:
        return [self._codes[glyph.key] for glyph in glyphs]

    def _frequent(self, box: Box, setter: Setter) -> dict[str, str]:
        return {"": ""} | {
            word: ink.text_ink(setter.box(box, word), self._label_codes)
            for word in (*_WORDS, *_usual(self.layout).get(box.name, ()))
            if all(f"0{letter}" in self._codes for letter in word) and box.w > box.size * len(word) * MM_PER_POINT
        }

    def _slot(self, box: Box, words: dict[str, str], *, baseline: float | None = None) -> Slot:
        """`baseline` in millimetres from the top, where it is not in the middle of the box."""
        share = {"left": 0.0, "center": 0.5, "right": 1.0}[box.align]
        baseline = baseline_of(box, box.size) if baseline is None else baseline
        height = ink.begin_line(font=f"{MAIN}0", size=box.size, x=0.0, baseline=baseline)
        head, _, tail = height.partition(" 0.00 ")
        simple = not box.tracking and bool(self._points)
        slot = Slot(
            box=box,
            words=words,
            public=bool(_PUBLIC.fullmatch(box.name)),
            room=(box.w + _SLACK_MM) / (box.size * MM_PER_POINT) if simple else -1.0,
            head=head + " ",
            edge=(box.x + box.w * share) * ink.PER_MM,
            share=share * box.size,
            tail=" " + tail,
            narrower=self._fonts.narrower,
            to_person=f"> Tj /{PERSON}0 {box.size:g} Tf <",
            to_main=f"> Tj /{MAIN}0 {box.size:g} Tf <",
        )
        return replace(slot, amounts=_amounts(slot, self._points))


def _in_order(glyphs: Sequence[Drawn]) -> list[Drawn]:
    """A font's glyphs in the order of their codes: an ASCII character's code is itself where that leaves no hole."""
    own = {ord(each.text): each for each in glyphs if each.text.isascii()}
    others = [each for each in glyphs if not each.text.isascii()]
    placed: list[Drawn] = []
    for code in range(1, len(glyphs) + 1):
        if code in own:
            placed.append(own.pop(code))
        else:
            placed.append(others.pop(0) if others else own.pop(min(own)))
    return placed


def _amounts(slot: Slot, points: Mapping[int, str]) -> tuple[str, ...]:
    """The beginnings of all amounts that fit; none with a font that would need other codes, or has unequal digits."""
    digits = {slot.narrower.get(digit, 0.0) for digit in _DIGITS}
    if len(digits) > 1 or any(points.get(ord(each)) != f"{ord(each):04X}" for each in f"{_DIGITS},"):
        return ()
    digit, comma = digits.pop() + 1.0, slot.narrower.get(",", 0.0) + 1.0
    widths = [(length - length // 4) * digit + length // 4 * comma for length in range(_LONGEST_AMOUNT + 1)]
    return tuple(slot.begin(width) for width in takewhile(lambda width: width <= slot.room, widths))


def _usual(layout: Layout) -> Mapping[str, Sequence[str]]:
    """Box → what it holds on most papers of the layout, besides `_WORDS`."""
    last = min(layout.last_year, layout.first_year + _YEARS_AHEAD)
    return {
        "title": _titles(),
        "year_title": [year_title(year) for year in range(layout.first_year, last + 1)],
        "layout": [layout.id],
        "page": ["1/1頁", "1/2頁", "2/2頁"],
    }


def _titles() -> list[str]:
    return [title.ja for kind in all_kinds() for title in (kind.title, kind.exempt_title) if title]


def _characters(layout: Layout, constants: str) -> list[str]:
    """Every character of the layout's labels and titles, then the frequent ones; each once, in a fixed order."""
    labels = [label.text for page in (layout.first, layout.continuation) for label in page.labels]
    usual = [text for texts in _usual(layout).values() for text in texts]
    return sorted(set("".join([*labels, *usual, constants, _FREQUENT])))

"""From facts to one PDF for all copies and pages. Deterministic: same inputs, same bytes.

Composed by compiling, not by drawing: a layout's constant half (frame, labels, rules, main font) is written when the
composer is made (`pdf.template`), and per certificate only the person's glyphs and numbers are added. What the caller
must have done before the first call is in `architecture.md`: `held` is committed before plaintext exists in a process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final

from madoguchi.certificate.amounts import BLANK_BELOW
from madoguchi.certificate.facts import Facts, SheetFacts
from madoguchi.certificate.fonts import FontSet
from madoguchi.certificate.layout import Layouts, Rect, all_layouts
from madoguchi.certificate.pdf import ink
from madoguchi.certificate.pdf.embedding import EmbeddedFace
from madoguchi.certificate.pdf.metadata import packet
from madoguchi.certificate.pdf.person import PERSON
from madoguchi.certificate.pdf.template import METADATA, PAGES, ROOT, PagePlan, Slot, Template
from madoguchi.certificate.problems import FACTS_INCONSISTENT, LAYOUT_INVALID, TEXT_TOO_LONG
from madoguchi.certificate.remarks import CONTINUED, paginate
from madoguchi.certificate.seal import SealDrawing, seal_drawing
from madoguchi.certificate.setting import Setter
from madoguchi.errors import MadoguchiError
from madoguchi.paper.number import paper_number_text
from madoguchi.paper.qr import Modules, draw_code
from madoguchi.runtime.fonts import find_fonts

MAX_PAGES: Final = 20
_QR: Final = "Q"
_FORM: Final = "F"


class Composer:
    """Sets certificates.

    Made once per process: the fonts are read and every layout is compiled. Safe to share between threads.
    """

    def __init__(
        self,
        fonts: FontSet | None = None,
        layouts: Layouts | None = None,
        *,
        constants: str = "",
        draw: Callable[[bytes], Modules] = draw_code,
    ) -> None:
        """`draw` makes the square of a front code; `layouts` are the program's own unless given.

        `constants`: text that all papers of this ward carry, such as who certifies; it saves time, nothing else.

        Raises `certificate.font_unusable` and `certificate.layout_invalid`: not before a resident.
        """
        self.fonts = fonts or FontSet(find_fonts()[:1])
        self.layouts = layouts or all_layouts()
        self._setter = Setter(self.fonts)
        self._faces = tuple(EmbeddedFace(face) for face in self.fonts.faces)
        self._templates = {
            layout.id: Template(layout, self.fonts, self._faces, self._setter, constants=constants)
            for layout in self.layouts
        }
        self._draw = draw
        self._seal = lru_cache(maxsize=64)(self._drawn_seal)

    def page_count(self, facts: Facts) -> int:
        """How many pages (sheets) one copy takes. Raises when a remark cannot be set."""
        return len(self._remarks(facts, self._template(facts.layout)))

    def compose(self, facts: Facts, sheets: tuple[SheetFacts, ...], *, issued_at: datetime) -> bytes:
        """One PDF/A-2b with the pages of copy 1, then copy 2, …; `sheets` names them in that order.

        Raises `certificate.glyph_missing`, `certificate.text_too_long`, `certificate.facts_inconsistent` (missing or
        unknown fields, wrong sheets). No cause holds a value.
        """
        template = self._template(facts.layout)
        _check_fields(facts, template)
        remarks = self._remarks(facts, template)
        _check_sheets(sheets, pages=len(remarks))
        paper = _Paper(template, self._setter, self._faces, draw=self._draw, document_id=sheets[0].paper_number)
        shared = [paper.content(self._shared(facts, paper, number, remarks)) for number in range(1, len(remarks) + 1)]
        pages = [paper.sheet(sheet, shared[sheet.page - 1]) for sheet in sheets]
        return paper.finished(pages, title=template.layout.title, at=issued_at)

    def check(self, facts: Facts) -> None:
        """Raise what `compose` would raise about these facts; no page is written."""
        template = self._template(facts.layout)
        _check_fields(facts, template)
        pages = len(self._remarks(facts, template))
        for number in range(1, min(pages, 2) + 1):  # following pages are alike
            for slot in template.plan(number).slots:
                self._setter.box(slot.box, facts.values[slot.box.name])

    def _template(self, layout_id: str) -> Template:
        try:
            return self._templates[layout_id]
        except KeyError:
            raise LAYOUT_INVALID.error("no layout has this id") from None

    def _remarks(self, facts: Facts, template: Template) -> list[list[str]]:
        pages = paginate(facts.remarks, template.layout, self._setter)
        if len(pages) > MAX_PAGES:
            raise FACTS_INCONSISTENT.error("more pages than a certificate may have")
        return pages

    def _shared(self, facts: Facts, paper: _Paper, number: int, remarks: list[list[str]]) -> str:
        """What page `number` of every copy says."""
        plan, total = paper.template.plan(number), len(remarks)
        own = {
            "page": f"{number}/{total}頁",
            "layout": facts.layout,
            "continued": CONTINUED if number < total else "",
        }
        values = facts.values
        texts = plan.pick(values)
        drawn = list(map(dict.get, plan.words, texts))
        parts = [ink.begin_page(_FORM)]
        parts += [paper.set(plan.slots[at], texts[at]) if word is None else word for at, word in enumerate(drawn)]
        parts += [paper.fill(plan.own[name], text) for name, text in own.items()]
        lines = remarks[number - 1]
        parts.append(plan.no_remarks if lines == [BLANK_BELOW] else paper.flow(plan, lines))
        parts.append("ET\n")
        if plan.page.seal:
            parts.append(paper.seal(*self._seal(paper.template, plan.page.seal, values["seal_text"])))
        return "".join(parts)

    def _drawn_seal(self, template: Template, place: Rect, text: str) -> tuple[SealDrawing, str | None]:
        """The seal, and its characters in ink where the main fonts hold them all. The same on every paper of a term."""
        drawing = seal_drawing(place, text, self._setter)
        return drawing, template.ink(drawing.pieces)


class _Paper:
    """One certificate while it is written: its objects, and the fonts of its person.

    The file's own name (ISO 32000-1, 14.4) is the first sheet's paper number: 128 random bits that stand on it anyway.
    """

    def __init__(
        self,
        template: Template,
        setter: Setter,
        faces: Sequence[EmbeddedFace],
        *,
        draw: Callable[[bytes], Modules],
        document_id: bytes,
    ) -> None:
        self.template = template
        self._draw = draw
        self._setter = setter
        self._faces = faces
        self._id = document_id
        self._objects = template.begin()
        self._codes = template.codes()
        self._resources = self._objects.number()

    def fill(self, slot: Slot, text: str) -> str:
        """A value in its box, in ink. Raises what `Setter.box` raises."""
        word = slot.words.get(text)
        return self.set(slot, text) if word is None else word

    def set(self, slot: Slot, text: str) -> str:
        """The same for a value that is not one of the slot's frequent words."""
        simple = slot.set(text, self._codes)
        return ink.text_ink(self._setter.box(slot.box, text), self._codes.coded) if simple is None else simple

    def flow(self, plan: PagePlan, lines: list[str]) -> str:
        """Broken lines of the remarks from the top of their box down, in ink."""
        simple = [slot.set(line, self._codes) for slot, line in zip(plan.flowing, lines, strict=False)]
        drawn = [line for line in simple if line is not None]
        if len(drawn) == len(lines):
            return "".join(drawn)
        return ink.text_ink(self._setter.flow(plan.own["remarks"].box, lines), self._codes.coded)

    def seal(self, drawing: SealDrawing, ready: str | None) -> str:
        """The official seal, over everything else."""
        text = ink.text_ink(drawing.pieces, self._codes.coded) if ready is None else ready
        return f"{ink.seal_frames_ink(drawing.frames)}{ink.VERMILION} rg BT\n{text}ET\n"

    def content(self, text: str) -> int:
        """A content stream. Its object number."""
        return self._objects.stream("", text.encode("ascii"))

    def sheet(self, sheet: SheetFacts, shared: int) -> int:
        """One page: what its copies share, its paper number and its front code. Its object number."""
        plan = self.template.plan(sheet.page)
        number = self.fill(plan.own["paper_number"], paper_number_text(sheet.paper_number))
        own = self.content(f"{ink.BLACK}BT\n{number}ET\n{ink.image_ink(plan.page.qr, _QR)}")
        code = self._front_code(sheet.front_code)
        return self._objects.write(
            f"<</Type/Page/Parent {PAGES} 0 R/MediaBox{ink.MEDIA_BOX}/Contents[{shared} 0 R {own} 0 R]"
            f"/Resources<</Font {self._resources} 0 R/XObject<</{_FORM} {plan.form} 0 R/{_QR} {code} 0 R>>>>>>"
        )

    def finished(self, pages: Sequence[int], *, title: str, at: datetime) -> bytes:
        """The whole file."""
        objects = self._objects
        fonts = self.template.fonts
        for font, glyphs in sorted(self._codes.fonts.items()):
            if not glyphs:
                continue
            number = self._faces[font].embed(objects, glyphs, salt=self._id, packed=False)
            fonts += f"/{PERSON}{font} {number} 0 R"
        objects.write(f"<<{fonts}>>", self._resources)
        kids = " ".join([f"{page} 0 R" for page in pages])
        objects.write(f"<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>", PAGES)
        objects.stream("/Type/Metadata/Subtype/XML", packet(title=title, at=at), METADATA)
        return objects.finished(root=ROOT, document_id=self._id)

    def _front_code(self, code: bytes) -> int:
        try:
            modules = self._draw(code)
        except MadoguchiError:
            raise TEXT_TOO_LONG.error("front_code") from None
        return self._objects.stream(
            f"/Type/XObject/Subtype/Image/Width {modules.side}/Height {modules.side}"
            "/ColorSpace/DeviceGray/BitsPerComponent 1",
            modules.bits,
        )


def _check_fields(facts: Facts, template: Template) -> None:
    if facts.values.keys() != template.fields:
        odd = sorted(facts.values.keys() ^ template.fields)
        raise FACTS_INCONSISTENT.error(f"fields missing or unknown: {', '.join(odd)}")


def _check_sheets(sheets: tuple[SheetFacts, ...], *, pages: int) -> None:
    copies = len(sheets) // pages
    expected = [(copy, page) for copy in range(1, copies + 1) for page in range(1, pages + 1)]
    if not sheets or [(sheet.copy, sheet.page) for sheet in sheets] != expected:
        raise FACTS_INCONSISTENT.error(f"sheets are not copies of {pages} pages in order")
    if len({sheet.paper_number for sheet in sheets}) != len(sheets):
        raise FACTS_INCONSISTENT.error("a paper number stands twice")

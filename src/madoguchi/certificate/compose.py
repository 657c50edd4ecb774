"""From facts to one PDF for all copies and pages, set by Typst. Deterministic: same inputs, same bytes.

Composing is a plain function of some 10 to 20 ms per sheet, to be run off the event loop. What the caller must have
done before the first call is in `architecture.md`: `held` is committed before plaintext exists in a process.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import typst

from madoguchi.certificate.archival import archived
from madoguchi.certificate.facts import Facts, SheetFacts
from madoguchi.certificate.fonts import FontSet
from madoguchi.certificate.layout import SHEET_FIELDS, Layout, Page, Rect, all_layouts, layout_by_id
from madoguchi.certificate.problems import COMPOSING_FAILED, FACTS_INCONSISTENT, FONT_UNUSABLE, TEXT_TOO_LONG
from madoguchi.certificate.remarks import CONTINUED, paginate
from madoguchi.certificate.seal import seal_drawing
from madoguchi.certificate.setting import Piece, Setter, begins_or_ends_with_bracket
from madoguchi.errors import MadoguchiError
from madoguchi.paper.number import paper_number_text
from madoguchi.paper.qr import draw_code
from madoguchi.runtime.fonts import find_fonts

STANDARD: Final = "a-2b"
"""PDF/A-2b (ISO 19005-2), for a paper that is read years later."""
MAX_PAGES: Final = 20
_SOURCE: Final = Path(__file__).with_name("layouts") / "sheet.typ"


class Composer:
    """Sets certificates.

    Made once per process: the fonts are read and Typst is warmed. Safe to share between threads.
    """

    def __init__(self, fonts: FontSet | None = None) -> None:
        self.fonts = fonts or FontSet(find_fonts()[:1])
        self._setter = Setter(self.fonts)
        self._lock = threading.Lock()
        loaded = typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=sorted({str(face.path.parent) for face in self.fonts.faces}),
        )
        families = set(loaded.families())
        if not {face.family for face in self.fonts.faces} <= families:
            raise FONT_UNUSABLE.error("the typesetter knows the font under another name")
        self._typst = typst.Compiler(_SOURCE, root=_SOURCE.parent, font_paths=loaded)
        self._frames = {
            (layout.id, number): self._frame(layout.page(number)) for layout in all_layouts() for number in (1, 2)
        }
        self._compile({"title": "", "pages": []}, at=0)

    def page_count(self, facts: Facts) -> int:
        """How many pages (sheets) one copy takes. Raises when a remark cannot be set."""
        return len(self._remarks(facts, layout_by_id(facts.layout)))

    def compose(self, facts: Facts, sheets: tuple[SheetFacts, ...], *, issued_at: datetime) -> bytes:
        """One PDF/A-2b with the pages of copy 1, then copy 2, …; `sheets` names them in that order.

        Raises `certificate.glyph_missing`, `certificate.text_too_long`, `certificate.facts_inconsistent` (missing or
        unknown fields, wrong sheets) or `certificate.composing_failed`. No cause holds a value.
        """
        layout = layout_by_id(facts.layout)
        if set(facts.values) != layout.fields:
            odd = sorted(set(facts.values) ^ layout.fields)
            raise FACTS_INCONSISTENT.error(f"fields missing or unknown: {', '.join(odd)}")
        remarks = self._remarks(facts, layout)
        _check_sheets(sheets, pages=len(remarks))
        common = {number: self._values(facts, layout.page(number)) for number in range(1, len(remarks) + 1)}
        pages = [self._sheet(facts, sheet, layout, remarks=remarks, common=common[sheet.page]) for sheet in sheets]
        at = int(issued_at.timestamp())
        return archived(self._compile({"title": layout.title, "pages": pages}, at=at), title=layout.title, at=at)

    def _remarks(self, facts: Facts, layout: Layout) -> list[list[str]]:
        pages = paginate(facts.remarks, layout, self._setter)
        if len(pages) > MAX_PAGES:
            raise FACTS_INCONSISTENT.error("more pages than a certificate may have")
        return pages

    def _values(self, facts: Facts, page: Page) -> list[Piece]:
        """The values that every copy of this page shares."""
        named = (box for box in page.boxes.values() if box.name not in SHEET_FIELDS)
        return [piece for box in named for piece in self._setter.box(box, facts.values[box.name])]

    def _sheet(
        self, facts: Facts, sheet: SheetFacts, layout: Layout, *, remarks: list[list[str]], common: list[Piece]
    ) -> dict[str, Any]:
        page, total = layout.page(sheet.page), len(remarks)
        own = {
            "paper_number": paper_number_text(sheet.paper_number),
            "page": f"{sheet.page}/{total}頁",
            "layout": layout.id,
            "continued": CONTINUED if sheet.page < total else "",
        }
        pieces = list(common)
        for name, text in own.items():
            pieces += self._setter.box(page.boxes[name], text)
        pieces += self._setter.flow(page.boxes["remarks"], remarks[sheet.page - 1])
        frame = self._frames[layout.id, min(sheet.page, 2)]
        return {
            **frame,
            "texts": frame["texts"] + _items(pieces),
            **self._seal(facts, page),
            "qr": _square(page.qr, sheet.front_code),
        }

    def _frame(self, page: Page) -> dict[str, Any]:
        return {
            "tints": [[tint.x, tint.y, tint.w, tint.h, tint.grey] for tint in page.tints],
            "rules": [[rule.x, rule.y, rule.w, rule.h, rule.weight] for rule in page.rules],
            "texts": _items(piece for label in page.labels for piece in self._setter.label(label)),
        }

    def _seal(self, facts: Facts, page: Page) -> dict[str, Any]:
        if page.seal is None:
            return {"seal_frames": [], "seal_texts": []}
        drawing = seal_drawing(page.seal, facts.values["seal_text"], self._setter)
        return {"seal_frames": [list(frame) for frame in drawing.frames], "seal_texts": _items(drawing.pieces)}

    def _compile(self, data: dict[str, Any], *, at: int) -> bytes:
        families = [face.family for face in self.fonts.faces]
        text = json.dumps({**data, "fonts": families}, ensure_ascii=False, separators=(",", ":"))
        try:
            with self._lock:  # one compiler holds one set of inputs at a time
                pdf = self._typst.compile(
                    format="pdf", sys_inputs={"data": text}, pdf_standards=STANDARD, timestamp=at, pdf_tags=False
                )
        except RuntimeError:
            # Typst's message can quote a value: it is withheld, and so is the chain of exceptions.
            raise COMPOSING_FAILED.error("typst") from None
        if not isinstance(pdf, bytes):
            raise COMPOSING_FAILED.error("not one document")
        return pdf


def _check_sheets(sheets: tuple[SheetFacts, ...], *, pages: int) -> None:
    copies = len(sheets) // pages
    expected = [(copy, page) for copy in range(1, copies + 1) for page in range(1, pages + 1)]
    if not sheets or [(sheet.copy, sheet.page) for sheet in sheets] != expected:
        raise FACTS_INCONSISTENT.error(f"sheets are not copies of {pages} pages in order")
    if len({sheet.paper_number for sheet in sheets}) != len(sheets):
        raise FACTS_INCONSISTENT.error("a paper number stands twice")


def _items(pieces: Iterable[Piece]) -> list[list[Any]]:
    return [
        [each.x, each.baseline, each.size, each.font, each.tracking, each.text, begins_or_ends_with_bracket(each.text)]
        for each in pieces
    ]


def _square(rect: Rect, code: bytes) -> dict[str, Any]:
    try:
        modules = draw_code(code)
    except MadoguchiError:
        raise TEXT_TOO_LONG.error("front_code") from None
    return {"x": rect.x, "y": rect.y, "side_mm": rect.w, "side": modules.side, "pixels": list(modules.pixels)}

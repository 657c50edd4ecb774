"""Typst, warm: the reference of the golden pictures, and the engine that the first composer was built on.

One compiler object for the life of the process, fonts loaded once, data as JSON through `sys.inputs`; PDF/A-2b is
Typst's own (`pdf_standards`), untagged, as the fastest of its ways to that standard.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import typst

from madoguchi.bench.certificate.placing import Frame, PlacedSheet, Placer, Stretch
from madoguchi.certificate.facts import Facts, SheetFacts
from madoguchi.certificate.fonts import Drawn
from madoguchi.certificate.layout import all_layouts

_SOURCE: Final = Path(__file__).with_name("sheet.typ")
_PUNCTUATION: Final = frozenset("、。，．・：；？！（）「」『』【】〈〉《》〔〕［］｛｝")
"""Typst draws these closer together side by side and trims them at line ends (JLREQ 3.1.5): it is kept from both."""


class TypstEngine:
    """Typst with `sheet.typ`."""

    name = "Typst"
    note = ""

    def __init__(self, placer: Placer) -> None:
        self.placer = placer
        self._families = [face.family for face in placer.fonts.faces]
        self._frames: dict[Frame, dict[str, Any]] = {}

    def prepare(self) -> None:
        """Load the fonts, and compile a document without pages so that the source is parsed."""
        fonts = typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=sorted({str(face.path.parent) for face in self.placer.fonts.faces}),
        )
        self._compiler = typst.Compiler(_SOURCE, root=_SOURCE.parent, font_paths=fonts)
        self._compile({"title": "", "pages": []}, at=0)

    def compose(self, facts: Facts, sheets: tuple[SheetFacts, ...], *, issued_at: datetime) -> bytes:
        """One PDF/A-2b with these sheets."""
        pages = [self._page(sheet) for sheet in self.placer.place(facts, sheets)]
        return self._compile(
            {"title": all_layouts().by_id(facts.layout).title, "pages": pages}, at=int(issued_at.timestamp())
        )

    def _page(self, sheet: PlacedSheet) -> dict[str, Any]:
        frame, square = self._frame(sheet.frame), sheet.frame.qr
        return {
            **frame,
            "texts": frame["texts"] + _items(sheet.values),
            "seal_frames": [list(each) for each in sheet.seal.frames] if sheet.seal else [],
            "seal_texts": _items(sheet.seal.texts) if sheet.seal else [],
            "qr": {
                "x": square.x,
                "y": square.y,
                "side_mm": square.w,
                "side": sheet.modules.side,
                "pixels": list(sheet.modules.pixels),
            },
        }

    def _frame(self, frame: Frame) -> dict[str, Any]:
        if frame not in self._frames:
            self._frames[frame] = {
                "tints": [[tint.x, tint.y, tint.w, tint.h, tint.grey] for tint in frame.tints],
                "rules": [[rule.x, rule.y, rule.w, rule.h, rule.weight] for rule in frame.rules],
                "texts": _items(frame.labels),
            }
        return self._frames[frame]

    def _compile(self, data: dict[str, Any], *, at: int) -> bytes:
        text = json.dumps({**data, "fonts": self._families}, ensure_ascii=False, separators=(",", ":"))
        made = self._compiler.compile(
            format="pdf", sys_inputs={"data": text}, pdf_standards="a-2b", timestamp=at, pdf_tags=False
        )
        if not isinstance(made, bytes):
            msg = "not one document"
            raise TypeError(msg)
        return made


def _items(stretches: Iterable[Stretch]) -> list[list[Any]]:
    return [
        [part.x, part.baseline, part.size, part.font, part.tracking, part.text, _has_outer_punctuation(part)]
        for stretch in stretches
        for part in stretch.cut(_apart(stretch.glyphs))
    ]


def _apart(glyphs: tuple[Drawn, ...]) -> list[list[Drawn]]:
    """Cut between two marks of punctuation."""
    parts: list[list[Drawn]] = []
    before = ""
    for glyph in glyphs:
        if not parts or (before in _PUNCTUATION and glyph.text in _PUNCTUATION):
            parts.append([])
        parts[-1].append(glyph)
        before = glyph.text
    return parts


def _has_outer_punctuation(part: Stretch) -> bool:
    return part.glyphs[0].text in _PUNCTUATION or part.glyphs[-1].text in _PUNCTUATION

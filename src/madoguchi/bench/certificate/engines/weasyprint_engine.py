"""WeasyPrint: one absolutely positioned element per text, rule and tint.

The constant part of a page is one prepared string of HTML. A line of height 0 puts the baseline half of (ascent minus
descent) below the element's top.
"""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTFont
from PIL import Image

from madoguchi.bench.certificate.engines.fontconfig import make_known
from madoguchi.bench.certificate.placing import VERMILION, Frame, PlacedSheet, Placer, Stretch
from madoguchi.certificate.facts import Facts, SheetFacts
from madoguchi.certificate.layout import PAGE_HEIGHT_MM, PAGE_WIDTH_MM, Rule, all_layouts
from madoguchi.certificate.setting import MM_PER_POINT
from madoguchi.paper.qr import Modules

import weasyprint  # isort: skip - after everything of ours: loading it fails where pango is missing

_STYLE: Final = (
    f"@page {{ size: {PAGE_WIDTH_MM}mm {PAGE_HEIGHT_MM}mm; margin: 0 }}"
    "html, body { margin: 0; padding: 0 }"
    "section { position: relative; width: 210mm; height: 296.9mm; overflow: hidden; page-break-after: always }"
    "section:last-child { page-break-after: auto }"
    "p, i, img { position: absolute; margin: 0; display: block }"
    "p { white-space: pre; line-height: 0; font-kerning: none; font-variant-ligatures: none;"
    " font-feature-settings: 'palt' 0, 'halt' 0 }"
    f".seal p {{ color: rgb{VERMILION} }} .seal i {{ box-sizing: border-box; border: solid rgb{VERMILION} }}"
    "img { image-rendering: pixelated }"
)


class WeasyPrintEngine:
    """WeasyPrint's own PDF."""

    name = "WeasyPrint"
    note = "not asked for PDF/A; its rules are filled boxes, which a renderer rounds to whole pixels"
    variant: str | None = None

    def __init__(self, placer: Placer) -> None:
        self.placer = placer
        self._frames: dict[Frame, str] = {}

    def prepare(self) -> None:
        """Find the fonts and read where their lines stand."""
        faces = self.placer.fonts.faces
        make_known(face.path for face in faces)
        self._drops = [_drop(face.path) for face in faces]
        fonts = "".join(f".f{at} {{ font-family: '{face.family}' }}" for at, face in enumerate(faces))
        self._style = _STYLE + fonts
        self._configuration = weasyprint.text.fonts.FontConfiguration()

    def compose(self, facts: Facts, sheets: tuple[SheetFacts, ...], *, issued_at: datetime) -> bytes:  # noqa: ARG002
        """One PDF with these sheets."""
        pages = "".join(self._section(sheet) for sheet in self.placer.place(facts, sheets))
        title = html.escape(all_layouts().by_id(facts.layout).title)
        text = (
            f"<html lang=ja><head><title>{title}</title><style>{self._style}</style></head><body>{pages}</body></html>"
        )
        document = weasyprint.HTML(string=text)
        made = document.write_pdf(font_config=self._configuration, pdf_variant=self.variant)
        return bytes(made)

    def _section(self, sheet: PlacedSheet) -> str:
        seal = ""
        if sheet.seal:
            frames = "".join(_border(*frame) for frame in sheet.seal.frames)
            seal = f"<div class=seal>{frames}{self._texts(sheet.seal.texts)}</div>"
        square = sheet.frame.qr
        picture = (
            f'<img src="{_picture(sheet.modules)}" style="left:{square.x}mm;top:{square.y}mm;width:{square.w}mm;'
            f'height:{square.h}mm">'
        )
        return f"<section>{self._frame(sheet.frame)}{self._texts(sheet.values)}{seal}{picture}</section>"

    def _frame(self, frame: Frame) -> str:
        if frame not in self._frames:
            tints = "".join(
                f'<i style="{_rectangle(tint.x, tint.y, tint.w, tint.h)};background:{_grey(tint.grey)}"></i>'
                for tint in frame.tints
            )
            rules = "".join(_line(rule) for rule in frame.rules)
            self._frames[frame] = tints + rules + self._texts(frame.labels)
        return self._frames[frame]

    def _texts(self, stretches: Iterable[Stretch]) -> str:
        return "".join(self._text(stretch) for stretch in stretches)

    def _text(self, stretch: Stretch) -> str:
        top = stretch.baseline - self._drops[stretch.font] * stretch.size * MM_PER_POINT
        spacing = f";letter-spacing:{stretch.tracking}em" if stretch.tracking else ""
        return (
            f'<p class=f{stretch.font} style="left:{stretch.x}mm;top:{top:.4f}mm;font-size:{stretch.size}pt{spacing}">'
            f"{html.escape(stretch.text)}</p>"
        )


class WeasyPrintArchival(WeasyPrintEngine):
    """The same, as PDF/A-2b."""

    name = "WeasyPrint PDF/A-2b"
    note = "rules as above"
    variant = "pdf/a-2b"


def _drop(path: Path) -> float:
    """How far the baseline of a line of height 0 lies below its top, in em."""
    with TTFont(path, lazy=True) as font:
        across = font["hhea"]
        return float((across.ascent + across.descent) / 2 / font["head"].unitsPerEm)


def _grey(share: float) -> str:
    return "#" + f"{round(share * 255):02x}" * 3


def _rectangle(x: float, y: float, w: float, h: float) -> str:
    return f"left:{x:.4f}mm;top:{y:.4f}mm;width:{w:.4f}mm;height:{h:.4f}mm"


def _line(rule: Rule) -> str:
    """A line with square ends is a rectangle that is half its weight larger on every side."""
    half = rule.weight * MM_PER_POINT / 2
    place = _rectangle(rule.x - half, rule.y - half, rule.w + 2 * half, rule.h + 2 * half)
    return f'<i style="{place};background:#000"></i>'


def _border(x: float, y: float, w: float, h: float, weight: float) -> str:
    half = weight * MM_PER_POINT / 2
    return f'<i style="{_rectangle(x - half, y - half, w + 2 * half, h + 2 * half)};border-width:{weight}pt"></i>'


def _picture(modules: Modules) -> str:
    made = io.BytesIO()
    Image.frombytes("L", (modules.side, modules.side), modules.pixels).save(made, "PNG")
    return "data:image/png;base64," + base64.b64encode(made.getvalue()).decode()

"""ReportLab: its canvas, with the font file as a TTFont.

It has no idea of variation selectors: each is a character of its own that the font lacks, and is drawn as a box.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime

from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from madoguchi.bench.certificate.placing import VERMILION, PlacedSheet, Placer, Stretch
from madoguchi.certificate.facts import Facts, SheetFacts
from madoguchi.certificate.layout import PAGE_HEIGHT_MM, PAGE_WIDTH_MM, all_layouts
from madoguchi.certificate.setting import MM_PER_POINT

_PROJECTING = 2


def _pt(millimetres: float) -> float:
    return millimetres / MM_PER_POINT


def _up(millimetres: float) -> float:
    """ReportLab counts from the bottom of the page."""
    return (PAGE_HEIGHT_MM - millimetres) / MM_PER_POINT


class ReportLabEngine:
    """ReportLab's canvas."""

    name = "ReportLab"
    note = "no PDF/A; a variation selector is drawn as a box after the default form"

    def __init__(self, placer: Placer) -> None:
        self.placer = placer

    def prepare(self) -> None:
        """Register the fonts."""
        self._names = [f"F{at}" for at in range(len(self.placer.fonts.faces))]
        for name, face in zip(self._names, self.placer.fonts.faces, strict=True):
            pdfmetrics.registerFont(TTFont(name, str(face.path)))

    def compose(self, facts: Facts, sheets: tuple[SheetFacts, ...], *, issued_at: datetime) -> bytes:  # noqa: ARG002
        """One PDF with these sheets; its date is ReportLab's affair."""
        made = io.BytesIO()
        canvas = Canvas(made, pagesize=(_pt(PAGE_WIDTH_MM), _pt(PAGE_HEIGHT_MM)), pageCompression=1)
        canvas.setTitle(all_layouts().by_id(facts.layout).title)
        for sheet in self.placer.place(facts, sheets):
            self._draw(canvas, sheet)
            canvas.showPage()
        canvas.save()
        return made.getvalue()

    def _draw(self, canvas: Canvas, sheet: PlacedSheet) -> None:
        for tint in sheet.frame.tints:
            canvas.setFillGray(tint.grey)
            canvas.rect(_pt(tint.x), _up(tint.y + tint.h), _pt(tint.w), _pt(tint.h), stroke=0, fill=1)
        canvas.setFillGray(0)
        canvas.setLineCap(_PROJECTING)
        for rule in sheet.frame.rules:
            canvas.setLineWidth(rule.weight)
            canvas.line(_pt(rule.x), _up(rule.y), _pt(rule.x + rule.w), _up(rule.y + rule.h))
        self._write(canvas, sheet.frame.labels)
        self._write(canvas, sheet.values)
        if sheet.seal:
            red = [part / 255 for part in VERMILION]
            canvas.setFillColorRGB(*red)
            canvas.setStrokeColorRGB(*red)
            for x, y, w, h, weight in sheet.seal.frames:
                canvas.setLineWidth(weight)
                canvas.rect(_pt(x), _up(y + h), _pt(w), _pt(h), stroke=1, fill=0)
            self._write(canvas, sheet.seal.texts)
        square, side = sheet.frame.qr, sheet.modules.side
        picture = ImageReader(Image.frombytes("L", (side, side), sheet.modules.pixels))
        canvas.drawImage(picture, _pt(square.x), _up(square.y + square.h), _pt(square.w), _pt(square.h))

    def _write(self, canvas: Canvas, stretches: Iterable[Stretch]) -> None:
        for stretch in stretches:
            text = canvas.beginText(_pt(stretch.x), _up(stretch.baseline))
            text.setFont(self._names[stretch.font], stretch.size)
            text.setCharSpace(stretch.tracking * stretch.size)
            text.textOut(stretch.text)
            canvas.drawText(text)

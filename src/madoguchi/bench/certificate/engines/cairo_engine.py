"""pycairo: a PDF surface, the font through FreeType and fontconfig, glyphs with their text beside them.

`show_text_glyphs` takes glyph numbers and the text that they stand for, so that variants come out right in picture and
text layer. cairo has no PDF/A and no way to name one.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime

import cairo
import numpy as np

from madoguchi.bench.certificate.engines.fontconfig import make_known
from madoguchi.bench.certificate.placing import VERMILION, PlacedSheet, Placer, Stretch
from madoguchi.certificate.facts import Facts, SheetFacts
from madoguchi.certificate.layout import PAGE_HEIGHT_MM, PAGE_WIDTH_MM
from madoguchi.certificate.setting import MM_PER_POINT

_POINTS_PER_MM = 1 / MM_PER_POINT
_BLACK = (0.0, 0.0, 0.0)
_RED = tuple(part / 255 for part in VERMILION)


class CairoEngine:
    """cairo's PDF surface."""

    name = "pycairo"
    note = "no PDF/A"

    def __init__(self, placer: Placer) -> None:
        self.placer = placer

    def prepare(self) -> None:
        """Find the fonts."""
        make_known(face.path for face in self.placer.fonts.faces)
        self._faces = [cairo.ToyFontFace(face.family) for face in self.placer.fonts.faces]

    def compose(self, facts: Facts, sheets: tuple[SheetFacts, ...], *, issued_at: datetime) -> bytes:
        """One PDF with these sheets; its date is cairo's affair."""
        made = io.BytesIO()
        surface = cairo.PDFSurface(made, PAGE_WIDTH_MM * _POINTS_PER_MM, PAGE_HEIGHT_MM * _POINTS_PER_MM)
        surface.set_metadata(cairo.PDFMetadata.CREATE_DATE, issued_at.isoformat(timespec="seconds"))
        for sheet in self.placer.place(facts, sheets):
            context = cairo.Context(surface)
            context.scale(_POINTS_PER_MM, _POINTS_PER_MM)
            self._draw(context, sheet)
            surface.show_page()
        surface.finish()
        return made.getvalue()

    def _draw(self, context: cairo.Context[cairo.PDFSurface], sheet: PlacedSheet) -> None:
        for tint in sheet.frame.tints:
            context.set_source_rgb(tint.grey, tint.grey, tint.grey)
            context.rectangle(tint.x, tint.y, tint.w, tint.h)
            context.fill()
        context.set_source_rgb(*_BLACK)
        context.set_line_cap(cairo.LineCap.SQUARE)
        for rule in sheet.frame.rules:
            context.set_line_width(rule.weight * MM_PER_POINT)
            context.move_to(rule.x, rule.y)
            context.rel_line_to(rule.w, rule.h)
            context.stroke()
        self._write(context, sheet.frame.labels)
        self._write(context, sheet.values)
        if sheet.seal:
            context.set_source_rgb(*_RED)
            context.set_line_cap(cairo.LineCap.BUTT)
            for x, y, w, h, weight in sheet.seal.frames:
                context.set_line_width(weight * MM_PER_POINT)
                context.rectangle(x, y, w, h)
                context.stroke()
            self._write(context, sheet.seal.texts)
        _square(context, sheet)

    def _write(self, context: cairo.Context[cairo.PDFSurface], stretches: Iterable[Stretch]) -> None:
        for stretch in stretches:
            context.set_font_face(self._faces[stretch.font])
            em, x = stretch.size * MM_PER_POINT, stretch.x
            context.set_font_size(em)
            glyphs: list[cairo.Glyph] = []
            parts: list[cairo.TextCluster] = []
            for each in stretch.glyphs:
                glyphs.append(cairo.Glyph(each.glyph, x, stretch.baseline))
                parts.append(cairo.TextCluster(len(each.text.encode()), 1))
                x += (each.advance + stretch.tracking) * em
            context.show_text_glyphs(stretch.text, glyphs, parts, cairo.TextClusterFlags(0))


def _square(context: cairo.Context[cairo.PDFSurface], sheet: PlacedSheet) -> None:
    """The modules as an image of one octet per module, as it lies in memory."""
    side, square = sheet.modules.side, sheet.frame.qr
    stride = cairo.ImageSurface.format_stride_for_width(cairo.Format.RGB24, side)
    grey = np.frombuffer(sheet.modules.pixels, np.uint8).reshape(side, side)
    rows = np.zeros((side, stride // 4, 4), np.uint8)
    rows[:, :side, :3] = grey[:, :, None]
    image = cairo.ImageSurface.create_for_data(bytearray(rows.tobytes()), cairo.Format.RGB24, side, side, stride)
    context.save()
    context.translate(square.x, square.y)
    context.scale(square.w / side, square.h / side)
    context.set_source_surface(image, 0, 0)
    context.get_source().set_filter(cairo.Filter.NEAREST)
    context.paint()
    context.restore()

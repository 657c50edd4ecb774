"""The reader's own way into a font, against fontTools; and embedded fonts that are not what they say."""

from __future__ import annotations

import io
import random
from pathlib import Path
from typing import Any

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables.ttProgram import Program

from madoguchi.certificate.compose import Composer
from madoguchi.certificate.fonts import FontSet
from madoguchi.certificate.reading import Reader
from madoguchi.certificate.reading.originals import Originals
from madoguchi.certificate.reading.truetype import Point, TrueType, same_drawing
from madoguchi.certificate.taxation import taxation_facts
from madoguchi.errors import MadoguchiError
from madoguchi.runtime.fonts import find_fonts
from tests.certificate.editing import Sheet, edited
from tests.certificate.people import HEADING, ISSUED_AT, resident, sheets, tax

LETTERS = "ABCDEabcde "


def small_font(path: Path) -> Path:
    """A font of a few Latin letters; each after the first is the first one moved, or moved and halved."""
    names = [".notdef", *(f"u{ord(letter):04X}" for letter in LETTERS)]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(letter): f"u{ord(letter):04X}" for letter in LETTERS})
    glyphs: dict[str, Any] = {}
    pen = TTGlyphPen(None)
    pen.moveTo((50, 0))
    pen.qCurveTo((50, 700), (450, 700), (450, 0))
    pen.closePath()
    glyphs["u0041"] = pen.glyph()
    for at, name in enumerate(names):
        pen = TTGlyphPen(glyphs)
        if name not in {".notdef", "u0020", "u0041"}:
            scale = 0.5 if at % 2 else 1.0
            pen.addComponent("u0041", (scale, 0, 0, scale, 10 * at, 4 * at))
        glyphs.setdefault(name, pen.glyph())
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics({name: _metric(builder, name) for name in names})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Small", "styleName": "Regular", "psName": "Small"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)
    return path


def _metric(builder: FontBuilder, name: str) -> tuple[int, int]:
    """A space as wide as IPAmj明朝's, letters of half an em."""
    glyph = builder.font["glyf"][name]
    return (290, 0) if name == "u0020" else (500, glyph.xMin if glyph.numberOfContours else 0)


def outline(font: TTFont, name: str) -> list[tuple[float, float, bool]]:
    points, _, flags = font["glyf"][name].getCoordinates(font["glyf"])
    return [(x, y, bool(flag & 1)) for (x, y), flag in zip(points, flags, strict=True)]


def test_characters_outlines_and_widths_are_those_that_fonttools_finds() -> None:
    path = find_fonts()[0]
    own = TrueType(path.read_bytes(), bare=False)
    characters = own.characters()
    with TTFont(path, lazy=True) as font:
        best = font.getBestCmap()
        for code in random.Random(3).sample(sorted(best), 400):
            index = font.getGlyphID(best[code])
            assert characters.glyph(chr(code)) == index
            assert own.glyph(index).advance == font["hmtx"][best[code]][0]
            found = [point for contour in own.contours(index) for point in contour]
            assert [(point.x, point.y, point.on) for point in found] == outline(font, best[code])
        (variants,) = (table for table in font["cmap"].tables if table.format == 14)
        for selector, pairs in variants.uvsDict.items():
            for code, name in pairs:
                assert characters.glyph(chr(code) + chr(selector)) == font.getGlyphID(name or best[code])
    assert characters.glyph("辻\U000e0100") is None
    assert characters.glyph("\ue000") is None


def test_a_glyph_made_of_others_is_resolved(tmp_path: Path) -> None:
    path = small_font(tmp_path / "small.ttf")
    own = TrueType(path.read_bytes(), bare=False)
    with TTFont(path) as font:
        for letter in LETTERS.strip():
            name = font.getBestCmap()[ord(letter)]
            index = font.getGlyphID(name)
            assert own.characters().glyph(letter) == index
            found = [point for contour in own.contours(index) for point in contour]
            assert [(point.x, point.y, point.on) for point in found] == outline(font, name)


def test_the_same_curve_written_in_other_ways_is_the_same() -> None:
    on, off = [Point(*at, on=True) for at in ((0, 0), (4, 4))], [Point(*at, on=False) for at in ((0, 8), (8, 8))]
    curve = (on[0], off[0], off[1])
    assert same_drawing((curve,), ((off[1], on[0], off[0]),))
    assert same_drawing((curve,), ((on[0], off[0], Point(4, 8, on=True), off[1]),))
    assert not same_drawing((curve,), ((on[1], off[0], off[1]),))
    assert not same_drawing((curve,), ((on[0], off[1], off[0]),))
    assert not same_drawing((curve,), ())


@pytest.fixture(scope="module")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    return small_font(tmp_path_factory.mktemp("fonts") / "small.ttf"), find_fonts()[0]


def _paper(fonts: tuple[Path, ...]) -> bytes:
    facts = taxation_facts(resident(name="ABE DACE　辻\U000e0102"), tax(), HEADING)
    return Composer(FontSet(fonts)).compose(facts, sheets(), issued_at=ISSUED_AT)


def test_a_paper_of_two_fonts_reads_back(fonts: tuple[Path, ...]) -> None:
    (page,) = Reader(fonts).read(_paper(fonts))
    assert page.name == "ABE DACE　辻\U000e0102"


def test_the_reader_goes_by_its_own_list_of_fonts(fonts: tuple[Path, ...]) -> None:
    """A letter of the font that is asked first comes from that font, or the page is refused."""
    with pytest.raises(MadoguchiError, match="font: a glyph is not the character's"):
        Reader(fonts[::-1]).read(_paper(fonts))


def test_a_glyph_with_instructions_is_refused(composer: Composer) -> None:
    """They could bend an outline that is right."""
    facts = taxation_facts(resident(), tax(), HEADING)

    def change(sheet: Sheet) -> None:
        with TTFont(io.BytesIO(sheet.file("P0").read_bytes())) as font:
            glyph = font["glyf"][font.getGlyphName(1)]
            glyph.expand(font["glyf"])
            glyph.program = Program()
            glyph.program.fromBytecode(b"\x2f")
            made = io.BytesIO()
            font.save(made)
        sheet.file("P0").write(made.getvalue())

    with pytest.raises(MadoguchiError, match="font: instructions"):
        Reader(find_fonts()).read(edited(composer.compose(facts, sheets(), issued_at=ISSUED_AT), change))


def test_what_is_no_font_with_outlines_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"not a font", b"OTTO" + bytes(60), small_font(tmp_path / "small.ttf").read_bytes()[:300]):
        (tmp_path / "font.ttf").write_bytes(content)
        with pytest.raises(MadoguchiError, match="font_unusable"):
            Originals([tmp_path / "font.ttf"])
    with pytest.raises(MadoguchiError, match="font_unusable"):
        Originals([])

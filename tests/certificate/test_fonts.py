"""Which characters may be drawn, and how text is fitted."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.certificate.compose import Composer
from madoguchi.certificate.facts import printed
from madoguchi.certificate.fonts import FontSet, clusters
from madoguchi.certificate.layout import Box, all_layouts
from madoguchi.certificate.pdf.embedding import EmbeddedFace
from madoguchi.certificate.pdf.ink import text_ink
from madoguchi.certificate.pdf.template import Template
from madoguchi.certificate.setting import LINE_PITCH, MM_PER_POINT, Setter, join_lines
from madoguchi.errors import MadoguchiError

DRAWN = [
    "髙橋",
    "山﨑",
    "𠮷田",
    "辻\U000e0102",
    "葛\U000e0102",
    "邊\U000e0108",
    "邉\U000e010f",
    "斎藤",
    "渡邊",
    "MARÍA ß",
]
DEJAVU = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")


@pytest.mark.parametrize("name", DRAWN)
def test_names_that_must_come_out_right(composer: Composer, name: str) -> None:
    assert composer.fonts.missing(name) == ()


@pytest.mark.parametrize("name", ["辻\U000e0100", "葛\U000e0101", "か\u3099", "😀", "あ\U000e0102", "A\u0301"])
def test_what_would_be_drawn_differently_is_refused_by_field_only(composer: Composer, name: str) -> None:
    assert composer.fonts.missing(f"山{name}") == (name,)
    with pytest.raises(MadoguchiError, match=r"certificate\.glyph_missing: name$"):
        composer.fonts.width(name, field_name="name")


@given(st.text(max_size=30))
def test_clusters_lose_nothing(text: str) -> None:
    assert "".join(clusters(text)) == text


def test_a_file_that_is_no_font_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"not a font")
    with pytest.raises(MadoguchiError, match="font_unusable"):
        FontSet((broken,))
    with pytest.raises(MadoguchiError, match="font_unusable"):
        FontSet(())


@pytest.mark.skipif(not DEJAVU.exists(), reason="needs a second font")
def test_a_second_font_serves_what_the_first_lacks(composer: Composer) -> None:
    both = FontSet((DEJAVU, composer.fonts.faces[0].path))
    assert both.runs("Ab髙橋c", field_name="name") == ((0, "Ab"), (1, "髙橋"), (0, "c"))
    assert both.missing("髙橋 辻\U000e0102") == ()


def _box(**changes: Any) -> Box:
    values: dict[str, Any] = {"name": "name", "x": 20, "y": 40, "w": 60, "h": 10}
    values |= {"size": 11, "min_size": 7.5, "lines": 2}
    return Box(**(values | changes))


def test_text_shrinks_then_wraps_then_is_refused(composer: Composer) -> None:
    setter = Setter(composer.fonts)
    assert {piece.size for piece in setter.box(_box(), "髙橋花子")} == {11}
    shrunk = setter.box(_box(), "髙" * 20)
    assert 7.5 <= shrunk[0].size < 11
    wrapped = setter.box(_box(), "髙" * 40)
    assert [len(piece.text) for piece in wrapped] == [22, 18]
    assert {piece.size for piece in wrapped} == {7.5}
    assert wrapped[1].baseline - wrapped[0].baseline == pytest.approx(7.5 * MM_PER_POINT * LINE_PITCH, abs=0.002)
    with pytest.raises(MadoguchiError, match=r"certificate\.text_too_long: name$"):
        setter.box(_box(), "髙" * 46)
    with pytest.raises(MadoguchiError, match="text_too_long"):
        setter.box(_box(), "W" * 60)


@given(st.lists(st.sampled_from(["髙", "橋　", "JOSE", "de", " ", "𠮷", "辻\U000e0102", "2番3号", "（"]), max_size=30))
def test_wrapped_lines_join_to_the_very_text(composer: Composer, parts: list[str]) -> None:
    text = printed("".join(parts), field_name="name")
    lines = Setter(composer.fonts).wrap(text, width_em=16, field_name="name") if _breakable(text) else [text]
    assert join_lines(lines) == text


def _breakable(text: str) -> bool:
    """No Latin word longer than a line."""
    return max((len(word) for word in re.findall(r"[!-~ ]+", text)), default=0) < 20


SIMPLE = (
    "－",
    "0",
    "1,234,567",
    "△98,765,432,109",
    "令和8年11月23日",
    "9" * 30,
    "髙橋　一郎",
    "　髙",
    "橋　　髙",
    "JOSE de髙",
)
NOT_SIMPLE = ("辻\U000e0102髙橋", "葛\U000e0102")


def test_a_simple_value_is_set_where_the_setter_sets_it(composer: Composer) -> None:
    """The short way of amounts, dates and names draws what the readable rules of `setting` say, to the last operator.

    Two papers, each with its own codes: in one everything is set by the short way where it can be, in the other never.
    """
    template, setter = _template(composer), Setter(composer.fonts)
    short, long = template.codes(), template.codes()
    seen = 0
    for slot in template.plan(1).slots:
        for text in (*SIMPLE, *NOT_SIMPLE):
            simple = slot.set(text, short)
            assert simple is None or text not in NOT_SIMPLE
            if simple is not None:
                same = text_ink(setter.box(slot.box, text), long.coded)
                assert _words(simple) == _words(same)
                assert _places(simple) == pytest.approx(_places(same), abs=0.011)
                seen += 1
    assert seen > 300
    assert short.fonts == long.fonts


def test_what_is_not_simple_leaves_nothing_in_the_persons_font(composer: Composer) -> None:
    template = _template(composer)
    codes = template.codes()
    slot = template.plan(1).slots[template.plan(1).names.index("name")]
    assert slot.set("髙", codes) is not None
    for text in NOT_SIMPLE:
        assert slot.set(text, codes) is None
    assert [each.text for each in codes.fonts[0]] == ["髙"]
    codes.coded(composer.fonts.draw("橋", field_name="name"))
    assert codes.line("橋髙") == "(00020001)"


def _template(composer: Composer) -> Template:
    faces = tuple(EmbeddedFace(face) for face in composer.fonts.faces)
    layout = all_layouts().by_id("taxation-2026/2")
    return Template(layout, composer.fonts, faces, Setter(composer.fonts), constants="")


def _words(operators: str) -> list[str]:
    return re.sub(r"[\d.]+ [\d.]+ Tm", "Tm", operators).split()


def _places(operators: str) -> list[float]:
    return [float(each) for place in re.findall(r"([\d.]+) ([\d.]+) Tm", operators) for each in place]


def test_numbers_end_at_the_right_edge(composer: Composer) -> None:
    box = _box(align="right")
    for text in ("0", "1,234,567", "△1,234", "－"):
        (piece,) = Setter(composer.fonts).box(box, text)
        width = composer.fonts.width(text, field_name="name") * piece.size * MM_PER_POINT
        assert piece.x + width == pytest.approx(box.x + box.w, abs=0.002)

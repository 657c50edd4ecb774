"""Papers that lie in ink, in text or in pages: the clerk stops each of them, and says how bad it is."""

from __future__ import annotations

import re

import pytest
from pikepdf import Array, Dictionary, Name

from madoguchi.certificate.layout import Rect, all_layouts
from madoguchi.issuer.clerk import Gravity
from tests.certificate.editing import Change, Sheet, edited, replaced
from tests.issuer.desk import LONG, Desk, Paper
from tests.issuer.world import Kit

LAYOUT = all_layouts().by_id("taxation-2026/2")
PAGE = LAYOUT.first
BOXES = PAGE.boxes
DEFAULT, VARIANT = "辻", "辻\U000e0102"
AMOUNT = "total_income"
"""A box that is full on every paper here."""


@pytest.fixture(scope="module")
def desk(kit: Kit) -> Desk:
    return Desk(kit)


@pytest.fixture(scope="module")
def paper(desk: Desk) -> Paper:
    return desk.paper(LAYOUT)


@pytest.fixture(scope="module")
def long(desk: Desk) -> Paper:
    """Two copies of two pages."""
    return desk.paper(LAYOUT, copies=2, remarks=LONG)


def points(rect: Rect) -> str:
    """A rectangle as an operator."""
    scale = 72 / 25.4
    return f"{rect.x * scale:.2f} {(297 - rect.y - rect.h) * scale:.2f} {rect.w * scale:.2f} {rect.h * scale:.2f} re"


# Glyphs under a text layer that says something else


def redrawn(desk: Desk, font: str, swaps: dict[str, str]) -> Change:
    """Draw other characters' glyphs under the codes of some: the text layer stays as it was."""

    def change(sheet: Sheet) -> None:
        glyphs = desk.composer.fonts.faces[0].glyphs
        drawn = [glyphs[swaps.get(text, text)][0] for text in sheet.codes(font)]
        sheet.file(font).write(desk.composer._faces[0].outlines.subset(drawn))

    return change


def test_the_default_glyph_under_a_text_layer_that_claims_the_variant(desk: Desk, paper: Paper) -> None:
    made = edited(paper.pdf, redrawn(desk, "P0", {VARIANT: DEFAULT}))
    assert causes(desk, paper, made) == ["font: a glyph is not the character's"]


def test_a_wrong_glyph_under_right_text(desk: Desk, paper: Paper) -> None:
    made = edited(paper.pdf, redrawn(desk, "M0", {"3": "8", "8": "3"}))
    assert causes(desk, paper, made) == ["font: a glyph is not the character's"]


def test_the_same_glyphs_written_anew_are_the_same(desk: Desk, paper: Paper) -> None:
    """The tests above fail for what they draw, not for how they are made."""
    assert desk.findings(paper, edited(paper.pdf, redrawn(desk, "P0", {}))) == []


def test_a_dropped_selector_in_the_text_layer(desk: Desk, paper: Paper) -> None:
    def change(sheet: Sheet) -> None:
        replaced(sheet.font("P0").ToUnicode, b"<8fbbdb40dd02>", b"<8fbb>")

    assert causes(desk, paper, edited(paper.pdf, change)) == ["font: a glyph is not the character's"]


def causes(desk: Desk, paper: Paper, pdf: bytes) -> list[str]:
    """What was found, of pages that cannot be read."""
    found = desk.findings(paper, pdf)
    assert all(finding.gravity is Gravity.VALUE for finding in found)
    return [finding.where.removeprefix("certificate.page_unreadable ") for finding in found]


def exchanged_meanings(sheet: Sheet) -> None:
    """3 reads 8 and 8 reads 3, for every reader of text."""
    codes = sheet.codes()
    content = sheet.font("M0").ToUnicode.read_bytes()
    for text, other in (("3", "8"), ("8", "3")):
        content = content.replace(f"<{codes[text]}><{ord(text):04x}>".encode(), f"<{codes[text]}><!{other}>".encode())
    content = content.replace(b"<!3>", b"<0033>").replace(b"<!8>", b"<0038>")
    sheet.font("M0").ToUnicode.write(content)


def two_codes_for_one_character(sheet: Sheet) -> None:
    replaced(sheet.font("M0").ToUnicode, b"<0039>", b"<0038>")


def a_code_without_meaning(sheet: Sheet) -> None:
    code = sheet.codes()["0"]
    sheet.font("M0").ToUnicode.write(
        re.sub(rb"<%s><\w+>\n" % code.encode(), b"", sheet.font("M0").ToUnicode.read_bytes())
    )


def two_characters_for_one_code(sheet: Sheet) -> None:
    replaced(sheet.font("M0").ToUnicode, b"<0038>", b"<00380038>")


def a_text_map_that_uses_another(sheet: Sheet) -> None:
    replaced(sheet.font("M0").ToUnicode, b"endcmap", b"/Other usecmap endcmap")


def exchanged_widths(sheet: Sheet) -> None:
    """The widths of an amount's digits and of its commas, in the page's own list."""
    codes, widths = sheet.codes(), sheet.descendant("M0").W
    at = {int(widths[index]): index + 1 for index in range(0, len(widths), 2)}
    comma, digit = at[int(codes[","], 16)], at[int(codes["3"], 16)]
    widths[comma], widths[digit] = Array([widths[digit][0]]), Array([widths[comma][0]])


def exchanged_metrics(sheet: Sheet) -> None:
    """The same in the embedded font's own table."""
    codes, data = sheet.codes(), bytearray(sheet.file("M0").read_bytes())
    entry = data.index(b"hmtx")
    start = int.from_bytes(data[entry + 8 : entry + 12], "big")
    comma, digit = (start + 4 * int(codes[text], 16) for text in (",", "3"))
    data[comma : comma + 4], data[digit : digit + 4] = data[digit : digit + 4], data[comma : comma + 4]
    sheet.file("M0").write(bytes(data))


def one_point_moved(sheet: Sheet) -> None:
    """One octet of one outline of the person's characters."""
    data = bytearray(sheet.file("P0").read_bytes())
    entry = data.index(b"glyf")
    start = int.from_bytes(data[entry + 8 : entry + 12], "big")
    data[start + 100] ^= 0x01
    sheet.file("P0").write(bytes(data))


def other_glyphs_by_a_map(sheet: Sheet) -> None:
    sheet.descendant("M0").CIDToGIDMap = sheet.stream(b"\0\0\0\5" * 200)


def another_encoding(sheet: Sheet) -> None:
    sheet.font("M0").Encoding = Name("/Identity-V")


def a_font_of_the_viewers_choice(sheet: Sheet) -> None:
    sheet.resources.Font["/M0"] = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)


def a_font_with_a_program(sheet: Sheet) -> None:
    """A table of the embedded font renamed to one that holds instructions."""
    replaced(sheet.file("P0"), b"maxp", b"prep", count=1)


# Drawing


def white_box(sheet: Sheet) -> None:
    sheet.add(f"1 g {points(BOXES[AMOUNT])} f")


def box_of_the_grounds_grey(sheet: Sheet) -> None:
    sheet.add(f"0.95 g {points(BOXES[AMOUNT])} f")


def form_over_the_text(sheet: Sheet) -> None:
    sheet.lines = [sheet.lines[0].replace("/F Do ", ""), *sheet.lines[1:], "/F Do"]
    sheet.write()


def form_drawn_twice(sheet: Sheet) -> None:
    sheet.add("/F Do")


def second_form(sheet: Sheet) -> None:
    own = Array([0, 0, 595, 842])
    sheet.resources.XObject["/G"] = sheet.stream(
        b"1 g 0 0 595 842 re f", Type=Name.XObject, Subtype=Name.Form, BBox=own
    )
    sheet.add("/G Do")


def line_through_a_value(sheet: Sheet) -> None:
    sheet.add("0 G 9 w 400 550 m 560 550 l S")


def red_frame_over_a_value(sheet: Sheet) -> None:
    sheet.add(f"0.784 0.188 0.118 RG 1 w {points(BOXES[AMOUNT])} S")


def image_over_a_value(sheet: Sheet) -> None:
    sheet.add("q 200 0 0 20 350 400 cm /Q Do Q")


def second_image(sheet: Sheet) -> None:
    sheet.add(next(line for line in sheet.lines if "/Q Do" in line))


def in_box(operators: str, after: str = "") -> Change:
    """Operators before, and after, the text of one value."""

    def change(sheet: Sheet) -> None:
        at = sheet.at(BOXES[AMOUNT])
        sheet.lines[at] = f"{operators} {sheet.lines[at]} {after}"
        sheet.write()

    return change


def around(before: str, after: str = "") -> Change:
    """Operators around everything."""

    def change(sheet: Sheet) -> None:
        sheet.lines = [before, *sheet.lines, after]
        sheet.write()

    return change


def inked(colour: str) -> Change:
    """All text of the page, but the seal, in another colour."""

    def change(sheet: Sheet) -> None:
        sheet.lines = [re.sub(r"^(/F Do )?0 g$", rf"\g<1>{colour}", line) for line in sheet.lines]
        sheet.write()

    return change


white, grey, red = inked("1 g"), inked("0.9 g"), inked("0.784 0.188 0.118 rg")


def larger(sheet: Sheet) -> None:
    at = sheet.at(BOXES[AMOUNT])
    sheet.lines[at] = re.sub(r"/M0 [\d.]+ Tf", "/M0 10 Tf", sheet.lines[at])
    sheet.write()


def turned(sheet: Sheet) -> None:
    at = sheet.at(BOXES[AMOUNT])
    sheet.lines[at] = sheet.lines[at].replace("1 0 0 1 ", "1 0 0 -1 ")
    sheet.write()


def elsewhere(sheet: Sheet) -> None:
    """The same text in the box of another amount."""
    at, to = sheet.at(BOXES[AMOUNT]), sheet.at(BOXES["annual_tax"])
    place = re.search(r"1 0 0 1 [\d.]+ [\d.]+ Tm", sheet.lines[to])
    assert place
    sheet.lines[at] = re.sub(r"1 0 0 1 [\d.]+ [\d.]+ Tm", place[0], sheet.lines[at])
    sheet.write()


def a_row_higher(sheet: Sheet) -> None:
    """Still begun inside its box, but to be seen in the row above."""
    at = sheet.at(BOXES[AMOUNT])
    sheet.lines[at] = re.sub(
        r"(1 0 0 1 [\d.]+ )([\d.]+)", lambda found: f"{found[1]}{float(found[2]) + 8:.2f}", sheet.lines[at]
    )
    sheet.write()


def on_nothing(sheet: Sheet) -> None:
    sheet.lines.insert(sheet.lines.index("ET"), sheet.line(Rect(x=20, y=1, w=60, h=5), "123"))
    sheet.write()


def on_a_label(sheet: Sheet) -> None:
    sheet.lines.insert(sheet.lines.index("ET"), sheet.line(PAGE.labels[8], "1"))
    sheet.write()


def on_a_value(sheet: Sheet) -> None:
    """A blank and a digit right over a value."""
    at = sheet.at(BOXES[AMOUNT])
    sheet.lines.insert(at, sheet.lines[at])
    sheet.write()


# What surrounds the drawing


def transparent(sheet: Sheet) -> None:
    sheet.resources.ExtGState = Dictionary({"/X": Dictionary(ca=0)})
    sheet.add("/X gs")


def replacement_text(sheet: Sheet) -> None:
    at = sheet.at(BOXES[AMOUNT])
    sheet.lines[at] = f"/Span <</ActualText (1)>> BDC {sheet.lines[at]} EMC"
    sheet.write()


def hidden_layer(sheet: Sheet) -> None:
    layer = sheet.document.make_indirect(Dictionary(Type=Name.OCG, Name="x"))
    sheet.document.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(OFF=Array([layer])))


def script(sheet: Sheet) -> None:
    sheet.document.Root.OpenAction = Dictionary(S=Name.JavaScript, JS="1")


def form_field(sheet: Sheet) -> None:
    sheet.document.Root.AcroForm = Dictionary(Fields=Array([]))


def annotation(sheet: Sheet) -> None:
    note = Dictionary(Type=Name.Annot, Subtype=Name.Square, Rect=[0, 0, 99, 99], IC=[1, 1, 1])
    sheet.page.obj.Annots = Array([sheet.document.make_indirect(note)])


def cropped(sheet: Sheet) -> None:
    sheet.page.obj.CropBox = Array([0, 100, 595, 842])


def larger_unit(sheet: Sheet) -> None:
    sheet.page.obj.UserUnit = 2


def softly_masked_code(sheet: Sheet) -> None:
    code = sheet.resources.XObject.Q
    code.SMask = sheet.stream(b"\0", Type=Name.XObject, Subtype=Name.Image, Width=1, Height=1, BitsPerComponent=8)


def blank_code(sheet: Sheet) -> None:
    code = sheet.resources.XObject.Q
    code.write(b"\xff" * len(code.read_bytes()))


def inverted_code(sheet: Sheet) -> None:
    sheet.resources.XObject.Q.Decode = Array([1, 0])


def moved_code(sheet: Sheet) -> None:
    sheet.lines = [line.replace("51.02 51.02 cm", "151.02 51.02 cm") for line in sheet.lines]
    sheet.write()


def no_code(sheet: Sheet) -> None:
    sheet.lines = [line for line in sheet.lines if "/Q Do" not in line]
    sheet.write()


def seal_in_black(sheet: Sheet) -> None:
    sheet.lines = [line.replace("0.784 0.188 0.118 rg", "0 g") for line in sheet.lines]
    sheet.write()


def seal_without_sample(sheet: Sheet) -> None:
    """A seal that does not say that it is none."""
    assert PAGE.seal
    strip = Rect(x=PAGE.seal.x, y=PAGE.seal.y + PAGE.seal.w, w=PAGE.seal.w, h=PAGE.seal.h - PAGE.seal.w)
    del sheet.lines[sheet.at(strip)]
    sheet.write()


LIES: dict[str, list[Change]] = {
    "font: a glyph is not the character's": [exchanged_meanings, exchanged_metrics, one_point_moved],
    "font: text map": [two_codes_for_one_character, two_characters_for_one_code, a_text_map_that_uses_another],
    "font: widths": [exchanged_widths],
    "font: another kind": [other_glyphs_by_a_map, another_encoding],
    "font: cannot be taken apart": [a_font_of_the_viewers_choice, a_font_with_a_program],
    "something drawn that is not text": [white_box, box_of_the_grounds_grey, form_over_the_text, line_through_a_value],
    "frames": [red_frame_over_a_value],
    "form: not one": [second_form],
    "form: not drawn once": [form_drawn_twice],
    "text outside every box": [larger, a_row_higher, elsewhere, on_nothing, on_a_label],
    "text over text": [on_a_value],
    "text in a colour": [white, grey, red],
    "front_code": [blank_code],
    "front_code: not one image": [image_over_a_value, second_image, no_code],
    "front_code: another image or place": [moved_code],
    "front_code: something that is not on the list": [softly_masked_code, inverted_code],
    "seal_text": [seal_in_black, seal_without_sample],
    "page: something that is not on the list": [transparent, larger_unit],
    "document: something that is not on the list": [hidden_layer, script, form_field],
    "rotated, or with annotations": [annotation],
    "not A4 portrait": [cropped],
    "drawing: written in another way": [replacement_text, around("", "/S sh"), around("", "0 0 m 1 1 2 2 3 3 c f % x"),
                                        around("", "BI /W 1 /H 1 /BPC 8 /CS /G ID x EI")],
    "drawing: an operator that is not on the list, or out of place": [
        a_code_without_meaning, turned, in_box("1 g", "0 g"), in_box("3 Tr", "0 Tr"), in_box("1 Tr", "0 Tr"),
        in_box("1 Tz", "100 Tz"), in_box("20 Ts", "0 Ts"), in_box("300 Tw", "0 Tw"), in_box("-9 Tc", "0 Tc"),
        around("0 0 10 10 re W n"), around("0.5 0 0 0.5 0 0 cm"), around("q", "Q"),
    ],
}  # fmt: skip
"""What is refused, by what the reader says of it: each for its own reason."""


@pytest.mark.parametrize(
    ("cause", "lie"),
    [pytest.param(cause, lie, id=f"{cause} ({at})") for cause, lies in LIES.items() for at, lie in enumerate(lies)],
)
def test_a_page_that_lies_suspends_the_record(desk: Desk, paper: Paper, cause: str, lie: Change) -> None:
    assert causes(desk, paper, edited(paper.pdf, lie)) == [cause]


def test_two_values_exchanged_are_found_in_both_boxes(desk: Desk, paper: Paper) -> None:
    one, other = "income_levy_ward", "deduction_social_insurance"

    def change(sheet: Sheet) -> None:
        here, there = sheet.at(BOXES[one]), sheet.at(BOXES[other])
        mine, theirs = (sheet.lines[at].partition(" Tm ") for at in (here, there))
        sheet.lines[here], sheet.lines[there] = mine[0] + " Tm " + theirs[2], theirs[0] + " Tm " + mine[2]
        sheet.write()

    found = desk.findings(paper, edited(paper.pdf, change))
    assert {each.where for each in found} == {f"sheet 1 {one}", f"sheet 1 {other}"}

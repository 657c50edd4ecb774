"""A wrong layout file is refused with the line on which a ward finds what is wrong."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from madoguchi.certificate import payment, taxation
from madoguchi.certificate.checking import check_layout
from madoguchi.certificate.compose import Composer
from madoguchi.certificate.facts import Facts
from madoguchi.certificate.fields import fields_of, required_fields
from madoguchi.certificate.kinds import all_kinds
from madoguchi.certificate.layout import (
    Layout,
    LayoutRefusedError,
    all_layouts,
    changed_layouts,
    load_layouts,
)
from madoguchi.certificate.layout.places import places_of
from madoguchi.certificate.setting import Setter
from madoguchi.errors import MadoguchiError
from tests.certificate.people import HEADING, four_terms, resident, tax

BUILT_IN = resources.files("madoguchi.certificate").joinpath("layouts")
MINIMAL = """
id = "sample/1"
kind = "taxation"
[both]
qr = { x = 10, y = 10, w = 28, h = 28 }
"""
"""Five lines: what follows begins on line 6."""
BOX = '[[page.box]]\nname = "a"\nx = 50\ny = 50\nw = 20\nh = 5\n'
TABLE = '[[page.table]]\nx = 50\ny = 50\ncolumns = [10, 10]\nrow = 5\naligns = ["left", "left"]\n'


@pytest.mark.parametrize(
    ("addition", "line", "what"),
    [
        (BOX.replace("x = 50", "x = 200"), 6, "box a is off the page"),
        ("[[page.rule]]\nx = 200\ny = 50\nw = 20", 6, "line is off the page"),
        ("[[page.tint]]\nx = 0\ny = 290\nw = 1\nh = 8", 6, "tint is off the page"),
        ("[[page.frame]]\nx = 20\ny = 290\nw = 20\nh = 20", 6, "line is off the page"),
        (BOX.replace("x = 50", "x = 20").replace("y = 50", "y = 20"), 6, "box a overlaps square (sample.toml line 5)"),
        (BOX + "\n" + BOX, 13, "box a stands twice (first at sample.toml line 6)"),
        (BOX + BOX.replace('"a"', '"b"'), 6, "box a overlaps box b (sample.toml line 12)"),
        (BOX + "# a remark\ncolour = 'red'\n", 13, "unknown field `colour` in page.box"),
        (BOX + "aling = 'left'\n", 12, "unknown field `aling` in page.box; did you mean align?"),
        (BOX.replace("w = 20", "w = 0"), 6, "box a has no room"),
        (BOX.replace("x = 50", 'x = "left"'), 8, "page.box"),
        (BOX.replace("y = 50\n", ""), 6, "missing required field `y`"),
        (TABLE + 'rows = [\n  ["a", ""],\n  ["b"],\n]\n', 14, "every row and aligns need 2 cells, this row has 1"),
        (TABLE.replace('"left", ', "") + "rows = []\n", 6, "every row and aligns need 2 cells"),
        (TABLE + 'rows = [\n  ["a", "b"], # head\n  ["<", ""],\n]\n', 14, "nothing to join at row 2, column 1"),
        (TABLE + 'rows = [\n  ["@a", "b"],\n  [\n    "c",\n    "@a",\n  ],\n]\n', 16, "box a stands twice"),
        (TABLE.replace("x = 50", "x = 195") + 'rows = [["@a", "b"]]\n', 6, "table is off the page"),
        ("[page.seal]\nx = 8\ny = 9\nw = 5\nh = 5", 5, "square overlaps square (sample.toml line 6)"),
        ("[page.qr]\nx = 80\ny = 9\nw = 28\nh = 28", 6, "a second square for the front code at 80, 9 mm"),
        ("[page\n", 6, "not TOML"),
        ('[page]\nbox = [\n', 8, "not TOML"),
    ],
)  # fmt: skip
def test_refused_with_its_line(addition: str, line: int, what: str) -> None:
    with pytest.raises(LayoutRefusedError, match="layout_invalid") as caught:
        load_layouts({"sample.toml": MINIMAL + addition})
    found = [str(fault) for fault in caught.value.faults]
    assert any(fault.startswith(f"sample.toml line {line}: ") and what in fault for fault in found), found


def test_every_fault_of_a_file_is_told_once() -> None:
    boxes = "".join(BOX.replace('"a"', f'"b{at}"').replace("x = 50", "x = 206") for at in range(30))
    with pytest.raises(LayoutRefusedError) as caught:
        load_layouts({"sample.toml": MINIMAL + boxes.replace("page.box", "both.box")})
    off = [fault for fault in caught.value.faults if "off the page" in fault.what]
    assert len(off) == 30
    assert caught.value.cause.endswith("more")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (MINIMAL.replace("[both]", 'use = ["none.toml"]\n[both]'), "line 4: uses none.toml"),
        ('\nid = "sample/1"\n', "line 2: every page needs one square"),
        (MINIMAL.replace("w = 28", "w = 27"), "line 5: the square for the front code is 28 by 28 mm"),
        (MINIMAL.replace("[both]", "first_year = 2024\nlast_year = 2023\n[both]"), "line 5: last_year"),
    ],
)
def test_a_layout_that_lacks_something(text: str, what: str) -> None:
    with pytest.raises(LayoutRefusedError) as caught:
        load_layouts({"sample.toml": text})
    assert f"sample.toml {what}" in str(caught.value)


def test_an_id_stands_in_one_file() -> None:
    with pytest.raises(MadoguchiError, match=r"a\.toml line 2: id sample/1 stands in two files"):
        load_layouts({"a.toml": MINIMAL, "b.toml": MINIMAL})


# ---- values ----


@pytest.fixture(scope="module")
def setter(composer: Composer) -> Setter:
    return Setter(composer.fonts)


def _changed(tmp_path: Path, name: str, *changes: tuple[str, str]) -> tuple[Path, Layout]:
    text = BUILT_IN.joinpath(name).read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file = tmp_path / name
    file.write_text(text, "utf-8")
    return file, changed_layouts(file)[0]


@pytest.mark.parametrize("layout", all_layouts().every, ids=lambda layout: layout.id)
def test_the_built_in_layouts_are_well(layout: Layout, setter: Setter) -> None:
    check_layout(layout, setter)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('"@pension_income"', '"@pensoin_income"', "there is no value pensoin_income; did you mean pension_income?"),
        ('kind = "taxation"', 'kind = "taxatoin"', "there is no kind taxatoin; did you mean taxation?"),
        ('"@annual_tax"', '""', "no box shows annual_tax on page 1"),
        ('name = "remarks"', 'name = "taxes"', "there is no value taxes"),
        ('name = "remarks"', 'name = "taxes"', "no box shows remarks on page 1"),
        ('text = "備考"', 'text = "備考及び注意事項"', "label 備考及び注意事項 is wider than its box"),
        ('text = "備考"', 'text = "備\ue000"', "label 備\ue000 cannot be drawn"),
    ],
)
def test_values_and_words_are_judged(tmp_path: Path, setter: Setter, old: str, new: str, what: str) -> None:
    file, layout = _changed(tmp_path, "taxation-2024.toml", (old, new))
    lines = file.read_text("utf-8").splitlines()
    with pytest.raises(LayoutRefusedError) as caught:
        check_layout(layout, setter)
    fault = next(fault for fault in caught.value.faults if fault.what.startswith(what))
    assert fault.place.file == "taxation-2024.toml"
    wanted = new.rsplit(" = ", maxsplit=1)[-1] if not what.startswith("no box") else "id = "
    shown = "".join(lines[fault.place.line - 1 : fault.place.line + 1])
    assert wanted in shown


def test_a_payment_layout_shows_every_instalment(tmp_path: Path, setter: Setter) -> None:
    _, layout = _changed(tmp_path, "payment-2019.toml", ('"@row24_paid"', '""'))
    with pytest.raises(LayoutRefusedError, match="no box shows row24_paid on page 1"):
        check_layout(layout, setter)


def test_following_pages_say_whose_they_are(tmp_path: Path, setter: Setter) -> None:
    file = tmp_path / "frame.toml"
    text = BUILT_IN.joinpath("frame.toml").read_text("utf-8")
    file.write_text(text.replace('["氏名", "@name"]', '["氏名", "@nmae"]'), "utf-8")
    layouts = changed_layouts(file)
    assert {each.id for each in layouts} == {each.id for each in all_layouts()}
    with pytest.raises(LayoutRefusedError) as caught:
        check_layout(layouts[0], setter)
    told = str(caught.value)
    assert re.search(r"frame\.toml line \d+: there is no value nmae; did you mean name\?", told)
    assert "no box shows name on the following pages" in told


def test_a_changed_layout_stands_in_place_of_the_built_in_one(tmp_path: Path) -> None:
    built_in = all_layouts().of(kind="taxation", fiscal_year=2025)
    _, layout = _changed(tmp_path, "taxation-2024.toml", ('id = "taxation-2024/2"', 'id = "ward-1/2"'))
    changed = all_layouts().with_changed([layout])
    assert changed.of(kind="taxation", fiscal_year=2025) is layout
    assert built_in not in changed
    assert changed.of(kind="taxation", fiscal_year=2026).id.startswith("taxation-")
    assert all_layouts().of(kind="taxation", fiscal_year=2025) is built_in


def test_the_registry_names_what_the_builders_give(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that a builder makes and the registry does not know could not be shown by any ward, and the reverse."""
    given: dict[str, set[str]] = {}

    def noting(layout: Layout, known: dict[str, str]) -> dict[str, str]:
        given.setdefault(layout.kind, set()).update(known)
        return known

    for room in (taxation, payment):
        monkeypatch.setattr(room, "only_of", noting)
    made: list[Facts] = [taxation.taxation_facts(resident(), tax(2026), HEADING)]
    made.append(payment.payment_facts(resident(), tax(), four_terms(), HEADING, as_of=date(2026, 11, 23)))
    assert {each.kind for each in made} == {kind.code for kind in all_kinds()}
    for kind, names in given.items():
        assert fields_of(kind) == names
        assert required_fields(kind) - {"paper_number", "page", "layout", "remarks", "continued"} <= names


# ---- lines ----

TRICKY = '''
# [not.a.table]
a.b = 1
"quoted key" = "# no comment [x]"
text = """
[[no]]
name = "no"
"""
literal = \'\'\'
x = 1\'\'\'
inline = { p = [1, 2.5], "q" = { r = "}" } }
days = 2024-01-02T03:04:05Z
[t] # after
list = [ # open
  "a", # ]
  ["b",
   "c"],
]
[[t.items]]
x = 1
[[t.items]]
x = 2
[t.items.deep]
y = 3
[[t.items.more]]
z = 4
'''


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from _paths(item, (*path, key))


def test_lines_of_a_tricky_text() -> None:
    tomllib.loads(TRICKY)
    places = places_of("t.toml", TRICKY)
    lines = {
        ("a", "b"): 3, ("quoted key",): 4, ("text",): 5, ("literal",): 9, ("inline", "q", "r"): 11, ("days",): 12,
        ("t",): 13, ("t", "list"): 14, ("t", "list", 0): 15, ("t", "list", 1, 1): 17, ("t", "items", 0, "x"): 20,
        ("t", "items", 1): 21, ("t", "items", 1, "x"): 22, ("t", "items", 1, "deep", "y"): 24,
        ("t", "items", 1, "more", 0, "z"): 26,
    }  # fmt: skip
    assert {path: places.of(*path).line for path in lines} == lines
    assert str(places.of("t", "list", 7, "no")) == "t.toml line 14"
    assert places.of("nothing").line == 1


@pytest.mark.parametrize("name", sorted(each.name for each in BUILT_IN.iterdir() if each.name.endswith(".toml")))
def test_every_key_and_item_of_the_built_in_files_has_its_own_line(name: str) -> None:
    text = BUILT_IN.joinpath(name).read_text("utf-8")
    lines, places = text.splitlines(), places_of(name, text)
    value = tomllib.loads(text)
    for path in _paths(value):
        last = path[-1]
        if isinstance(last, str) and not (path in {("both",), ("page",), ("continuation",)} or last in PARTS):
            assert last in lines[places.lines[path] - 1]
    for at, table in enumerate(value.get("page", {}).get("table", [])):
        for row, cells in enumerate(table["rows"]):
            for column, cell in enumerate(cells):
                assert f'"{cell}"' in lines[places.of("page", "table", at, "rows", row, column).line - 1]


PARTS = {"box", "label", "rule", "tint", "table", "frame"}

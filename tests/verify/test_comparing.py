"""A front beside what its back restores: every alteration is found and framed, and honest wear is not called one.

Printing and scanning are simulated (`tests/paper/printscan.py`), not measured on real devices.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.verify.comparison.aligning import align
from madoguchi.verify.comparison.differing import Difference, differences
from madoguchi.verify.comparison.redrawn import Redrawn
from madoguchi.verify.scans.seen import PlaceKind
from tests.paper.printscan import HARSH, MILD, PHONE, Conditions, holed_and_written_on, scanned, turned
from tests.paper.scramble.fronts import NUMBER, SIGNER
from tests.verify.sheets import Grey, Press, PrintedSheet, covered, pasted, stained, written_on


@pytest.fixture(scope="module")
def sheet() -> PrintedSheet:
    return Press.of(SIGNER).sheet(NUMBER)


@pytest.fixture(scope="module")
def drawn(sheet: PrintedSheet) -> Redrawn:
    return sheet.redrawn()


@pytest.fixture(scope="module")
def clean(sheet: PrintedSheet) -> Grey:
    return sheet.front()


def found(front: Grey, drawn: Redrawn, *, conditions: Conditions, seed: int = 1) -> tuple[Difference, ...]:
    return differences(drawn, align(scanned(front, conditions, seed=seed), drawn.picture))


def changed(found: tuple[Difference, ...]) -> set[str | None]:
    return {each.field for each in found if each.kind is PlaceKind.CHANGED}


@pytest.mark.parametrize(
    ("conditions", "seed"),
    [(HARSH, 1), (PHONE, 4), (turned(HARSH, 180), 2), (replace(MILD, dpi=200), 3), (replace(MILD, dpi=600), 5)],
    ids=["harsh", "phone", "upside down", "200 dpi", "600 dpi"],
)
def test_a_genuine_front_differs_nowhere(clean: Grey, drawn: Redrawn, conditions: Conditions, seed: int) -> None:
    assert found(clean, drawn, conditions=conditions, seed=seed) == ()


@pytest.mark.parametrize("hand", [written_on, stained], ids=["pen", "coffee"])
def test_a_pen_and_a_stain_are_marked_and_not_called_forged(clean: Grey, drawn: Redrawn, hand: object) -> None:
    seen = found(hand(clean), drawn, conditions=HARSH)  # type: ignore[operator]
    assert {each.kind for each in seen} == {PlaceKind.MARKED}


def test_nor_are_thick_lines_across_everything(clean: Grey, drawn: Redrawn) -> None:
    seen = found(holed_and_written_on(clean, seed=2), drawn, conditions=PHONE)
    assert changed(seen) == set()
    assert PlaceKind.MARKED in {each.kind for each in seen}


@pytest.mark.parametrize(
    ("conditions", "field", "forge"),
    [
        (PHONE, "employment_revenue", lambda value: value.replace("5", "6", 1)),
        (HARSH, "annual_tax", lambda value: value.replace("8", "3", 1)),
        (HARSH, "name", lambda value: value[:-1] + "江"),
        (PHONE, "tax_base", lambda value: "1" + value),
        (PHONE, "total_income", lambda value: value.replace(",", "", 1)),
        (HARSH, "gross_income", lambda _value: "－"),
        (PHONE, "pension_income", lambda _value: "120,000"),
        (HARSH, "year_title", lambda value: value.replace("7", "6")),
    ],
    ids=["5 to 6", "8 to 3", "another name", "one digit more", "no comma", "an amount gone", "an amount", "the year"],
)
def test_what_a_forger_printed_is_framed(
    sheet: PrintedSheet, drawn: Redrawn, conditions: Conditions, field: str, forge: object
) -> None:
    value = sheet.facts.values[field]
    made = forge(value)  # type: ignore[operator]
    assert made != value
    assert changed(found(sheet.front(**{field: made}), drawn, conditions=conditions, seed=7)) == {field}


def test_a_pasted_strip_is_framed(sheet: PrintedSheet, clean: Grey, drawn: Redrawn) -> None:
    other = sheet.front(annual_tax="48,300")
    forged = pasted(clean, other, drawn.values["annual_tax"])
    assert changed(found(forged, drawn, conditions=HARSH)) == {"annual_tax"}


def test_a_changed_digit_under_a_pens_line_is_framed(sheet: PrintedSheet, drawn: Redrawn) -> None:
    forged = written_on(sheet.front(employment_revenue=sheet.facts.values["employment_revenue"].replace("5", "6", 1)))
    assert "employment_revenue" in changed(found(forged, drawn, conditions=HARSH))


def test_what_is_covered_is_said_to_be_hidden(clean: Grey, drawn: Redrawn) -> None:
    seen = found(covered(clean, drawn.values["annual_tax"]), drawn, conditions=HARSH)
    assert "annual_tax" not in changed(seen)
    assert "annual_tax" in {each.field for each in seen if each.kind is PlaceKind.HIDDEN}


def test_what_is_no_front_is_not_laid_over(sheet: PrintedSheet, drawn: Redrawn) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (1754, 1240), dtype=np.uint8)
    for other in (scanned(sheet.back(), MILD, seed=1), noise, np.full((1754, 1240), 240, dtype=np.uint8)):
        with pytest.raises(MadoguchiError) as refused:
            align(other, drawn.picture)
        assert refused.value.code == "verify.not_aligned"

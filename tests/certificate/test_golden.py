"""Golden pictures: our page and Typst's page of the same facts and layout, compared pixel by pixel at 200 dpi.

Typst is the reference engine of `bench`: it shares the layout and the `Setter` with us, and no line of PDF. The last
tests bend the reference a little: each must be seen, or the comparison proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date

import pytest

from madoguchi.bench.certificate.engines.typst_engine import TypstEngine
from madoguchi.bench.certificate.pictures import Difference, difference, pictures
from madoguchi.bench.certificate.placing import PlacedSheet, Placer
from madoguchi.certificate.compose import Composer
from madoguchi.certificate.facts import Facts, SheetFacts
from madoguchi.certificate.layout import SHEET_FIELDS, all_layouts
from madoguchi.certificate.payment import payment_facts
from madoguchi.certificate.taxation import taxation_facts
from tests.certificate.people import (
    HEADING,
    ISSUED_AT,
    four_terms,
    resident,
    sheets,
    tax,
    undeclared_dependant,
)

LONG_REMARKS = tuple(f"{number}回目の更正により税額が変更されています。" + "備考" * 30 for number in range(12))
VARIANTS = "辻\U000e0102　葛\U000e0102子"
DEFAULT_FORMS = "辻　葛子"
WRAPPED = "MARIA DE LOS ANGELES GUADALUPE FERNANDEZ RODRIGUEZ GUTIERREZ HERNANDEZ DE LA CRUZ"


@pytest.fixture(scope="module")
def reference(composer: Composer) -> TypstEngine:
    engine = TypstEngine(Placer(composer.fonts))
    engine.prepare()
    return engine


def compared(
    composer: Composer, reference: TypstEngine, facts: Facts, papers: tuple[SheetFacts, ...] | None = None
) -> list[Difference]:
    papers = papers or sheets(pages=composer.page_count(facts))
    ours = composer.compose(facts, papers, issued_at=ISSUED_AT)
    theirs = reference.compose(facts, papers, issued_at=ISSUED_AT)
    layout = all_layouts().by_id(facts.layout)
    return [
        difference(one, other, square=layout.page(number).qr)
        for number, (one, other) in enumerate(zip(pictures(ours), pictures(theirs), strict=True), 1)
    ]


def full(layout_id: str) -> Facts:
    """Every box of a layout filled, each differently, and remarks that run on to a second page."""
    layout = all_layouts().by_id(layout_id)
    named = _person(layout.kind, layout.first_year).values
    kept = {"name", "alias", "address", "address_on_assessment_date", "authority", "seal_text", "title", "year_title"}
    values = {
        name: named[name] if name in kept else f"{at * 7919 + 1003:,}"
        for at, name in enumerate(sorted(layout.fields - SHEET_FIELDS))
    }
    return Facts(kind=layout.kind, layout=layout.id, fiscal_year=layout.first_year, values=values, remarks=LONG_REMARKS)


def _person(kind: str, year: int) -> Facts:
    if kind == "payment":
        return payment_facts(resident(), tax(), four_terms(), HEADING, as_of=date(2026, 1, 5))
    return taxation_facts(resident(name="髙橋　花子", alias="山﨑　華"), tax(year), HEADING)


@pytest.mark.parametrize("layout_id", [layout.id for layout in all_layouts()])
def test_every_layout_full_with_its_continuation(composer: Composer, reference: TypstEngine, layout_id: str) -> None:
    found = compared(composer, reference, full(layout_id))
    assert len(found) >= 2
    assert all(page.alike for page in found), found


CASES: dict[str, Callable[[], Facts]] = {
    "exempt": lambda: taxation_facts(resident(), tax(2024, annual_tax=0), HEADING),
    "undeclared": lambda: taxation_facts(resident(), undeclared_dependant(2026), HEADING),
    "variants": lambda: taxation_facts(
        resident(name=VARIANTS, alias="渡邊\U000e0108　邉\U000e010f太"), tax(2019), HEADING
    ),
    "beyond the first plane": lambda: taxation_facts(resident(name="𠮷田　一"), tax(2021), HEADING),
    "shrunk and wrapped": lambda: taxation_facts(resident(name=f"{WRAPPED} DE SOUZA PEREIRA"), tax(2025), HEADING),
    "foreign, dates of the first era year": lambda: taxation_facts(
        resident(name=WRAPPED, foreign=True, birth_date=date(2019, 5, 1)), tax(2020), HEADING
    ),
    "losses and large amounts": lambda: taxation_facts(
        resident(), tax(2022, total_income=-1_234_567, gross_income=-99_999_999_999), HEADING
    ),
    "payment with overdue": lambda: payment_facts(
        resident(name=VARIANTS), tax(), four_terms((63_300, 10_000, 0, 0)), HEADING, as_of=date(2026, 6, 1)
    ),
}


@pytest.mark.parametrize("case", list(CASES))
def test_papers_of_every_sort(composer: Composer, reference: TypstEngine, case: str) -> None:
    found = compared(composer, reference, CASES[case]())
    assert all(page.alike for page in found), found


def test_equal_files_do_not_differ(composer: Composer) -> None:
    facts = CASES["exempt"]()
    pdf = composer.compose(facts, sheets(), issued_at=ISSUED_AT)
    (one,), (other,) = list(pictures(pdf)), list(pictures(pdf))
    assert difference(one, other, square=all_layouts().by_id(facts.layout).first.qr).strongest == 0


Bend = Callable[[PlacedSheet], PlacedSheet]


class Bent(Placer):
    """A reference that errs."""

    def __init__(self, right: Placer, bend: Bend) -> None:
        super().__init__(right.fonts)
        self._bend = bend

    def place(self, facts: Facts, sheets: Iterable[SheetFacts]) -> list[PlacedSheet]:
        return [self._bend(sheet) for sheet in super().place(facts, sheets)]


def moved(text: str, *, right: float = 0.0, down: float = 0.0) -> Bend:
    def bend(sheet: PlacedSheet) -> PlacedSheet:
        assert text in {each.text for each in sheet.values}
        values = tuple(
            replace(each, x=each.x + right, baseline=each.baseline + down) if each.text == text else each
            for each in sheet.values
        )
        return replace(sheet, values=values)

    return bend


def without_rule(number: int) -> Bend:
    def bend(sheet: PlacedSheet) -> PlacedSheet:
        rules = sheet.frame.rules[:number] + sheet.frame.rules[number + 1 :]
        return replace(sheet, frame=replace(sheet.frame, rules=rules))

    return bend


def other_weight(number: int, points: float) -> Bend:
    def bend(sheet: PlacedSheet) -> PlacedSheet:
        rules = [*sheet.frame.rules]
        changed = {name: getattr(rules[number], name) for name in rules[number].__struct_fields__}
        rules[number] = type(rules[number])(**(changed | {"weight": rules[number].weight + points}))
        return replace(sheet, frame=replace(sheet.frame, rules=tuple(rules)))

    return bend


def other_tint(sheet: PlacedSheet) -> PlacedSheet:
    return replace(sheet, frame=replace(sheet.frame, tints=sheet.frame.tints[1:]))


def without_seal_frame(sheet: PlacedSheet) -> PlacedSheet:
    assert sheet.seal
    return replace(sheet, seal=replace(sheet.seal, frames=sheet.seal.frames[:1]))


FACTS = taxation_facts(resident(name=VARIANTS), tax(2025), HEADING)
RULES = all_layouts().by_id(FACTS.layout).first.rules
SHORTEST_RULE = min(range(len(RULES)), key=lambda at: RULES[at].w + RULES[at].h)


@pytest.mark.parametrize(
    "bend",
    [
        pytest.param(moved("3,658,400", right=0.3), id="an amount 0.3 mm to the right"),
        pytest.param(moved("－", right=0.3), id="every dash 0.3 mm to the right"),
        pytest.param(moved(VARIANTS, down=0.3), id="the name 0.3 mm lower"),
        pytest.param(moved("2", right=-0.3), id="a single digit 0.3 mm to the left"),
        pytest.param(without_rule(SHORTEST_RULE), id="the shortest rule missing"),
        pytest.param(other_weight(0, 0.1), id="a rule 0.1 points heavier"),
        pytest.param(other_weight(0, -0.1), id="a rule 0.1 points lighter"),
        pytest.param(other_tint, id="a label without its ground"),
        pytest.param(without_seal_frame, id="the seal without its inner frame"),
    ],
)
def test_what_is_moved_missing_or_of_another_weight_is_seen(
    composer: Composer, reference: TypstEngine, bend: Bend
) -> None:
    bent = TypstEngine(Bent(reference.placer, bend))
    bent.prepare()
    (page,) = compared(composer, bent, FACTS)
    assert not page.alike, page


def test_another_variant_is_seen(composer: Composer, reference: TypstEngine) -> None:
    """What one known engine does: the default form is drawn where the variant was asked for."""

    class Forgetful(Placer):
        def place(self, facts: Facts, sheets: Iterable[SheetFacts]) -> list[PlacedSheet]:
            values = {**facts.values, "name": DEFAULT_FORMS}
            return super().place(replace(facts, values=values), sheets)

    bent = TypstEngine(Forgetful(reference.placer.fonts))
    bent.prepare()
    (page,) = compared(composer, bent, FACTS)
    assert not page.alike, page


def test_another_front_code_is_seen(composer: Composer, reference: TypstEngine) -> None:
    (right,) = sheets()
    wrong = replace(right, front_code=right.front_code[:-1] + b"\x00")
    ours = composer.compose(FACTS, (right,), issued_at=ISSUED_AT)
    theirs = reference.compose(FACTS, (wrong,), issued_at=ISSUED_AT)
    (one,), (other,) = pictures(ours), pictures(theirs)
    assert not difference(one, other, square=all_layouts().by_id(FACTS.layout).first.qr).alike

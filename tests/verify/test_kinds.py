"""Every kind of certificate and its following pages are compared: nothing is framed on a genuine front."""

from __future__ import annotations

from datetime import date

import pytest

from madoguchi.certificate.facts import Facts
from madoguchi.certificate.payment import payment_facts
from madoguchi.certificate.taxation import taxation_facts
from madoguchi.verify.comparison.aligning import align
from madoguchi.verify.comparison.differing import differences
from madoguchi.verify.scans.seen import PlaceKind
from tests.certificate.people import HEADING, four_terms, resident, tax
from tests.paper.printscan import HARSH, scanned
from tests.paper.scramble.fronts import NUMBER, SIGNER
from tests.verify.sheets import Press

DAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def press() -> Press:
    return Press.of(SIGNER)


def taxation(year: int) -> Facts:
    return taxation_facts(resident(), tax(year), HEADING)


def payment() -> Facts:
    return payment_facts(resident(), tax(), four_terms(), HEADING, as_of=DAY)


def following() -> Facts:
    return taxation_facts(resident(), tax(remarks="備考の文は長い。" * 150), HEADING)


@pytest.mark.parametrize(
    ("facts", "page"),
    [(taxation(2019), 1), (taxation(2024), 1), (taxation(2026), 1), (payment(), 1), (following(), 2)],
    ids=["2019", "2024", "2026", "payment", "following page"],
)
def test_nothing_of_a_genuine_front_is_called_changed_or_hidden(press: Press, facts: Facts, page: int) -> None:
    """Toner dust in a margin may be marked: it accuses nobody."""
    sheet = press.sheet(NUMBER, facts, page=page)
    assert sheet.body.pages >= page
    drawn = sheet.redrawn()
    found = differences(drawn, align(scanned(sheet.front(), HARSH, seed=page), drawn.picture))
    assert {each.kind for each in found} <= {PlaceKind.MARKED}


def test_a_changed_amount_of_a_payment_certificate_is_framed(press: Press) -> None:
    sheet = press.sheet(NUMBER, payment())
    field, value = next((name, value) for name, value in sheet.facts.values.items() if value == "248,300")
    drawn = sheet.redrawn()
    found = differences(drawn, align(scanned(sheet.front(**{field: "9" + value[1:]}), HARSH, seed=1), drawn.picture))
    assert {each.field for each in found} == {field}

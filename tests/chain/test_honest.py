"""Nothing goes wrong: the ordinary visit, and the people of the cast."""

from __future__ import annotations

from tests.chain.town import Town


async def test_a_visit_ends_in_paper(town: Town) -> None:
    recorded = await town.visit_well("kiosk-1")

    assert recorded.visit.end["paid_yen"] == 300


async def test_three_copies_of_a_payment_certificate(town: Town) -> None:
    recorded = await town.visit_well("kiosk-2", copies=3, kind="payment")

    assert recorded.visit.end["paid_yen"] == 900

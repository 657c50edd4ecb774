from __future__ import annotations

from pathlib import Path

import pikepdf

from tests.kiosk.resident import Resident, running
from tests.kiosk.world import FEE, World


def papers(directory: Path) -> list[Path]:
    return sorted((directory / "paper").glob("*/*/paper.pdf"))


async def test_a_resident_goes_home_with_the_paper(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        resident = Resident(agent)
        screen = await resident.go_to("done")
        assert screen.name == "done"
        await agent.parts.deliverer.deliver_all()
    assert resident.seen == [
        "start", "municipality", "kind", "year", "copies", "check", "card", "pin", "card_back", "waiting",
        "amount", "payment", "printing", "take_paper", "done",
    ]  # fmt: skip
    (paper,) = papers(tmp_path)
    with pikepdf.open(paper) as pdf:
        assert len(pdf.pages) == 2
    (outcome,) = world.outcomes
    assert (outcome.result, outcome.sheets, outcome.paid_yen, outcome.printed_yen) == (
        "printed",
        ("printed",),
        FEE,
        FEE,
    )
    assert outcome.custody.erased == "printer_confirmed"

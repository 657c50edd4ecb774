"""The one database server of everybody stands still for ten seconds while residents come."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

from tests.chain.ledger import settled
from tests.chain.town import Town, eventually
from tests.runtime.servers import frozen

FROZEN_SECONDS = 10.0
SERVED_AGAIN_SECONDS = 15.0
"""A kiosk may wait for the answer that it asked for before (its own limit is 12 seconds here), and then looks anew."""


async def test_nothing_is_lost_while_the_database_stands_still(town: Town) -> None:
    """Every visit ends in paper or in a refusal before money; then everybody is served again, without a hand."""
    kiosks, ends, stop = town.names("kiosk")[:4], list[str](), asyncio.Event()

    async def come_and_go(kiosk: str) -> None:
        while not stop.is_set():
            ends.append((await town.visit(kiosk, town.someone())).end)

    coming = [asyncio.create_task(come_and_go(kiosk)) for kiosk in kiosks]
    try:
        await eventually(lambda: "done" in ends)  # so that some stand at every step
        with frozen(town.running.database_pid):
            await asyncio.sleep(FROZEN_SECONDS)
    finally:
        stop.set()
        await asyncio.gather(*coming)
    back = time.monotonic()
    await asyncio.gather(*(town.visit_well(kiosk) for kiosk in kiosks))
    assert time.monotonic() - back < SERVED_AGAIN_SECONDS
    await settled(town)
    counted = Counter(ends)
    assert counted["done"] >= 1
    assert all(end == "done" or end.startswith(("refusal", "out_of_service")) for end in counted), counted

"""Visits in which anything is lost: what the driver says of money is what the ledger says, or that nobody knows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.devices.emoney import Charge, NoCharge
from tests.kiosk.nexo.store import YEN, Store, at_the_terminal
from tests.kiosk.nexo.terminal import Terminal, Trouble
from tests.runtime.pki import Authority, Identity


@dataclass(frozen=True)
class Visit:
    """One payment, and what befalls it."""

    trouble: Trouble | None
    medium: str | None
    """The condition of its refusal, empty when it pays; None: nobody comes."""
    dies: str
    """When the agent dies: never, before the touch, after it."""
    restarts: str
    """When the terminal is switched off: never, while it waits, after the touch; with or without its memory."""
    asked_back: int
    reversal: Trouble | None


WHEN = ("before", "after")
VISITS = st.builds(
    Visit,
    trouble=st.none() | st.sampled_from(Trouble),
    medium=st.sampled_from(["", "", "Refusal"]) | st.none(),
    dies=st.sampled_from(["never", "never", "before", "after"]),
    restarts=st.sampled_from(
        ["never", "never", "before keeping", "before forgetting", "after keeping", "after forgetting"]
    ),
    asked_back=st.sampled_from([0, 300, YEN]),
    reversal=st.none() | st.sampled_from(Trouble),
)


async def _known(ask: Callable[[], Awaitable[Any]]) -> Any:
    """What is said, or None when nobody knows."""
    try:
        return await asyncio.wait_for(ask(), 5)
    except MadoguchiError:
        return None


async def _pay(terminal: Terminal, store: Store, visit: Visit, reference: bytes) -> Any:
    """What was said of the payment, as the kiosk would hear it; None: nobody knows."""
    if visit.trouble is not None:
        terminal.troubles["Payment"] = [visit.trouble]
    task = asyncio.create_task(store.driver.charge(reference, YEN))
    waiting = asyncio.create_task(terminal.waiting.wait())
    await asyncio.wait((task, waiting), timeout=5, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if visit.dies == "before":
        task.cancel()
        await asyncio.wait((task,))
        await store.begin_anew()
    if visit.restarts.startswith("before"):
        terminal.restart(forgets=visit.restarts.endswith("forgetting"))
    if visit.medium is not None and terminal.waiting.is_set():
        terminal.touch(visit.medium)
    if visit.restarts.startswith("after"):
        terminal.restart(forgets=visit.restarts.endswith("forgetting"))
    if visit.dies == "after":
        task.cancel()
        await asyncio.wait((task,))
        await store.begin_anew()
    await _known(store.driver.cancel)
    said = None if task.cancelled() else await _known(lambda: asyncio.shield(task))
    return said or await _known(lambda: store.driver.query(reference))


async def _ask_back(terminal: Terminal, store: Store, visit: Visit, reference: bytes) -> Any:
    """What was said to be given back, as the kiosk would hear it; None: nobody knows."""
    if not visit.asked_back:
        return 0
    if visit.reversal is not None:
        terminal.troubles["Reversal"] = [visit.reversal]
    back = await _known(lambda: store.driver.reverse(reference, visit.asked_back))
    return await _known(lambda: store.driver.reversed_yen(reference)) if back is None else back


async def _visits(identity: Identity, directory: Path, visits: list[Visit]) -> None:
    async with at_the_terminal(identity, directory) as (terminal, store):
        said = {}
        for number, visit in enumerate(visits):
            reference = bytes(15) + bytes([number]) + b"charge\0"
            payment = await _pay(terminal, store, visit, reference)
            said[reference.hex()] = (visit, payment, await _ask_back(terminal, store, visit, reference))
            terminal.troubles.clear()
    for name, (visit, payment, back) in said.items():
        taken = terminal.charges[name] * YEN
        assert taken in {0, YEN}, "charged twice"
        if isinstance(payment, Charge):
            assert taken == YEN
        if isinstance(payment, NoCharge):
            assert taken == 0
        if back is not None:
            assert terminal.ledger[name] == taken - back
        undisturbed = (visit.trouble, visit.dies, visit.restarts) == (None, "never", "never")
        assert payment is not None or not undisturbed
        if undisturbed and visit.reversal is None:
            assert back == (visit.asked_back if taken else 0)


def test_what_is_said_is_what_the_ledger_says(authority: Authority) -> None:
    identity = authority.issue("terminal")

    @settings(max_examples=60, deadline=None)
    @given(visits=st.lists(VISITS, min_size=1, max_size=4))
    def play(visits: list[Visit]) -> None:
        with TemporaryDirectory() as directory:
            asyncio.run(_visits(identity, Path(directory), visits))

    play()

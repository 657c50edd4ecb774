"""Whole visits at a kiosk whose e-money terminal speaks nexo; and its process killed at every act of money."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from madoguchi.kiosk.config import Faults, KioskConfig, Timeouts
from madoguchi.kiosk.devices.nexo.book import Book
from madoguchi.kiosk.devices.nexo.driver import NexoTerminal
from madoguchi.kiosk.journal import KioskJournal
from madoguchi.wire.outcome import Outcome
from tests.kiosk.nexo.terminal import NAMES, Terminal, Trouble, serving
from tests.kiosk.offer import FEE
from tests.kiosk.resident import Resident, running
from tests.kiosk.test_crash import COPIES, Moment, both_sides, die, live_again
from tests.kiosk.test_visit import outcome_of, sheets_out
from tests.kiosk.world import World
from tests.runtime.pki import Authority, Identity

PRICE = FEE * COPIES


@dataclass(kw_only=True)
class Shop(World):
    """A world whose kiosk has a terminal."""

    terminal_url: str = ""
    certificate: Path = field(default_factory=Path)

    def config(self, directory: Path, *, faults: Faults | None = None, timeouts: Timeouts | None = None) -> KioskConfig:
        config = super().config(directory, faults=faults, timeouts=timeouts)
        devices = msgspec.structs.replace(
            config.devices,
            emoney=self.terminal_url,
            emoney_certificate=self.certificate,
            emoney_sale_id=NAMES.sale_id,
            emoney_poi_id=NAMES.poi_id,
        )
        return msgspec.structs.replace(config, devices=devices)


@pytest.fixture
def identity(authority: Authority) -> Identity:
    return authority.issue("terminal")


async def visit(shop: Shop, directory: Path, *, ends: str, faults: Faults | None = None) -> Outcome:
    async with running(shop, directory, faults=faults) as agent:
        async with asyncio.timeout(10):
            emoney = agent.parts.devices.emoney
            while emoney is None or not emoney.ready():  # noqa: ASYNC110 - the driver's own look
                await asyncio.sleep(0.02)
        assert (await Resident(agent, copies=COPIES, medium="enough").go_to("done")).name == ends
        return await outcome_of(shop, agent)


async def test_a_resident_pays(identity: Identity, tmp_path: Path) -> None:
    terminal = Terminal(auto="")
    async with serving(terminal, identity) as url:
        shop = Shop(terminal_url=url, certificate=identity.files.certificate)
        outcome = await visit(shop, tmp_path, ends="done")
    assert (outcome.result, outcome.printed_yen, sheets_out(tmp_path)) == ("printed", PRICE, COPIES)
    assert list(terminal.ledger.values()) == [PRICE]


async def test_what_was_not_printed_is_given_back(identity: Identity, tmp_path: Path) -> None:
    terminal = Terminal(auto="")
    async with serving(terminal, identity) as url:
        shop = Shop(terminal_url=url, certificate=identity.files.certificate)
        outcome = await visit(shop, tmp_path, ends="done", faults=Faults(jam_after_sheets=1))
    assert (outcome.printed_yen, outcome.refunded_yen, outcome.owed_yen) == (FEE, FEE, 0)
    assert list(terminal.ledger.values()) == [FEE]


async def test_a_lost_answer_is_found_out(identity: Identity, tmp_path: Path) -> None:
    terminal = Terminal(auto="")
    terminal.troubles["Payment"] = [Trouble.UNANSWERED]
    async with serving(terminal, identity) as url:
        shop = Shop(terminal_url=url, certificate=identity.files.certificate)
        outcome = await visit(shop, tmp_path, ends="done")
    assert (outcome.result, outcome.printed_yen) == ("printed", PRICE)


async def test_what_the_terminal_does_not_know_is_owed(identity: Identity, tmp_path: Path) -> None:
    terminal = Terminal(auto="")
    terminal.troubles["Payment"] = [Trouble.LOST]
    async with serving(terminal, identity) as url:
        shop = Shop(terminal_url=url, certificate=identity.files.certificate, ask_seconds=0.5)
        outcome = await visit(shop, tmp_path, ends="refusal")
    assert (outcome.result, outcome.owed_yen, sheets_out(tmp_path)) == ("not_printed", PRICE, 0)
    assert terminal.ledger.total() == 0


@contextmanager
def terminal_of_its_own(identity: Identity, directory: Path) -> Iterator[str]:
    """A process, so that the kiosk's can be killed beside it. Its ledger lies in a file when it is told to end."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ready, tell = os.pipe()
    child = os.fork()
    if not child:
        try:
            terminal = asyncio.run(_serve(identity, port=port, tell=tell))
            (directory / "ledger.json").write_text(json.dumps([dict(terminal.ledger), dict(terminal.charges)]))
        finally:
            os._exit(0)
    os.close(tell)
    try:
        assert os.read(ready, 1) == b"."
        yield f"https://127.0.0.1:{port}/nexo"
    finally:
        os.close(ready)
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)


async def _serve(identity: Identity, *, port: int, tell: int) -> Terminal:
    terminal, end = Terminal(auto=""), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end.set)
    async with serving(terminal, identity, port=port):
        os.write(tell, b".")
        await end.wait()
    return terminal


MOMENTS = [
    *both_sides(KioskJournal, "paid"),
    *both_sides(NexoTerminal, "charge"),
    *both_sides(Book, "send"),
    *both_sides(Book, "settle"),
    *both_sides(KioskJournal, "sending"),
]
REVERSING = [
    *both_sides(NexoTerminal, "reverse"),
    *both_sides(Book, "send_reversal"),
    *both_sides(Book, "settle_reversal"),
]


@pytest.mark.parametrize("moment", [*MOMENTS, *REVERSING], ids=str)
def test_killed_with_a_terminal(identity: Identity, tmp_path: Path, moment: Moment) -> None:
    faults = Faults(jam_after_sheets=1) if moment in REVERSING else Faults()
    with terminal_of_its_own(identity, tmp_path) as url:
        shop = Shop(terminal_url=url, certificate=identity.files.certificate, ask_seconds=1)
        shop.config(tmp_path)
        die(shop, tmp_path, moment, faults, medium="enough")
        out = sheets_out(tmp_path)
        after = asyncio.run(live_again(shop, tmp_path, faults))
    assert sheets_out(tmp_path) == out  # a restart never prints
    net, charges = json.loads((tmp_path / "ledger.json").read_text())
    assert max(charges.values(), default=0) <= 1
    for outcome in after.outcomes:
        held = outcome.printed_yen + outcome.owed_yen
        assert outcome.paid_yen == held + outcome.refunded_yen
        assert sum(net.values()) <= held
        unknown = outcome.owed_yen and moment.method in {"charge", "send", "reverse", "send_reversal"}
        assert unknown or sum(net.values()) == held
        assert bool(outcome.owed_yen) == bool(after.slips)

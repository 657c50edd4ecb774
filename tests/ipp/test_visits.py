"""Whole visits at a kiosk whose printer is CUPS's own, over IPP and TLS."""

from __future__ import annotations

import asyncio
import io
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import pikepdf

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.agent import KioskAgent
from madoguchi.kiosk.assembly import assembled
from madoguchi.kiosk.config import Timeouts
from madoguchi.kiosk.machine.states import Stopped
from madoguchi.kiosk.page import Action
from madoguchi.wire.outcome import Outcome
from tests.ipp.driving import driven, run
from tests.ipp.presses import COVER, STUCK, WHOLE, Press, a_press
from tests.kiosk.documents import pdf_of
from tests.kiosk.offer import FEE
from tests.kiosk.resident import Resident
from tests.kiosk.world import World

TRAY_SECONDS = 0.3


@asynccontextmanager
async def printing_kiosk(world: World, directory: Path, press: Press) -> AsyncIterator[KioskAgent]:
    config = world.config(directory, timeouts=Timeouts(retry=0.2))
    devices = msgspec.structs.replace(
        config.devices,
        printer=press.url,
        printer_certificate=press.certificate,
        printer_spool=press.spool,
        tray_seconds=TRAY_SECONDS,
    )
    config = msgspec.structs.replace(config, devices=devices)
    with assembled(config, line=world, clock=world.clock) as agent:
        async with agent:
            yield agent


async def waits() -> None:
    """Paper counts as taken by itself."""


async def go_to(agent: KioskAgent, wanted: str, *, copies: int = 1) -> Any:
    return await Resident(agent, copies=copies).go_to(wanted, acts={"take_paper": waits})


async def outcome_of(world: World, agent: KioskAgent) -> Outcome:
    await agent.parts.deliverer.deliver_all()
    (outcome,) = world.outcomes
    assert outcome.paid_yen == outcome.printed_yen + outcome.refunded_yen + outcome.owed_yen
    return outcome


async def test_a_resident_goes_home_with_the_paper(press: Press, tmp_path: Path) -> None:
    press.plan(WHOLE.format(sides=4))
    world = World()
    async with printing_kiosk(world, tmp_path, press) as agent:
        assert (await go_to(agent, "done", copies=2)).name == "done"
        outcome = await outcome_of(world, agent)
    assert outcome.sheets == ("printed", "printed")
    assert (outcome.printed_yen, outcome.custody.erased) == (2 * FEE, "printer_confirmed")
    ((name, document),) = press.printed().items()
    assert name == outcome.transaction.hex()
    with pikepdf.open(io.BytesIO(document)) as pdf:
        assert len(pdf.pages) == 4
    assert list(press.spool.iterdir()) == []
    assert not files_with(b"%PDF", tmp_path)


def files_with(octets: bytes, directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file() and octets in path.read_bytes()]


async def test_a_jam_gives_the_money_for_what_did_not_come_out_and_then_it_serves_again(
    press: Press, tmp_path: Path
) -> None:
    press.plan(STUCK.format(sides=2, reason="media-jam", seconds=1))
    world = World()
    async with printing_kiosk(world, tmp_path, press) as agent:
        await go_to(agent, "done", copies=3)
        outcome = await outcome_of(world, agent)
        assert outcome.sheets == ("printed", "not_printed", "not_printed")
        assert (outcome.printed_yen, outcome.refunded_yen) == (FEE, 2 * FEE)
        press.plan(WHOLE.format(sides=2))
        await agent.touch(Action.FINISH, None)
        await Resident(agent).until("start")
        assert (await go_to(agent, "done")).name == "done"
    assert len(press.printed()) == 1


async def test_a_printer_that_goes_away_leaves_a_claim_and_no_guess(tmp_path: Path) -> None:
    (tmp_path / "press").mkdir()
    world = World()
    with a_press(tmp_path / "press") as press:
        press.plan(STUCK.format(sides=2, reason="none", seconds=60))
        async with printing_kiosk(world, tmp_path, press) as agent:
            printing = asyncio.ensure_future(go_to(agent, "done", copies=2))
            async with asyncio.timeout(15):
                while not agent.parts.devices.tray.sheets():  # noqa: ASYNC110 - the printer's own time
                    await asyncio.sleep(0.05)
            await asyncio.to_thread(press.kill)
            await printing
            outcome = await outcome_of(world, agent)
            assert outcome.sheets == ("printed", "unknown")
            assert (outcome.refunded_yen, outcome.owed_yen, outcome.custody.erased) == (0, FEE, "wiped")
            await agent.touch(Action.FINISH, None)
            assert agent.screen().name == "out_of_service"


async def test_a_printer_in_trouble_keeps_the_kiosk_out_of_service(press: Press, tmp_path: Path) -> None:
    await move_cover(press, opened=True)
    async with printing_kiosk(World(), tmp_path, press) as agent:
        async with asyncio.timeout(10):
            while reason_of(agent) != "kiosk.printer_not_ready":  # noqa: ASYNC110 - the kiosk looks in its own time
                await asyncio.sleep(0.05)
    await move_cover(press, opened=False)
    async with printing_kiosk(World(), tmp_path, press) as agent:
        await Resident(agent).until("start")


def reason_of(agent: KioskAgent) -> str | None:
    stage = agent.situation.stage
    return stage.reason.code if isinstance(stage, Stopped) else None


async def move_cover(press: Press, *, opened: bool) -> None:
    """Somebody opens or closes the cover, during a job of nobody."""
    press.plan(COVER.format(change="+" if opened else "-"))
    async with driven(press.url, press.certificate) as printer:
        with suppress(MadoguchiError):
            await run(printer, pdf_of(2), sheets=1, job=secrets.token_hex(16))
        async with asyncio.timeout(10):
            while ("cover-open" in (await printer.look()).trouble) is not opened:  # noqa: ASYNC110 - its own time
                await asyncio.sleep(0.05)

"""The receipt printer behind ESC/POS: what is on the paper, and what is said when it is not."""

from __future__ import annotations

import asyncio
import os
import pty
import tty
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.assembly import assembled
from madoguchi.kiosk.config import KioskConfig
from madoguchi.kiosk.devices import Fault
from madoguchi.kiosk.devices.escpos import drawing
from madoguchi.kiosk.devices.escpos.commands import raster
from madoguchi.kiosk.devices.escpos.printer import EscposReceipts
from madoguchi.kiosk.devices.escpos.stream import open_stream
from madoguchi.kiosk.devices.making import make_devices
from madoguchi.kiosk.devices.receipts import Receipt, Slip, receipt_lines
from madoguchi.kiosk.money import Balance, Means
from madoguchi.kiosk.problems import NO_RECEIPT_PAPER, NOT_PLAYED_BY_HAND
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.config import ConfigProblem
from madoguchi.wire.menu import Wording
from tests.kiosk.escpos.roll import Roll, listening
from tests.kiosk.resident import Resident
from tests.kiosk.test_devices_config import refused, written
from tests.kiosk.world import World
from tests.paper.drawn import ocr

STORE = "あさひマート 窓口二丁目店"
RECEIPT = Receipt(
    transaction="0123456789abcdef0123456789abcdef",
    at="2026-11-27 22:31",
    kind=Wording(ja="課税証明書", en="Taxation certificate"),
    copies=2,
    balance=Balance(paid_yen=600, printed_yen=600),
    means=Means.COINS,
    change_yen=400,
    papers=("ABCD-EFGH-JKLM-N",),
)
SLIP = Slip(claim="K7M2-9QRT", yen=300, transaction="fedcba98" * 4, day="2026-11-27")
SILENCE_SECONDS = 0.1


def printer_at(port: int, *, dots: int = 576) -> EscposReceipts:
    return EscposReceipts(
        lambda: open_stream(("127.0.0.1", port), baud=38400),
        store=STORE,
        dots=dots,
        status_seconds=SILENCE_SECONDS,
    )


@asynccontextmanager
async def connected(roll: Roll) -> AsyncIterator[EscposReceipts]:
    async with listening(roll) as port:
        yield printer_at(port, dots=roll.dots)


async def said_of(printing: Any) -> str:
    with pytest.raises(MadoguchiError) as told:
        await printing
    assert told.value.code == NO_RECEIPT_PAPER.code
    return str(told.value.cause)


@pytest.mark.parametrize("dots", [576, 384])
async def test_a_person_can_read_the_receipt(dots: int) -> None:
    roll = Roll(dots=dots, chatty=True)
    async with connected(roll) as printer:
        await printer.print_receipt(RECEIPT)
    (picture,) = roll.pictures()
    large = picture.convert("L").resize((picture.width * 2, picture.height * 2))
    read = ocr(large, dpi=300, layout=6)
    for words in ("領収書", "課税証明書", "2026-11-27", "600", "400"):
        assert words in read, read
    assert (roll.complaints, roll.hanging) == ([], [])


async def test_two_papers_are_two_pieces() -> None:
    roll = Roll()
    async with connected(roll) as printer:
        await asyncio.gather(printer.print_receipt(RECEIPT), printer.print_slip(SLIP))
    assert len(roll.pictures()) == 2
    assert roll.hanging == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"open": True}, "cover open"),
        ({"rows_left": 0}, "paper end"),
        ({"broken": True}, "cutter"),
        ({"silent": True}, "no answer in time"),
    ],
)
async def test_what_it_lacks_is_said_before_a_line_is_sent(wrong: dict[str, Any], said: str) -> None:
    roll = Roll(**wrong)
    async with connected(roll) as printer:
        assert await said_of(printer.print_receipt(RECEIPT)) == said
        roll.repair()
        assert (roll.paper, roll.hanging) == ([], []), "nobody is handed an old receipt"
        await printer.print_slip(SLIP)
    assert len(roll.pictures()) == 1


async def test_nobody_at_the_address() -> None:
    async with listening(Roll()) as port:
        pass
    assert (await said_of(printer_at(port).print_receipt(RECEIPT))).startswith("line: Connection")


async def test_paper_that_ends_in_the_middle() -> None:
    roll = Roll(rows_left=100)
    async with connected(roll) as printer:
        assert await said_of(printer.print_receipt(RECEIPT)) == "paper end"
        roll.repair()
        torn = list(roll.hanging)
        assert len(torn) == 100, "what was printed is printed, and not one row more after the repair"
        await printer.print_slip(SLIP)
    assert roll.paper[-2] == torn, "the torn piece is a piece by itself"
    assert len(roll.pictures()) == 2


async def printed_whole(receipt: Receipt) -> tuple[list[bytes], int]:
    """The piece, and how many octets it took to get it."""
    roll = Roll(hangs_up_after=1_000_000)
    async with connected(roll) as printer:
        await printer.print_receipt(receipt)
        assert roll.hangs_up_after is not None
        return roll.paper[-1], 1_000_000 - roll.hangs_up_after


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(part=st.floats(0, 1) | st.integers(-60, 60), silent=st.booleans())
@example(part=-4, silent=False)
def test_it_says_printed_only_of_what_is_printed(part: float, *, silent: bool) -> None:
    """The line is cut after a part of all octets, when so many are left, or (below zero) after so many."""

    async def cut_off() -> None:
        expected, octets = await printed_whole(RECEIPT)
        at = int(octets * part) if isinstance(part, float) else (octets - part if part >= 0 else -part)
        roll = Roll(hangs_up_after=at)
        async with connected(roll) as printer:
            told = None
            try:
                await printer.print_receipt(RECEIPT)
            except MadoguchiError as error:
                told = error.code
            assert told is not None or roll.paper[-1] == expected, "an answer lost after the knife is the only doubt"
            roll.silent = silent
            roll.repair()
            await printer.print_slip(SLIP)
        assert roll.paper.count(expected) <= 1, "never twice"
        assert roll.complaints == []

    asyncio.run(cut_off())


async def test_a_printer_without_our_font_uses_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "_font", lambda: None)
    roll = Roll(dots=384)
    async with connected(roll) as printer:
        await printer.print_receipt(RECEIPT)
    (text,) = roll.texts()
    assert "".join(text.split()) == "".join("".join(receipt_lines(RECEIPT, store=STORE)).split())
    assert all(len(line.encode("cp932")) <= 384 // 12 for line in text.splitlines())


async def test_dots_that_look_like_a_command_are_not_one() -> None:
    """A store's name could be drawn with the octets of "open the cash drawer"."""
    rows = bytes.fromhex("10040110140801031401060208100502") * 4
    sent = raster(rows, row_octets=16)
    roll = Roll()
    assert roll.hear(sent) == b""
    assert len(roll.hanging) == 4
    assert all(bytes((octet,)) not in {b"\x10"} for row in roll.hanging for octet in row)


async def test_through_a_character_device() -> None:
    """A serial line, as a pseudo terminal has it."""
    ours, its = pty.openpty()
    tty.setraw(its)
    os.set_blocking(ours, False)
    roll, loop = Roll(), asyncio.get_running_loop()

    def hear() -> None:
        with suppress(BlockingIOError):
            os.write(ours, roll.hear(os.read(ours, 4096)))

    loop.add_reader(ours, hear)
    try:
        path = Path(os.ttyname(its))
        printer = EscposReceipts(lambda: open_stream(path, baud=38400), store=STORE, dots=576)
        await printer.print_receipt(RECEIPT)
        roll.silent = True
        assert await said_of(printer.print_slip(SLIP)) == "no answer in time"
    finally:
        loop.remove_reader(ours)
        os.close(ours)
        os.close(its)
    assert len(roll.pictures()) == 1


async def test_a_file_that_is_no_device(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    printer = EscposReceipts(lambda: open_stream(tmp_path / "plain", baud=38400), store=STORE, dots=576)
    assert (await said_of(printer.print_slip(SLIP))).startswith("line: ")


@pytest.mark.parametrize("address", ["tcp://printer", "tcp://printer:9101", "file:///dev/usb/lp0"])
def test_an_address_is_taken(tmp_path: Path, address: str) -> None:
    assert written(tmp_path, receipts=address)


@pytest.mark.parametrize(
    "address", ["printer", "tcp://", "tcp://printer/path", "file://host/dev/lp0", "udp://printer", "tcp://printer:0x1"]
)
def test_another_word_is_refused(tmp_path: Path, address: str) -> None:
    problem = refused(written(tmp_path, receipts=address))
    assert isinstance(problem, ConfigProblem)
    assert problem.key == "devices.receipts"


def with_printer(world: World, directory: Path, port: int) -> KioskConfig:
    config = world.config(directory)
    devices = msgspec.structs.replace(config.devices, receipts=f"tcp://127.0.0.1:{port}", store_name=STORE)
    return msgspec.structs.replace(config, devices=devices)


async def test_a_resident_takes_the_receipt_along(tmp_path: Path) -> None:
    roll, world = Roll(), World()
    async with listening(roll) as port:
        with assembled(with_printer(world, tmp_path, port), line=world, clock=world.clock) as agent:
            async with agent:
                await Resident(agent).go_to("done")
                await agent.post_and_wait(None)
                screen: Any = agent.screen()
    assert (screen.name, screen.data.no_receipt) == ("done", False)
    (picture,) = roll.pictures()
    assert picture.height > 300


async def test_a_visit_ends_well_without_a_receipt(tmp_path: Path) -> None:
    roll, world = Roll(open=True), World()
    async with listening(roll) as port:
        with assembled(with_printer(world, tmp_path, port), line=world, clock=world.clock) as agent:
            async with agent:
                await Resident(agent).go_to("done")
                await agent.post_and_wait(None)
                screen: Any = agent.screen()
    assert (screen.name, screen.data.no_receipt) == ("done", True)
    assert roll.paper == []


def test_a_real_printer_has_no_drawn_fault(tmp_path: Path) -> None:
    world = World()
    hands = make_devices(with_printer(world, tmp_path, 9).devices, clock=SystemClock()).hands
    assert hands is not None
    assert hands.receipt() == ()
    with pytest.raises(MadoguchiError) as told:
        hands.provoke(Fault.RECEIPT)
    assert told.value.code == NOT_PLAYED_BY_HAND.code

"""Money is conserved, whatever the line, the hoppers and the agent's life do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.config import Devices as DevicesConfig
from madoguchi.kiosk.devices.cctalk.bus import Bus, open_line
from madoguchi.kiosk.devices.cctalk.driver import CctalkMoney
from madoguchi.kiosk.devices.making import make_devices
from madoguchi.kiosk.problems import MONEY_FAILED, NOT_PLAYED_BY_HAND
from madoguchi.runtime.clock import SystemClock
from tests.kiosk.cctalk.metal import COINS, NOTES, HopperMetal, Line, Metal

FILLED = 20
TAKE, REFUND = b"take", b"refund"


def make_metal() -> Metal:
    return Metal(hoppers={3 + at: HopperMetal(coin=coin, pieces=FILLED) for at, coin in enumerate(COINS)})


def make_driver(line: Line, directory: Path, *, seconds: float = 1.0) -> CctalkMoney:
    """`seconds`: how long an answer may take; short only where none comes, because this machine may be busy."""
    return CctalkMoney(
        Bus(lambda: open_line(line.path), seconds=seconds),
        directory=directory,
        hoppers=[(3 + at, coin, FILLED) for at, coin in enumerate(COINS)],
        coins=COINS,
        notes=NOTES,
        poll_seconds=0.005,
    )


@contextmanager
def on_line(*, echo: bool = False) -> Iterator[Line]:
    line = Line(make_metal(), echo=echo)
    try:
        yield line
    finally:
        line.close()


async def visit(driver: CctalkMoney, metal: Metal, coins: list[int], price: int) -> bool:
    """Pay a price; whether it was taken."""
    await driver.return_escrow()
    await driver.accept(price)
    for coin in coins:
        metal.insert(coin)
    return await driver.take(TAKE, price)


@pytest.mark.parametrize("echo", [False, True])
@pytest.mark.parametrize("coins", [[500], [100, 100, 100], [1000], [50, 500]])
def test_a_price_is_taken_and_its_change_comes_out(tmp_path: Path, coins: list[int], echo: bool) -> None:
    async def play(line: Line) -> None:
        driver, before = make_driver(line, tmp_path), line.metal.worth()
        assert await visit(driver, line.metal, coins, 300)
        assert await driver.take(TAKE, 300)
        await driver.stop()
        assert line.metal.inserted == sum(coins)
        assert line.metal.out == sum(coins) - 300
        assert line.metal.worth() == before + 300

    with on_line(echo=echo) as line:
        asyncio.run(play(line))


def test_a_cancelled_visit_gives_coins_and_the_note_back(tmp_path: Path) -> None:
    async def play(line: Line) -> None:
        driver = make_driver(line, tmp_path)
        await driver.return_escrow()
        await driver.accept(300)
        assert line.metal.insert(100)
        assert line.metal.insert(1000)
        await driver.return_escrow()
        await driver.stop()
        assert (line.metal.out, line.metal.stacked, driver.escrow_yen()) == (1100, 0, 0)

    with on_line() as line:
        asyncio.run(play(line))


def test_a_refund_is_given_once_also_by_another_life(tmp_path: Path) -> None:
    async def play(line: Line) -> None:
        for _ in range(2):
            driver = make_driver(line, tmp_path)
            assert await driver.refund(REFUND, 260) == 260
            await driver.stop()
        assert line.metal.out == 260

    with on_line() as line:
        asyncio.run(play(line))


def test_what_a_jammed_hopper_lacks_comes_from_smaller_ones(tmp_path: Path) -> None:
    async def play(line: Line) -> None:
        line.metal.hoppers[5].jam_after = 1
        driver = make_driver(line, tmp_path)
        assert await driver.refund(REFUND, 300) == 300
        await driver.stop()
        assert line.metal.out == 300

    with on_line() as line:
        asyncio.run(play(line))


def test_empty_hoppers_give_a_part_and_say_how_much(tmp_path: Path) -> None:
    async def play(line: Line) -> None:
        for hopper in line.metal.hoppers.values():
            hopper.pieces = 1
        driver = make_driver(line, tmp_path)
        given_back = await driver.refund(REFUND, 300)
        await driver.stop()
        assert given_back == line.metal.out == 160

    with on_line() as line:
        asyncio.run(play(line))


def test_more_than_five_coins_unseen_stop_the_slot(tmp_path: Path) -> None:
    async def play(line: Line) -> None:
        driver = make_driver(line, tmp_path)
        await driver.return_escrow()
        await driver.accept(1000)
        for _ in range(6):
            line.metal.insert(100)
        await driver.return_escrow()
        assert line.metal.out == 500
        assert not driver.can_change()
        await driver.accept(300)
        await driver.stop()
        assert not line.metal.insert(100)

    with on_line() as line:
        asyncio.run(play(line))


def test_a_cut_line_or_another_kind_is_not_ready_and_opens_nothing(tmp_path: Path) -> None:
    async def play(line: Line) -> None:
        for change in ("cut", "kind"):
            line.cut = change == "cut"
            line.metal.kinds[2] = b"Payout" if change == "kind" else b"Coin Acceptor"
            driver = make_driver(line, tmp_path, seconds=0.1)
            await driver.return_escrow()
            await driver.accept(300)
            assert not driver.can_change()
            await driver.stop()
            assert not line.metal.insert(100)

    with on_line() as line:
        asyncio.run(play(line))


@pytest.mark.parametrize("address", [2, 40])
def test_a_reset_with_the_slot_open_is_told_and_one_with_the_slot_shut_is_mended(tmp_path: Path, address: int) -> None:
    async def play(line: Line) -> None:
        driver = make_driver(line, tmp_path)
        await driver.return_escrow()
        line.metal.reset(address)
        await driver.return_escrow()
        await driver.accept(1000)
        assert driver.can_change(), "nothing could have come in"
        assert line.metal.insert(100)
        line.metal.reset(address)
        await driver.return_escrow()
        assert not driver.can_change(), "who knows what came in before"
        await driver.accept(300)
        await driver.stop()
        assert not line.metal.insert(100)

    with on_line() as line:
        asyncio.run(play(line))


@pytest.mark.parametrize("stacked", [False, True])
def test_a_note_that_a_reset_took_out_of_sight_is_neither_paid_nor_unpaid(tmp_path: Path, *, stacked: bool) -> None:
    async def play(line: Line) -> None:
        driver, metal = make_driver(line, tmp_path), line.metal
        await driver.return_escrow()
        await driver.accept(300)
        assert metal.insert(1000)
        metal.resets_when_stacked, metal.stacks_at_reset = True, stacked
        for _ in range(2):
            with pytest.raises(MadoguchiError, match=MONEY_FAILED.code):
                await driver.take(TAKE, 300)
            with pytest.raises(MadoguchiError, match=MONEY_FAILED.code):
                await driver.took(TAKE)
        await driver.stop()
        again = make_driver(line, tmp_path)
        with pytest.raises(MadoguchiError, match=MONEY_FAILED.code):
            await again.took(TAKE)
        assert not again.can_change()
        await again.stop()
        assert metal.worth() + metal.out - metal.inserted == make_metal().worth()

    with on_line() as line:
        asyncio.run(play(line))


async def _killed(act: Callable[[], Awaitable[object]], line: Line, *, after: int, lost: bool) -> None:
    """Cancel it when so many messages went over the line; `lost`: the answer to the last is swallowed."""
    end = line.heard + after
    line.spoil = lambda number, octets: b"" if lost and number == end else octets

    async def run() -> None:
        with suppress(MadoguchiError):
            await act()

    task = asyncio.create_task(run())
    while line.heard < end and not task.done():  # noqa: ASYNC110 - the line is a thread
        await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    line.spoil = lambda _number, octets: octets


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    coins=st.sampled_from([[500], [100, 500], [1000], [100, 1000]]),
    after=st.integers(1, 40),
    lost=st.booleans(),
    jam=st.sampled_from([None, 0, 1]),
)
def test_killed_while_taking_it_is_taken_whole_or_returned_whole(
    tmp_path_factory: pytest.TempPathFactory, coins: list[int], after: int, lost: bool, jam: int | None
) -> None:
    async def play(line: Line) -> None:
        directory, metal = tmp_path_factory.mktemp("metal"), line.metal
        metal.hoppers[5].jam_after = jam
        driver, before = make_driver(line, directory), metal.worth()
        await driver.return_escrow()
        await driver.accept(300)
        accepted = sum(coin for coin in coins if metal.insert(coin))
        await _killed(lambda: driver.take(TAKE, 300), line, after=after, lost=lost)
        await driver.stop()
        again = make_driver(line, directory)
        await again.return_escrow()
        taken = await again.took(TAKE)
        await again.stop()
        assert metal.out == accepted - 300 * taken
        assert metal.worth() == before + 300 * taken

    with on_line() as line:
        asyncio.run(play(line))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(after=st.integers(1, 40), lost=st.booleans(), jam=st.sampled_from([None, 0, 1]))
def test_killed_while_refunding_it_is_never_paid_twice(
    tmp_path_factory: pytest.TempPathFactory, after: int, lost: bool, jam: int | None
) -> None:
    async def play(line: Line) -> None:
        directory, metal = tmp_path_factory.mktemp("metal"), line.metal
        metal.hoppers[5].jam_after = jam
        driver = make_driver(line, directory)
        await _killed(lambda: driver.refund(REFUND, 260), line, after=after, lost=lost)
        driver._bus.close()
        again = make_driver(line, directory)
        await again.return_escrow()
        assert await again.refund(REFUND, 260) == 260 == metal.out
        await again.stop()

    with on_line() as line:
        asyncio.run(play(line))


@pytest.mark.parametrize("coins", ["tcp://127.0.0.1", "/dev/ttyUSB0", "file://host/dev/ttyUSB0"])
def test_the_line_is_a_device_of_this_machine(tmp_path: Path, coins: str) -> None:
    config = DevicesConfig(coins=coins, cards_dir=tmp_path, paper_dir=tmp_path, machine_dir=tmp_path)
    complaint = config.complaint()
    assert complaint is not None
    assert complaint[0] == "coins"


def test_the_configured_machine_has_the_driver_and_no_coins_to_play_with(tmp_path: Path) -> None:
    config = DevicesConfig(coins="file:///dev/ttyUSB0", cards_dir=tmp_path, paper_dir=tmp_path, machine_dir=tmp_path)
    assert config.complaint() is None
    devices = make_devices(config, clock=SystemClock())
    assert isinstance(devices.money, CctalkMoney)
    assert devices.money in devices.watched
    assert devices.hands is not None
    with pytest.raises(MadoguchiError, match=NOT_PLAYED_BY_HAND.code):
        devices.hands.insert(100)

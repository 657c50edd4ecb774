"""The in-process devices keep the promises of their protocols."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.config import Faults
from madoguchi.kiosk.devices import clear_printer
from madoguchi.kiosk.devices.coins import DENOMINATIONS, STOCK, CoinBox, pieces_for, worth
from madoguchi.kiosk.devices.printer import TrayPrinter
from madoguchi.kiosk.devices.reader import SlotReader
from tests.jpki.authorities import card
from tests.kiosk.documents import pdf_of

counts = st.dictionaries(st.sampled_from(DENOMINATIONS), st.integers(0, 4))


@given(yen=st.integers(0, 300).map(lambda tens: tens * 10), stock=counts)
def test_change_is_exact_and_made_whenever_it_can_be(yen: int, stock: dict[int, int]) -> None:
    pieces = pieces_for(yen, stock)
    if pieces is not None:
        assert worth(pieces) == yen
        assert all(count <= stock.get(coin, 0) for coin, count in pieces.items())
    else:
        assert yen not in possible(stock)


def possible(stock: dict[int, int]) -> set[int]:
    sums = {0}
    for coin, count in stock.items():
        sums = {have + coin * used for have in sums for used in range(count + 1)}
    return sums


@given(coins=st.lists(st.sampled_from(DENOMINATIONS), max_size=8), price=st.sampled_from([200, 300, 350, 600]))
def test_money_is_never_made_or_lost(tmp_path_factory: pytest.TempPathFactory, coins: list[int], price: int) -> None:
    asyncio.run(_play(CoinBox(tmp_path_factory.mktemp("coins"), faults=Faults()), coins, price))


async def _play(box: CoinBox, coins: list[int], price: int) -> None:
    await box.accept(price)
    put = 0
    for coin in coins:
        if box.accepting():
            box.insert(coin)
            put += coin
        assert box.escrow_yen() + box.box_yen() + box.returned_yen() == worth(STOCK) + put
    taken = await box.take(b"t", price)
    assert taken == (put - 0 >= price)
    if not taken:
        await box.return_escrow()
    assert box.box_yen() == worth(STOCK) + (price if taken else 0)
    assert box.returned_yen() == put - (price if taken else 0)
    assert await box.took(b"t") == taken


async def test_the_metal_outlives_the_process_and_a_ticket_is_served_once(tmp_path: Path) -> None:
    box = CoinBox(tmp_path, faults=Faults())
    await box.accept(300)
    box.insert(500)
    await box.take(b"t", 300)
    again = CoinBox(tmp_path, faults=Faults())
    assert await again.took(b"t")
    assert await again.take(b"t", 300)
    assert again.box_yen() == worth(STOCK) + 300
    assert await again.refund(b"r", 300) == 300
    assert await again.refund(b"r", 300) == 300
    assert again.box_yen() == worth(STOCK)


async def test_a_note_whose_change_cannot_be_given_falls_through(tmp_path: Path) -> None:
    box = CoinBox(tmp_path, faults=Faults(no_change=True))
    await box.accept(300)
    box.insert(1000)
    assert (box.escrow_yen(), box.returned_yen()) == (0, 1000)
    assert not box.can_change()


def test_a_closed_slot_takes_nothing(tmp_path: Path) -> None:
    with pytest.raises(MadoguchiError, match=r"kiosk\.nonsense"):
        CoinBox(tmp_path, faults=Faults()).insert(100)


async def run_job(printer: TrayPrinter, sheets: int) -> list[int]:
    return [number async for number in printer.run("job", pdf_of(2 * sheets), sheets=sheets)]


async def test_the_printer_forgets_what_it_printed(tmp_path: Path) -> None:
    printer = TrayPrinter(tmp_path, faults=Faults())
    assert await run_job(printer, 2) == [1, 2]
    assert (await printer.look()).jobs == 0
    assert not printer._queue
    assert (printer.sheets(), await printer.recall("job"), await printer.recall("another")) == (2, 2, 0)
    again = TrayPrinter(tmp_path, faults=Faults())
    assert (again.sheets(), await again.recall("job")) == (2, 2)
    again.take()
    assert (again.sheets(), await again.recall("job")) == (0, 2)
    assert await TrayPrinter(tmp_path, faults=Faults(forgets_jobs=True)).recall("job") is None


async def test_a_cancelled_job_does_not_go_on(tmp_path: Path) -> None:
    printer = TrayPrinter(tmp_path, faults=Faults())
    numbers = printer.run("job", pdf_of(6), sheets=3)
    assert await anext(numbers) == 1
    assert await anext(numbers) == 2
    await printer.cancel_all()
    with pytest.raises(MadoguchiError, match=r"kiosk\.printer_failed"):
        await anext(numbers)
    assert (printer.sheets(), (await clear_printer(printer)).jobs) == (1, 0)


async def test_a_queue_that_does_not_empty_is_seen(tmp_path: Path) -> None:
    printer = TrayPrinter(tmp_path, faults=Faults(holds_last_job=True))
    await run_job(printer, 1)
    with pytest.raises(MadoguchiError, match=r"kiosk\.printer_holds_a_job"):
        await clear_printer(printer)


def test_a_card_that_left_the_reader_answers_no_more(tmp_path: Path) -> None:
    reader = SlotReader(tmp_path)
    with pytest.raises(MadoguchiError, match=r"kiosk\.card_not_accepted"):
        reader.transport()
    reader.put_card(card())
    session = reader.transport()
    session.transmit(bytes.fromhex("00A4040C0AD392F000260100000001"))
    reader.take()
    with pytest.raises(MadoguchiError, match=r"kiosk\.card_not_accepted"):
        session.transmit(b"\x00\x20\x00\x80")


@pytest.mark.parametrize("name", ["../signing", "labels", "nobody", ""])
def test_only_cards_of_the_directory_can_be_put(tmp_path: Path, name: str) -> None:
    (tmp_path / "labels.json").write_text("{}")
    with pytest.raises(MadoguchiError, match=r"kiosk\.nonsense"):
        SlotReader(tmp_path).put(name)

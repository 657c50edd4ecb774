"""The printer's driver against CUPS's own IPP printer, over TLS."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.devices import clear_printer
from madoguchi.kiosk.devices.ipp.printer import IppPrinter
from madoguchi.kiosk.devices.ipp.status import UNKNOWN_LEVEL_SHEETS
from tests.ipp.driving import driven, run
from tests.ipp.presses import SLOW, STUCK, UNCOUNTED, WHOLE, Press, a_press
from tests.kiosk.documents import pdf_of
from tests.runtime.pki import Authority


@pytest.fixture
def job() -> str:
    """A name that this printer has not seen."""
    return secrets.token_hex(16)


def at(press: Press) -> AbstractAsyncContextManager[IppPrinter]:
    return driven(press.url, press.certificate, spool=press.spool)


async def test_it_is_seen_idle_and_empty(press: Press) -> None:
    async with at(press) as printer:
        state = await clear_printer(printer)
    assert (state.jobs, state.idle, state.sheets, state.trouble) == (0, True, UNKNOWN_LEVEL_SHEETS, "")


async def test_two_sheets_come_out_as_they_were_sent_and_nothing_stays_there(press: Press, job: str) -> None:
    press.plan(WHOLE.format(sides=4))
    document = pdf_of(4)
    async with at(press) as printer:
        assert await run(printer, document, sheets=2, job=job) == [1, 2]
        assert (await printer.look()).jobs == 0
        assert await printer.recall(job) == 2
    assert press.printed() == {job: document}
    assert list(press.spool.iterdir()) == []


async def test_it_keeps_what_it_was_sent_until_that_is_erased(press: Press, job: str) -> None:
    """Why the spool's directory is a setting: this printer, as it comes, leaves the document there."""
    async with driven(press.url, press.certificate) as printer:
        await run(printer, pdf_of(2), sheets=1, job=job)
    assert any(path.read_bytes() == pdf_of(2) for path in press.spool.iterdir())
    async with at(press) as printer:
        assert (await printer.look()).jobs > 0
        assert (await clear_printer(printer)).jobs == 0
    assert list(press.spool.iterdir()) == []


async def test_a_job_called_completed_without_a_count_failed(press: Press, job: str) -> None:
    press.plan(UNCOUNTED)
    async with at(press) as printer:
        with pytest.raises(MadoguchiError, match=r"kiosk\.printer_failed.*completed, it says, with 0 of 1 sheets"):
            await run(printer, pdf_of(2), sheets=1, job=job)


@pytest.mark.parametrize("reason", ["media-jam", "cover-open"])
async def test_what_stops_it_is_known_and_the_job_is_seen_cancelled(press: Press, job: str, reason: str) -> None:
    press.plan(STUCK.format(sides=2, reason=reason, seconds=1))
    async with at(press) as printer:
        with pytest.raises(MadoguchiError, match=rf"kiosk\.printer_failed.*{reason}"):
            await run(printer, pdf_of(4), sheets=2, job=job)
        assert (await clear_printer(printer)).jobs == 0
        assert await printer.recall(job) == 1
    assert press.printed() == {}


@pytest.mark.parametrize("reason", ["media-empty", "toner-empty"])
async def test_nothing_to_print_on_is_seen(press: Press, job: str, reason: str) -> None:
    press.plan(STUCK.format(sides=0, reason=reason, seconds=2))
    async with at(press) as printer:
        numbers = printer.run(job, pdf_of(4), sheets=2)
        await anext(numbers)
        async with asyncio.timeout(10):
            printing = asyncio.ensure_future(anext(numbers, None))
            while (state := await printer.look()).sheets:  # noqa: ASYNC110 - the printer's own time
                await asyncio.sleep(0.1)
            assert state.trouble == reason
            with pytest.raises(MadoguchiError, match=r"kiosk\.printer_failed"):
                await printing
        assert (await clear_printer(printer)).sheets == UNKNOWN_LEVEL_SHEETS


async def test_a_cancelled_job_does_not_go_on(press: Press, job: str) -> None:
    press.plan(SLOW.format(seconds=1))
    async with at(press) as printer:
        numbers = printer.run(job, pdf_of(4), sheets=2)
        assert [await anext(numbers), await anext(numbers)] == [1, 2]
        await printer.cancel_all()
        with pytest.raises(MadoguchiError, match=r"kiosk\.printer_failed.*job state"):
            await anext(numbers)
        assert (await clear_printer(printer)).jobs == 0
        assert await printer.recall(job) == 1
    assert press.printed() == {}


async def test_a_job_that_it_does_not_know(press: Press, job: str) -> None:
    async with at(press) as printer:
        assert await printer.recall(job) is None


async def test_a_printer_that_shows_another_certificate_is_sent_nothing(press: Press, authority: Authority) -> None:
    async with driven(press.url, authority.issue("other").files.certificate) as printer:
        with pytest.raises(MadoguchiError, match=r"kiosk\.printer_not_ready.*CertificateError"):
            await printer.look()


async def test_a_printer_that_is_gone_in_the_middle(tmp_path: Path, job: str) -> None:
    with a_press(tmp_path) as press:
        press.plan(SLOW.format(seconds=30))
        async with at(press) as printer:
            numbers = printer.run(job, pdf_of(4), sheets=2)
            assert [await anext(numbers), await anext(numbers)] == [1, 2]
            await asyncio.to_thread(press.kill)
            with pytest.raises(MadoguchiError, match=r"kiosk\.printer_failed"):
                await anext(numbers)
            with pytest.raises(MadoguchiError, match=r"kiosk\.printer_not_ready"):
                await clear_printer(printer)
            with pytest.raises(MadoguchiError, match=r"kiosk\.printer_failed"):
                await printer.recall(job)

"""The printer's driver against a printer that counts, lies, refuses and loses answers."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any

import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.devices import clear_printer
from madoguchi.kiosk.devices.ipp.client import IppClient, Operation, http_url
from madoguchi.kiosk.devices.ipp.message import Group, Message, Section, Tag, decode, encode
from madoguchi.kiosk.devices.ipp.status import UNKNOWN_LEVEL_SHEETS, JobStateCode, PrinterStateCode
from madoguchi.kiosk.machine.events import TraySeen
from madoguchi.runtime import log
from tests.ipp.driving import JOB, driven, run
from tests.ipp.server import REFUSED, Printer, attribute, done, going, serving
from tests.kiosk.documents import pdf_of
from tests.runtime.pki import Authority, Identity


@pytest.fixture
def identity(authority: Authority) -> Identity:
    """The certificate that the printer shows."""
    return authority.issue("printer")


@pytest.mark.parametrize(
    "plan",
    [
        [going(sheets=0), going(sheets=1), going(sheets=2), done(sheets=3)],
        [going(sheets=0), going(sheets=2), done(sheets=3)],
        [done(sheets=3)],
        [going(sides=0), going(sides=3), going(sides=5), done(sides=6)],
    ],
)
async def test_every_sheet_is_told_once_and_in_turn(identity: Identity, plan: list[dict[str, Any]]) -> None:
    fake, document = Printer(plan=plan), pdf_of(6)
    async with serving(fake, identity) as url, driven(url, identity.files.certificate) as printer:
        assert await run(printer, document, sheets=3) == [1, 2, 3]
        assert await printer.recall(JOB) == 3
        assert (await printer.look()).jobs == 0
    (job,) = fake.jobs
    assert (job.name, job.document) == (JOB, document)
    asked = Group(Section.JOB, job.attributes)
    assert asked.texts("sides") == ("two-sided-long-edge",)
    assert asked.texts("media") == ("iso_a4_210x297mm",)
    assert fake.asked.index(Operation.VALIDATE_JOB) < fake.asked.index(Operation.CREATE_JOB)
    assert fake.asked.count(Operation.SEND_DOCUMENT) == 1


async def test_the_first_sheet_is_told_before_the_document_leaves(identity: Identity) -> None:
    fake = Printer()
    async with serving(fake, identity) as url, driven(url, identity.files.certificate) as printer:
        numbers = printer.run(JOB, pdf_of(2), sheets=1)
        assert await anext(numbers) == 1
        assert Operation.SEND_DOCUMENT not in fake.asked
        await numbers.aclose()
        assert Operation.SEND_DOCUMENT not in fake.asked


async def test_a_long_document_is_streamed(identity: Identity) -> None:
    fake, document = Printer(), b"%PDF-1.7\n" + bytes(3_000_000)
    async with serving(fake, identity) as url, driven(url, identity.files.certificate) as printer:
        await run(printer, document, sheets=1)
    assert fake.jobs[0].document == document
    assert fake.chunked_documents == [True]


@pytest.mark.parametrize(
    "end",
    [
        done(sheets=1),
        done(sides=3),
        done(),
        done(sheets=-1),
        going(sheets=1, state=JobStateCode.ABORTED),
        going(sheets=1, state=JobStateCode.CANCELED),
        going(sheets=1, state=JobStateCode.STOPPED),
    ],
)
async def test_a_job_that_did_not_count_every_sheet_failed_whatever_it_says(
    identity: Identity, end: dict[str, Any]
) -> None:
    fake = Printer(plan=[going(sheets=0), end])
    async with serving(fake, identity) as url, driven(url, identity.files.certificate) as printer:
        with pytest.raises(MadoguchiError, match=r"kiosk\.printer_failed"):
            await run(printer, pdf_of(4), sheets=2)
        counted = (end["sheets"] is not None and end["sheets"] >= 0) or end["sides"] is not None
        assert await printer.recall(JOB) == (1 if counted else None)


@pytest.mark.parametrize(
    ("reasons", "sheets", "trouble"),
    [
        (("none",), UNKNOWN_LEVEL_SHEETS, ""),
        (("media-empty",), 0, "media-empty"),
        (("media-empty-error",), 0, "media-empty"),
        (("toner-empty-error",), 0, "toner-empty"),
        (("media-jam-error",), UNKNOWN_LEVEL_SHEETS, "media-jam"),
        (("cover-open",), UNKNOWN_LEVEL_SHEETS, "cover-open"),
        (("something-new-error",), UNKNOWN_LEVEL_SHEETS, "something-new"),
        (("media-low-warning", "media-empty-report", "toner-low"), UNKNOWN_LEVEL_SHEETS, ""),
        (("media-jam-report",), UNKNOWN_LEVEL_SHEETS, "media-jam"),
        (("media-jam", "media-empty"), 0, "media-jam, media-empty"),
    ],
)
async def test_what_it_says_of_itself(identity: Identity, reasons: tuple[str, ...], sheets: int, trouble: str) -> None:
    fake = Printer(reasons=reasons)
    async with serving(fake, identity) as url, driven(url, identity.files.certificate) as printer:
        state = await printer.look()
    assert (state.jobs, state.idle, state.sheets, state.trouble) == (0, True, sheets, trouble)


@pytest.mark.parametrize(
    ("name", "changed", "trouble"),
    [
        ("sides-supported", attribute("sides-supported", "one-sided"), "no two-sided printing"),
        ("sides-supported", None, "no two-sided printing"),
        ("media-ready", attribute("media-ready", "na_letter_8.5x11in"), "no A4 in a tray"),
        ("media-supported", attribute("media-supported", "na_letter_8.5x11in"), "no A4"),
        ("document-format-supported", None, "no PDF"),
        ("printer-state", attribute("printer-state", PrinterStateCode.STOPPED, tag=Tag.ENUM), "stopped"),
        (
            "printer-is-accepting-jobs",
            attribute("printer-is-accepting-jobs", False, tag=Tag.BOOLEAN),
            "not accepting jobs",
        ),
    ],
)
async def test_a_printer_that_cannot_do_what_is_needed_is_known_before_money(
    identity: Identity, name: str, changed: Any, trouble: str
) -> None:
    fake = Printer(changes={name: changed})
    async with serving(fake, identity) as url, driven(url, identity.files.certificate) as printer:
        assert (await printer.look()).trouble == trouble


@pytest.mark.parametrize(
    ("trays", "sheets"),
    [
        ((b"type=x;maxcapacity=250;level=40;status=0;", b"level=2"), 42),
        ((b"level=40;", b"maxcapacity=-2;level=-2;"), UNKNOWN_LEVEL_SHEETS),
        ((b"nolevel=3;",), UNKNOWN_LEVEL_SHEETS),
    ],
)
async def test_paper_is_counted_where_the_printer_counts_it(
    identity: Identity, trays: tuple[bytes, ...], sheets: int
) -> None:
    fake = Printer(changes={"printer-input-tray": attribute("printer-input-tray", *trays, tag=Tag.OCTETS)})
    async with serving(fake, identity) as url, driven(url, identity.files.certificate) as printer:
        assert (await printer.look()).sheets == sheets


@pytest.mark.parametrize("reason", ["media-jam", "cover-open-error", "strange-error"])
async def test_a_jam_ends_the_job_at_once_and_what_came_out_is_known(identity: Identity, reason: str) -> None:
    fake, sensed = Printer(plan=[going(sheets=1)]), list[object]()
    async with (
        serving(fake, identity) as url,
        driven(url, identity.files.certificate, sense=sensed.append) as printer,
    ):
        numbers = printer.run(JOB, pdf_of(6), sheets=3)
        assert [await anext(numbers), await anext(numbers)] == [1, 2]
        fake.reasons, fake.state = (reason,), PrinterStateCode.STOPPED
        with pytest.raises(MadoguchiError, match=r"kiosk\.printer_failed"):
            await anext(numbers)
        state = await clear_printer(printer)
        assert (state.jobs, state.idle, await printer.recall(JOB)) == (0, True, 1)
        assert state.trouble
        assert sensed == [TraySeen(1)]


async def test_an_empty_drawer_does_not_end_the_job_that_took_the_last_sheet(identity: Identity) -> None:
    fake = Printer(plan=[going(sheets=1), done(sheets=2)], reasons=("media-empty-error",))
    async with serving(fake, identity) as url, driven(url, identity.files.certificate) as printer:
        assert await run(printer, pdf_of(4), sheets=2) == [1, 2]


async def test_jobs_of_anybody_are_cancelled_and_seen_gone(identity: Identity) -> None:
    fake = Printer()
    fake.hold("somebody's")
    fake.hold("somebody else's")
    async with serving(fake, identity) as url, driven(url, identity.files.certificate) as printer:
        assert (await printer.look()).jobs == 2
        assert (await clear_printer(printer)).jobs == 0


async def test_a_job_that_ends_while_it_is_cancelled_is_no_fault(identity: Identity) -> None:
    fake = Printer()
    fake.hold("somebody's").told = [going(), done(sheets=1)]
    fake.refuses[Operation.CANCEL_JOB] = REFUSED
    async with serving(fake, identity) as url, driven(url, identity.files.certificate) as printer:
        assert (await clear_printer(printer)).jobs == 0


async def test_a_job_that_goes_on_although_it_was_cancelled_is_seen(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("madoguchi.kiosk.devices.ipp.printer._CANCEL_SECONDS", 0.3)
    fake = Printer(stubborn=True)
    fake.hold("somebody's")
    async with serving(fake, identity) as url, driven(url, identity.files.certificate) as printer:
        with pytest.raises(MadoguchiError, match=r"kiosk\.printer_holds_a_job"):
            await clear_printer(printer)


async def test_a_printer_with_another_certificate_is_sent_nothing(identity: Identity, authority: Authority) -> None:
    fake, other = Printer(), authority.issue("other")
    async with serving(fake, identity) as url, driven(url, other.files.certificate) as printer:
        with pytest.raises(MadoguchiError, match=r"kiosk\.printer_not_ready.*CertificateError"):
            await printer.look()
        with pytest.raises(MadoguchiError, match=r"kiosk\.printer_failed"):
            await run(printer, pdf_of(2), sheets=1)
    assert fake.asked == []


async def test_a_printer_whose_authority_is_pinned_is_still_another_one(
    identity: Identity, authority: Authority
) -> None:
    fake = Printer()
    async with serving(fake, identity) as url, driven(url, authority.ca_file) as printer:
        with pytest.raises(MadoguchiError, match=r"printer_not_ready.*ServerFingerprintMismatch"):
            await printer.look()
        await asyncio.sleep(0.3)  # aiohttp lets such a connection close by itself
    assert fake.asked == []


def other_request(_operation: Operation, answer: bytes) -> bytes:
    message = decode(answer)
    return encode(Message(code=0, request_id=message.request_id + 1, groups=message.groups))


@pytest.mark.parametrize(
    "spoil",
    [
        other_request,
        lambda _operation, answer: answer[:-1],
        lambda _operation, _answer: b"",
        lambda _operation, answer: answer + bytes(2_000_000),
        lambda _operation, answer: encode(Message(code=0, request_id=decode(answer).request_id)),
    ],
)
async def test_an_answer_that_is_none_is_no_answer(identity: Identity, spoil: Any) -> None:
    fake = Printer(spoils=spoil)
    async with serving(fake, identity) as url, driven(url, identity.files.certificate) as printer:
        with pytest.raises(MadoguchiError, match=r"kiosk\.printer_not_ready"):
            await printer.look()


async def test_neither_redirects_nor_silence_are_followed(identity: Identity) -> None:
    fake = Printer()
    async with serving(fake, identity) as url:
        elsewhere = url.replace("/ipp/print", "/elsewhere")
        async with driven(elsewhere, identity.files.certificate) as printer:
            with pytest.raises(MadoguchiError, match=r"printer_not_ready.*HTTP 307"):
                await printer.look()
    async with driven(url, identity.files.certificate) as printer:
        with pytest.raises(MadoguchiError, match=r"kiosk\.printer_not_ready"):
            await printer.cancel_all()
    assert fake.asked == []


async def test_what_was_refused_was_not_printed_and_what_nobody_answered_is_unknown(identity: Identity) -> None:
    fake = Printer(refuses={Operation.VALIDATE_JOB: 0x040B})
    async with serving(fake, identity) as url, driven(url, identity.files.certificate) as printer:
        for operation in (Operation.VALIDATE_JOB, Operation.CREATE_JOB):
            fake.refuses = {operation: 0x040B}
            with pytest.raises(MadoguchiError, match=r"kiosk\.printer_failed.*status 040b"):
                await run(printer, pdf_of(2), sheets=1)
            assert await printer.recall(JOB) == 0
        fake.refuses = {}
        fake.spoils = lambda operation, answer: b"" if operation is Operation.CREATE_JOB else answer
        with pytest.raises(MadoguchiError, match=r"kiosk\.printer_failed"):
            await run(printer, pdf_of(2), sheets=1, job="lost")
        fake.jobs.clear()
        assert await printer.recall("lost") is None


async def test_two_jobs_of_one_name_are_nobodys(identity: Identity) -> None:
    fake = Printer()
    fake.hold("twice")
    fake.hold("twice")
    async with serving(fake, identity) as url, driven(url, identity.files.certificate) as printer:
        assert await printer.recall("twice") is None


async def test_paper_counts_as_taken_after_a_while(identity: Identity) -> None:
    sensed = list[object]()
    async with (
        serving(Printer(), identity) as url,
        driven(url, identity.files.certificate, sense=sensed.append, tray_seconds=0.2) as printer,
    ):
        await run(printer, pdf_of(2), sheets=1)
        assert printer.sheets() == 1
        async with asyncio.timeout(5):
            while printer.sheets():  # noqa: ASYNC110 - the driver's own timer
                await asyncio.sleep(0.05)
        assert sensed == [TraySeen(1), TraySeen(0)]


class TestSpool:
    async def test_it_is_emptied_and_counted_as_jobs(self, identity: Identity, tmp_path: Path) -> None:
        spool, outside = tmp_path / "spool", tmp_path / "outside"
        spool.mkdir()
        outside.write_bytes(b"not the printer's")
        (spool / "1-job.pdf").write_bytes(b"%PDF")
        (spool / "link").symlink_to(outside)
        async with (
            serving(Printer(), identity) as url,
            driven(url, identity.files.certificate, spool=spool) as printer,
        ):
            assert (await printer.look()).jobs == 2
            assert (await clear_printer(printer)).jobs == 0
            (spool / "2-job.pdf").write_bytes(b"%PDF")
            await run(printer, pdf_of(2), sheets=1)
            assert list(spool.iterdir()) == []
            assert outside.exists()

    async def test_what_cannot_be_taken_away_keeps_the_machine_from_serving(
        self, identity: Identity, tmp_path: Path
    ) -> None:
        (tmp_path / "spool" / "folder").mkdir(parents=True)
        async with (
            serving(Printer(), identity) as url,
            driven(url, identity.files.certificate, spool=tmp_path / "spool") as printer,
        ):
            with pytest.raises(MadoguchiError, match=r"kiosk\.printer_holds_a_job"):
                await clear_printer(printer)

    async def test_a_spool_that_is_gone_is_no_empty_one(self, identity: Identity, tmp_path: Path) -> None:
        async with (
            serving(Printer(), identity) as url,
            driven(url, identity.files.certificate, spool=tmp_path / "gone") as printer,
        ):
            with pytest.raises(MadoguchiError, match=r"kiosk\.printer_not_ready.*spool"):
                await printer.look()


async def test_nothing_of_a_document_is_logged_or_left_in_a_file(
    identity: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream, temporary = io.StringIO(), tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    log.configure(party="kiosk", name="kiosk-1", strict=True, stream=stream)
    try:
        async with serving(Printer(), identity) as url, driven(url, identity.files.certificate) as printer:
            await run(printer, pdf_of(2, text="MIHON HANAKO"), sheets=1)
    finally:
        log.close()
    assert "HANAKO" not in stream.getvalue()
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "http"),
    [
        ("ipps://printer/ipp/print", "https://printer:631/ipp/print"),
        ("ipps://[::1]:8631/ipp/print", "https://[::1]:8631/ipp/print"),
        ("ipps://10.0.0.7", "https://10.0.0.7:631/"),
    ],
)
def test_an_address_as_http_sees_it(url: str, http: str) -> None:
    assert http_url(url) == http


@pytest.mark.parametrize(
    "url", ["ipp://printer/ipp", "https://printer", "ipps:///x", "ipps://a:b@printer/", "ipps://p/?q"]
)
def test_another_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="ipps"):
        http_url(url)


async def test_a_client_is_made_for_one_address(identity: Identity) -> None:
    with pytest.raises(ValueError, match="ipps"):
        IppClient("ipp://printer/", certificate=b"", seconds=1)

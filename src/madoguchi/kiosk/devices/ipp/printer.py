"""The printer of a real kiosk.

One transaction is one job, whose name is the transaction's. The job is seen complete by its state *and* its count of
printed sides: a printer that calls a job completed without having counted its sheets has printed nothing for us.

A printer that got a job prints on, whatever the kiosk's journal does: the sheet numbers that `run` gives are those that
the printer reports, the first one before the document is sent. What really came out is asked with `recall`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from typing import Final, TypeVar

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.devices.ipp import status
from madoguchi.kiosk.devices.ipp.client import IppClient, IppError, Operation, job_id, requested
from madoguchi.kiosk.devices.ipp.message import Attribute, Message, Section, Tag, boolean, integer, words
from madoguchi.kiosk.devices.ipp.spool import Spool
from madoguchi.kiosk.devices.ipp.status import JobStateCode, JobView, PrinterStateCode, PrinterView
from madoguchi.kiosk.devices.kinds import PrinterState, Sense
from madoguchi.kiosk.devices.tray import OutputTray
from madoguchi.kiosk.problems import PRINTER_FAILED, PRINTER_NOT_READY

CALL_SECONDS: Final = 15.0
_USER: Final = "kiosk"
_POLL_SECONDS: Final = 0.25
_CANCEL_SECONDS: Final = 10.0
"""A cancelled job still moves the sheet that is in the machine."""
_SETTLE_SECONDS: Final = 5.0
"""Between the end of a job and the printer's calling itself idle."""
_JOBS_ASKED: Final = 200

MakeClient = Callable[[], IppClient]
T = TypeVar("T")


class IppPrinter:
    """Implements `Printer` and `Watched`, and `Tray` by the tray that it fills."""

    def __init__(self, make_client: MakeClient, *, spool: Spool, tray: OutputTray) -> None:
        """`make_client` is called on the event loop."""
        self._make_client = make_client
        self._client: IppClient | None = None
        self._spool = spool
        self._tray = tray
        self._never_created: set[str] = set()

    def start(self, sense: Sense) -> None:
        """Look at the tray."""
        self._tray.start(sense)

    async def stop(self) -> None:
        """Let go of the connections."""
        await self._tray.stop()
        if self._client is not None:
            await self._client.close()
            self._client = None

    def sheets(self) -> int:
        """Sheets that may lie in the tray."""
        return self._tray.sheets()

    async def cancel_all(self) -> None:
        """Cancel every job that has not ended, wait until it has, and empty the spool. Raises `kiosk.printer_*`."""
        for job in await _ready(self._jobs("not-completed")):
            if job.number is not None:
                await _ready(self._cancel(job.number))
        await self._erase_spool()

    async def look(self) -> PrinterState:
        """Ask it. Raises `kiosk.printer_not_ready` when it does not answer."""
        view = await _ready(self._view())
        jobs = await _ready(self._jobs("not-completed"))
        files = await self._in_spool(self._spool.files)
        return PrinterState(
            jobs=max(view.queued, len(jobs), files),
            idle=view.state in {PrinterStateCode.IDLE, PrinterStateCode.STOPPED},
            sheets=view.sheets,
            trouble=view.trouble,
            jammed="media-jam" in view.reasons,
        )

    async def run(self, job: str, document: bytes, *, sheets: int) -> AsyncGenerator[int]:
        """Validate, create, send, and follow the job to its end. Raises `kiosk.printer_failed`."""
        self._never_created.add(job)
        attributes = _job_attributes(await _printing(self._view()))
        await _printing(self._ask(Operation.VALIDATE_JOB, *_named(job), job=attributes))
        number = await _printing(self._create(job, attributes))
        yield 1
        await _printing(self._send(number, document))
        given = 1
        async with aclosing(self._progress(number, sheets)) as progress:
            async for out in progress:
                self._tray.came_out(out)
                while given < min(out + 1, sheets):
                    given += 1
                    yield given
        await self._erase_spool()
        await self._settle()

    async def recall(self, job: str) -> int | None:
        """How many sheets came out, by the printer's own count; None when it does not know the job, or two of them.

        Raises `kiosk.printer_failed` when it does not answer.
        """
        if job in self._never_created:
            return 0
        known = [*await _printing(self._jobs("completed")), *await _printing(self._jobs("not-completed"))]
        counts = {each.number: each.sheets_out for each in known if each.name == job}
        return next(iter(counts.values())) if len(counts) == 1 else None

    # -- one job

    async def _create(self, job: str, attributes: tuple[Attribute, ...]) -> int:
        """The job's number. A refusal is certain; a lost answer is not, and the job may be there."""
        self._never_created.discard(job)
        try:
            answer = await self._ask(Operation.CREATE_JOB, *_named(job), job=attributes)
        except IppError as error:
            if error.status is not None:
                self._never_created.add(job)
            raise
        for group in answer.sections(Section.JOB):
            for number in group.numbers("job-id"):
                return number
        raise IppError(Operation.CREATE_JOB, "no job in the answer")

    async def _send(self, number: int, document: bytes) -> Message:
        last = boolean("last-document", value=True)
        pdf = words("document-format", Tag.MIME, status.PDF)
        user = words("requesting-user-name", Tag.NAME, _USER)
        return await self._ask(Operation.SEND_DOCUMENT, job_id(number), user, pdf, last, document=document)

    async def _progress(self, number: int, sheets: int) -> AsyncGenerator[int]:
        """Sheets that are out, each time it is asked, until all are and the job has ended well."""
        while True:
            job = await _printing(self._job(number))
            view = await _printing(self._view())
            yield min(job.sheets_out or 0, sheets)
            _expect_going_on(job, view)
            if job.state == JobStateCode.COMPLETED:
                if job.sheets_out is None or job.sheets_out < sheets:
                    raise PRINTER_FAILED.error(f"completed, it says, with {job.sheets_out} of {sheets} sheets")
                return
            await asyncio.sleep(_POLL_SECONDS)

    async def _settle(self) -> None:
        """It has ended well, and is not idle at once."""

        async def idle() -> bool:
            return (await _printing(self._view())).state != PrinterStateCode.PROCESSING

        await _until(idle, seconds=_SETTLE_SECONDS)

    async def _cancel(self, number: int) -> None:
        """Ask, and wait until it has ended; one that ended meanwhile refuses the request, and that is well."""
        try:
            await self._ask(Operation.CANCEL_JOB, job_id(number), words("requesting-user-name", Tag.NAME, _USER))
        except IppError as error:
            if error.status is None:
                raise

        async def ended() -> bool:
            return (await self._job(number)).ended

        await _until(ended, seconds=_CANCEL_SECONDS)

    async def _erase_spool(self) -> None:
        await self._in_spool(self._spool.erase)

    async def _in_spool(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except OSError as error:
            raise PRINTER_NOT_READY.error(f"spool: {type(error).__name__}") from error

    # -- questions

    async def _view(self) -> PrinterView:
        answer = await self._ask(Operation.GET_PRINTER_ATTRIBUTES, requested(*status.PRINTER_ATTRIBUTES))
        groups = answer.sections(Section.PRINTER)
        if not groups:
            raise IppError(Operation.GET_PRINTER_ATTRIBUTES, "no printer in the answer")
        return status.printer_view(groups[0])

    async def _jobs(self, which: str) -> tuple[JobView, ...]:
        asked = (words("which-jobs", Tag.KEYWORD, which), integer("limit", _JOBS_ASKED))
        answer = await self._ask(Operation.GET_JOBS, *asked, requested(*status.JOB_ATTRIBUTES))
        return tuple(status.job_view(group) for group in answer.sections(Section.JOB) if group.attributes)

    async def _job(self, number: int) -> JobView:
        asked = (job_id(number), requested(*status.JOB_ATTRIBUTES))
        answer = await self._ask(Operation.GET_JOB_ATTRIBUTES, *asked)
        groups = answer.sections(Section.JOB)
        if not groups:
            raise IppError(Operation.GET_JOB_ATTRIBUTES, "no job in the answer")
        return status.job_view(groups[0])

    async def _ask(
        self,
        operation: Operation,
        *attributes: Attribute,
        job: tuple[Attribute, ...] = (),
        document: bytes | None = None,
    ) -> Message:
        if self._client is None:
            self._client = self._make_client()
        return await self._client.ask(operation, *attributes, job=job, document=document)


async def _until(done: Callable[[], Awaitable[bool]], *, seconds: float) -> None:
    """Ask again and again; whoever needs it to be so looks afterwards."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while True:
                if await done():
                    return
                await asyncio.sleep(_POLL_SECONDS)


async def _ready(asked: Awaitable[T]) -> T:
    return await _or(asked, PRINTER_NOT_READY.error)


async def _printing(asked: Awaitable[T]) -> T:
    return await _or(asked, PRINTER_FAILED.error)


async def _or(asked: Awaitable[T], problem: Callable[[str], MadoguchiError]) -> T:
    try:
        return await asked
    except IppError as error:
        raise problem(str(error)) from error


def _named(job: str) -> tuple[Attribute, ...]:
    return (
        words("requesting-user-name", Tag.NAME, _USER),
        words("job-name", Tag.NAME, job),
        boolean("ipp-attribute-fidelity", value=True),
    )


def _job_attributes(view: PrinterView) -> tuple[Attribute, ...]:
    """With fidelity: a printer that cannot do one of these refuses the job instead of printing something else."""
    attributes = [
        words("sides", Tag.KEYWORD, status.TWO_SIDED),
        words("media", Tag.KEYWORD, status.A4),
        integer("copies", 1),
    ]
    if view.can_keep_size:
        attributes.append(words("print-scaling", Tag.KEYWORD, "none"))
    return tuple(attributes)


def _expect_going_on(job: JobView, printer: PrinterView) -> None:
    """A job that stands still is given up at once: it is cancelled and the money goes back, whoever clears the jam."""
    if job.state in {JobStateCode.CANCELED, JobStateCode.ABORTED, JobStateCode.STOPPED, None}:
        raise PRINTER_FAILED.error(f"job state {job.state}: {', '.join(job.reasons)[:60]}")
    if job.state != JobStateCode.COMPLETED and (printer.stuck or (printer.stopped and not job.ended)):
        raise PRINTER_FAILED.error(f"printer: {printer.trouble[:60]}")

"""A small IPP printer of the tests, for what ippeveprinter cannot do: count sheets, lie, refuse, lose an answer.

It encodes with the program's own codec. That the two do not agree on a mistake is what `test_press.py` is for, where
CUPS is the other side.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from madoguchi.kiosk.devices.ipp.client import Operation
from madoguchi.kiosk.devices.ipp.message import Attribute, Group, Message, Section, Tag, Value, decode, encode
from madoguchi.kiosk.devices.ipp.status import JobStateCode, PrinterStateCode
from tests.runtime.pki import Identity

REFUSED = 0x0404
"""client-error-not-possible."""
NOT_FOUND = 0x0406


def attribute(name: str, *values: Any, tag: Tag = Tag.KEYWORD) -> Attribute:
    """One attribute of any kind."""
    return Attribute(name, tuple(Value(tag, _octets(value)) for value in values))


def _octets(value: Any) -> bytes:
    if isinstance(value, bool):
        return bytes((value,))
    if isinstance(value, int):
        return value.to_bytes(4, "big", signed=True)
    return value if isinstance(value, bytes) else str(value).encode()


@dataclass(kw_only=True)
class Job:
    """A job, and what is told of it, one entry per question; the last one stays."""

    number: int
    name: str
    told: list[dict[str, Any]]
    document: bytes = b""
    attributes: tuple[Attribute, ...] = ()

    def next(self) -> dict[str, Any]:
        return self.told.pop(0) if len(self.told) > 1 else self.told[0]


def going(
    *, sheets: int | None = None, state: int = JobStateCode.PROCESSING, sides: int | None = None
) -> dict[str, Any]:
    """What a job says of itself."""
    return {"state": state, "sheets": sheets, "sides": sides}


def done(*, sheets: int | None = None, sides: int | None = None) -> dict[str, Any]:
    """That it is completed."""
    return going(sheets=sheets, state=JobStateCode.COMPLETED, sides=sides)


@dataclass(kw_only=True)
class Printer:
    """What it says, and what it was asked."""

    plan: list[dict[str, Any]] = field(default_factory=lambda: [done(sheets=1)])
    """Of the jobs that come from now on."""
    state: int = PrinterStateCode.IDLE
    reasons: tuple[str, ...] = ("none",)
    changes: dict[str, Attribute | None] = field(default_factory=dict)
    """Attributes of the printer instead of the usual ones."""
    refuses: dict[int, int] = field(default_factory=dict)
    """Operation to the status that it answers with."""
    spoils: Callable[[Operation, bytes], bytes] = lambda _operation, answer: answer
    stubborn: bool = False
    """A cancelled job goes on."""
    jobs: list[Job] = field(default_factory=list)
    asked: list[Operation] = field(default_factory=list)
    chunked_documents: list[bool] = field(default_factory=list)

    def own(self) -> Group:
        """Its own attributes."""
        usual = (
            attribute("printer-state", self.state, tag=Tag.ENUM),
            attribute("printer-state-reasons", *self.reasons),
            attribute("printer-is-accepting-jobs", True, tag=Tag.BOOLEAN),
            attribute("queued-job-count", len(self.open_jobs()), tag=Tag.INTEGER),
            attribute("media-ready", "iso_a4_210x297mm"),
            attribute("media-supported", "iso_a3_297x420mm", "iso_a4_210x297mm"),
            attribute("sides-supported", "one-sided", "two-sided-long-edge"),
            attribute("document-format-supported", "application/pdf", tag=Tag.MIME),
        )
        made = {each.name: each for each in usual} | self.changes
        return Group(Section.PRINTER, tuple(each for each in made.values() if each is not None))

    def open_jobs(self) -> list[Job]:
        """Those that have not ended."""
        ended = {JobStateCode.CANCELED, JobStateCode.ABORTED, JobStateCode.COMPLETED}
        return [job for job in self.jobs if job.told[0]["state"] not in ended]

    def hold(self, name: str) -> Job:
        """A job of somebody else."""
        job = Job(number=len(self.jobs) + 1, name=name, told=[going(state=JobStateCode.PENDING)])
        self.jobs.append(job)
        return job

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        message = decode(body)
        operation = Operation(message.code)
        self.asked.append(operation)
        if operation is Operation.SEND_DOCUMENT:
            self.chunked_documents.append("Content-Length" not in request.headers)
        code, groups = self._do(operation, message, body)
        code = self.refuses.get(operation, code)
        answer = encode(Message(code=code, request_id=message.request_id, groups=(self._head(), *groups)))
        return web.Response(body=self.spoils(operation, answer), content_type="application/ipp")

    @staticmethod
    def _head() -> Group:
        charset = attribute("attributes-charset", "utf-8", tag=Tag.CHARSET)
        language = attribute("attributes-natural-language", "en", tag=Tag.LANGUAGE)
        return Group(Section.OPERATION, (charset, language))

    def _do(self, operation: Operation, message: Message, body: bytes) -> tuple[int, tuple[Group, ...]]:
        asked = message.sections(Section.OPERATION)[0]
        match operation:
            case Operation.GET_PRINTER_ATTRIBUTES:
                return 0, (self.own(),)
            case Operation.VALIDATE_JOB:
                return 0, ()
            case Operation.CREATE_JOB:
                return self._create(asked, message)
            case Operation.GET_JOBS:
                wanted = self.open_jobs()
                if asked.texts("which-jobs") == ("completed",):
                    wanted = [job for job in self.jobs if job not in wanted]
                return 0, tuple(self._tell(job, job.told[0]) for job in wanted)
        found = [job for job in self.jobs if job.number == asked.numbers("job-id")[0]]
        return self._do_with(operation, found[0], body) if found else (NOT_FOUND, ())

    def _create(self, asked: Group, message: Message) -> tuple[int, tuple[Group, ...]]:
        if Operation.CREATE_JOB in self.refuses:
            return 0, ()
        job = Job(number=len(self.jobs) + 1, name=asked.texts("job-name")[0], told=list(self.plan))
        job.attributes = message.sections(Section.JOB)[0].attributes
        self.jobs.append(job)
        return 0, (self._tell(job, going(state=JobStateCode.PENDING)),)

    def _do_with(self, operation: Operation, job: Job, body: bytes) -> tuple[int, tuple[Group, ...]]:
        if operation is Operation.SEND_DOCUMENT:
            job.document = body[body.index(b"%PDF") :]
        elif operation is Operation.CANCEL_JOB:
            if job not in self.open_jobs():
                return REFUSED, ()
            if not self.stubborn:
                job.told = [{**job.told[0], "state": JobStateCode.CANCELED}]
        elif operation is Operation.GET_JOB_ATTRIBUTES:
            return 0, (self._tell(job, job.next()),)
        return 0, ()

    @staticmethod
    def _tell(job: Job, told: dict[str, Any]) -> Group:
        numbers = {"job-media-sheets-completed": told["sheets"], "job-impressions-completed": told["sides"]}
        counts = [attribute(name, number, tag=Tag.INTEGER) for name, number in numbers.items() if number is not None]
        return Group(
            Section.JOB,
            (
                attribute("job-id", job.number, tag=Tag.INTEGER),
                attribute("job-name", job.name, tag=Tag.NAME),
                attribute("job-state", told["state"], tag=Tag.ENUM),
                attribute("job-state-reasons", "none"),
                *counts,
            ),
        )


@asynccontextmanager
async def serving(printer: Printer, identity: Identity) -> AsyncIterator[str]:
    """Serve, and give the URL."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.files.certificate, identity.files.key)
    app = web.Application(client_max_size=8 * 1024 * 1024)
    app.router.add_post("/ipp/print", printer.answer)
    app.router.add_post("/elsewhere", _elsewhere)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    try:
        yield f"ipps://127.0.0.1:{runner.addresses[0][1]}/ipp/print"
    finally:
        await runner.cleanup()


async def _elsewhere(_request: web.Request) -> web.Response:
    raise web.HTTPTemporaryRedirect("/ipp/print")

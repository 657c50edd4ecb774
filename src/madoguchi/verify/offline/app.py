"""The Starlette app behind `/code/`: files that a browser keeps, the trust list, and one question to the ward."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import Meta
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from madoguchi.errors import MadoguchiError
from madoguchi.runtime.look import Locked
from madoguchi.trust.file import TrustFile
from madoguchi.verify.checking import AskStatus
from madoguchi.verify.config import VerifyConfig, WardNames
from madoguchi.verify.offline.files import Kept, kept_files, worker_source
from madoguchi.verify.page.contract import PaperStatus
from madoguchi.verify.page.problems import BAD_UPLOAD, UPLOAD_TOO_LARGE
from madoguchi.verify.page.rate import Rate
from madoguchi.verify.problems import NOT_NOW
from madoguchi.wire.identifiers import WardCode

QUESTION_LIMIT: Final = 1024
"""Octets of a question about one paper."""


class StatusQuestion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """JSON body of POST /code/status. A body and no address: addresses stand in histories and logs."""

    ward: WardCode
    paper_number: Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]


class StatusAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the ward says of the paper, or that it could not be asked. Nothing else is told."""

    status: PaperStatus


def offline_page(config: VerifyConfig, *, trust: TrustFile, ask_status: AskStatus, rate: Rate) -> Starlette:
    """The app, to be mounted at `/code`. Keeps and logs nothing of what it is asked."""
    page = _Page(config, trust=trust, ask_status=ask_status, rate=rate)
    return Starlette(
        routes=[
            Route("/sw.js", page.worker),
            Route("/trust-list", page.trust_list),
            Route("/status", page.status, methods=["POST"]),
            Route("/{name:path}", page.file),
        ],
        middleware=[Middleware(Locked, camera=True)],
    )


def with_offline(page: ASGIApp, offline: ASGIApp) -> Starlette:
    """Both pages under one address. Each keeps its own headers: no camera and no compiled code outside `/code/`."""
    return Starlette(routes=[Route("/code", _with_slash), Mount("/code", offline), Mount("/", page)])


async def _with_slash(_request: Request) -> Response:
    """Whoever types the address leaves it out; the page's own addresses need it."""
    return RedirectResponse("code/", headers={"Cache-Control": "no-store"})


class _Page:
    """The handlers. Files are read once, at start: what a browser keeps is what the worker's digests name."""

    def __init__(self, config: VerifyConfig, *, trust: TrustFile, ask_status: AskStatus, rate: Rate) -> None:
        self._trust = trust
        self._ask_status = ask_status
        self._rate = rate
        self._wards = {ward.code: ward for ward in config.wards}
        self._kept = kept_files(config)
        self._worker = worker_source(self._kept.values())

    async def worker(self, _request: Request) -> Response:
        return Response(self._worker, media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    async def file(self, request: Request) -> Response:
        found: Kept | None = self._kept.get("./" + request.path_params["name"])
        if found is None:
            return Response(status_code=404)
        return Response(found.content, media_type=found.media_type, headers={"Cache-Control": "no-cache"})

    async def trust_list(self, _request: Request) -> Response:
        """The list in force, as the root signed it: names and public keys only."""
        try:
            raw = self._trust.raw
        except MadoguchiError as failure:
            return _refused(NOT_NOW.error(failure.code))
        return Response(raw, media_type="application/octet-stream")

    async def status(self, request: Request) -> Response:
        try:
            self._rate.expect_room(request)
            question = await _question(request)
        except MadoguchiError as refused:
            return _refused(refused)
        ward = self._wards.get(question.ward)
        status = PaperStatus.NOT_ASKED if ward is None else await self._asked(ward, question.paper_number)
        return _json(StatusAnswer(status=status))

    async def _asked(self, ward: WardNames, paper_number: str) -> PaperStatus:
        return await run_in_threadpool(self._ask_status, ward, bytes.fromhex(paper_number))


async def _question(request: Request) -> StatusQuestion:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > QUESTION_LIMIT:
            raise UPLOAD_TOO_LARGE.error("a question about one paper is short")
    try:
        return msgspec.json.decode(body, type=StatusQuestion)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BAD_UPLOAD.error("body does not fit the contract") from None


def _refused(error: MadoguchiError) -> Response:
    text = error.problem.resident
    return _json({"code": error.code, "ja": text.ja, "en": text.en}, status=error.problem.status)


def _json(body: object, *, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status_code=status, media_type="application/json")

"""The Starlette app of the verify page: a form that works without script, and a JSON API.

Keeps nothing of what it is sent and logs nothing of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from madoguchi.errors import MadoguchiError
from madoguchi.runtime.look import Locked, Messages, look_files, page_files, templates
from madoguchi.verify.page.contract import VerifyAnswer, VerifyService
from madoguchi.verify.page.problems import BAD_UPLOAD, NOT_A_DOCUMENT, UPLOAD_TOO_LARGE
from madoguchi.verify.page.rate import Rate
from madoguchi.verify.page.telling import told, trouble
from madoguchi.verify.page.upload import Upload, from_api, from_form
from madoguchi.verify.problems import BUSY, NOT_LOOKED_AT, TOO_MANY

HERE: Final = Path(__file__).parent
PRODUCTION: Final = "production"
_TROUBLES: Final = {
    UPLOAD_TOO_LARGE.code: "too_large",
    BAD_UPLOAD.code: "nothing",
    NOT_A_DOCUMENT.code: "unreadable",
    BUSY.code: "busy",
    TOO_MANY.code: "too_many",
    NOT_LOOKED_AT.code: "not_looked_at",
}
_RETRY_SECONDS: Final = {BUSY.code: "10", TOO_MANY.code: "60"}


def verify_page(service: VerifyService, *, environment: str = "demo", rate: Rate) -> Starlette:
    """The page over `service`. Outside production it says that it handles no real certificates."""
    page = _Page(service, environment=environment, rate=rate)
    return Starlette(
        routes=[
            Route("/", page.form),
            Route("/", page.answer, methods=["POST"]),
            Route("/v1/check", page.api, methods=["POST"]),
            look_files(),
            page_files("/static", HERE / "static"),
        ],
        middleware=[Middleware(Locked, forms=True, pictures=True)],
    )


class _Page:
    """The handlers over one verifier."""

    def __init__(self, service: VerifyService, *, environment: str, rate: Rate) -> None:
        self._service = service
        self._rate = rate
        self._messages = Messages(HERE / "messages")
        self._templates = templates(HERE / "templates")
        self._demo = environment != PRODUCTION

    async def form(self, request: Request) -> Response:
        return self._html(request, "form.html")

    async def answer(self, request: Request) -> Response:
        try:
            self._rate.expect_room(request)
            found = await self._check(await from_form(request))
        except MadoguchiError as error:
            box = trouble(_TROUBLES.get(error.code, "not_now"), self._messages)
            return self._html(
                request, "trouble.html", status=error.problem.status, headers=_retry(error), box=box, code=error.code
            )
        sheets = [told(sheet, self._messages) for sheet in found.sheets]
        erased = found.erased and self._messages.pair(
            "form.erased", kilobytes=max(1, round(found.erased.octets / 1000))
        )
        return self._html(request, "result.html", sheets=sheets, left_out=found.left_out, erased=erased)

    async def api(self, request: Request) -> Response:
        """`?pictures=1` leaves the pictures in."""
        try:
            self._rate.expect_room(request)
            found = await self._check(await from_api(request))
        except MadoguchiError as error:
            text = error.problem.resident
            body = {"code": error.code, "ja": text.ja, "en": text.en}
            return _json(body, status=error.problem.status, headers=_retry(error))
        return _json(found if request.query_params.get("pictures") == "1" else _without_pictures(found))

    async def _check(self, upload: Upload) -> VerifyAnswer:
        if upload.text is not None:
            return await run_in_threadpool(self._service.check_text, upload.text)
        return await run_in_threadpool(self._service.check_documents, upload.documents)

    def _html(
        self,
        request: Request,
        name: str,
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
        **values: object,
    ) -> Response:
        base = request.scope.get("root_path", "")
        html = self._templates.get_template(name).render(t=self._messages.pair, base=base, demo=self._demo, **values)
        return HTMLResponse(html, status_code=status, headers=headers)


def _without_pictures(found: VerifyAnswer) -> VerifyAnswer:
    sheets = tuple(msgspec.structs.replace(sheet, pictures=None) for sheet in found.sheets)
    return msgspec.structs.replace(found, sheets=sheets)


def _retry(error: MadoguchiError) -> dict[str, str]:
    seconds = _RETRY_SECONDS.get(error.code)
    return {"Retry-After": seconds} if seconds else {}


def _json(body: object, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    content = msgspec.json.encode(body)
    return Response(content, status_code=status, headers=headers, media_type="application/json")

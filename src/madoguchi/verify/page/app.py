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
from madoguchi.verify.page.telling import Headline, checked, headline, said, trouble
from madoguchi.verify.page.upload import Upload, from_api, from_form

HERE: Final = Path(__file__).parent
PRODUCTION: Final = "production"
UNCHECKED: Final = ("print", "copy", "person")
"""What this page never checks, in the order in which it says so."""
_TROUBLES: Final = {
    UPLOAD_TOO_LARGE.code: "too_large",
    BAD_UPLOAD.code: "nothing",
    NOT_A_DOCUMENT.code: "unreadable",
}


def verify_page(service: VerifyService, *, environment: str = "demo") -> Starlette:
    """The page over `service`. Outside production it says that it handles no real certificates."""
    page = _Page(service, environment=environment)
    return Starlette(
        routes=[
            Route("/", page.form),
            Route("/", page.answer, methods=["POST"]),
            Route("/api/verify", page.api, methods=["POST"]),
            look_files(),
            page_files("/static", HERE / "static"),
        ],
        middleware=[Middleware(Locked, forms=True)],
    )


class _Page:
    """The handlers over one verifier."""

    def __init__(self, service: VerifyService, *, environment: str) -> None:
        self._service = service
        self._messages = Messages(HERE / "messages")
        self._templates = templates(HERE / "templates")
        self._demo = environment != PRODUCTION

    async def form(self, request: Request) -> Response:
        return self._html(request, "form.html")

    async def answer(self, request: Request) -> Response:
        try:
            found = await self._check(await from_form(request))
        except MadoguchiError as error:
            box = trouble(_TROUBLES.get(error.code, "not_now"), self._messages)
            return self._result(request, None, box, status=error.problem.status)
        return self._result(request, found, headline(found, self._messages))

    async def api(self, request: Request) -> Response:
        try:
            found = await self._check(await from_api(request))
        except MadoguchiError as error:
            text = error.problem.resident
            return _json({"code": error.code, "ja": text.ja, "en": text.en}, status=error.problem.status)
        return _json(found)

    async def _check(self, upload: Upload) -> VerifyAnswer:
        return await run_in_threadpool(self._service.check, upload.document, upload.text)

    def _result(self, request: Request, found: VerifyAnswer | None, box: Headline, *, status: int = 200) -> Response:
        content = found.content if found else None
        return self._html(
            request,
            "result.html",
            status=status,
            box=box,
            code=found.code if found else None,
            checks=checked(found, self._messages) if found else [],
            content=content,
            facts=said(content, self._messages) if content else [],
            unchecked=UNCHECKED,
        )

    def _html(self, request: Request, name: str, *, status: int = 200, **values: object) -> Response:
        base = request.scope.get("root_path", "")
        html = self._templates.get_template(name).render(t=self._messages.pair, base=base, demo=self._demo, **values)
        return HTMLResponse(html, status_code=status)


def _json(body: object, *, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status_code=status, media_type="application/json")

"""The Starlette app of the desk's first page: one table-heavy document, no script, loopback only."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from madoguchi.errors import MadoguchiError
from madoguchi.oversight.page import telling
from madoguchi.oversight.page.contract import Desk
from madoguchi.oversight.page.problems import NOT_AT_THE_DESK
from madoguchi.runtime.clock import JST
from madoguchi.runtime.look import Locked, Messages, is_loopback_host, look_files, page_files, templates

HERE: Final = Path(__file__).parent
PRODUCTION: Final = "production"


def oversight_page(desk: Desk, *, environment: str = "demo") -> Starlette:
    """The page over `desk`. Answers only requests that come from this machine, for this machine."""
    page = _Page(desk, environment=environment)
    return Starlette(
        routes=[
            Route("/", page.today),
            Route("/api/today", page.api),
            look_files(),
            page_files("/static", HERE / "static"),
        ],
        middleware=[Middleware(Locked)],
        exception_handlers={MadoguchiError: _refused},
    )


class _Page:
    """The handlers over one desk."""

    def __init__(self, desk: Desk, *, environment: str) -> None:
        self._desk = desk
        self._demo = environment != PRODUCTION
        self._messages = Messages(HERE / "messages")
        made = templates(HERE / "templates")
        made.filters |= {"age": telling.Ages(self._messages), "short": telling.short, "tone": telling.tone_of}
        made.filters |= {"yen": "{:,}".format, "clock": lambda at: at.astimezone(JST).strftime("%H:%M:%S")}
        made.tests |= {"stale": telling.is_stale}
        self._template = made.get_template("today.html")

    async def today(self, request: Request) -> Response:
        _require_desk(request)
        day = await self._desk.today()
        html = self._template.render(
            t=self._messages.pair,
            base=request.scope.get("root_path", ""),
            demo=self._demo,
            day=day,
            counters=telling.COUNTERS,
            match_of=telling.match_of,
            agree=telling.counts_agree(day),
            open_count=telling.open_count,
        )
        return HTMLResponse(html)

    async def api(self, request: Request) -> Response:
        _require_desk(request)
        return _json(await self._desk.today())


def _require_desk(request: Request) -> None:
    """No login exists yet, so only this machine may ask; over a unix socket there is no peer address."""
    if request.client is not None and not is_loopback_host(request.client.host):
        raise NOT_AT_THE_DESK.error("peer is not loopback")
    if not is_loopback_host(request.headers.get("host", "")):
        raise NOT_AT_THE_DESK.error("Host is not loopback")


async def _refused(_request: Request, error: Exception) -> Response:
    if not isinstance(error, MadoguchiError):
        raise error
    text = error.problem.clerk
    return _json({"code": error.code, "ja": text.ja, "en": text.en}, status=error.problem.status)


def _json(body: object, *, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status_code=status, media_type="application/json")

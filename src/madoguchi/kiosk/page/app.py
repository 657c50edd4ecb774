"""The Starlette app of the kiosk page: one page, one screen at a time, touches in, screens out.

Runs in the agent's process beside the machine and is reached over loopback only. It holds no state of its own: what is
shown is what the machine says, and a touch that was meant for an earlier screen is refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.devices.door import DEMO_KEY
from madoguchi.kiosk.page.contract import COINS, Action, KioskMachine, Operation
from madoguchi.kiosk.page.events import panels, screens
from madoguchi.kiosk.page.guard import require_page, require_this_machine, strict_body
from madoguchi.kiosk.page.languages import load_words
from madoguchi.kiosk.page.problems import STALE_TOUCH
from madoguchi.kiosk.page.voice.places import PlaceSounds
from madoguchi.runtime.look import Locked, look_files, page_files, templates

HERE: Final = Path(__file__).parent
PRODUCTION: Final = "production"


class Touch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of POST /api/touch. `screen` is the name of the screen that was touched."""

    screen: str
    action: Action
    value: str | int | None = None


class Operate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of POST /api/panel."""

    operation: Operation
    value: str | int | None = None


def kiosk_page(machine: KioskMachine, *, token: str, environment: str = "demo") -> Starlette:
    """The page over `machine`. `token`: random, new at every boot. Outside production every screen says so."""
    page = _Page(machine, token=token, environment=environment)
    return Starlette(
        routes=[
            Route("/", page.index),
            Route("/words.json", page.words),
            Route("/api/screen", page.screen),
            Route("/api/events", page.events),
            Route("/api/panel-events", page.panel_events),
            Route("/api/touch", page.touch, methods=["POST"]),
            Route("/api/panel", page.panel),
            Route("/api/panel", page.operate, methods=["POST"]),
            look_files(),
            Route("/static/voice/places/{code}.ogg", page.place),
            page_files("/static", HERE / "static"),
        ],
        middleware=[Middleware(Locked)],
        exception_handlers={MadoguchiError: refused},
    )


class _Page:
    """The handlers of one machine's page."""

    def __init__(self, machine: KioskMachine, *, token: str, environment: str) -> None:
        self._machine = machine
        self._token = token
        self._environment = environment
        self._template = templates(HERE / "templates").get_template("kiosk.html")
        # Read and checked once: a language that lacks a key stops the start, not a resident.
        self._words = msgspec.json.encode(load_words(HERE))
        self._places = PlaceSounds()

    async def index(self, request: Request) -> Response:
        require_this_machine(request)
        html = self._template.render(
            token=self._token,
            base=request.scope.get("root_path", ""),
            panel=request.query_params.get("panel") == "1",
            demo=self._environment != PRODUCTION,
            coins=COINS,
            door_key=DEMO_KEY,
        )
        return HTMLResponse(html)

    async def words(self, request: Request) -> Response:
        require_this_machine(request)
        return Response(self._words, media_type="application/json")

    async def place(self, request: Request) -> Response:
        sound = self._places.sound(request.path_params["code"])
        if sound is None:
            return Response(status_code=404)
        return Response(sound, media_type="audio/ogg", headers={"Cache-Control": "no-cache"})

    async def screen(self, request: Request) -> Response:
        require_page(request, token=self._token)
        return _json(self._machine.screen())

    async def events(self, request: Request) -> Response:
        require_page(request, token=self._token)
        return StreamingResponse(screens(self._machine), media_type="text/event-stream")

    async def panel_events(self, request: Request) -> Response:
        require_page(request, token=self._token)
        return StreamingResponse(panels(self._machine), media_type="text/event-stream")

    async def touch(self, request: Request) -> Response:
        require_page(request, token=self._token)
        touch = await strict_body(request, Touch)
        # A second tap on "pay" must not fall on whatever stands there by then.
        if touch.screen != self._machine.screen().name:
            raise STALE_TOUCH.error(f"touch on {touch.action} came late")
        await self._machine.touch(touch.action, touch.value)
        return _json(self._machine.screen())

    async def panel(self, request: Request) -> Response:
        require_page(request, token=self._token)
        return _json(self._machine.panel())

    async def operate(self, request: Request) -> Response:
        require_page(request, token=self._token)
        wanted = await strict_body(request, Operate)
        await self._machine.operate(wanted.operation, wanted.value)
        return _json(self._machine.panel())


async def refused(_request: Request, error: Exception) -> Response:
    """The answer to a request that a problem of the catalogue ended: its status, code and the resident's text."""
    if not isinstance(error, MadoguchiError):
        raise error
    text = error.problem.resident
    return _json({"code": error.code, "ja": text.ja, "en": text.en}, status=error.problem.status)


def _json(body: object, *, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status_code=status, media_type="application/json")

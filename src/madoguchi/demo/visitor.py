"""A resident at a kiosk: touches the page's own interface and the devices exactly as a browser and two hands do.

Used by the demonstration, by the measurements and by the tests that run the whole chain; nothing here is a shortcut
past the machine.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import aiohttp

from madoguchi.demo.problems import NO_PAPER

_TOKEN = re.compile(r'name="kiosk-token" content="([^"]+)"')
_SLOT_SECONDS = 0.005
_ENDS = frozenset({"done", "refusal", "out_of_service"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the resident wants, and with which card."""

    card: str
    """Id of a card of the device panel."""
    pin: str
    ward: str
    kind: str
    fiscal_year: int
    copies: int = 1
    emoney: bool = False
    """Pays by e-money instead of coins."""


@dataclass(slots=True)
class Visit:
    """What happened: every screen with the seconds since the first touch, and the last screen's data."""

    screens: list[tuple[str, float]] = field(default_factory=list)
    end: dict[str, Any] = field(default_factory=dict)

    @property
    def ended_on(self) -> str:
        """The name of the last screen."""
        return self.screens[-1][0] if self.screens else "nothing"


class Visitor:
    """One browser at one kiosk. An async context manager."""

    def __init__(self, page_url: str) -> None:
        self._url = page_url.rstrip("/")
        self._session = aiohttp.ClientSession(trust_env=False)
        self._token = ""

    async def __aenter__(self) -> Self:
        async with self._session.get(f"{self._url}/?panel=1") as answer:
            found = _TOKEN.search(await answer.text())
        if found is None:
            raise NO_PAPER.error("the kiosk page has no token")
        self._token = found[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def screen(self) -> dict[str, Any]:
        """The screen of this moment."""
        async with self._session.get(f"{self._url}/api/screen", headers=self._headers()) as answer:
            answer.raise_for_status()
            shown: dict[str, Any] = await answer.json()
            return shown

    async def panel(self) -> dict[str, Any]:
        """The state of the devices."""
        async with self._session.get(f"{self._url}/api/panel", headers=self._headers()) as answer:
            answer.raise_for_status()
            shown: dict[str, Any] = await answer.json()
            return shown

    async def touch(self, screen: str, action: str, value: str | int | None = None) -> dict[str, Any]:
        """One touch on a screen of that name. Raises ClientResponseError when the machine refuses it."""
        return await self._post("/api/touch", {"screen": screen, "action": action, "value": value})

    async def operate(self, operation: str, value: str | int | None = None) -> dict[str, Any]:
        """One hand at a device."""
        return await self._post("/api/panel", {"operation": operation, "value": value})

    async def screens(self) -> AsyncIterator[dict[str, Any]]:
        """Every screen as it comes, the present one first."""
        forever = aiohttp.ClientTimeout(total=None)
        async with self._session.get(f"{self._url}/api/events", headers=self._headers(), timeout=forever) as answer:
            answer.raise_for_status()
            async for line in answer.content:
                if line.startswith(b"data: "):
                    yield json.loads(line.removeprefix(b"data: "))

    async def take_certificate(self, wish: Wish, *, timeout: float = 60.0) -> Visit:  # noqa: ASYNC109 - one limit
        """From the first touch to the last screen. Raises TimeoutError when it does not come to an end."""
        visit = Visit()
        began = time.perf_counter()
        async with asyncio.timeout(timeout):
            async for shown in self.screens():
                name = shown["name"]
                if not visit.screens and name in _ENDS:
                    await self._leave(name)  # the screen of the visitor before
                    continue
                if not visit.screens or visit.screens[-1][0] != name:
                    visit.screens.append((name, time.perf_counter() - began))
                if name in _ENDS:
                    visit.end = shown["data"]
                    await self._leave(name)
                    return visit
                await self._act(shown, wish)
        return visit

    async def _leave(self, name: str) -> None:
        if name != "out_of_service":
            await self._tolerant(self.touch(name, "finish"))

    async def _act(self, shown: dict[str, Any], wish: Wish) -> None:
        """What this resident does at this screen; screens that need nothing pass by."""
        acts: dict[str, Callable[[], Awaitable[object]]] = {
            "start": lambda: self.touch("start", "begin"),
            "municipality": lambda: self.touch("municipality", "choose", wish.ward),
            "kind": lambda: self.touch("kind", "choose", wish.kind),
            "year": lambda: self.touch("year", "choose", wish.fiscal_year),
            "check": lambda: self._check(shown, wish),
            "card": lambda: self.operate("put_card", wish.card),
            "pin": lambda: self._enter_pin(shown, wish),
            "phone": lambda: self.operate("confirm_on_phone"),
            "card_back": lambda: self.operate("take_card"),
            "amount": lambda: self.touch("amount", "pay"),
            "payment": lambda: self._touch_pad(shown) if wish.emoney else self._insert_coin(shown),
            "take_paper": lambda: self.operate("take_paper"),
        }
        if shown["name"] == "printing" and shown["data"]["stopped"]:
            acts["printing"] = lambda: self.touch("printing", "stop")  # rather has the money than waits for the staff
        act = acts.get(shown["name"])
        if act is not None:
            await self._tolerant(act())

    async def _check(self, shown: dict[str, Any], wish: Wish) -> None:
        """As many copies as are wished for, then the consent."""
        if shown["data"]["copies"] == wish.copies:
            await self.touch("check", "confirm")
        else:
            await self.touch("check", "choose", wish.copies)

    async def _enter_pin(self, shown: dict[str, Any], wish: Wish) -> None:
        """All digits at once, at the first sight of the empty PIN screen; the screens in between need nothing."""
        if shown["data"]["digits_entered"] != 0:
            return
        for digit in wish.pin:
            await self.touch("pin", "digit", int(digit))
        await self.touch("pin", "confirm")

    async def _insert_coin(self, shown: dict[str, Any]) -> None:
        due = shown["data"]["due_yen"]
        if shown["data"]["inserted_yen"] >= due:
            return
        while not (panel := await self.panel())["accepts_coins"]:
            # The slot opens a moment after the screen says so; a hand is never that fast, this one waits for it. Of a
            # screen that came late the slot stays shut: the last coin went in at the screen before.
            if (await self.screen())["name"] != "payment":
                return
            await asyncio.sleep(_SLOT_SECONDS)
        missing = due - panel["inserted_yen"]
        await self.operate("insert_coin", next((each for each in (1000, 500, 100, 50, 10) if missing >= each), 10))

    async def _touch_pad(self, shown: dict[str, Any]) -> None:
        """The button at the first sight of it, then the medium; while the device is asked, a hand keeps still."""
        if shown["data"]["emoney"] == "offered":
            await self.touch("payment", "emoney")
        elif shown["data"]["emoney"] == "touch":
            while not (await self.panel())["accepts_emoney"]:
                if (await self.screen())["name"] != "payment":
                    return
                await asyncio.sleep(_SLOT_SECONDS)
            await self.operate("touch_emoney", "enough")

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = self._headers() | {"Origin": self._url}
        async with self._session.post(f"{self._url}{path}", json=body, headers=headers) as answer:
            answer.raise_for_status()
            made: dict[str, Any] = await answer.json()
            return made

    def _headers(self) -> dict[str, str]:
        return {"X-Kiosk-Token": self._token}

    @staticmethod
    async def _tolerant(act: Awaitable[object]) -> None:
        """A touch that came a moment after the screen changed is refused by the machine, as it should be."""
        try:
            await act
        except aiohttp.ClientResponseError as refused:
            if refused.status not in {400, 409}:
                raise

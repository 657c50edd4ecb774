"""A resident at a kiosk of the town, and what is kept of each visit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from madoguchi.demo.cast import Holder
from madoguchi.demo.visitor import Visit, Visitor, Wish

Act = Callable[[dict[str, Any]], Awaitable[object]]

LINE_BROKE = (aiohttp.ClientError, ConnectionError)
"""What a visitor sees of a kiosk that dies."""


class Resident(Visitor):
    """A visitor who may do something else than usual at a screen, or wait there for others."""

    def __init__(self, page_url: str, *, instead: dict[str, Act] | None = None) -> None:
        super().__init__(page_url)
        self._instead = instead or {}
        self.seen: list[str] = []
        """Screens at which there was something to do."""

    async def _act(self, shown: dict[str, Any], wish: Wish) -> None:
        self.seen.append(shown["name"])
        if shown["name"] == "kind" and not any(each["offered"] for each in shown["data"]["options"]):
            # The ward was closed a moment ago, and this kiosk has not heard of its opening: begin again.
            await asyncio.sleep(0.2)
            await self._tolerant(self.touch("kind", "stop"))
            return
        act = self._instead.pop(shown["name"], None)
        if act is not None:
            await act(shown)
        await super()._act(shown, wish)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One visit, and the papers that lay in this kiosk's tray afterwards."""

    kiosk: str
    holder: Holder
    visit: Visit
    papers: tuple[Path, ...]

    @property
    def end(self) -> str:
        """The last screen, with the code when it was a refusal."""
        code = self.visit.end.get("code")
        return f"{self.visit.ended_on} {code}" if code else self.visit.ended_on


async def until_served(visitor: Visitor, *, seconds: float = 30.0) -> None:
    """Wait until the kiosk shows its first screen; the last screen of the visit before is touched away."""
    shown: dict[str, Any] = {}
    try:
        async with asyncio.timeout(seconds):
            while (shown := await visitor.screen())["name"] != "start":
                if shown["name"] in {"done", "refusal"}:
                    await visitor._tolerant(visitor.touch(shown["name"], "finish"))
                if (await visitor.panel())["card"]:
                    await visitor._tolerant(visitor.operate("take_card"))  # refused before it was given back
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"nobody is served: {shown}") from None

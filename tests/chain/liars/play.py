"""What a test tells a process, and what it says back: two small files beside its configuration.

`order.json`: `{"halt": "POINT"}` or `{"lie": "NAME"}`. `reached`: a line per point or lie that came to pass.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from pathlib import Path

_LOOK_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Play:
    """Both sides of it: the test writes `tell` and `done`, the process reads `order` and writes `reach`."""

    home: Path

    @property
    def _order(self) -> Path:
        return self.home / "order.json"

    @property
    def _reached(self) -> Path:
        return self.home / "reached"

    def tell(self, **order: str) -> None:
        """Give an order; the earlier one ends."""
        self._reached.unlink(missing_ok=True)
        fresh = self._order.with_suffix(".new")
        fresh.write_text(json.dumps(order), encoding="ascii")
        fresh.replace(self._order)

    def done(self) -> None:
        """Take the order back; whoever halts goes on."""
        self._order.unlink(missing_ok=True)

    def reached(self) -> list[str]:
        """What came to pass since the last order."""
        return self._reached.read_text(encoding="ascii").split() if self._reached.exists() else []

    def order(self) -> dict[str, str]:
        """What is to be done now."""
        try:
            found: dict[str, str] = json.loads(self._order.read_text(encoding="ascii"))
        except FileNotFoundError:
            return {}
        return found

    def lies(self, name: str) -> bool:
        """Whether this lie is wanted now; says so when it is."""
        if self.order().get("lie") != name:
            return False
        self.reach(name)
        return True

    def reach(self, what: str) -> None:
        """Say that it came to pass."""
        with self._reached.open("a", encoding="ascii") as file:
            file.write(what + "\n")

    async def halt(self, point: str) -> None:
        """Stand still at a point for as long as the order stands."""
        if self.order().get("halt") != point:
            return
        self.reach(point)
        while self.order().get("halt") == point:  # noqa: ASYNC110 - the order comes from another process
            await asyncio.sleep(_LOOK_SECONDS)

    def halt_thread(self, point: str) -> None:
        """The same in a thread, or with everything else of the process."""
        if self.order().get("halt") != point:
            return
        self.reach(point)
        while self.order().get("halt") == point:
            time.sleep(_LOOK_SECONDS)

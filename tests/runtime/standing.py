"""A process that may serve as long as the test says so."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from madoguchi.errors import MadoguchiError


@dataclass(slots=True)
class AtEase:
    """Without a comparison. `refusal` is raised while it is set."""

    refusal: MadoguchiError | None = None
    good: asyncio.Event = field(default_factory=asyncio.Event)

    def require(self) -> None:
        if self.refusal is not None:
            raise self.refusal

    def may_serve(self) -> bool:
        return self.refusal is None

    async def until_good(self) -> None:
        await self.good.wait()

"""The resident who is played: screens that come late do not hold a hand at the coin slot."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from madoguchi.demo.visitor import Visitor, Wish

WISH = Wish(card="card", pin="1234", ward="131999", kind="taxation", fiscal_year=2026)
DUE = 300


class AtTheSlot(Visitor):
    """A kiosk that takes coins until the price is in, and goes on."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1")
        self.inserted: list[int] = []

    @property
    def paid(self) -> bool:
        return sum(self.inserted) >= DUE

    async def screen(self) -> dict[str, Any]:
        return {"name": "printing" if self.paid else "payment"}

    async def panel(self) -> dict[str, Any]:
        return {"accepts_coins": not self.paid, "inserted_yen": sum(self.inserted)}

    async def operate(self, operation: str, value: str | int | None = None) -> dict[str, Any]:
        assert operation == "insert_coin"
        assert isinstance(value, int)
        self.inserted.append(value)
        return {}


def payment(inserted: int) -> dict[str, Any]:
    return {"name": "payment", "data": {"due_yen": DUE, "inserted_yen": inserted}}


@pytest.mark.parametrize(
    "screens",
    [
        pytest.param([0, 100, 200, 300], id="each in time"),
        pytest.param([0, 0, 100, 200, 300], id="the first one twice, and all others late"),
    ],
)
async def test_pays_the_price_however_late_the_screens_come(screens: list[int]) -> None:
    async with asyncio.timeout(5):
        visitor = AtTheSlot()
        for inserted in screens:
            await visitor._act(payment(inserted), WISH)
        await visitor.__aexit__(None, None, None)
    assert visitor.inserted == [100, 100, 100]

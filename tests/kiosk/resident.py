"""A resident at the agent: touches and hands, one screen after another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.agent import KioskAgent
from madoguchi.kiosk.assembly import assembled
from madoguchi.kiosk.config import Faults, Timeouts
from madoguchi.kiosk.devices.emoney import TouchPad
from madoguchi.kiosk.page import Action, Operation, Screen
from tests.kiosk.parties import WARD
from tests.kiosk.world import CARD, PIN, World


@asynccontextmanager
async def running(
    world: World, directory: Path, *, faults: Faults | None = None, timeouts: Timeouts | None = None, **parts: Any
) -> AsyncIterator[KioskAgent]:
    """An agent that serves."""
    config = world.config(directory, faults=faults, timeouts=timeouts)
    with assembled(config, line=world, clock=world.clock, **parts) as agent:
        async with agent:
            yield agent


class Resident:
    """Does what a person would do."""

    def __init__(
        self, agent: KioskAgent, *, copies: int = 1, pin: str = PIN, card: str = CARD, medium: str | None = None
    ) -> None:
        """`medium`: pays by e-money and holds this over the pad."""
        self.agent = agent
        self.copies = copies
        self.pin = pin
        self.card = card
        self.medium = medium
        self.seen: list[str] = []

    async def until(self, *names: str, timeout: float = 10.0) -> Screen:  # noqa: ASYNC109
        """Wait for one of these screens."""
        async with asyncio.timeout(timeout):
            screen = self.agent.screen()
            while screen.name not in names:
                screen = await self.agent.wait(screen.revision)
        return screen

    async def touch(self, action: Action, value: str | int | None = None) -> None:
        await self.agent.touch(action, value)

    async def hand(self, operation: Operation, value: str | int | None = None) -> None:
        await self.agent.operate(operation, value)

    async def go_to(self, wanted: str, *, acts: dict[str, Callable[[], Any]] | None = None) -> Screen:
        """Act on every screen until the wanted one, or an end, is there."""
        ends = {wanted, "done", "refusal", "out_of_service"}
        screen = await self.until("start")
        async with asyncio.timeout(15):
            while True:
                if not self.seen or self.seen[-1] != screen.name:
                    self.seen.append(screen.name)
                if screen.name in ends:
                    await self.agent.post_and_wait(None)  # what came with it is done too
                    return self.agent.screen()
                try:
                    await self.act(screen, acts or {})
                except MadoguchiError as error:
                    if error.code != "kiosk.nonsense":
                        raise
                if self.agent.screen().revision == screen.revision:
                    await self.agent.wait(screen.revision)
                screen = self.agent.screen()

    async def act(self, screen: Screen, acts: dict[str, Callable[[], Any]]) -> None:
        name = screen.name
        if name in acts:
            await acts[name]()
            return
        touches: dict[str, tuple[Action, str | int | None]] = {
            "start": (Action.BEGIN, None),
            "municipality": (Action.CHOOSE, WARD),
            "kind": (Action.CHOOSE, "taxation"),
            "year": (Action.CHOOSE, 2026),
            "check": (Action.CONFIRM, None),
            "amount": (Action.PAY, None),
        }
        hands: dict[str, tuple[Operation, str | int | None]] = {
            "card": (Operation.PUT_CARD, self.card),
            "card_back": (Operation.TAKE_CARD, None),
            "payment": (Operation.INSERT_COIN, 100),
            "take_paper": (Operation.TAKE_PAPER, None),
        }
        if name == "check" and getattr(screen.data, "copies", self.copies) != self.copies:
            await self.touch(Action.CHOOSE, self.copies)
        elif name in touches:
            await self.touch(*touches[name])
        elif name == "payment" and self.medium is not None:
            await self.pay_by_emoney(screen)
        elif name in hands:
            if name == "payment":
                await self.agent.post_and_wait(None)  # the slot opens a moment after the screen asks
            await self.hand(*hands[name])
        elif name == "printing" and getattr(screen.data, "stopped", False):
            await self.touch(Action.STOP)  # rather has the money than waits for the staff
        elif name == "pin":
            await self.enter_pin(screen)

    async def pay_by_emoney(self, screen: Screen) -> None:
        state = getattr(screen.data, "emoney", None)
        await self.agent.post_and_wait(None)  # the pad begins to wait a moment after the screen asks
        if state == "offered":
            await self.touch(Action.EMONEY)
        elif state == "touch" and isinstance(self.agent.parts.devices.emoney, TouchPad):
            await self.hand(Operation.TOUCH_EMONEY, self.medium)

    async def enter_pin(self, screen: Screen) -> None:
        if getattr(screen.data, "digits_entered", 0):
            return
        for digit in self.pin:
            await self.touch(Action.DIGIT, int(digit))
        await self.touch(Action.CONFIRM)

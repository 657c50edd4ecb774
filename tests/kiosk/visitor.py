"""A visitor who touches anything, and walks away; and staff who come when the machine calls them, and only then."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp

from madoguchi.kiosk.agent import KioskAgent
from madoguchi.kiosk.config import Timeouts
from madoguchi.kiosk.machine import states
from madoguchi.kiosk.page import COINS, EMONEY_MEDIA, Action, Operation
from tests.jpki.authorities import SERIAL
from tests.kiosk.asgi import Answer, ask
from tests.kiosk.parties import WARD
from tests.kiosk.world import CARD, NAME_ON_PAPER, PIN, World

FAULTS = ("jam", "media_empty", "network", "emoney", "receipt")
EXPECTED = frozenset({200, 400, 403, 409, 503})
"""503: `begin` while something of somebody lies in the machine."""
VALUES: tuple[Any, ...] = (None, 0, 1, 2, 3, 9, 10, 99, -1, 2026, WARD, "taxation", "", "x", CARD, *FAULTS)
LEAVES_AFTER = 45
OWN_WORK = (
    states.Clearing, states.Opening, states.ReadingCard, states.Signing, states.Applying, states.Preparing,
    states.Taking, states.Withdrawing, states.Asking, states.Printing, states.Cancelling, states.Refunding,
)  # fmt: skip
OWN_WORK_LOOKS = 300
"""Two milliseconds each."""
PATIENCE = 400
"""Reminders and looks until a machine that nobody touches must be at rest: far beyond every limit."""


@dataclass
class Visitor:
    """One random walk. `seen` gets every screen that was shown, as text."""

    world: World
    agent: KioskAgent
    app: ASGIApp
    dice: random.Random
    seen: list[str] = field(default_factory=list)
    names: Counter[str] = field(default_factory=Counter)
    inserted_yen: int = 0

    async def walk(self) -> None:
        """Touch this and that, then be gone."""
        for _ in range(self.dice.randint(4, LEAVES_AFTER)):
            await self.look()
            await self.anything()
            await self.pause()

    async def look(self) -> dict[str, Any]:
        """The screen of now; whatever it is, it names nobody."""
        answer = await ask(self.app, "GET", "/api/screen")
        assert answer.status == 200, answer.text
        for personal in (NAME_ON_PAPER, SERIAL, '"digit"', f'"{PIN}"'):
            assert personal not in answer.text
        screen: dict[str, Any] = answer.body
        self.seen.append(answer.text)
        self.names[screen["name"]] += 1
        return screen

    async def anything(self) -> None:
        """Mostly what the screen asks for, so that walks get far; else whatever a hand can do."""
        kind = self.dice.random()
        if kind < 0.72:
            await self.sensible()
        elif kind < 0.82:
            await self.any_touch()
        elif kind < 0.95:
            await self.any_hand()
        else:
            await self.wait(self.dice.choice([1, 6, 20, 61]))

    async def sensible(self) -> None:
        """As a resident would."""
        screen = await self.look()
        name, data = screen["name"], screen["data"]
        touches: dict[str, tuple[str, Any]] = {
            "start": ("begin", None),
            "municipality": ("choose", WARD),
            "kind": ("choose", "taxation"),
            "year": ("choose", 2026),
            "check": self.dice.choice([("confirm", None), ("confirm", None), ("choose", 2), ("choose", 3)]),
            "amount": ("pay", None),
            "done": ("finish", None),
            "refusal": ("finish", None),
        }
        hands: dict[str, tuple[Operation, Any]] = {
            "card": (Operation.PUT_CARD, CARD),
            "card_back": (Operation.TAKE_CARD, None),
            "payment": (Operation.INSERT_COIN, self.dice.choice(COINS)),
            "take_paper": (Operation.TAKE_PAPER, None),
            "phone": (Operation.CONFIRM_ON_PHONE, None),
        }
        if name == "payment" and data["emoney"] == "touch":
            await self.hand(Operation.TOUCH_EMONEY, self.dice.choice(EMONEY_MEDIA))
        elif name == "payment" and data["emoney"] == "offered" and self.dice.random() < 0.5:
            await self.touch("payment", "emoney", None)
        elif name in touches:
            await self.touch(name, *touches[name])
        elif name in hands:
            await self.hand(*hands[name])
        elif name == "pin" and not data["digits_entered"]:
            for digit in PIN if self.dice.random() < 0.9 else "9999":
                await self.touch("pin", "digit", int(digit))
            await self.touch("pin", "confirm", None)
        elif name == "printing" and data["stopped"] and self.dice.random() < 0.3:
            await self.touch("printing", "stop", None)

    async def any_touch(self) -> None:
        screen = await self.look()
        shown = screen["name"] if self.dice.random() < 0.8 else self.dice.choice(["start", "pin", "payment", "nowhere"])
        await self.touch(shown, self.dice.choice([each.value for each in Action]), self.dice.choice(VALUES))

    async def any_hand(self) -> None:
        operation = self.dice.choice(list(Operation))
        values: dict[Operation, tuple[Any, ...]] = {
            Operation.PUT_CARD: (CARD,),
            Operation.INSERT_COIN: COINS,
            Operation.TOUCH_EMONEY: EMONEY_MEDIA,
            Operation.TURN_KEY: ("a key that fits nothing",),
            Operation.PROVOKE: FAULTS,
            Operation.REPAIR: FAULTS,
        }
        sensible = self.dice.random() < 0.9
        await self.hand(operation, self.dice.choice(values.get(operation, (None,)) if sensible else VALUES))

    async def touch(self, screen: str, action: str, value: Any) -> Answer:
        answer = await ask(self.app, "POST", "/api/touch", {"screen": screen, "action": action, "value": value})
        assert answer.status in EXPECTED, answer
        return answer

    async def hand(self, operation: Operation, value: Any) -> Answer:
        before = self.agent.panel()
        answer = await ask(self.app, "POST", "/api/panel", {"operation": operation.value, "value": value})
        assert answer.status in EXPECTED, answer
        if operation is Operation.INSERT_COIN and answer.status == 200 and before.accepts_coins:
            self.inserted_yen += value
        return answer

    async def wait(self, seconds: float) -> None:
        """The clock goes on."""
        self.world.clock.advance(seconds=seconds)
        await self.agent.tick()
        await self.pause()

    async def pause(self) -> None:
        """Mostly let the machine's own work come to an end; now and then touch in the middle of it."""
        until = 0 if self.dice.random() < 0.2 else OWN_WORK_LOOKS
        await self.agent.post_and_wait(None)
        for _ in range(until):
            if not isinstance(self.agent.situation.stage, OWN_WORK):
                return
            await asyncio.sleep(0.002)
        await asyncio.sleep(0)

    async def staff_put_it_right(self) -> None:
        """They come where the machine calls, take what lies there, shut the door and mend what is broken."""
        screen = await self.look()
        called = screen["data"].get("staff") or screen["name"] == "out_of_service"
        if not called:
            return
        panel = self.agent.panel()
        if panel.card is not None:
            await self.hand(Operation.TAKE_CARD, None)
        if panel.tray_sheets:
            await self.hand(Operation.TAKE_PAPER, None)
        if panel.door_open:
            await self.hand(Operation.CLOSE_DOOR, None)
        await self.mend()

    async def mend(self) -> None:
        """What is broken is put right."""
        for fault in self.agent.panel().faults:
            await self.hand(Operation.REPAIR, fault)

    async def until_rest(self) -> None:
        """Nobody touches anything any more. It must come back to its first screen."""
        for _ in range(PATIENCE):
            screen = await self.look()
            if screen["name"] == "start" and self.agent.panel().card is None and not self.agent.situation.session:
                return
            await self.staff_put_it_right()
            if screen["name"] == "out_of_service":
                await asyncio.sleep(0.01)  # it looks at itself in real time
            await self.wait(Timeouts().remind)
        raise AssertionError(f"a dead end: {self.agent.situation}")

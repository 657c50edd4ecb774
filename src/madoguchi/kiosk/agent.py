"""The kiosk's agent: one inbox, one event at a time, the machine decides, the acts do. Implements the page's contract.

Touches, sensors, results and time all go through the inbox, so that nothing happens at the same time as anything else
and every decision is the machine's.
"""

from __future__ import annotations

import asyncio
import math
import secrets
from collections.abc import Callable
from types import TracebackType
from typing import Self

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.acts import Acts, Parts
from madoguchi.kiosk.config import Timeouts
from madoguchi.kiosk.line import Line
from madoguchi.kiosk.machine import Limit, Situation, can_fail, events, is_calling, limit_of, step
from madoguchi.kiosk.machine.effects import Conclude, Effect
from madoguchi.kiosk.machine.reasons import reason_of
from madoguchi.kiosk.machine.states import Collecting, Opening, Resting, Stopped
from madoguchi.kiosk.page.contract import Action, Lamp, Operation, Panel
from madoguchi.kiosk.page.screens import Screen, screen_of
from madoguchi.kiosk.playing import panel_cards, panel_settled, play
from madoguchi.kiosk.problems import JOURNAL_FAILED, NONSENSE, NOT_PLAYED_BY_HAND, STARTING
from madoguchi.kiosk.recovery import Recovery
from madoguchi.kiosk.screening import lamp_of, screen_data
from madoguchi.kiosk.upkeep import Upkeep
from madoguchi.runtime import log

STAGE = log.event("kiosk.stage", "stage", "transaction")
BROKE = log.event("kiosk.broke", "event_name", "kind", "place")

_SESSION_OCTETS = 16
_REVISIONS = 2**31
_SHORTEST_SECONDS = 0.01
_EXTENSIONS = 10
"""How often the time of one screen may begin anew: a right of whoever needs it (WCAG 2.2.1), and no way to stay."""

Waiting = asyncio.Future[None] | None


class KioskAgent:
    """One kiosk. An async context manager; while it is entered, the kiosk serves. Implements `KioskMachine`."""

    def __init__(
        self,
        parts: Parts,
        *,
        line: Line,
        timeouts: Timeouts,
        shuffled_pin_pad: bool = False,
        power_off: Callable[[], None] | None = None,
    ) -> None:
        """`power_off` ends the process as it stands; a machine that has none has no plug to pull."""
        self.parts = parts
        self._power_off = power_off
        self._shuffled_pin_pad = shuffled_pin_pad
        self.timeouts = timeouts
        self.situation = Situation(stage=Stopped(reason_of(STARTING)))
        self.acts = Acts(parts, post=self.post, post_and_wait=self.post_and_wait, look=self._look)
        self._recovery = Recovery(
            journal=parts.journal, devices=parts.devices, identity=parts.identity, clock=parts.clock
        )
        self.upkeep = Upkeep(
            parts,
            line=line,
            timeouts=timeouts,
            recovery=self._recovery,
            is_stopped=self._is_stopped,
            post_and_wait=self.post_and_wait,
        )
        self._inbox: asyncio.Queue[tuple[events.Event | None, Waiting]] = asyncio.Queue()
        self._revision = secrets.randbelow(_REVISIONS)  # another number after a restart, so a browser notices
        self._changed = asyncio.Event()
        self._rearmed = asyncio.Event()
        self._deadline: float | None = None
        self._remind_at: float | None = None
        self._extensions = 0
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self.parts.devices.start(self.post)
        if self.parts.devices.reader.present():
            self.post(events.CardPut())
        self.post(events.TraySeen(self.parts.devices.tray.sheets()))
        if self.parts.devices.door.is_open():
            self.post(events.DoorOpened())
        loops = (self._consume(), self._keep_time(), self.parts.deliverer.run(), *self.upkeep.loops())
        self._tasks = [asyncio.get_running_loop().create_task(each) for each in loops]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.acts.close()
        await self.parts.devices.stop()

    # -- what the page needs

    def screen(self) -> Screen:
        """The screen of this moment."""
        visit = self.acts.visit
        transaction = visit.transaction.hex() if visit is not None and visit.transaction is not None else None
        data = screen_data(
            self.situation,
            transaction=transaction,
            claim=None if visit is None else visit.claim,
            shuffled_pin_pad=self._shuffled_pin_pad,
        )
        return screen_of(
            data, revision=self._revision, seconds_left=self._seconds_left(), may_extend=self._may_extend()
        )

    async def wait(self, revision: int) -> Screen:
        """The next screen that is another than `revision`."""
        while self._revision == revision:
            await self._changed.wait()
        return self.screen()

    async def touch(self, action: Action, value: str | int | None) -> None:
        """One touch. Raises `kiosk.nonsense` and what `begin` may raise."""
        if action is Action.MORE_TIME:
            self._more_time()
            return
        await self.post_and_wait(self._touch(action, value))

    def panel(self) -> Panel:
        """The state of the devices."""
        devices, hands = self.parts.devices, self.parts.devices.hands
        return Panel(
            card=None if hands is None else hands.card(),
            cards=() if hands is None else panel_cards(hands),
            inserted_yen=devices.money.escrow_yen(),
            returned_yen=0 if hands is None else hands.returned_yen(),
            accepts_coins=hands is not None and hands.accepts_coins(),
            accepts_emoney=hands is not None and hands.accepts_emoney(),
            receipt=() if hands is None else hands.receipt(),
            tray_sheets=devices.tray.sheets(),
            lamp=Lamp(lamp_of(self.situation).value),
            door_open=devices.door.is_open(),
            door_locked=hands is None or hands.door_locked(),
            faults=() if hands is None else tuple(sorted(hands.faults())),
            has_plug=self._power_off is not None,
            settled=() if hands is None else tuple(panel_settled(each) for each in self._recovery.settled),
        )

    async def operate(self, operation: Operation, value: str | int | None) -> None:
        """One hand at a device. Raises `kiosk.not_played_by_hand`, `kiosk.nonsense`."""
        hands = self.parts.devices.hands
        if hands is None:
            raise NOT_PLAYED_BY_HAND.error()
        if operation is Operation.POWER_OFF and self._power_off is not None:
            self._power_off()
        play(hands, operation, value)
        await self.post_and_wait(None)

    # -- the inbox

    def post(self, event: events.Event) -> None:
        """Put an event into the inbox."""
        self._inbox.put_nowait((event, None))

    async def post_and_wait(self, event: events.Event | None) -> None:
        """Put an event into the inbox and return when it, and all before it, was dealt with. Raises what it raised."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._inbox.put_nowait((event, done))
        await done

    async def _consume(self) -> None:
        while True:
            event, done = await self._inbox.get()
            error = await self._dealt_with(event)
            if done is not None and not done.done():
                if error is None:
                    done.set_result(None)
                else:
                    done.set_exception(error)

    async def _dealt_with(self, event: events.Event | None) -> MadoguchiError | None:
        """Deal with one event; a refused touch is given back to whoever touched."""
        if event is None:
            self._show()
            return None
        try:
            await self._handle(event)
        except MadoguchiError as refused:
            return refused
        return None

    async def _handle(self, event: events.Event) -> None:
        before = self.situation
        self.situation, effects = step(before, event)
        if before.session and self._is_stopped():
            self.upkeep.unsettled = True  # the visit ended without an outcome: it is settled from the journal
        self._call_again(event)
        if self.situation.stage != before.stage or isinstance(event, events.TimedOut):
            self._enter_stage(before)
        if self.situation != before:
            self._show()
        await self._do(effects)
        if not self.situation.session:
            self.acts.visit = None

    async def _do(self, effects: tuple[Effect, ...]) -> None:
        """In order. The first that fails ends the list where the visit can still end otherwise."""
        for effect in effects:
            try:
                await self.acts.do(effect)
            except Exception as error:
                failed = self.acts.failure(self.situation.session, error)
                self.upkeep.unsettled |= isinstance(effect, Conclude) or not isinstance(error, MadoguchiError)
                self.upkeep.unsettled |= isinstance(error, MadoguchiError) and error.code == "runtime.journal"
                if can_fail(self.situation.stage):
                    await self._handle(failed)
                    return

    def _call_again(self, event: events.Event) -> None:
        """Something lies in the machine: somebody is called again in a few seconds."""
        if not is_calling(self.situation):
            self._remind_at = None
        elif self._remind_at is None or isinstance(event, events.Remind):
            self._remind_at = self.parts.clock.monotonic() + self.timeouts.remind
            self._rearmed.set()
        self.parts.devices.voice.light(lamp_of(self.situation))

    def _enter_stage(self, before: Situation) -> None:
        """Another stage: its time begins."""
        self._extensions = 0
        self._deadline = self._deadline_of()
        self._rearmed.set()
        if self.situation.stage != before.stage:
            visit = self.acts.visit
            name = visit.transaction.hex() if visit is not None and visit.transaction is not None else ""
            log.get_log().info(STAGE, stage=type(self.situation.stage).__name__, transaction=name)

    def _show(self) -> None:
        self._revision += 1
        self._changed.set()
        self._changed = asyncio.Event()

    # -- time

    def _deadline_of(self) -> float | None:
        limit = limit_of(self.situation.stage)
        if limit is None:
            return None
        now = self.parts.clock.monotonic()
        if limit is Limit.WHOLE and not isinstance(self.situation.stage, Opening):
            visit = self.acts.visit
            return None if visit is None or visit.memory.opened is None else visit.memory.opened.deadline
        seconds: float = getattr(self.timeouts, limit.value)
        return now + seconds

    def _seconds_left(self) -> int | None:
        if self._deadline is None:
            return None
        return max(0, math.ceil(self._deadline - self.parts.clock.monotonic()))

    def _may_extend(self) -> bool:
        """Where the machine waits for the resident; what others wait for (the center's challenge) lasts as it lasts."""
        stage = self.situation.stage
        waits = limit_of(stage) in (Limit.IDLE, Limit.CARD, Limit.FAREWELL) and not isinstance(stage, Collecting)
        return waits and self._deadline is not None and self._extensions < _EXTENSIONS

    def _prolonged(self) -> float | None:
        """Never past the center's challenge, after which a card could be read in vain."""
        deadline, visit = self._deadline_of(), self.acts.visit
        if deadline is None or visit is None or visit.memory.opened is None:
            return deadline
        return min(deadline, visit.memory.opened.deadline) if self._waits_for_card() else deadline

    def _waits_for_card(self) -> bool:
        return limit_of(self.situation.stage) is Limit.CARD

    def _more_time(self) -> None:
        if not self._may_extend():
            raise NONSENSE.error("no time that could begin anew")
        self._extensions += 1
        self._deadline = self._prolonged()
        self._rearmed.set()
        self._show()

    async def tick(self) -> None:
        """Has some time run out? Called by the agent's own loop, and by tests that move a clock."""
        now = self.parts.clock.monotonic()
        if self._remind_at is not None and now >= self._remind_at:
            self._remind_at = None
            await self.post_and_wait(events.Remind())
        if self._deadline is not None and now >= self._deadline:
            self._deadline = None
            await self.post_and_wait(events.TimedOut(self.situation.session))

    async def _keep_time(self) -> None:
        while True:
            self._rearmed.clear()
            ends = [end for end in (self._deadline, self._remind_at) if end is not None]
            left = min(ends) - self.parts.clock.monotonic() if ends else None
            try:
                # not wait_for: in Python 3.11 it loses a cancellation that meets the event, and the agent never ends
                async with asyncio.timeout(None if left is None else max(left, _SHORTEST_SECONDS)):
                    await self._rearmed.wait()
            except TimeoutError:
                await self.tick()

    # -- the rest

    def _look(self) -> None:
        self.acts.begin_other_work(self.situation.session, self.upkeep.look())

    def _is_stopped(self) -> bool:
        return isinstance(self.situation.stage, Stopped) and not self.situation.session

    def _touch(self, action: Action, value: str | int | None) -> events.Touch:
        plain: dict[Action, Callable[[], events.Touch]] = {
            Action.BACK: events.Back,
            Action.STOP: events.Stop,
            Action.ERASE: events.Erase,
            Action.CONFIRM: events.Confirm,
            Action.PAY: events.Pay,
            Action.EMONEY: events.PayByEmoney,
            Action.FINISH: events.Finish,
            Action.BEGIN: self._begin,
        }
        if value is None and action in plain:
            return plain[action]()
        if action is Action.CHOOSE and value is not None:
            return events.Choose(value)
        if action is Action.DIGIT and isinstance(value, int) and 0 <= value <= 9:  # noqa: PLR2004 - a digit
            return events.Digit(value)
        raise NONSENSE.error(f"{action} with such a value")

    def _begin(self) -> events.Touch:
        if not isinstance(self.situation.stage, Resting):
            raise NONSENSE.error("somebody is served")
        if self.upkeep.unsettled:
            raise JOURNAL_FAILED.error()
        self.parts.trust.keys()
        self._recovery.settled = ()
        return events.Begin(secrets.token_bytes(_SESSION_OCTETS), self.parts.trust.offers())

"""Every situation that the machine can come into, and every step between them, up to equivalence.

The environment may do anything at any moment: each situation is given each event, with values that stand for all others
of their kind. Two situations are taken for one where no decision can tell them apart: reasons and words that are only
shown, and numbers of calls between two that matter. What no machine around it could bring is included as well, so
what holds here holds for all of them.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Generic, TypeVar

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.machine import events
from madoguchi.kiosk.machine.effects import Effect
from madoguchi.kiosk.machine.forgotten import LOST_AFTER, STAFF_AFTER
from madoguchi.kiosk.machine.limits import limit_of
from madoguchi.kiosk.machine.reasons import reason_of
from madoguchi.kiosk.machine.states import (
    EMONEY_ATTEMPTS,
    Asking,
    AwaitingCard,
    Cancelling,
    Collecting,
    EnteringPin,
    Finished,
    Offer,
    Paying,
    Printing,
    Refunding,
    Refused,
    Signing,
    Situation,
    Stage,
    Stopped,
    Touching,
    Withdrawing,
)
from madoguchi.kiosk.machine.table import step
from madoguchi.kiosk.money import Declined, due, sheets_after
from madoguchi.kiosk.problems import LINE, STARTING
from madoguchi.wire.menu import Menu, MenuKind, MenuYear, ServiceHours, Wording

G = TypeVar("G")

_WORDS = Wording(ja="見本", en="sample")
_YEAR = MenuYear(fiscal_year=2026, label=_WORDS, income_label=_WORDS)
_KIND = MenuKind(kind="sample", title=_WORDS, fee_yen=100, max_copies=2, years=(_YEAR,))
_MENU = Menu(
    ward="131999",
    ward_name=_WORDS,
    contact=_WORDS,
    revision=1,
    issued_at=0,
    life_seconds=60,
    open=True,
    closed_reason=None,
    hours=ServiceHours(opens_minute=0, closes_minute=1440, closed_days=()),
    operators=("sample",),
    kinds=(_KIND,),
)
_OFFERS = (Offer(menu=_MENU),)
_REASON = reason_of(LINE)
_SESSION = b"visit"
_LATE = b"another visit"
_PAGES = (1, 2)
START = Situation(stage=Stopped(_REASON))
"""As a kiosk starts."""


@dataclass(frozen=True, slots=True)
class Move:
    """One step: from a situation by an event into another, with what is to be done."""

    before: Situation
    event: events.Event
    after: Situation
    effects: tuple[Effect, ...]
    refused: bool = False
    """A touch that this screen does not know; nothing changed."""


@dataclass(frozen=True, slots=True)
class Seen(Generic[G]):
    """A move, and what an observer remembered before and after it."""

    move: Move
    before: G
    after: G
    first: bool
    """No move before this one led to this situation with this memory."""


_Ways = tuple[tuple[Move, set[G]], ...]
"""Moves from one situation, each with the memories that its end was reached with."""


def explore(start: G, observe: Callable[[G, Move], G]) -> Iterator[Seen[G]]:
    """Every move from everything that can be reached, once. `G` is what an observer remembers; it must be hashable."""
    waiting, memories, ways = deque([(START, start)]), defaultdict[Situation, set[G]](set), dict[Situation, _Ways[G]]()
    while waiting:
        situation, memory = waiting.popleft()
        if situation not in ways:  # a situation is costly to hash, a memory is not
            ways[situation] = tuple((move, memories[move.after]) for move in _moves_at(situation))
        for move, known in ways[situation]:
            after = observe(memory, move)
            first = after not in known
            if first:
                known.add(after)
                if (move.after, after) != (START, start):
                    waiting.append((move.after, after))
            yield Seen(move, memory, after, first)


def moves() -> Iterator[Move]:
    """The same without an observer."""
    return (seen.move for seen in explore(None, lambda _memory, _move: None))


@cache
def _moves_at(situation: Situation) -> tuple[Move, ...]:
    """Kept: an observer comes by with many memories."""
    return tuple(_move(situation, event) for event in events_at(situation))


def _move(situation: Situation, event: events.Event) -> Move:
    try:
        after, effects = step(situation, event)
    except MadoguchiError:
        return Move(situation, event, situation, (), refused=True)
    return Move(situation, event, situation if after is situation else _alike(after), effects)


def _alike(situation: Situation) -> Situation:
    """The one that stands for all that no decision can tell apart."""
    stage = situation.stage
    if isinstance(stage, Withdrawing | Asking) and stage.reason is not None:
        stage = replace(stage, reason=_REASON)
    if isinstance(stage, Paying):
        last_try = EMONEY_ATTEMPTS - 1 if 0 < stage.attempts < EMONEY_ATTEMPTS else stage.attempts
        stage = replace(stage, declined=None, attempts=last_try)
    if isinstance(stage, Collecting | Finished | Refused):
        stage = replace(stage, no_receipt=False)
    if isinstance(stage, Refused | Stopped):
        stage = replace(stage, reason=_REASON)
    if isinstance(stage, AwaitingCard):
        stage = replace(stage, problem=None)
    if isinstance(stage, EnteringPin):
        stage = replace(stage, wrong=False, tries_left=1)
    if isinstance(stage, Signing):
        stage = replace(stage, tries_left=1)
    last = STAFF_AFTER - 1 if situation.calls < STAFF_AFTER else LOST_AFTER - 1
    calls = last if 0 < situation.calls < LOST_AFTER and situation.calls != STAFF_AFTER else situation.calls
    tray_sheets = min(1, situation.tray_sheets)
    if stage is situation.stage and (calls, tray_sheets) == (situation.calls, situation.tray_sheets):
        return situation
    return replace(situation, stage=stage, calls=calls, tray_sheets=tray_sheets)


def events_at(situation: Situation) -> Iterator[events.Event]:
    """Everything that may happen to it."""
    yield from _touches(situation)
    yield from _sensed(situation)
    for session in {situation.session, _LATE}:
        yield from _results(situation.stage, session)
    if limit_of(situation.stage) is not None:
        yield events.TimedOut(situation.session)
    yield events.Remind()
    yield events.OutOfOrder(reason_of(STARTING))
    yield events.Healthy()


def _touches(_situation: Situation) -> Iterator[events.Touch]:
    yield events.Begin(_SESSION, _OFFERS)
    yield from (events.Choose(value) for value in (_MENU.ward, _KIND.kind, _YEAR.fiscal_year, 1, 2, "unknown"))
    yield from (events.Back(), events.Stop(), events.Digit(0), events.Erase())
    yield from (events.Confirm(), events.Pay(), events.PayByEmoney(), events.Finish())


def _sensed(situation: Situation) -> Iterator[events.Sensed]:
    yield events.CardTaken() if situation.card_in else events.CardPut()
    yield from (events.TraySeen(0), events.TraySeen(1))
    yield events.DoorClosed() if situation.door_open else events.DoorOpened()
    yield from (events.KeyTurned(authorised=True), events.KeyTurned(authorised=False))
    if isinstance(situation.stage, Paying):
        total = situation.stage.price.total_yen
        yield from (events.MoneyIn(total // 2), events.MoneyIn(total))


def _results(stage: Stage, session: bytes) -> Iterator[events.Result]:
    plain = (
        events.PrinterClear,
        events.TransactionOpened,
        events.PhoneRead,
        events.CardSigned,
        events.AnswerArrived,
        events.PreflightPassed,
        events.MoneyTaken,
        events.JobCompleted,
        events.JobFailed,
        events.RestReady,
        events.RestNotReady,
        events.NoReceipt,
    )
    yield from (kind(session) for kind in plain)
    yield from (events.CardRead(session, 1, phone) for phone in (False, True))
    yield events.CardUnreadable(session, _WORDS)
    yield events.PinWrong(session, 1)
    yield events.Failed(session, _REASON)
    yield events.Failed(session, _REASON, refused=True)
    yield from (events.PaperChecked(session, pages) for pages in _PAGES)
    yield from _results_with_money(stage, session)


def _results_of_a_payment(stage: Stage, session: bytes) -> Iterator[events.Result]:
    """Of the running attempt and of another one, wherever it makes a difference."""
    attempt = stage.attempt if isinstance(stage, Touching | Withdrawing | Asking) else 0
    yield from (events.Charged(session, number) for number in {attempt, 0})
    yield events.ChargeUnknown(session, attempt)
    yield events.ChargeDeclined(session, attempt, Declined.INSUFFICIENT)
    founds = (True, False, None) if isinstance(stage, Asking) else (True,)
    yield from (events.PaymentFound(session, attempt, taken) for taken in founds)


def _results_with_money(stage: Stage, session: bytes) -> Iterator[events.Result]:
    """Where numbers matter they are those that the stage can be told."""
    yield events.PreflightPassed(session, emoney=True)
    yield from _results_of_a_payment(stage, session)
    match stage:
        case Printing(price=price, current=current):
            yield from (events.SheetStarts(session, number) for number in {1, current, current + 1, price.sheets + 1})
        case Cancelling(price=price, out=out):
            for known in range(out, price.sheets + 1):
                for gone in (True, False):
                    yield events.JobGone(session, sheets_after(price.sheets, out=known, rest="not_printed"), gone)
                yield events.JobGone(session, sheets_after(price.sheets, out=known, rest="unknown"), gone=False)
        case Refunding(price=price, sheets=sheets):
            yield from (events.MoneyRefunded(session, yen) for yen in {0, due(price, sheets).refund_yen})
        case _:
            yield events.SheetStarts(session, 1)
            yield events.JobGone(session, (), gone=True)
            yield events.MoneyRefunded(session, 0)

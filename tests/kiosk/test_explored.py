"""Every situation of the machine and every step between them: what must hold holds in all of them."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from typing import Any, get_args

import pytest

from madoguchi.kiosk.drawing import _GROUPS, PAGE, states_page
from madoguchi.kiosk.machine import effects, events, is_calling, limit_of, states
from madoguchi.kiosk.machine.explore import START, Move, Seen, explore, moves
from madoguchi.kiosk.machine.forgotten import LOST_AFTER
from madoguchi.kiosk.machine.states import Situation, Stage
from madoguchi.kiosk.money import NOTHING_PAID, Balance, Means, Price
from madoguchi.kiosk.screening import lamp_of, screen_data

PAID = states.Printing | states.Cancelling | states.Repairing | states.Refunding
ASKED = states.Touching | states.Withdrawing | states.Asking
"""A device may have taken something, and perhaps nobody knows yet."""
BEFORE_MONEY = (
    states.Opening | states.AwaitingCard | states.ReadingCard | states.EnteringPin | states.Signing
    | states.ConfirmingOnPhone | states.ReturningCard | states.Applying | states.Offering | states.Preparing
    | states.Paying | states.Taking | ASKED
)  # fmt: skip
TOUCHES = get_args(events.Touch)


@dataclass(frozen=True)
class Disk:
    """What an observer remembers of the last visit: its journal, and whether its memory lives."""

    opened: bool = False
    paid: bool = False
    """`paid` is on disk and the money was taken in."""
    about_to_take: Means | None = None
    """`paid` is on disk with this means."""
    device: str = "nothing"
    """What the e-money device may have on its books: nothing, perhaps, charged."""
    unknown: bool = False
    """The operator was told that nobody knows whether it was paid."""
    sending: int = 0
    released: int = 0
    alive: bool = False
    concluded: bool = False
    left_to_recovery: bool = False
    """The door opened: the journal is settled like after a power cut."""


def observe(disk: Disk, move: Move) -> Disk:
    """Follow the effects, and refuse what must never be asked for."""
    disk = told_by_device(disk, move)
    for effect in move.effects:
        disk = carry_out(disk, effect)
    if isinstance(move.event, events.DoorOpened) and move.before.session:
        unsettled = disk.opened and not disk.concluded
        disk = replace(disk, left_to_recovery=unsettled)
    return disk


def told_by_device(disk: Disk, move: Move) -> Disk:
    """What a device said about money, where the machine listened."""
    if move.after.stage == move.before.stage or not isinstance(move.before.stage, states.Taking | ASKED):
        return disk
    match move.event:
        case events.MoneyTaken():
            return replace(disk, paid=True)
        case events.Charged() | events.PaymentFound(taken=True):
            by_pad = disk.about_to_take is Means.EMONEY
            return replace(disk, paid=True, device="charged" if by_pad else "nothing")
        case events.ChargeDeclined() | events.PaymentFound(taken=False):
            return replace(disk, device="nothing")
    return disk


def carry_out(disk: Disk, effect: effects.Effect) -> Disk:
    if isinstance(effect, effects.Open):
        assert not disk.alive
        return Disk(alive=True)
    return replace(disk, **carried_out(disk, effect))


def carried_out(disk: Disk, effect: effects.Effect) -> dict[str, Any]:
    """What changes on disk and in memory."""
    if isinstance(effect, PRINTS):
        return printed(disk, effect)
    if isinstance(effect, MOVES_MONEY):
        return moved(disk, effect)
    match effect:
        case effects.RecordOpened():
            return {"opened": True}
        case effects.Wipe():
            return {"alive": False}
        case effects.Conclude(balance=balance):
            assert disk.opened
            assert not disk.alive
            assert not disk.concluded
            assert bool(balance.paid_yen) == (disk.paid or disk.unknown)
            assert disk.device != "charged" or balance.paid_yen
            assert disk.device != "perhaps" or (disk.unknown and balance.owed_yen == balance.paid_yen)
            return {"concluded": True, "about_to_take": None, "device": "nothing", "unknown": False}
    return {}


MOVES_MONEY = (
    effects.RecordPaid | effects.TakeMoney | effects.AcceptMoney | effects.BeginCharge | effects.Refund
    | effects.TellUnknown | effects.ReturnEscrow
)  # fmt: skip


def moved(disk: Disk, effect: MOVES_MONEY) -> dict[str, Any]:
    """No device takes anything before it is on disk, nor while another may have taken it."""
    match effect:
        case effects.RecordPaid(means=means):
            assert disk.device == "nothing"
            return {"about_to_take": means}
        case effects.TakeMoney():
            assert disk.about_to_take is Means.COINS
        case effects.AcceptMoney():
            assert disk.device == "nothing", "coins beside a payment that may be through"
        case effects.BeginCharge():
            assert disk.about_to_take is Means.EMONEY
            assert disk.device == "nothing", "charged twice"
            return {"device": "perhaps"}
        case effects.Refund(means=means):
            assert disk.paid
            assert means is disk.about_to_take, "money goes back the way it came"
        case effects.TellUnknown():
            return {"unknown": True}
        case effects.ReturnEscrow():
            assert not disk.paid
    return {}


PRINTS = effects.RecordSending | effects.Print | effects.ReleaseSheet


def printed(disk: Disk, effect: PRINTS) -> dict[str, Any]:
    """A job is on disk before it is sent, and a sheet is printed again only by the one second job."""
    match effect:
        case effects.RecordSending():
            assert disk.paid
            return {"sending": disk.sending + 1}
        case effects.Print(again=again):
            assert disk.alive
            assert disk.sending == (2 if again else 1)
            return {}
        case effects.ReleaseSheet(number=number):
            assert disk.alive
            assert number > disk.released or disk.sending == 2
            return {"released": max(number, disk.released)}


@cache
def explored() -> tuple[Seen[Disk], ...]:
    """One move into every situation with every memory: nothing else of a move is asserted of what was observed."""
    return tuple(seen for seen in explore(Disk(), observe) if seen.first)


@cache
def all_moves() -> tuple[Move, ...]:
    return tuple(moves())


@cache
def all_situations() -> frozenset[Situation]:
    return frozenset(move.before for move in all_moves())


def test_every_stage_is_reached_and_every_event_is_dealt_with_everywhere() -> None:
    reached = {type(move.before.stage) for move in all_moves()}
    assert reached == set(get_args(Stage))
    for move in all_moves():
        assert not move.refused or isinstance(move.event, TOUCHES)
        assert not move.refused or (move.after, move.effects) == (move.before, ())


def test_every_situation_has_a_screen_and_a_lamp() -> None:
    for situation in all_situations():
        assert screen_data(situation, transaction=None, claim=None) is not None
        assert lamp_of(situation) is not None


def test_nobody_has_paid_without_paper_and_without_a_record() -> None:
    """Paid: the visit goes on with its money on disk, has an outcome on disk, or is settled from the journal."""
    for seen in explored():
        disk, after = seen.after, seen.move.after
        if disk.paid:
            assert isinstance(after.stage, PAID) or disk.concluded or disk.left_to_recovery, seen.move
        if isinstance(after.stage, PAID):
            assert disk.paid
            assert disk.opened


def test_what_an_emoney_device_may_have_taken_is_never_forgotten() -> None:
    """From the touch on, until the device said *nothing*: asked for, paid, owed, or settled from the journal."""
    for seen in explored():
        disk, after = seen.after, seen.move.after
        if disk.device == "perhaps":
            assert isinstance(after.stage, ASKED) or disk.concluded or disk.left_to_recovery, seen.move
        if disk.device == "charged":
            assert isinstance(after.stage, PAID) or disk.concluded or disk.left_to_recovery, seen.move
    assert {seen.after.device for seen in explored()} == {"nothing", "perhaps", "charged"}


def test_a_coin_that_is_in_lets_the_emoney_rest() -> None:
    tried = 0
    for move in all_moves():
        stage = move.before.stage
        if isinstance(move.event, events.PayByEmoney) and isinstance(stage, states.Paying):
            tried += 1
            allowed = stage.emoney and not stage.inserted_yen and stage.attempts < states.EMONEY_ATTEMPTS
            assert move.refused != allowed
    assert tried


def test_whoever_was_opened_at_the_center_is_heard_of() -> None:
    for seen in explored():
        if not seen.move.after.session and seen.after.opened:
            assert seen.after.concluded or seen.after.left_to_recovery, seen.move


def test_the_memory_dies_with_the_visit() -> None:
    for seen in explored():
        alive = seen.after.alive
        assert alive == isinstance(seen.move.after.stage, BEFORE_MONEY | PAID), seen.move


def parts_of(value: Any) -> Any:
    yield value
    if is_dataclass(value):
        for each in fields(value):
            yield from parts_of(getattr(value, each.name))


def test_no_state_shows_one_resident_to_the_next() -> None:
    """With nobody served, nothing that somebody chose, paid or is owed is in the situation, and so on no screen."""
    for situation in all_situations():
        if not situation.session or isinstance(situation.stage, states.ChoosingWard | states.Clearing):
            found = [part for part in parts_of(situation) if isinstance(part, states.Order | Price | Balance)]
            assert found == [], situation
        refused = situation.stage
        if isinstance(refused, states.Refused) and refused.balance != NOTHING_PAID:
            assert situation.session, "money is shown to whoever paid only"


def test_a_visit_begins_in_a_machine_in_which_nothing_lies() -> None:
    for move in all_moves():
        if isinstance(move.event, events.Begin) and not move.refused:
            assert (move.before.card_in, move.before.tray_sheets, move.before.door_open) == (False, 0, False)


def gone_home(move: Move) -> bool:
    """What happens when the resident has walked away, and the staff take what lies there, shut the door and lock it."""
    match move.event:
        case events.TraySeen(sheets):
            return not sheets
        case events.KeyTurned(authorised):
            return authorised and isinstance(move.before.stage, states.Maintenance)
        case events.CardTaken() | events.DoorClosed() | events.Healthy() | events.TimedOut() | events.Remind():
            return True
        case _:
            return isinstance(move.event, get_args(events.Result))


def by_itself(move: Move) -> bool:
    """What happens without any hand: time, the machine's own work, and its look at itself."""
    return isinstance(move.event, (events.TimedOut, events.Healthy, *get_args(events.Result)))


def who_comes_to_rest(allowed: Any) -> set[Situation]:
    back = defaultdict(set)
    for move in all_moves():
        if allowed(move):
            back[move.after].add(move.before)
    reached = {move.before for move in all_moves() if isinstance(move.before.stage, states.Resting)}
    waiting = deque(reached)
    while waiting:
        for before in back[waiting.popleft()] - reached:
            reached.add(before)
            waiting.append(before)
    return reached


def test_from_everywhere_there_is_a_way_back_to_rest() -> None:
    assert all_situations() - who_comes_to_rest(gone_home) == set()


def test_nobody_is_needed_where_nothing_was_left_behind() -> None:
    """A resident who walks away with card and paper leaves a machine that finds its way alone."""
    alone = who_comes_to_rest(by_itself)
    for situation in all_situations() - alone:
        left = situation.card_in or situation.tray_sheets or situation.door_open
        assert left or isinstance(situation.stage, states.Maintenance), situation


def test_what_lies_there_is_called_for_or_on_record() -> None:
    for situation in all_situations():
        stage = situation.stage
        somebodys = isinstance(stage, states.CardForgotten | states.Collecting | states.ReturningCard)
        if somebodys and (situation.card_in or situation.tray_sheets):
            assert is_calling(situation) or situation.calls == LOST_AFTER, situation
        if isinstance(stage, states.PaperForgotten):
            assert situation.tray_sheets


OWN_WORK = (
    states.Clearing | states.Opening | states.ReadingCard | states.Signing | states.Applying | states.Preparing
    | states.Taking | states.Withdrawing | states.Asking | states.Cancelling | states.Refunding
)  # fmt: skip
"""Work of the machine's own ends them, and it ends by itself: every call has a limit."""
FOR_HANDS = (
    states.Resting | states.CardForgotten | states.PaperForgotten | states.Collecting | states.Maintenance
    | states.Stopped
)  # fmt: skip
"""Nobody is served, or something lies there that somebody must take."""


def test_nothing_waits_for_ever_for_a_resident() -> None:
    for situation in all_situations():
        if not isinstance(situation.stage, OWN_WORK | FOR_HANDS):
            assert limit_of(situation.stage) is not None, situation
    for move in all_moves():
        if isinstance(move.event, events.TimedOut) and move.before.session:
            assert type(move.after.stage) is not type(move.before.stage), move


def test_work_that_fails_leads_on() -> None:
    for move in all_moves():
        failed = isinstance(move.event, events.Failed) and move.event.session == move.before.session != b""
        if failed and isinstance(move.before.stage, OWN_WORK | states.Printing | states.Repairing):
            assert type(move.after.stage) is not type(move.before.stage), move


@pytest.mark.parametrize("authorised", [True, False])
def test_a_key_opens_nothing_while_somebody_is_served(*, authorised: bool) -> None:
    for move in all_moves():
        if move.event == events.KeyTurned(authorised) and move.before.session:
            assert (move.after, move.effects) == (move.before, ())
        if effects.UnlockDoor() in move.effects:
            assert isinstance(move.event, events.KeyTurned)
            assert move.event.authorised


def test_the_door_ends_everything() -> None:
    for move in all_moves():
        if isinstance(move.event, events.DoorOpened) and not isinstance(move.before.stage, states.Maintenance):
            assert isinstance(move.after.stage, states.Stopped)
            assert not move.after.session
            assert effects.Wipe() in move.effects


def test_the_exploration_begins_as_a_kiosk_does() -> None:
    assert isinstance(START.stage, states.Stopped)
    assert len(all_situations()) > 1000


def test_the_documented_diagram_is_the_programs() -> None:
    """`./madoguchi kiosk states` writes it."""
    assert PAGE.read_text(encoding="utf-8") == states_page()


def test_every_state_is_drawn_once() -> None:
    drawn = [kind for group in _GROUPS.values() for kind in group]
    assert len(drawn) == len(set(drawn))
    assert set(drawn) == set(get_args(Stage))

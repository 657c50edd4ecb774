"""Walks of the pure machine at random: what residents, staff and devices may do, and what must hold after each step."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from madoguchi.kiosk.machine import effects, events, limit_of, reasons, states
from madoguchi.kiosk.money import Declined, sheets_after
from madoguchi.kiosk.problems import LINE
from madoguchi.wire.outcome import SheetState
from tests.kiosk.body import Body
from tests.kiosk.offer import FEE, a_menu
from tests.kiosk.parties import WARD

OFFERS = (states.Offer(menu=a_menu()),)
AT_REST = states.Resting | states.CardForgotten | states.PaperForgotten | states.Stopped | states.Maintenance
REASON = reasons.reason_of(LINE)


class KioskWalk(Body, RuleBasedStateMachine):
    """Whatever happens in whatever order, to a machine whose effects the body carries out."""

    # -- what can happen

    @rule()
    def begin(self) -> None:
        self.counter += 1
        self.feed(events.Begin(self.counter.to_bytes(16, "big"), OFFERS))

    @rule(
        event=st.sampled_from(
            [events.Back(), events.Stop(), events.Erase(), events.Confirm(), events.Pay(), events.PayByEmoney()]
        )
    )
    def touch(self, event: events.Event) -> None:
        self.feed(event)

    @rule()
    def finish(self) -> None:
        self.feed(events.Finish())

    @rule(value=st.sampled_from([WARD, "taxation", 2026, 1, 2, "another", 99]))
    def choose(self, value: str | int) -> None:
        self.feed(events.Choose(value))

    @rule(copies=st.integers(1, 3))
    def choose_everything(self, copies: int) -> None:
        for value in (WARD, "taxation", 2026, copies):
            self.choose(value)
        self.touch(events.Confirm())

    @rule(digits=st.integers(1, 4))
    def enter(self, digits: int) -> None:
        for _ in range(digits):
            self.feed(events.Digit(1))

    @rule()
    def card_put(self) -> None:
        if not self.situation.card_in:
            self.feed(events.CardPut())

    @rule()
    def card_taken(self) -> None:
        if self.situation.card_in:
            self.feed(events.CardTaken())

    @precondition(lambda self: isinstance(self.situation.stage, states.Paying))
    @rule(yen=st.sampled_from([100, 500, 1000]))
    def coin(self, yen: int) -> None:
        self.escrow += yen
        self.feed(events.MoneyIn(self.escrow))

    @rule()
    def paper_taken(self) -> None:
        self.tray = 0
        self.feed(events.TraySeen(0))

    @rule(times=st.sampled_from([1, 13, 61]))
    def called_back(self, times: int) -> None:
        for _ in range(times):
            self.feed(events.Remind())

    @rule(what=st.sampled_from([events.DoorClosed(), events.KeyTurned(authorised=True), events.KeyTurned(False)]))
    def door(self, what: events.Event) -> None:
        self.feed(what)

    @precondition(lambda self: len(self.pending) % 7 == 1)  # now and then, or no walk gets far
    @rule()
    def door_opened(self) -> None:
        if isinstance(self.situation.stage, states.Maintenance):
            self.feed(events.DoorOpened())
            return
        served = self.situation.session == self.running and bool(self.running)
        self.feed(events.DoorOpened())
        assert not self.situation.session
        self.escrow = 0  # given back by the settling that follows
        if served and self.running in self.visits:
            self.visit.left_to_recovery = self.visit.balance is None

    @rule()
    def time_runs_out(self) -> None:
        if limit_of(self.situation.stage) is not None:
            self.feed(events.TimedOut(self.situation.session))

    @rule(healthy=st.booleans())
    def looked_at(self, healthy: bool) -> None:
        self.feed(events.Healthy() if healthy else events.OutOfOrder(REASON))

    @rule(number=st.integers(1, 6), which=st.integers(0, 3))
    def late_or_invented_result(self, number: int, which: int) -> None:
        """Results that name no running visit change nothing."""
        session = b"late"
        before = self.situation
        late: tuple[events.Event, ...] = (
            events.PaperChecked(session, number),
            events.MoneyTaken(session),
            events.CardSigned(session),
            events.SheetStarts(session, number),
        )
        self.feed(late[which])
        assert self.situation == before

    @precondition(lambda self: bool(self.pending))
    @rule(data=st.data(), goes_well=st.integers(0, 4))
    def work_ends(self, data: st.DataObject, goes_well: int) -> None:
        effect = self.pending.pop(data.draw(st.integers(0, len(self.pending) - 1)))
        session: bytes = getattr(effect, "session")  # noqa: B009 - only those with a session are pending
        if not goes_well:
            self.fail(effect, session)
        else:
            self.succeed(effect, session, data)

    def fail(self, effect: effects.Effect, session: bytes) -> None:
        if isinstance(effect, effects.Print):
            self.feed(events.JobFailed(session))
        else:
            self.feed(events.Failed(session, REASON))

    def succeed(self, effect: effects.Effect, session: bytes, data: st.DataObject) -> None:
        match effect:
            case effects.ClearPrinter():
                if not self.tray:
                    self.feed(events.PrinterClear(session))
            case effects.Open():
                self.feed(events.TransactionOpened(session))
            case effects.ReadCard():
                self.feed(events.CardRead(session, 3))
            case effects.SignTranscript():
                wrong = data.draw(st.booleans())
                self.feed(events.PinWrong(session, 2) if wrong else events.CardSigned(session))
            case effects.Apply():
                self.feed(events.AnswerArrived(session))
                self.visits[session].sheets = 0
                self.feed(events.PaperChecked(session, data.draw(st.integers(1, 2))))
            case effects.Preflight(price=price):
                self.visits[session].sheets = price.sheets
                self.feed(events.PreflightPassed(session, emoney=True))
            case _:
                self.succeed_with_money(effect, session, data)

    def succeed_with_money(self, effect: effects.Effect, session: bytes, data: st.DataObject) -> None:
        match effect:
            case effects.TakeMoney(yen=yen):
                if session == self.situation.session and isinstance(self.situation.stage, states.Taking):
                    self.visits[session].taken_yen, self.escrow = yen, 0
                self.feed(events.MoneyTaken(session))
            case effects.BeginCharge() | effects.CancelCharge() | effects.AskPayment():
                self.pad_answers(effect, data)
            case effects.Print(before=before):
                sheets = self.visits[session].sheets
                self.print(session, before, min(sheets, before + data.draw(st.sampled_from([20, 0, 1, 20]))))
            case effects.CancelJob(sheets=sheets):
                rest: SheetState = "not_printed" if data.draw(st.booleans()) else "unknown"
                out = self.visits[session].out
                self.feed(events.JobGone(session, sheets_after(sheets, out=out, rest=rest), rest == "not_printed"))
            case effects.PrepareRest():
                repaired = data.draw(st.booleans())
                self.feed(events.RestReady(session) if repaired else events.RestNotReady(session))
            case effects.Refund(yen=yen):
                given = data.draw(st.sampled_from([yen, 0]))
                self.visits[session].refunded_yen = given
                self.visits[session].charged_yen -= given if self.visits[session].charged_yen else 0
                self.feed(events.MoneyRefunded(session, given))

    def pad_answers(
        self, effect: effects.BeginCharge | effects.CancelCharge | effects.AskPayment, data: st.DataObject
    ) -> None:
        """The device books when it is touched, and not after it was asked; what it answers may be lost."""
        session, visit = effect.session, self.visits[effect.session]
        if session != self.situation.session:
            return
        match effect:
            case effects.AskPayment(attempt=attempt):
                known = data.draw(st.sampled_from([True, True, False]))
                taken = bool(visit.charged_yen or visit.taken_yen)
                if known and visit.charged_yen:
                    visit.taken_yen = visit.charged_yen
                self.feed(events.PaymentFound(session, attempt, taken if known else None))
            case effects.BeginCharge(attempt=attempt, yen=yen) if visit.charging:
                visit.charging = False
                took, heard = data.draw(st.booleans()), data.draw(st.sampled_from([True, True, False]))
                visit.charged_yen = yen if took else 0
                visit.taken_yen = yen if took and heard else 0
                answer = events.Charged(session, attempt) if took else self.declined(session, attempt)
                self.feed(answer if heard else events.ChargeUnknown(session, attempt))

    @staticmethod
    def declined(session: bytes, attempt: int) -> events.Event:
        return events.ChargeDeclined(session, attempt, Declined.MOVED_AWAY)

    def print(self, session: bytes, before: int, come_out: int) -> None:
        for number in range(before + 1, come_out + 1):
            self.feed(events.SheetStarts(session, number))
            self.feed(events.TraySeen(self.tray))
        if come_out == self.visits[session].sheets:
            self.feed(events.JobCompleted(session))
        else:
            self.feed(events.JobFailed(session))

    @rule(data=st.data(), steps=st.sampled_from([30, 12, 4, 1]))
    def go_on(self, data: st.DataObject, steps: int) -> None:
        """What a resident would do next and a working machine would answer, so that walks get far."""
        for _ in range(steps):
            stage = self.situation.stage
            if self.pending:
                effect = self.pending.pop()
                self.succeed(effect, getattr(effect, "session"), data)  # noqa: B009
            elif isinstance(stage, states.Resting):
                self.begin()
            elif isinstance(stage, states.ChoosingWard):
                self.choose_everything(data.draw(st.integers(1, 3)))
            elif isinstance(stage, states.AwaitingCard) and not self.situation.card_in:
                self.card_put()
            elif isinstance(stage, states.EnteringPin):
                self.enter(4)
                self.feed(events.Confirm())
            elif self.situation.card_in:
                self.card_taken()
            elif isinstance(stage, states.Offering):
                self.feed(events.Pay())
            elif isinstance(stage, states.Paying):
                self.pay(by_coins=data.draw(st.booleans()))

    def pay(self, *, by_coins: bool) -> None:
        if by_coins:
            self.coin(500)
        else:
            self.feed(events.PayByEmoney())

    # -- what must always hold

    @invariant()
    def money_and_paper_agree(self) -> None:
        for visit in self.visits.values():
            if visit.balance is None:
                continue
            if visit.unknown:
                assert visit.balance.owed_yen == visit.balance.paid_yen >= visit.charged_yen
                continue
            assert visit.balance.paid_yen == visit.taken_yen
            if visit.charged_yen:
                assert visit.charged_yen == visit.balance.printed_yen + visit.balance.owed_yen
            assert visit.balance.refunded_yen == visit.refunded_yen
            assert visit.balance.printed_yen <= visit.out * FEE

    @invariant()
    def whoever_is_gone_has_left_nothing(self) -> None:
        for session, visit in self.visits.items():
            if session == self.situation.session:
                continue
            assert visit.wiped
            if visit.journal and not visit.left_to_recovery:
                assert visit.journal[-1] == "concluded"  # opened, so the center hears how it ended
        if not self.situation.session:
            assert not self.digits
            assert self.escrow == 0
            assert isinstance(self.situation.stage, AT_REST)
            assert not self.situation.opened

    @invariant()
    def paid_and_not_printed_is_recorded(self) -> None:
        ended = states.Collecting | states.Finished | states.Refused
        if isinstance(self.situation.stage, ended) and self.running in self.visits:
            assert self.visit.wiped
            if self.visit.taken_yen:
                assert self.visit.balance is not None

"""The pure machine, walked at random against a model of the machine's body: whatever happens, money and paper agree."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.machine import Situation, effects, events, limit_of, reasons, states, step
from madoguchi.kiosk.money import Balance, Declined, Price, due, result_of, sheets_after
from madoguchi.kiosk.problems import LINE
from madoguchi.wire.outcome import SheetState
from tests.kiosk.offer import FEE, a_menu
from tests.kiosk.parties import WARD

OFFERS = (states.Offer(menu=a_menu()),)
REACHED: Counter[str] = Counter()
"""How often each effect was carried out, so that a walk that never gets far is noticed."""
AT_REST = states.Resting | states.CardForgotten | states.PaperForgotten | states.Stopped | states.Maintenance
REASON = reasons.reason_of(LINE)


@dataclass
class Visit:
    """What the model knows of one session."""

    journal: list[str] = field(default_factory=list)
    sheets: int = 0
    out: int = 0
    taken_yen: int = 0
    charged_yen: int = 0
    """On the books of the e-money device."""
    charging: bool = False
    unknown: bool = False
    refunded_yen: int = 0
    printed: bool = False
    cancelled: bool = False
    wiped: bool = False
    left_to_recovery: bool = False
    """The door was opened: what is on disk is settled like after a power cut."""
    balance: Balance | None = None


class KioskWalk(RuleBasedStateMachine):
    """Every effect is carried out on the model, which refuses what must never be asked of it."""

    def __init__(self) -> None:
        super().__init__()
        self.situation = Situation()
        self.visits: dict[bytes, Visit] = {}
        self.running: bytes = b""
        self.escrow = 0
        self.tray = 0
        self.pending: list[effects.Effect] = []
        self.digits = 0
        self.counter = 0

    # -- carrying out

    def feed(self, event: events.Event) -> None:
        before = self.situation
        try:
            self.situation, wanted = step(before, event)
        except MadoguchiError:
            return  # a touch that makes no sense
        for effect in wanted:
            self.carry_out(effect)

    @property
    def visit(self) -> Visit:
        return self.visits[self.running]

    def carry_out(self, effect: effects.Effect) -> None:
        self.carry_out_visit(effect)
        self.carry_out_pin(effect)
        self.carry_out_money(effect)
        self.carry_out_printing(effect)
        REACHED[type(effect).__name__] += 1
        if hasattr(effect, "session"):
            self.pending.append(effect)

    def carry_out_visit(self, effect: effects.Effect) -> None:
        match effect:
            case effects.Open(session=session):
                assert all(each.wiped for each in self.visits.values())
                self.running = session
                self.visits[session] = Visit()
            case effects.RecordOpened():
                self.record("opened")
            case effects.Apply():
                assert not self.situation.card_in
            case effects.Wipe() if self.running:
                self.visit.wiped = True
            case effects.StopPreparing():
                self.pending = [each for each in self.pending if not isinstance(each, effects.PrepareRest)]
            case effects.Conclude(balance=balance):
                assert self.visit.wiped
                assert self.visit.balance is None
                assert self.visit.journal[:1] == ["opened"]
                self.visit.balance = balance
                self.record("concluded")

    def carry_out_pin(self, effect: effects.Effect) -> None:
        match effect:
            case effects.KeepDigit():
                self.digits += 1
            case effects.DropDigit():
                self.digits -= 1
            case effects.SignTranscript():
                assert self.digits == states.PIN_DIGITS
                self.digits = 0
            case effects.DropPin() | effects.Wipe() | effects.Open():
                self.digits = 0

    def carry_out_money(self, effect: effects.Effect) -> None:
        match effect:
            case effects.RecordAsked():
                self.record("asked")
            case effects.AcceptMoney():
                assert self.visit.journal[-1] == "asked" or self.visit.journal[-1].startswith("declined")
                assert not self.visit.charged_yen
            case effects.ReturnEscrow():
                assert not self.visit.taken_yen
                self.escrow = 0
            case effects.RecordPaid(means=means, attempt=attempt):
                assert not self.visit.charged_yen
                self.record(f"paid {means} {attempt}")
            case effects.TakeMoney():
                assert self.visit.journal[-1] == "paid coins 0"
            case effects.RecordRefunding() | effects.Refund():
                self.carry_out_refund(effect)
            case _:
                self.carry_out_emoney(effect)

    def carry_out_emoney(self, effect: effects.Effect) -> None:
        match effect:
            case effects.BeginCharge(attempt=attempt):
                assert self.visit.journal[-1] == f"paid emoney {attempt}"
                self.visit.charging = True
            case effects.AskPayment():
                self.visit.charging = False  # nobody listens to the pad any more
            case effects.TellUnknown():
                self.visit.unknown = True
            case effects.RecordDeclined():
                assert not self.visit.charged_yen
                self.record(f"declined {self.visit.journal[-1]}")

    def carry_out_refund(self, effect: effects.Effect) -> None:
        match effect:
            case effects.RecordRefunding(yen=yen):
                assert self.visit.cancelled
                self.record(f"refunding {yen}")
            case effects.Refund(yen=yen):
                assert self.visit.journal[-1] == f"refunding {yen}"

    def carry_out_printing(self, effect: effects.Effect) -> None:
        match effect:
            case effects.RecordSending(before=before):
                self.record(f"sending after {before}" if self.visit.printed else "sending")
            case effects.Print(before=before, again=again):
                assert self.visit.journal[-1] == (f"sending after {before}" if again else "sending")
                assert self.visit.taken_yen
                assert (self.visit.printed, self.visit.cancelled) == (again, again)
                assert before == self.visit.out
                assert not self.visit.wiped
                self.visit.printed, self.visit.cancelled = True, False
            case effects.RecordSheet(number=number):
                self.record(f"sheet {number}")
            case effects.ReleaseSheet(number=number):
                assert self.visit.journal[-1] == f"sheet {number}"
                assert not self.visit.cancelled
                self.visit.out += 1
                self.tray += 1
            case effects.CancelJob():
                self.visit.cancelled = True

    def record(self, what: str) -> None:
        assert what not in self.visit.journal
        self.visit.journal.append(what)

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


FAR = (
    effects.Print,
    effects.PrepareRest,
    effects.RecordSheet,
    effects.RecordLost,
    effects.CancelJob,
    effects.Refund,
    effects.PrintSlip,
    effects.UnlockDoor,
    effects.BeginCharge,
    effects.RecordDeclined,
    effects.AskPayment,
    effects.TellUnknown,
)


MOST_ROUNDS = 30
"""Until the walks have been everywhere: two or three are usual."""
WALKS = settings(max_examples=150, stateful_step_count=40, deadline=None, derandomize=False)
"""Every round walks elsewhere. CI's own choice, the same examples each time, would walk one round thirty times."""


def test_random_walks() -> None:
    REACHED.clear()
    for _ in range(MOST_ROUNDS):
        run_state_machine_as_test(KioskWalk, settings=WALKS)
        if all(REACHED[far.__name__] for far in FAR):
            break
    assert [far for far in FAR if not REACHED[far.__name__]] == [], REACHED


def at(stage: states.Stage) -> Situation:
    return Situation(stage=stage, session=b"s")


MENU = a_menu()
ORDER = states.Order(menu=MENU, kind=MENU.kinds[0], year=MENU.kinds[0].years[0], copies=2)
PRICE = Price(fee_yen=FEE, copies=2, pages=1)


def test_a_fifth_digit_is_refused() -> None:
    with pytest.raises(MadoguchiError, match=r"kiosk\.nonsense"):
        step(at(states.EnteringPin(ORDER, 3, digits=4)), events.Digit(1))


def test_a_pin_is_presented_with_four_digits_only() -> None:
    for digits in range(4):
        with pytest.raises(MadoguchiError, match=r"kiosk\.nonsense"):
            step(at(states.EnteringPin(ORDER, 3, digits=digits)), events.Confirm())


def test_the_digit_is_in_no_repr() -> None:
    assert "Digit(" not in repr(events.Digit(7))
    assert "Digit(" not in repr(effects.KeepDigit(7))


def test_a_full_price_in_escrow_is_journalled_before_it_is_taken() -> None:
    _, wanted = step(at(states.Paying(ORDER, PRICE, 500)), events.MoneyIn(600))
    assert wanted == (effects.RecordPaid(600), effects.TakeMoney(b"s", 600))


def test_a_certificate_free_of_charge_needs_no_coin() -> None:
    free = Price(fee_yen=0, copies=1, pages=1)
    after, wanted = step(at(states.Preparing(ORDER, free)), events.PreflightPassed(b"s"))
    assert isinstance(after.stage, states.Taking)
    assert wanted == (effects.RecordAsked(free), effects.RecordPaid(0), effects.TakeMoney(b"s", 0))


def test_nobody_is_served_while_a_card_or_paper_of_somebody_else_lies_there() -> None:
    for situation, code in ((Situation(card_in=True), "card_left"), (Situation(tray_sheets=1), "tray_not_free")):
        with pytest.raises(MadoguchiError, match=code):
            step(situation, events.Begin(b"s", OFFERS))


def test_the_card_goes_back_before_the_application_leaves() -> None:
    signing = Situation(stage=states.Signing(ORDER, 3), session=b"s", card_in=True)
    after, wanted = step(signing, events.CardSigned(b"s"))
    assert isinstance(after.stage, states.ReturningCard)
    assert not any(isinstance(effect, effects.Apply) for effect in wanted)
    after, wanted = step(after, events.CardTaken())
    assert wanted == (effects.Apply(b"s"),)


def test_a_job_that_was_not_seen_gone_puts_the_machine_out_of_service() -> None:
    after, _ = step(at(states.Finished(Balance(), job_gone=False)), events.Finish())
    assert isinstance(after.stage, states.Stopped)


@pytest.mark.parametrize("sheets", [0, 1, 2, 3, 4])
def test_money_is_judged_by_the_whole_copy(sheets: int) -> None:
    price = Price(fee_yen=FEE, copies=2, pages=2)
    owing = due(price, sheets_after(4, out=sheets, rest="not_printed"))
    assert owing.printed_yen == FEE * (sheets // 2)
    assert owing.refund_yen == price.total_yen - owing.printed_yen
    unknown = due(price, sheets_after(4, out=sheets, rest="unknown"))
    assert unknown.unknown_yen == price.total_yen - unknown.printed_yen
    assert result_of(sheets_after(4, out=sheets, rest="not_printed")) == (
        {0: "not_printed", 4: "printed"}.get(sheets, "partly_printed")
    )


@pytest.mark.parametrize("amounts", [(300, 300, 300, 0), (300, 0, 0, 0), (0, 0, 0, 300), (300, 400, 0, -100)])
def test_money_that_does_not_balance_cannot_be_written(amounts: tuple[int, int, int, int]) -> None:
    paid, printed, refunded, owed = amounts
    with pytest.raises(ValueError, match="paid is not"):
        Balance(paid_yen=paid, printed_yen=printed, refunded_yen=refunded, owed_yen=owed)

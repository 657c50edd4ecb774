"""A model of the kiosk's body: every effect of the pure machine is carried out on it, or refused."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.machine import Situation, effects, events, states, step
from madoguchi.kiosk.money import Balance

REACHED: Counter[str] = Counter()
"""How often each effect was carried out, so that a walk that never gets far is noticed."""


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


class Body:
    """Carries out what is asked of it, and refuses what must never be asked."""

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

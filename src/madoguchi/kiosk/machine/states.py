"""Where a kiosk can be: one frozen stage per step of the flow, and the situation around it.

No stage holds a name, a serial, a digit of a PIN, or a byte of a certificate: those live in `memory`, which dies.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from madoguchi.kiosk.machine.reasons import Reason
from madoguchi.kiosk.money import NOTHING_PAID, Balance, Declined, Means, Price
from madoguchi.wire.menu import Menu, MenuKind, MenuYear, Wording
from madoguchi.wire.outcome import Result, SheetState

PIN_DIGITS = 4
EMONEY_ATTEMPTS = 3
"""How often one visit may touch the e-money pad; then there are coins."""


class Thing(StrEnum):
    """What a resident may leave behind."""

    CARD = "card"
    PAPER = "paper"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One ward's verified menu, and why it is closed at this moment, if it is."""

    menu: Menu
    closed: Wording | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Everything the resident chose. Public data and nothing about the person."""

    menu: Menu
    kind: MenuKind
    year: MenuYear
    copies: int

    @property
    def total_yen(self) -> int:
        """What is shown, and what the card signs."""
        return self.kind.fee_yen * self.copies


@dataclass(frozen=True, slots=True)
class Resting:
    """Nobody is served. Screen: start."""


@dataclass(frozen=True, slots=True)
class Clearing:
    """The printer's queue is being emptied and looked at, before anybody is served. Screen: start."""

    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True)
class ChoosingWard:
    """Screen: municipality."""

    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True)
class ChoosingKind:
    """Screen: kind."""

    offers: tuple[Offer, ...]
    offer: Offer


@dataclass(frozen=True, slots=True)
class ChoosingYear:
    """Screen: year."""

    offers: tuple[Offer, ...]
    offer: Offer
    kind: MenuKind


@dataclass(frozen=True, slots=True)
class Confirming:
    """Screen: check. The number of copies can still be changed."""

    offers: tuple[Offer, ...]
    offer: Offer
    order: Order


@dataclass(frozen=True, slots=True)
class Opening:
    """Step 2 is under way. Screen: check."""

    order: Order


@dataclass(frozen=True, slots=True)
class AwaitingCard:
    """Screen: card. `problem` says why the card that was set a moment ago could not be read."""

    order: Order
    problem: Wording | None = None


@dataclass(frozen=True, slots=True)
class ReadingCard:
    """Screen: card."""

    order: Order


@dataclass(frozen=True, slots=True)
class EnteringPin:
    """Screen: pin. Only the number of digits is known here."""

    order: Order
    tries_left: int
    digits: int = 0
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class Signing:
    """The card checks the PIN and signs. Screen: pin."""

    order: Order
    tries_left: int


@dataclass(frozen=True, slots=True)
class ConfirmingOnPhone:
    """An iPhone lies there and signs when its holder confirms on it; no PIN is asked. Screen: phone."""

    order: Order


@dataclass(frozen=True, slots=True)
class ReturningCard:
    """Signed; the card must leave the machine before anything else happens. Screen: card_back."""

    order: Order


@dataclass(frozen=True, slots=True)
class Applying:
    """Steps 4 to 7. Screen: waiting."""

    order: Order
    checking: bool = False


@dataclass(frozen=True, slots=True)
class Offering:
    """The checked paper lies here. Screen: amount."""

    order: Order
    price: Price


@dataclass(frozen=True, slots=True)
class Preparing:
    """Preflight. Screen: amount."""

    order: Order
    price: Price


@dataclass(frozen=True, slots=True)
class Paying:
    """Money lies in escrow and is still the resident's, or e-money may be touched. Screen: payment."""

    order: Order
    price: Price
    inserted_yen: int = 0
    emoney: bool = False
    """This machine takes e-money."""
    attempts: int = 0
    """How often the pad was tried already; it took nothing."""
    declined: Declined | None = None
    """Why it took nothing the last time."""

    @property
    def offers_emoney(self) -> bool:
        """Not once a coin is in: then a visit has one kind of money, and what goes back goes back whole."""
        return self.emoney and not self.inserted_yen and self.attempts < EMONEY_ATTEMPTS


@dataclass(frozen=True, slots=True)
class Touching:
    """`paid` is journalled, the e-money pad waits for the resident's medium. Screen: payment."""

    order: Order
    price: Price
    attempt: int


@dataclass(frozen=True, slots=True)
class Withdrawing:
    """The pad is told to let go; it may have been touched already. Screen: payment. `reason`: the visit ends then."""

    order: Order
    price: Price
    attempt: int
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """Nobody knows whether the money was taken: the device is asked, for a limited time. Screen: payment."""

    order: Order
    price: Price
    means: Means
    attempt: int = 0
    reason: Reason | None = None
    """Why the visit ends if nothing was taken; None: it may be paid again."""


@dataclass(frozen=True, slots=True)
class Taking:
    """`paid` is journalled, the mechanism takes the money in. Screen: payment."""

    order: Order
    price: Price
    inserted_yen: int


@dataclass(frozen=True, slots=True)
class Printing:
    """Screen: printing. `out` sheets are seen out, sheet `current` is in the machine (0: none yet).

    `again`: this is the second job, of the sheets that are missing after the first `before`.
    """

    order: Order
    price: Price
    out: int = 0
    current: int = 0
    before: int = 0
    again: bool = False


@dataclass(frozen=True, slots=True)
class Cancelling:
    """The job did not complete; it is cancelled and must be seen gone before anything else. Screen: printing."""

    order: Order
    price: Price
    out: int
    before: int = 0
    again: bool = False


@dataclass(frozen=True, slots=True)
class Repairing:
    """The job is gone and it is known which sheets are missing: the printer may be put right. Screen: printing."""

    order: Order
    price: Price
    out: int


@dataclass(frozen=True, slots=True)
class Refunding:
    """`refunding` is journalled, the mechanism gives money back. Screen: printing."""

    order: Order
    price: Price
    sheets: tuple[SheetState, ...]
    job_gone: bool


@dataclass(frozen=True, slots=True)
class Collecting:
    """Paper lies in the tray; voice and lamp call until it is taken. Screen: take_paper."""

    balance: Balance
    printed: bool
    job_gone: bool
    no_receipt: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """Screen: done."""

    balance: Balance
    job_gone: bool = True
    no_receipt: bool = False
    """The receipt printer printed nothing; the screen says so."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Screen: refusal."""

    reason: Reason
    balance: Balance = NOTHING_PAID
    job_gone: bool = True
    no_receipt: bool = False


@dataclass(frozen=True, slots=True)
class CardForgotten:
    """Nobody is served and a card lies there. Screen: card_back."""


@dataclass(frozen=True, slots=True)
class PaperForgotten:
    """Nobody is served any more and the paper still lies there: lost property. Screen: take_paper."""

    job_gone: bool


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Whoever holds an authorised key has unlocked the door; nobody is served. Screen: out_of_service."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """Nobody can be served. Screen: out_of_service."""

    reason: Reason


Stage = (
    Resting
    | Clearing
    | ChoosingWard
    | ChoosingKind
    | ChoosingYear
    | Confirming
    | Opening
    | AwaitingCard
    | ReadingCard
    | EnteringPin
    | Signing
    | ConfirmingOnPhone
    | ReturningCard
    | Applying
    | Offering
    | Preparing
    | Paying
    | Taking
    | Touching
    | Withdrawing
    | Asking
    | Printing
    | Cancelling
    | Repairing
    | Refunding
    | Collecting
    | Finished
    | Refused
    | CardForgotten
    | PaperForgotten
    | Maintenance
    | Stopped
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """The stage, and what the sensors say."""

    stage: Stage = Resting()
    session: bytes = b""
    """Random name of the running visit; results that name another are late and change nothing. Empty: nobody."""
    opened: bool = False
    """The center knows this transaction, so it must hear how it ended."""
    paid_by: Means | None = None
    """How the running visit has paid, until its money is settled: it goes back the way it came."""
    card_in: bool = False
    phone_in: bool = False
    """What lies there, and was read, is a phone."""
    tray_sheets: int = 0
    door_open: bool = False
    calls: int = 0
    """How often somebody was called back for what lies in the machine (`forgotten`)."""


def outcome_before_money(*, refused: bool) -> Result:
    """How a transaction ended that never reached money."""
    return "refused" if refused else "abandoned"

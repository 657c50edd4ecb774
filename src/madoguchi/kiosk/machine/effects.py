"""What the machine wants done, as data. The agent does each list in order and stops at the first that fails.

Records are journal writes and always stand before the act that they announce.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from madoguchi.kiosk.machine.states import Order, Thing
from madoguchi.kiosk.money import Balance, Means, Price
from madoguchi.wire.outcome import Result, SheetState


class Announcement(StrEnum):
    """What voice and lamp say."""

    TAKE_CARD = "take_card"
    TAKE_PHONE = "take_phone"
    TAKE_PAPER = "take_paper"
    CALL_STAFF = "call_staff"
    """Whoever is near, please tell the staff of the store."""
    THANK_YOU = "thank_you"
    SORRY = "sorry"


@dataclass(frozen=True, slots=True)
class Announce:
    """Say it aloud."""

    what: Announcement


@dataclass(frozen=True, slots=True)
class ClearPrinter:
    """Empty the queue and see it empty and idle, the tray free."""

    session: bytes


@dataclass(frozen=True, slots=True)
class Open:
    """Step 2."""

    session: bytes
    order: Order


@dataclass(frozen=True, slots=True)
class RecordOpened:
    """Journal: the center knows this transaction."""


@dataclass(frozen=True, slots=True)
class ReadCard:
    """Read certificate and counter."""

    session: bytes


@dataclass(frozen=True, slots=True, repr=False)
class KeepDigit:
    """Put one digit into the PIN buffer."""

    digit: int


@dataclass(frozen=True, slots=True)
class DropDigit:
    """Wipe the last digit."""


@dataclass(frozen=True, slots=True)
class DropPin:
    """Wipe all digits."""


@dataclass(frozen=True, slots=True)
class SignTranscript:
    """Step 3: present the PIN once where there is one, sign, reset the card, whatever happens."""

    session: bytes


@dataclass(frozen=True, slots=True)
class ResetCard:
    """End the session with the card."""


@dataclass(frozen=True, slots=True)
class Apply:
    """Steps 4 to 7."""

    session: bytes


@dataclass(frozen=True, slots=True)
class Preflight:
    """Is everything there that this job needs?"""

    session: bytes
    price: Price


@dataclass(frozen=True, slots=True)
class RecordAsked:
    """Journal: money will be asked."""

    price: Price


@dataclass(frozen=True, slots=True)
class AcceptMoney:
    """Open the coin slot."""

    yen: int


@dataclass(frozen=True, slots=True)
class ReturnEscrow:
    """Close the slot and give back all that lies in escrow."""


@dataclass(frozen=True, slots=True)
class RecordPaid:
    """Journal: the money will be taken in, by this means and, of e-money, at this attempt."""

    yen: int
    means: Means = Means.COINS
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class TakeMoney:
    """Take the price in and give the change out, as one act of the mechanism."""

    session: bytes
    yen: int


@dataclass(frozen=True, slots=True)
class BeginCharge:
    """Let the e-money device take the price in. Answer with `Charged`, `ChargeDeclined` or `ChargeUnknown`."""

    session: bytes
    yen: int
    attempt: int


@dataclass(frozen=True, slots=True)
class CancelCharge:
    """Tell it to let go. `BeginCharge` still answers what came of it."""

    session: bytes
    attempt: int


@dataclass(frozen=True, slots=True)
class RecordDeclined:
    """Journal: nothing was taken in, for certain; money may be asked again."""


@dataclass(frozen=True, slots=True)
class AskPayment:
    """Ask the device again and again what became of the payment. Answer with `PaymentFound`."""

    session: bytes
    means: Means
    attempt: int


@dataclass(frozen=True, slots=True)
class TellUnknown:
    """Tell the operator that a person must look into the device's books."""

    means: Means
    attempt: int


@dataclass(frozen=True, slots=True)
class RecordSending:
    """Journal: a job goes to the printer; `before` sheets came out of the one before it."""

    before: int = 0


@dataclass(frozen=True, slots=True)
class Print:
    """Redeem the checked job and send it, as one job. `again`: only the sheets after `before`."""

    session: bytes
    before: int = 0
    again: bool = False


@dataclass(frozen=True, slots=True)
class RecordSheet:
    """Journal: sheet `number` is about to be printed, those before it are out."""

    number: int


@dataclass(frozen=True, slots=True)
class ReleaseSheet:
    """Let the printer go on."""

    number: int


@dataclass(frozen=True, slots=True)
class CancelJob:
    """Cancel the job and see it gone."""

    session: bytes
    sheets: int
    out: int
    before: int = 0
    again: bool = False


@dataclass(frozen=True, slots=True)
class PrepareRest:
    """See the printer able to print so many sheets. Answer with `RestReady` or `RestNotReady`."""

    session: bytes
    sheets: int


@dataclass(frozen=True, slots=True)
class StopPreparing:
    """Wait for the printer no longer."""


@dataclass(frozen=True, slots=True)
class RecordTaken:
    """Journal: no paper of anybody lies in the tray."""


@dataclass(frozen=True, slots=True)
class CallStaff:
    """Tell the staff that something was left behind."""

    thing: Thing


@dataclass(frozen=True, slots=True)
class RecordLost:
    """Journal: this is lost property (遺失物). The operator is told until it acknowledges."""

    thing: Thing


@dataclass(frozen=True, slots=True)
class UnlockDoor:
    """Let the door be opened."""


@dataclass(frozen=True, slots=True)
class LockDoor:
    """Shut the lock."""


@dataclass(frozen=True, slots=True)
class RecordRefunding:
    """Journal: this much will be given back, because this is known of each sheet."""

    yen: int
    sheets: tuple[SheetState, ...]


@dataclass(frozen=True, slots=True)
class Refund:
    """Give money back the way it came: out of the box, or by the e-money device."""

    session: bytes
    yen: int
    means: Means = Means.COINS


@dataclass(frozen=True, slots=True)
class Wipe:
    """Destroy key and data of this visit. `printed`: the printer confirmed that it holds nothing any more."""

    printed: bool = False


@dataclass(frozen=True, slots=True)
class Conclude:
    """Sign the outcome, journal it, and deliver it until it is acknowledged."""

    result: Result
    sheets: tuple[SheetState, ...]
    balance: Balance


@dataclass(frozen=True, slots=True)
class PrintSlip:
    """A slip with the claim code for what is owed. Answer with `NoReceipt` when it did not come out."""

    session: bytes
    yen: int


@dataclass(frozen=True, slots=True)
class PrintReceipt:
    """A receipt for what was paid. Answer with `NoReceipt` when it did not come out."""

    session: bytes
    balance: Balance


@dataclass(frozen=True, slots=True)
class LookAtMachine:
    """Is it able to serve? Answer with `Healthy` or `OutOfOrder`."""


Effect = (
    Announce
    | ClearPrinter
    | Open
    | RecordOpened
    | ReadCard
    | KeepDigit
    | DropDigit
    | DropPin
    | SignTranscript
    | ResetCard
    | Apply
    | Preflight
    | RecordAsked
    | AcceptMoney
    | ReturnEscrow
    | RecordPaid
    | TakeMoney
    | BeginCharge
    | CancelCharge
    | RecordDeclined
    | AskPayment
    | TellUnknown
    | RecordSending
    | Print
    | RecordSheet
    | ReleaseSheet
    | CancelJob
    | PrepareRest
    | StopPreparing
    | RecordTaken
    | CallStaff
    | RecordLost
    | UnlockDoor
    | LockDoor
    | RecordRefunding
    | Refund
    | Wipe
    | Conclude
    | PrintSlip
    | PrintReceipt
    | LookAtMachine
)

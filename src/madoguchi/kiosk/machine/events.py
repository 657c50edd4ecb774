"""What can happen to a kiosk: touches, sensors, results of its own work, and time."""

from __future__ import annotations

from dataclasses import dataclass

from madoguchi.kiosk.machine.reasons import Reason
from madoguchi.kiosk.machine.states import Offer
from madoguchi.kiosk.money import Declined
from madoguchi.wire.menu import Wording
from madoguchi.wire.outcome import SheetState


@dataclass(frozen=True, slots=True)
class Begin:
    """Touch. `session` is a fresh random name, `offers` the menus that are good now."""

    session: bytes
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True)
class Choose:
    """Touch: a ward, a kind, a year, a number of copies."""

    value: str | int


@dataclass(frozen=True, slots=True)
class Back:
    """Touch."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Touch."""


@dataclass(frozen=True, slots=True, repr=False)
class Digit:
    """Touch: one digit of the PIN. It has no repr; the machine hands it on and keeps its count only."""

    digit: int


@dataclass(frozen=True, slots=True)
class Erase:
    """Touch."""


@dataclass(frozen=True, slots=True)
class Confirm:
    """Touch."""


@dataclass(frozen=True, slots=True)
class Pay:
    """Touch."""


@dataclass(frozen=True, slots=True)
class PayByEmoney:
    """Touch."""


@dataclass(frozen=True, slots=True)
class Finish:
    """Touch."""


Touch = Begin | Choose | Back | Stop | Digit | Erase | Confirm | Pay | PayByEmoney | Finish


@dataclass(frozen=True, slots=True)
class CardPut:
    """Sensor: a card lies on the reader."""


@dataclass(frozen=True, slots=True)
class CardTaken:
    """Sensor: the reader is empty."""


@dataclass(frozen=True, slots=True)
class MoneyIn:
    """Sensor: what lies in escrow now, in yen."""

    inserted_yen: int


@dataclass(frozen=True, slots=True)
class TraySeen:
    """Sensor: sheets in the tray."""

    sheets: int


@dataclass(frozen=True, slots=True)
class KeyTurned:
    """Sensor: somebody holds a key to the door's lock. `authorised`: it is one of this machine's."""

    authorised: bool


@dataclass(frozen=True, slots=True)
class DoorOpened:
    """Sensor: the door is open, whether it was unlocked or not."""


@dataclass(frozen=True, slots=True)
class DoorClosed:
    """Sensor: the door is shut."""


Sensed = CardPut | CardTaken | MoneyIn | TraySeen | KeyTurned | DoorOpened | DoorClosed


@dataclass(frozen=True, slots=True)
class PrinterClear:
    """The queue was emptied and seen empty."""

    session: bytes


@dataclass(frozen=True, slots=True)
class TransactionOpened:
    """The center's answer was verified."""

    session: bytes


@dataclass(frozen=True, slots=True)
class CardRead:
    """The card answered, its certificate is of a pinned CA, its counter was read."""

    session: bytes
    tries_left: int
    phone: bool = False


@dataclass(frozen=True, slots=True)
class PhoneRead:
    """As `CardRead`, of a phone that has no PIN: its holder confirms on it."""

    session: bytes


@dataclass(frozen=True, slots=True)
class CardUnreadable:
    """Not a card for this, or not lying right; another may be set."""

    session: bytes
    why: Wording


@dataclass(frozen=True, slots=True)
class PinWrong:
    """The card refused the PIN."""

    session: bytes
    tries_left: int


@dataclass(frozen=True, slots=True)
class CardSigned:
    """The transcript is signed and the card is reset."""

    session: bytes


@dataclass(frozen=True, slots=True)
class AnswerArrived:
    """A sealed answer is here and is being checked."""

    session: bytes


@dataclass(frozen=True, slots=True)
class PaperChecked:
    """A checked job exists: sheets per copy."""

    session: bytes
    pages: int


@dataclass(frozen=True, slots=True)
class PreflightPassed:
    """Paper, toner, an empty idle queue, a free tray and change are there; `emoney`: and a pad that is ready."""

    session: bytes
    emoney: bool = False


@dataclass(frozen=True, slots=True)
class MoneyTaken:
    """The price is in the box, the change is out."""

    session: bytes


@dataclass(frozen=True, slots=True)
class Charged:
    """The e-money device took the price in, at this attempt of the visit."""

    session: bytes
    attempt: int


@dataclass(frozen=True, slots=True)
class ChargeDeclined:
    """It took nothing, for certain."""

    session: bytes
    attempt: int
    why: Declined


@dataclass(frozen=True, slots=True)
class ChargeUnknown:
    """It took the price in, or nothing: power or line was cut in the middle."""

    session: bytes
    attempt: int


@dataclass(frozen=True, slots=True)
class PaymentFound:
    """The device was asked about a payment. `taken` is None when it still does not say."""

    session: bytes
    attempt: int
    taken: bool | None


@dataclass(frozen=True, slots=True)
class SheetStarts:
    """The printer is about to print sheet `number` (1..n); those before it are out."""

    session: bytes
    number: int


@dataclass(frozen=True, slots=True)
class JobCompleted:
    """The printer reported its job complete."""

    session: bytes


@dataclass(frozen=True, slots=True)
class JobFailed:
    """The printer stopped before the end of the job."""

    session: bytes


@dataclass(frozen=True, slots=True)
class JobGone:
    """The cancelled job was looked for: what is known of each sheet, and whether the queue was seen without it."""

    session: bytes
    sheets: tuple[SheetState, ...]
    gone: bool


@dataclass(frozen=True, slots=True)
class RestReady:
    """The printer was put right and can print the sheets that are missing."""

    session: bytes


@dataclass(frozen=True, slots=True)
class RestNotReady:
    """It cannot."""

    session: bytes


@dataclass(frozen=True, slots=True)
class MoneyRefunded:
    """What the mechanism really gave back."""

    session: bytes
    yen: int


@dataclass(frozen=True, slots=True)
class NoReceipt:
    """The receipt printer has no paper or does not answer."""

    session: bytes


@dataclass(frozen=True, slots=True)
class Failed:
    """Some work of this session failed. `refused`: by a signed word or by the check, not by giving up."""

    session: bytes
    reason: Reason
    refused: bool = False


Result = (
    PrinterClear
    | TransactionOpened
    | CardRead
    | PhoneRead
    | CardUnreadable
    | PinWrong
    | CardSigned
    | AnswerArrived
    | PaperChecked
    | PreflightPassed
    | MoneyTaken
    | Charged
    | ChargeDeclined
    | ChargeUnknown
    | PaymentFound
    | SheetStarts
    | JobCompleted
    | JobFailed
    | JobGone
    | RestReady
    | RestNotReady
    | MoneyRefunded
    | NoReceipt
    | Failed
)


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The limit of the present stage ran out."""

    session: bytes


@dataclass(frozen=True, slots=True)
class Remind:
    """What lies in the machine lies there still."""


@dataclass(frozen=True, slots=True)
class OutOfOrder:
    """Somebody looked at the machine and it cannot serve."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Healthy:
    """Somebody looked at the machine and it can serve."""


Event = Touch | Sensed | Result | TimedOut | Remind | OutOfOrder | Healthy

"""What each device can do. Names of jobs and tickets come from the transaction, so a restart can ask about them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from madoguchi.card import CardTransport, Token
from madoguchi.kiosk.machine.effects import Announcement
from madoguchi.kiosk.machine.events import OutOfOrder, Sensed
from madoguchi.kiosk.problems import PRINTER_HOLDS_A_JOB, PRINTER_NOT_READY

if TYPE_CHECKING:
    from madoguchi.kiosk.devices.emoney import EmoneyDevice
    from madoguchi.kiosk.devices.receipts import ReceiptPrinter

Sense = Callable[[Sensed | OutOfOrder], None]
"""How a device tells the agent what its sensors see, or that it has failed; called on the event loop."""

_LOOKS, _LOOK_SECONDS = 5, 0.05


class CardReader(Protocol):
    """The slot with its presence sensor."""

    def check(self) -> None:
        """Raise `kiosk.reader_failed` unless the reader is there."""
        ...

    def present(self) -> bool:
        """Whether a card lies there."""
        ...

    def transport(self) -> CardTransport:
        """The card that lies there now, for one session. It fails when the card leaves. Raises `kiosk.*`."""
        ...

    async def release(self) -> None:
        """End the session with what lies there. Waits for no command that is under way: a phone may keep it waiting."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PrinterState:
    """What the printer says of itself."""

    jobs: int
    """Jobs in its queue or in its memory, whatever their state but gone."""
    idle: bool
    """It prints nothing at this moment."""
    sheets: int
    """Sheets that it can print with the paper and the toner it has."""
    trouble: str = ""
    """Why it can print nothing now (a jam, an open cover, nothing to print on), for an engineer; empty when it can."""
    jammed: bool = False
    """A sheet is stuck, and a person must see to it."""


class Printer(Protocol):
    """A printer with a queue that can be emptied and looked at."""

    async def cancel_all(self) -> None:
        """Ask it to drop every job. That it did must be seen by `look`."""
        ...

    async def look(self) -> PrinterState:
        """Ask it."""
        ...

    def run(self, job: str, document: bytes, *, sheets: int) -> AsyncGenerator[int]:
        """Send one job, and give the number of each sheet (1..n) just before it is printed; end when it completed.

        Raises `kiosk.printer_failed`. Close it to stop listening; the job must then be cancelled.
        """
        ...

    async def recall(self, job: str) -> int | None:
        """How many sheets of a job came out; None when the printer does not know the job."""
        ...


class CoinMechanism(Protocol):
    """Coins and notes. What is inserted lies in escrow until it is taken in or returned, whole.

    `take` and `refund` are given a ticket and happen once per ticket, however often they are asked: a mechanism that
    only counts does this by comparing its counters.
    """

    def escrow_yen(self) -> int:
        """What lies in escrow."""
        ...

    def can_change(self) -> bool:
        """Whether every change that may become due can be given."""
        ...

    async def accept(self, yen: int) -> None:
        """Open the slot until this much lies in escrow."""
        ...

    async def return_escrow(self) -> None:
        """Close the slot and give the escrow back."""
        ...

    async def take(self, ticket: bytes, yen: int) -> bool:
        """Take `yen` in and give the rest of the escrow as change, as one act. False: nothing was taken."""
        ...

    async def took(self, ticket: bytes) -> bool:
        """Whether `take` happened under this ticket."""
        ...

    async def refund(self, ticket: bytes, yen: int) -> int:
        """Give back out of the box; what was given, now or under this ticket before."""
        ...


class Tray(Protocol):
    """The sensor of the output tray."""

    def sheets(self) -> int:
        """Sheets that lie there."""
        ...


class LampState(StrEnum):
    """The lamp beside slot and tray."""

    OFF = "off"
    WORKING = "working"
    CALLING = "calling"
    STAFF = "staff"
    """Somebody of the store must see to it."""


class Voice(Protocol):
    """Speaker and lamp."""

    def say(self, what: Announcement) -> None:
        """Say it."""
        ...

    def light(self, lamp: LampState) -> None:
        """Set the lamp."""
        ...


class Watched(Protocol):
    """A device with a thread or a connection of its own, from the agent's start to its end."""

    def start(self, sense: Sense) -> None:
        """Begin; sensors report to `sense`."""
        ...

    async def stop(self) -> None:
        """End, and let go of everything."""
        ...


class Door(Protocol):
    """The door behind which paper, toner and money are. The key never comes here: its lock says what was held to it."""

    def is_open(self) -> bool:
        """What the sensor sees."""
        ...

    def unlock(self) -> None:
        """Let it be opened, until `lock`."""
        ...

    def lock(self) -> None:
        """Shut the lock."""
        ...


class Fault(StrEnum):
    """What can be made to go wrong at an in-process machine."""

    JAM = "jam"
    """The next sheet gets stuck."""
    MEDIA_EMPTY = "media_empty"
    """The drawer is empty."""
    NETWORK = "network"
    """The line to ec is cut."""
    EMONEY = "emoney"
    """The line behind the e-money pad is cut."""
    RECEIPT = "receipt"
    """The receipt printer has no paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCard:
    """A card or a phone in the hand of whoever plays at the panel."""

    id: str
    label: str
    note: str = ""
    """What it is there to show; empty for a resident like any other."""
    token: Token = Token.PLASTIC


class Hands(Protocol):
    """A person at an in-process machine: what the device panel plays. A real machine has none."""

    def put_card(self, name: str) -> None:
        """Put a demo card on the reader."""
        ...

    def take_card(self) -> None:
        """Take it."""
        ...

    def insert(self, yen: int) -> None:
        """Insert a coin or a note."""
        ...

    def touch_emoney(self, medium: str) -> None:
        """Hold a medium over the e-money pad."""
        ...

    def accepts_emoney(self) -> bool:
        """Whether the pad waits for one."""
        ...

    def take_paper(self) -> None:
        """Empty the tray."""
        ...

    def answer_on_phone(self, *, accepted: bool) -> None:
        """Confirm, or refuse, with the face on the phone that lies there."""
        ...

    def cards(self) -> tuple[HeldCard, ...]:
        """The cards and phones at hand."""
        ...

    def card(self) -> str | None:
        """Id of the card on the reader."""
        ...

    def accepts_coins(self) -> bool:
        """Whether the slot is open."""
        ...

    def returned_yen(self) -> int:
        """What lies in the coin return."""
        ...

    def faults(self) -> frozenset[Fault]:
        """What is wrong just now."""
        ...

    def provoke(self, fault: Fault) -> None:
        """Make it go wrong."""
        ...

    def repair(self, fault: Fault) -> None:
        """Put it right."""
        ...

    def receipt(self) -> tuple[str, ...]:
        """Lines of the receipt or slip that came out last."""
        ...

    def turn_key(self, key: str) -> None:
        """Hold a key to the lock of the door."""
        ...

    def open_door(self) -> None:
        """Open it; by force where it is locked."""
        ...

    def close_door(self) -> None:
        """Shut it."""
        ...

    def door_open(self) -> bool:
        """Whether it stands open."""
        ...

    def door_locked(self) -> bool:
        """Whether only force opens it."""
        ...

    def listen(self, sense: Sense) -> None:
        """Tell this one what the sensors see."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Devices:
    """All devices of one machine."""

    reader: CardReader
    printer: Printer
    money: CoinMechanism
    tray: Tray
    voice: Voice
    receipts: ReceiptPrinter
    door: Door
    emoney: EmoneyDevice | None = None
    ask_seconds: float = 15.0
    """How long a device is asked what became of a payment."""
    hands: Hands | None = None
    watched: tuple[Watched, ...] = ()

    def start(self, sense: Sense) -> None:
        """Let every sensor report to `sense`; to be called on the event loop."""
        if self.hands is not None:
            self.hands.listen(sense)
        for each in self.watched:
            each.start(sense)

    async def stop(self) -> None:
        """Let go of everything."""
        for each in self.watched:
            await each.stop()


async def clear_printer(printer: Printer) -> PrinterState:
    """Empty the queue, and see it empty and idle (invariant 1). Raises `kiosk.printer_holds_a_job`.

    Yokohama 2023: a late print job was still there, and "the next print file" was taken.
    """
    await printer.cancel_all()
    for _ in range(_LOOKS):
        state = await printer.look()
        if not state.jobs and state.idle:
            return state
        await asyncio.sleep(_LOOK_SECONDS)
    raise PRINTER_HOLDS_A_JOB.error(f"{state.jobs} jobs")


def expect_ready(state: PrinterState) -> None:
    """Raise `kiosk.printer_not_ready` unless it could print."""
    if state.trouble:
        raise PRINTER_NOT_READY.error(state.trouble)


async def wait_until_ready(printer: Printer, *, sheets: int) -> None:
    """Look until it can print so many sheets, holds no job and nothing is stuck; whoever waits sets the limit."""
    while True:
        state = await printer.look()
        if not state.jobs and state.idle and not state.jammed and not state.trouble and state.sheets >= sheets:
            return
        await asyncio.sleep(_LOOK_SECONDS)


def job_name(transaction: bytes, *, again: bool) -> str:
    """What the printer calls the job of a transaction, or the second one with the sheets that were missing."""
    return f"{transaction.hex()}-2" if again else transaction.hex()


def take_ticket(transaction: bytes) -> bytes:
    """The ticket under which a transaction's money is taken in."""
    return transaction + b"take"


def refund_ticket(transaction: bytes) -> bytes:
    """The ticket under which a transaction's money is given back."""
    return transaction + b"refund"

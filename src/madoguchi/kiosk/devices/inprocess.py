"""A whole machine made of objects, and the hands that play with it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from madoguchi.kiosk.devices.coins import CoinBox
from madoguchi.kiosk.devices.door import PlayedDoor
from madoguchi.kiosk.devices.emoney import TouchMedium, TouchPad
from madoguchi.kiosk.devices.kinds import Fault, HeldCard, LampState, Sense
from madoguchi.kiosk.devices.printer import PAPER_FILE, TrayPrinter
from madoguchi.kiosk.devices.reader import SlotReader
from madoguchi.kiosk.devices.receipts import ReceiptFiles
from madoguchi.kiosk.machine.effects import Announcement
from madoguchi.kiosk.problems import NONSENSE, NOT_PLAYED_BY_HAND
from madoguchi.paper.picture import page_png

D = TypeVar("D", CoinBox, SlotReader, TrayPrinter, TouchPad, ReceiptFiles, PlayedDoor)

_REMEMBERED = 50


class RecordedVoice:
    """Implements `Voice`: remembers the last announcements. They are spoken by the page, whose speaker is real."""

    def __init__(self, show: Callable[[LampState], None] = lambda _lamp: None) -> None:
        """`show` lights a real lamp."""
        self.said: deque[Announcement] = deque(maxlen=_REMEMBERED)
        self.lamp = LampState.OFF
        self._show = show

    def say(self, what: Announcement) -> None:
        """Remember it."""
        self.said.append(what)

    def light(self, lamp: LampState) -> None:
        """Set the lamp."""
        self.lamp = lamp
        self._show(lamp)


class PlayedHands:
    """Implements `Hands` for the devices that are objects; a real one beside them is not played."""

    def __init__(
        self,
        *,
        reader: SlotReader | None,
        coins: CoinBox | None,
        pad: TouchPad | None,
        printer: TrayPrinter | None,
        receipts: ReceiptFiles | None,
        door: PlayedDoor | None,
    ) -> None:
        self._reader = reader
        self._coins = coins
        self._pad = pad
        self._printer = printer
        self._receipts = receipts
        self._door = door
        self._cut = False

    def put_card(self, name: str) -> None:
        """Put a demo card on the reader."""
        _played(self._reader).put(name)

    def take_card(self) -> None:
        """Take it."""
        _played(self._reader).take()

    def answer_on_phone(self, *, accepted: bool) -> None:
        """Confirm, or refuse, with the face."""
        _played(self._reader).answer_on_phone(accepted=accepted)

    def insert(self, yen: int) -> None:
        """Insert a coin or a note."""
        _played(self._coins).insert(yen)

    def touch_emoney(self, medium: str) -> None:
        """Hold a medium over the pad. Raises `kiosk.nonsense`."""
        if medium not in set(TouchMedium):
            raise NONSENSE.error("no such medium")
        _played(self._pad).touch(TouchMedium(medium))

    def accepts_emoney(self) -> bool:
        """Whether the pad waits for one."""
        return self._pad is not None and self._pad.waiting()

    def take_paper(self) -> None:
        """Empty the tray."""
        _played(self._printer).take()

    def cards(self) -> tuple[HeldCard, ...]:
        """The cards and phones at hand."""
        return () if self._reader is None else self._reader.cards()

    def card(self) -> str | None:
        """Id of the card on the reader."""
        return None if self._reader is None else self._reader.name()

    def accepts_coins(self) -> bool:
        """Whether the slot is open."""
        return self._coins is not None and self._coins.accepting()

    def returned_yen(self) -> int:
        """What lies in the coin return."""
        return 0 if self._coins is None else self._coins.returned_yen()

    def faults(self) -> frozenset[Fault]:
        """What is wrong just now."""
        printer = self._printer
        wrong = {
            Fault.JAM: printer is not None and printer.jams,
            Fault.MEDIA_EMPTY: printer is not None and printer.paper_sheets <= 0,
            Fault.NETWORK: self._cut,
            Fault.RECEIPT: self._receipts is not None and self._receipts.empty,
            Fault.EMONEY: self._pad is not None and self._pad.cut,
        }
        return frozenset(fault for fault, is_so in wrong.items() if is_so)

    def provoke(self, fault: Fault) -> None:
        """Make it go wrong."""
        match fault:
            case Fault.JAM:
                _played(self._printer).jam()
            case Fault.MEDIA_EMPTY:
                _played(self._printer).empty_drawer()
            case Fault.NETWORK:
                self._cut = True
            case Fault.EMONEY:
                _played(self._pad).cut = True
            case Fault.RECEIPT:
                _played(self._receipts).empty = True

    def repair(self, fault: Fault) -> None:
        """Put it right."""
        match fault:
            case Fault.JAM:
                _played(self._printer).clear_jam()
            case Fault.MEDIA_EMPTY:
                _played(self._printer).fill_drawer()
            case Fault.NETWORK:
                self._cut = False
            case Fault.EMONEY:
                _played(self._pad).cut = False
            case Fault.RECEIPT:
                _played(self._receipts).empty = False

    def receipt(self) -> tuple[str, ...]:
        """What came out last, since the visit before."""
        return () if self._receipts is None else self._receipts.lines

    def turn_key(self, key: str) -> None:
        """Hold a key to the lock of the door."""
        _played(self._door).turn_key(key)

    def open_door(self) -> None:
        """Open it; by force where it is locked."""
        _played(self._door).open()

    def close_door(self) -> None:
        """Shut it."""
        _played(self._door).close()

    def door_open(self) -> bool:
        """Whether it stands open."""
        return self._door is not None and self._door.is_open()

    def door_locked(self) -> bool:
        """Whether only force opens it."""
        return self._door is None or self._door.locked

    def listen(self, sense: Sense) -> None:
        """Sensors of all these devices report here."""
        if self._coins is not None:
            self._coins.sense = sense
        if self._door is not None:
            self._door.sense = sense
        if self._reader is not None:
            self._reader.sense = sense
        if self._printer is not None:
            self._printer.sense = sense


def _played(device: D | None) -> D:
    if device is None:
        raise NOT_PLAYED_BY_HAND.error()
    return device


def draw_pictures(paper: Path, *, dpi: int = 200) -> tuple[Path, Path]:
    """Draw front and back of the first sheet beside a `paper.pdf`: front.png and back.png. Raises `paper.*`."""
    document = paper.read_bytes()
    front, back = paper.with_name("front.png"), paper.with_name("back.png")
    front.write_bytes(page_png(document, page=1, dpi=dpi))
    back.write_bytes(page_png(document, page=2, dpi=dpi))
    return front, back


__all__ = ["PAPER_FILE", "PlayedHands", "RecordedVoice", "draw_pictures"]

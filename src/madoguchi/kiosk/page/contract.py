"""What the kiosk page and the kiosk's machine say to each other: screens, touches and the device panel.

The machine (the agent process) holds the state and decides; the page shows one `Screen` and reports touches. A screen
holds what a bystander may see: no name, no serial, no digit of a PIN.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

import msgspec

from madoguchi.kiosk.page.screens import Screen


class Action(StrEnum):
    """What a resident can touch."""

    BEGIN = "begin"
    CHOOSE = "choose"
    """With a value: the municipality's code, the kind, the fiscal year or the number of copies."""
    BACK = "back"
    STOP = "stop"
    DIGIT = "digit"
    """With a value 0..9: one digit of the PIN, never shown again, never logged."""
    ERASE = "erase"
    """Take back the last digit of the PIN."""
    CONFIRM = "confirm"
    PAY = "pay"
    EMONEY = "emoney"
    """Pay by e-money: the pad waits for the resident's medium."""
    FINISH = "finish"
    MORE_TIME = "more_time"
    """The time of the present screen begins anew."""


class Operation(StrEnum):
    """What a hand can do at the devices of the machine."""

    PUT_CARD = "put_card"
    """With a value: the id of one of the panel's cards."""
    TAKE_CARD = "take_card"
    CONFIRM_ON_PHONE = "confirm_on_phone"
    """The holder of the iPhone that lies there confirms with the face."""
    REFUSE_ON_PHONE = "refuse_on_phone"
    INSERT_COIN = "insert_coin"
    """With a value: 10, 50, 100, 500 or 1000 yen."""
    TOUCH_EMONEY = "touch_emoney"
    """With a value: one of `EMONEY_MEDIA`, held over the e-money pad."""
    TAKE_PAPER = "take_paper"
    TURN_KEY = "turn_key"
    """With a value: what is held to the lock of the door."""
    OPEN_DOOR = "open_door"
    CLOSE_DOOR = "close_door"
    PROVOKE = "provoke"
    """With a value: one of the panel's faults."""
    REPAIR = "repair"
    """With a value: one of the panel's faults."""
    POWER_OFF = "power_off"
    """The plug is pulled, as it stands."""


COINS = (10, 50, 100, 500, 1000)
"""Yen, the coins and the note that the panel offers."""


EMONEY_MEDIA = ("enough", "short", "early")
"""What may be held over the e-money pad: with enough money, with too little, taken away too early."""


class Lamp(StrEnum):
    """The lamp beside the card slot and the tray."""

    OFF = "off"
    WORKING = "working"
    CALLING = "calling"
    """Something of the resident's is still in the machine: card or paper."""
    STAFF = "staff"
    """It has lain there so long that the staff of the store are called."""


class Medium(StrEnum):
    """What the hand holds to the reader."""

    CARD = "card"
    ANDROID = "android"
    """A phone with the card's own kind of PIN."""
    IPHONE = "iphone"
    """A phone whose holder confirms on it."""


class PanelCard(msgspec.Struct, frozen=True, kw_only=True):
    """A card that may be put on the reader of a demo machine."""

    id: str
    label: str
    """Of the dummy resident; the panel shows it as it is."""
    note: str = ""
    """What this card is there to show, in Japanese and English; empty for a resident like any other."""
    medium: Medium = Medium.CARD


class PanelSettled(msgspec.Struct, frozen=True, kw_only=True):
    """What the machine made of a transaction that a power cut or the door had ended, in yen and by whole copies."""

    transaction: str
    sheets: int
    """That came out."""
    paid_yen: int
    printed_yen: int
    refunded_yen: int
    owed_yen: int


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the devices, as the panel beside the screen draws them."""

    card: str | None
    """Id of the card that lies on the reader."""
    cards: tuple[PanelCard, ...]
    inserted_yen: int
    """Money that the coin mechanism holds for the running transaction."""
    returned_yen: int
    """Change and refunds that lie in the coin return."""
    accepts_coins: bool
    accepts_emoney: bool = False
    """The e-money pad waits for a medium."""
    receipt: tuple[str, ...] = ()
    """Lines of the receipt or slip that came out last."""
    tray_sheets: int
    """Sheets that lie in the tray."""
    lamp: Lamp
    door_open: bool = False
    door_locked: bool = True
    """Only force opens it."""
    faults: tuple[str, ...] = ()
    """What is wrong just now: jam, media_empty, network, emoney."""
    has_plug: bool = False
    """Whether the power can be cut; somebody must start the machine again."""
    settled: tuple[PanelSettled, ...] = ()
    """What was settled last, until somebody begins."""


class KioskMachine(Protocol):
    """What the page needs of the machine. Every method may raise `MadoguchiError`; the page answers with its status.

    A touch that makes no sense on the present screen changes nothing and raises.
    """

    def screen(self) -> Screen:
        """The screen of this moment, with the seconds that remain now."""
        ...

    async def wait(self, revision: int) -> Screen:
        """Return as soon as the screen's revision is another than `revision`. Must bear being cancelled."""
        ...

    async def touch(self, action: Action, value: str | int | None) -> None:
        """One touch; the screen that follows is there when this returns, or comes through `wait`."""
        ...

    def panel(self) -> Panel:
        """The state of the devices."""
        ...

    async def operate(self, operation: Operation, value: str | int | None) -> None:
        """One hand at a device. Raises if this machine's devices are real and cannot be played with."""
        ...

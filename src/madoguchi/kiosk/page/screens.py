"""Every screen of the kiosk as a frozen type; `Screen` is what goes to the browser.

All words of the page itself live in its message files; a screen carries only what the page cannot know: the ward's
names for things, amounts, counts, and the reason of a refusal.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """The same words in Japanese and in English."""

    ja: str
    en: str


class Start(msgspec.Struct, frozen=True, kw_only=True, tag="start", tag_field="screen"):
    """Before anybody has touched."""


class MunicipalityOption(msgspec.Struct, frozen=True, kw_only=True):
    """A ward or city that issues here. `code`: 全国地方公共団体コード."""

    code: str
    name: Words


class Municipality(msgspec.Struct, frozen=True, kw_only=True, tag="municipality", tag_field="screen"):
    """Which ward's certificate; the store's own first."""

    options: tuple[MunicipalityOption, ...]


class KindOption(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of certificate in the ward's menu. One that is not offered now is shown with the reason in `note`."""

    kind: str
    title: Words
    fee_yen: int
    """Per copy (通)."""
    offered: bool = True
    note: Words | None = None


class Kind(msgspec.Struct, frozen=True, kw_only=True, tag="kind", tag_field="screen"):
    """Which certificate."""

    municipality: Words
    options: tuple[KindOption, ...]


class YearOption(msgspec.Struct, frozen=True, kw_only=True):
    """A fiscal year, named as on the paper, and whose income it certifies (令和5年1月〜12月の所得)."""

    fiscal_year: int
    label: Words
    income: Words


class Year(msgspec.Struct, frozen=True, kw_only=True, tag="year", tag_field="screen"):
    """Which fiscal year."""

    kind: Words
    options: tuple[YearOption, ...]


class Check(msgspec.Struct, frozen=True, kw_only=True, tag="check", tag_field="screen"):
    """Everything chosen, to be confirmed before the card is asked for; the copies are chosen here, 1 to `maximum`."""

    municipality: Words
    kind: Words
    year: Words
    income: Words
    copies: int
    maximum: int
    fee_yen: int
    """Per copy."""
    total_yen: int


class Card(msgspec.Struct, frozen=True, kw_only=True, tag="card", tag_field="screen"):
    """Set the card."""

    problem: Words | None = None
    """Why the card that was set a moment ago could not be read."""


class Pin(msgspec.Struct, frozen=True, kw_only=True, tag="pin", tag_field="screen"):
    """Four digits; only their number is known here."""

    digits_entered: int
    tries_left: int
    wrong: bool = False
    """The PIN entered a moment ago was wrong."""
    always_shuffled: bool = False
    """This machine shuffles the digits for everybody; otherwise the resident may."""


class Phone(msgspec.Struct, frozen=True, kw_only=True, tag="phone", tag_field="screen"):
    """Confirm with face or finger on the phone that lies there; no PIN is asked."""


class CardBack(msgspec.Struct, frozen=True, kw_only=True, tag="card_back", tag_field="screen"):
    """Take your card back; the machine does not go on before."""

    phone: bool = False
    """It is a phone."""
    staff: bool = False
    """It has lain there so long that the staff of the store are called."""


class Stage(StrEnum):
    """How far an application has really come."""

    APPLYING = "applying"
    """On its way to the center."""
    MAKING = "making"
    """The center has accepted it; the ward is making the certificate."""
    CHECKING = "checking"
    """It has arrived and this kiosk is checking it."""


class Waiting(msgspec.Struct, frozen=True, kw_only=True, tag="waiting", tag_field="screen"):
    """One honest waiting screen."""

    stage: Stage


class Amount(msgspec.Struct, frozen=True, kw_only=True, tag="amount", tag_field="screen"):
    """The certificate already lies, checked, in this kiosk; this is what it costs."""

    copies: int
    sheets: int
    total_yen: int


class Emoney(StrEnum):
    """What e-money does on the payment screen."""

    NONE = "none"
    """This machine takes none, or a coin is in, or it was tried too often."""
    OFFERED = "offered"
    TOUCH = "touch"
    """The pad waits for the resident's medium."""
    WAIT = "wait"
    """The device is asked what it did."""


class Payment(msgspec.Struct, frozen=True, kw_only=True, tag="payment", tag_field="screen"):
    """Put money in, or touch."""

    due_yen: int
    inserted_yen: int
    emoney: Emoney = Emoney.NONE
    declined: str | None = None
    """Why e-money took nothing the last time: insufficient, moved_away, cancelled, never_begun."""


class Printing(msgspec.Struct, frozen=True, kw_only=True, tag="printing", tag_field="screen"):
    """`printed` counts sheets that the printer reported as out."""

    printed: int
    total: int
    stopped: bool = False
    """The printer stopped; a person may put it right, or the resident may have the money back."""


class TakePaper(msgspec.Struct, frozen=True, kw_only=True, tag="take_paper", tag_field="screen"):
    """Take your paper; the machine calls until the tray is empty."""

    sheets: int
    staff: bool = False
    """It has lain there so long that the staff of the store are called."""


class Money(msgspec.Struct, frozen=True, kw_only=True):
    """Paid = printed + refunded + owed, in yen; what is owed is claimed with a code."""

    paid_yen: int
    refunded_yen: int
    owed_yen: int
    claim_code: str | None = None


class Done(msgspec.Struct, frozen=True, kw_only=True, tag="done", tag_field="screen"):
    """The end of a transaction that brought paper."""

    paid_yen: int
    refunded_yen: int
    owed_yen: int
    claim_code: str | None = None
    no_receipt: bool = False
    """The receipt printer has no paper."""


class Refusal(msgspec.Struct, frozen=True, kw_only=True, tag="refusal", tag_field="screen"):
    """Why it does not go on, and what to do next; a bystander learns nothing about the person."""

    title: Words
    next_step: Words
    code: str
    transaction: str | None = None
    contact: Words | None = None
    no_receipt: bool = False
    money: Money | None = None
    """Present when money was involved; otherwise the page says that nothing was charged."""


class OutOfService(msgspec.Struct, frozen=True, kw_only=True, tag="out_of_service", tag_field="screen"):
    """Nobody can be served just now."""

    reason: Words


ScreenData = (
    Start
    | Municipality
    | Kind
    | Year
    | Check
    | Card
    | Pin
    | Phone
    | CardBack
    | Waiting
    | Amount
    | Payment
    | Printing
    | TakePaper
    | Done
    | Refusal
    | OutOfService
)

SCREENS: Final[dict[str, type[msgspec.Struct]]] = {
    str(kind.__struct_config__.tag): kind for kind in ScreenData.__args__
}
"""Every screen's name and the type of its data."""


class Screen(msgspec.Struct, frozen=True, kw_only=True):
    """What the browser shows now."""

    name: str
    revision: int
    """Rises with every change that the resident should see; starts anew only with a new token."""
    seconds_left: int | None
    """Until the machine stops by itself and wipes; None where no time runs."""
    data: ScreenData
    may_extend: bool = False
    """The resident may have the time of this screen begin anew."""

    def __post_init__(self) -> None:
        """A screen whose name is not that of its data is a programming error."""
        if SCREENS.get(self.name) is not type(self.data):
            raise ValueError(f"screen {self.name} cannot hold {type(self.data).__name__}")


def screen_of(data: ScreenData, *, revision: int, seconds_left: int | None, may_extend: bool = False) -> Screen:
    """The screen that shows `data`; its name follows from the type."""
    name = str(data.__struct_config__.tag)
    return Screen(name=name, revision=revision, seconds_left=seconds_left, data=data, may_extend=may_extend)

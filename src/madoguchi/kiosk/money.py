"""Paid = printed + refunded + owed, in yen, always (invariant 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from madoguchi.wire.outcome import SheetState


class Means(StrEnum):
    """How it is paid. Never both: whoever has put a coin in goes on with coins, or has them back."""

    COINS = "coins"
    EMONEY = "emoney"


class Declined(StrEnum):
    """Why an e-money device took nothing, for certain."""

    INSUFFICIENT = "insufficient"
    MOVED_AWAY = "moved_away"
    """The medium left the pad too early."""
    CANCELLED = "cancelled"
    NEVER_BEGUN = "never_begun"
    """Its books do not know the payment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What the order costs: the fee per copy (通) and how many sheets each copy has."""

    fee_yen: int
    copies: int
    pages: int

    @property
    def total_yen(self) -> int:
        """What the resident pays."""
        return self.fee_yen * self.copies

    @property
    def sheets(self) -> int:
        """Sheets of paper."""
        return self.copies * self.pages


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """How one payment ended. Cannot be made unless it balances."""

    paid_yen: int = 0
    printed_yen: int = 0
    refunded_yen: int = 0
    owed_yen: int = 0

    def __post_init__(self) -> None:
        """Raise ValueError for money that appeared or vanished."""
        parts = (self.printed_yen, self.refunded_yen, self.owed_yen)
        if min(parts) < 0 or self.paid_yen != sum(parts):
            msg = "paid is not printed + refunded + owed"
            raise ValueError(msg)


NOTHING_PAID = Balance()


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What a payment became, before anything is given back: earned by paper, to be refunded, to be looked at."""

    printed_yen: int
    refund_yen: int
    unknown_yen: int

    def settled(self, *, refunded_yen: int) -> Balance:
        """The balance after `refunded_yen` really left the machine; the rest is owed, and so is what nobody knows."""
        if not 0 <= refunded_yen <= self.refund_yen:
            msg = "refunded more than was due"
            raise ValueError(msg)
        return Balance(
            paid_yen=self.printed_yen + self.refund_yen + self.unknown_yen,
            printed_yen=self.printed_yen,
            refunded_yen=refunded_yen,
            owed_yen=self.refund_yen - refunded_yen + self.unknown_yen,
        )


def owed_until_known(price: Price) -> Balance:
    """Nobody knows whether it was paid: like a sheet that nobody saw, it is owed until a person has looked."""
    return Balance(paid_yen=price.total_yen, owed_yen=price.total_yen)


def due(price: Price, sheets: Sequence[SheetState]) -> Due:
    """Judge each copy by its sheets: a copy is paid for when it is whole.

    A copy with a sheet that is surely missing is refunded; one whose only flaw is a sheet that nobody saw come out or
    not (power cut in the middle) is owed until a person has looked. Raises ValueError for a wrong number of sheets.
    """
    if len(sheets) != price.sheets:
        msg = f"{len(sheets)} sheets for an order of {price.sheets}"
        raise ValueError(msg)
    printed = refund = unknown = 0
    for start in range(0, price.sheets, price.pages):
        states = set(sheets[start : start + price.pages])
        if "not_printed" in states:
            refund += price.fee_yen
        elif "unknown" in states:
            unknown += price.fee_yen
        else:
            printed += price.fee_yen
    return Due(printed_yen=printed, refund_yen=refund, unknown_yen=unknown)


def result_of(sheets: Sequence[SheetState]) -> Literal["printed", "partly_printed", "not_printed"]:
    """`printed`, `partly_printed` or `not_printed`. A sheet that may be out counts as out."""
    out = [state for state in sheets if state != "not_printed"]
    if len(out) == len(sheets) and "unknown" not in sheets:
        return "printed"
    return "partly_printed" if out else "not_printed"


def sheets_after(total: int, *, out: int, rest: SheetState) -> tuple[SheetState, ...]:
    """The first `out` of `total` sheets are printed, of the rest this is known."""
    known: list[SheetState] = ["printed"] * out
    return (*known, *[rest] * (total - out))

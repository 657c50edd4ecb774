"""What receipts and slips say, line by line, and the in-process receipt printer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from madoguchi.kiosk.money import Balance, Means
from madoguchi.kiosk.problems import NO_RECEIPT_PAPER
from madoguchi.runtime.clock import JST
from madoguchi.wire.menu import Wording

_MEANS = {Means.COINS: "現金 / Cash", Means.EMONEY: "電子マネー / E-money"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """What is owed, under which code. It names nobody."""

    claim: str
    yen: int
    transaction: str
    day: str
    """In Japanese time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What was paid for. It names nobody."""

    transaction: str
    at: str
    """Day and minute, in Japanese time."""
    kind: Wording
    copies: int
    balance: Balance
    means: Means
    change_yen: int
    papers: tuple[str, ...]
    """Numbers of the sheets that came out, as the paper shows them."""


class ReceiptPrinter(Protocol):
    """The receipt printer, after UnifiedPOS' POSPrinter: lines of text. Raises `kiosk.no_receipt_paper`."""

    async def print_slip(self, slip: Slip) -> None:
        """What is owed."""
        ...

    async def print_receipt(self, receipt: Receipt) -> None:
        """What was paid."""
        ...


def slip_for(*, claim: str, yen: int, transaction: bytes, at: datetime) -> Slip:
    """The slip for what is owed."""
    day = at.astimezone(JST).date().isoformat()
    return Slip(claim=claim, yen=yen, transaction=transaction.hex(), day=day)


def minute_of(at: datetime) -> str:
    """Day and minute, in Japanese time."""
    return at.astimezone(JST).strftime("%Y-%m-%d %H:%M")


def slip_lines(slip: Slip, *, store: str) -> tuple[str, ...]:
    """A claim for what is owed."""
    return (
        "返金引換票 / Claim slip",
        *_store(store),
        f"{slip.yen:,} 円 (yen)",
        f"引換番号 / Claim code: {slip.claim}",
        f"取引番号 / Transaction: {slip.transaction}",
        f"{slip.day}",
    )


def receipt_lines(receipt: Receipt, *, store: str) -> tuple[str, ...]:
    """What was paid, how, and for which papers. Nothing about the person."""
    balance = receipt.balance
    change = (f"つり銭 / Change: {receipt.change_yen:,} 円",) if receipt.means is Means.COINS else ()
    refunded = (f"返金 / Refunded: {balance.refunded_yen:,} 円",) if balance.refunded_yen else ()
    owed = (f"未返金 / Owed: {balance.owed_yen:,} 円",) if balance.owed_yen else ()
    return (
        "領収書 / Receipt",
        *_store(store),
        receipt.at,
        f"{receipt.kind.ja} / {receipt.kind.en}",
        f"{receipt.copies} 通 (copies)",
        f"領収金額 / Paid: {balance.paid_yen:,} 円",
        _MEANS[receipt.means],
        *change,
        *refunded,
        *owed,
        *(f"用紙番号 / Paper: {number}" for number in receipt.papers),
        f"取引番号 / Transaction: {receipt.transaction}",
    )


def _store(store: str) -> tuple[str, ...]:
    return (store,) if store else ()


class ReceiptFiles:
    """Implements `ReceiptPrinter`: the files are the paper."""

    def __init__(self, paper_dir: Path, *, store: str, empty: bool = False) -> None:
        self._slips, self._receipts = paper_dir / "slips", paper_dir / "receipts"
        for directory in (self._slips, self._receipts):
            directory.mkdir(parents=True, exist_ok=True)
        self._store = store
        self.empty = empty
        self.lines: tuple[str, ...] = ()
        """What came out last."""

    async def print_slip(self, slip: Slip) -> None:
        """Write it."""
        self._print(self._slips / f"{slip.claim}.txt", slip_lines(slip, store=self._store))

    async def print_receipt(self, receipt: Receipt) -> None:
        """Write it."""
        self._print(self._receipts / f"{receipt.transaction}.txt", receipt_lines(receipt, store=self._store))

    def _print(self, paper: Path, lines: tuple[str, ...]) -> None:
        if self.empty:
            raise NO_RECEIPT_PAPER.error()
        self.lines = lines
        paper.write_text("\n".join(lines) + "\n", encoding="utf-8")

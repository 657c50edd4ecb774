"""The devices of a kiosk, as the agent needs them: small protocols, and the machine that is made of objects.

A real machine puts PC/SC, IPP and a coin mechanism behind the same protocols.
"""

from madoguchi.kiosk.devices.kinds import (
    CardReader,
    CoinMechanism,
    Devices,
    Door,
    Fault,
    Hands,
    Printer,
    PrinterState,
    Tray,
    Voice,
    Watched,
    clear_printer,
    expect_ready,
    job_name,
    refund_ticket,
    take_ticket,
    wait_until_ready,
)
from madoguchi.kiosk.devices.receipts import Receipt, ReceiptPrinter, Slip, slip_for

__all__ = [
    "CardReader",
    "CoinMechanism",
    "Devices",
    "Door",
    "Fault",
    "Hands",
    "Printer",
    "PrinterState",
    "Receipt",
    "ReceiptPrinter",
    "Slip",
    "Tray",
    "Voice",
    "Watched",
    "clear_printer",
    "expect_ready",
    "job_name",
    "refund_ticket",
    "slip_for",
    "take_ticket",
    "wait_until_ready",
]

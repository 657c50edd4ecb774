"""Doing what the machine wants done: each effect is one short function over the parts of this kiosk.

Quick acts are done before the next one begins; long ones run beside and report with an event of their own visit.
"""

# Each fills its part of the table.
from madoguchi.kiosk.acts import before_money, left_behind, with_emoney, with_money, with_receipt  # noqa: F401
from madoguchi.kiosk.acts.acting import Acts, Parts

__all__ = ["Acts", "Parts"]

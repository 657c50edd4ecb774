"""The kiosk's decisions as a pure state machine: `step(situation, event)` gives the next situation and what to do.

No clock, no device, no network, no secret is in here, so that every path can be walked by a test. What makes no sense
cannot be written: a touch that the table does not know raises, a result of another visit changes nothing.
"""

from madoguchi.kiosk.machine import card, choosing, door, forgotten, paying, printing  # noqa: F401 - each fills its part of the table
from madoguchi.kiosk.machine.forgotten import is_calling, left_behind, staff_called
from madoguchi.kiosk.machine.limits import Limit, limit_of
from madoguchi.kiosk.machine.states import (
    Situation,
)
from madoguchi.kiosk.machine.table import Step, can_fail, step

__all__ = ["Limit", "Situation", "Step", "can_fail", "is_calling", "left_behind", "limit_of", "staff_called", "step"]

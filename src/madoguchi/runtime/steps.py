"""The nine steps of a transaction, each told to the log with its duration: for the demonstration and for measurements.

A line names the transaction (a random number), the step and milliseconds, and nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from madoguchi.runtime import log, metrics

STEP: Final = log.event("runtime.step", "transaction", "number", "step", "milliseconds")
"""`number` is the step of the architecture's list (1 choose … 9 account), `step` what was done in it."""


@contextmanager
def measured(step: str, *, number: int, transaction: bytes) -> Iterator[None]:
    """Time a block of a transaction's step; told only when it ends well."""
    began = time.perf_counter()
    yield
    tell(step, number=number, transaction=transaction, seconds=time.perf_counter() - began)


def tell(step: str, *, number: int, transaction: bytes, seconds: float) -> None:
    """Tell a step whose duration was measured elsewhere."""
    metrics.observe_step(number=number, step=step, seconds=seconds)
    log.get_log().info(
        STEP, transaction=transaction.hex(), number=number, step=step, milliseconds=round(seconds * 1000, 2)
    )

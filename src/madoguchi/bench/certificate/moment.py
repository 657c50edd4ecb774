"""Two clocks at once: what the processor spent on this process, and what passed on the wall.

On a machine that others use as well, a run that was made to wait looks slow on the wall and is not. What one core can
do in a second is a matter of the first; where nothing else runs, both say the same.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple


class Moment(NamedTuple):
    """A reading of both clocks, in seconds."""

    processor: float
    wall: float

    @classmethod
    def now(cls) -> Moment:
        """Read them."""
        return cls(time.process_time(), time.perf_counter())

    def until_now(self) -> tuple[float, float]:
        """Milliseconds since, by the processor and by the wall."""
        now = Moment.now()
        return (now.processor - self.processor) * 1000, (now.wall - self.wall) * 1000


@contextmanager
def one_core() -> Iterator[bool]:
    """Keep this thread, and those that it starts, on one core; gives False where the system does not allow it."""
    try:
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {max(before)})
    except (AttributeError, OSError):
        yield False
        return
    try:
        yield True
    finally:
        os.sched_setaffinity(0, before)

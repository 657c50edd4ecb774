"""The injected clock: wall time for certificates, calendars and the printed date; monotonic time for deadlines."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

JST = ZoneInfo("Asia/Tokyo")
"""Wards, hours, fiscal years and the printed date live in Japanese time."""


class Clock(Protocol):
    """What time it is. Deadlines use `monotonic`, never `now`."""

    def now(self) -> datetime:
        """Aware UTC wall time."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Aware UTC wall time of this machine."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """`time.monotonic`."""
        return time.monotonic()


@dataclass(slots=True)
class FrozenClock:
    """A clock that moves only when told to; for tests and reproducible documents."""

    at: datetime
    elapsed: float = 0.0

    def now(self) -> datetime:
        """The frozen wall time."""
        return self.at

    def monotonic(self) -> float:
        """Seconds told so far."""
        return self.elapsed

    def advance(self, *, seconds: float) -> None:
        """Move both times on."""
        self.at += timedelta(seconds=seconds)
        self.elapsed += seconds


def epoch(at: datetime) -> int:
    """Whole Unix seconds of an aware time, as every statement carries it."""
    return int(at.timestamp())

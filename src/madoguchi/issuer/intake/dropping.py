"""Packages that lie in the drop directory: taken in their order, deleted when in force, refused with a report.

A refused package stays where it lies, unread, until someone has read `NAME.refused.txt` and removed both. One that was
refused only because an earlier one was missing is looked at again as soon as another one has come into force.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from madoguchi.errors import MadoguchiError
from madoguchi.issuer.feed import FeedTaker
from madoguchi.issuer.feed_rows import PackageRefusedError
from madoguchi.issuer.problems import FEED_CONTENT, FEED_GAP, FEED_OTHER_WARD, FEED_ROWS, FEED_TIME
from madoguchi.records import RecordsRefusedError
from madoguchi.records.drop import delete_dropped, open_dropped, reports, waiting, write_report

_REFUSALS: Final = frozenset(each.code for each in (FEED_OTHER_WARD, FEED_GAP, FEED_CONTENT, FEED_ROWS, FEED_TIME))
_OF_THE_BYTES: Final = ("statement.", "wire.", "records.")
"""Problems that are the package's own fault. After any other one it is looked at again, as it lies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one package."""

    name: str
    sequence: int
    """0 when it was refused."""
    code: str = ""
    """Why it was refused."""

    @property
    def taken(self) -> bool:
        """Whether it is in force."""
        return not self.code


class DropDirectory:
    """Looks at one drop directory. One process does, because packages come into force in their order."""

    def __init__(self, directory: Path, *, taker: FeedTaker, require: Callable[[], None]) -> None:
        """`require` raises while this process may take nothing (`runtime.standing`)."""
        self._directory = directory
        self._taker = taker
        self._require = require

    async def look_once(self) -> tuple[Outcome, ...]:
        """Take what waits; what became of each package, in their order.

        Raises what is no fault of a package, a database that is away for instance: the rest waits for the next look.
        """
        outcomes: list[Outcome] = []
        looked: set[str] = set()
        while (path := self._next(looked)) is not None:
            self._require()
            looked.add(path.name)
            outcomes.append(outcome := await self._look_at(path))
            if outcome.taken:
                looked -= set(self._forget_gaps())
        return tuple(outcomes)

    def _next(self, looked: set[str]) -> Path | None:
        return next((path for path in waiting(self._directory) if path.name not in looked), None)

    async def _look_at(self, path: Path) -> Outcome:
        try:
            dropped = open_dropped(path)
            receipt = await self._taker.take(dropped.manifest, dropped.files)
        except MadoguchiError as refused:
            if refused.code not in _REFUSALS and not refused.code.startswith(_OF_THE_BYTES):
                raise
            write_report(path, _report(path.name, refused))
            return Outcome(name=path.name, sequence=0, code=refused.code)
        delete_dropped(path)
        return Outcome(name=path.name, sequence=receipt.sequence)

    def _forget_gaps(self) -> Iterator[str]:
        for report in reports(self._directory):
            with report.open(encoding="utf-8") as lines:
                gap = lines.readline().rstrip("\n") == FEED_GAP.code
            if gap:
                report.unlink()
                yield report.name.partition(".")[0]


def _report(name: str, refused: MadoguchiError) -> Iterator[str]:
    """The code alone in the first line, then words for the clerk, then every fault; never a value."""
    yield refused.code
    yield f"{name}: {refused.problem.clerk.ja} {refused.problem.clerk.en}"
    yield refused.cause
    if isinstance(refused, PackageRefusedError | RecordsRefusedError):
        yield from map(str, refused.faults)


def is_open(directory: Path) -> bool:
    """Whether packages can be read there, and deleted when they are in force."""
    return directory.is_dir() and os.access(directory, os.R_OK | os.W_OK | os.X_OK)

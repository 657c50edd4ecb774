"""Reading the parties' logs while they run: what happened in a transaction, told by those who did it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from madoguchi.runtime.steps import STEP


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of one transaction, as a party told it."""

    name: str
    """The process that did it."""
    number: int
    step: str
    transaction: str
    milliseconds: float
    at: str


@dataclass(slots=True)
class Logs:
    """The log files of all processes of a site, read on from where the last look ended."""

    directory: Path
    _read: dict[Path, int] = field(default_factory=dict)

    def steps(self) -> Iterator[Step]:
        """Steps that were told since the last look, in the order of their time."""
        found = [line for line in self.lines() if line["event"] == STEP]
        for line in sorted(found, key=lambda each: each["at"]):
            yield Step(
                name=line["name"],
                number=line["number"],
                step=line["step"],
                transaction=line["transaction"],
                milliseconds=line["milliseconds"],
                at=line["at"],
            )

    def lines(self) -> Iterator[dict[str, Any]]:
        """Every new complete line of every log."""
        for path in sorted(self.directory.glob("*/log.jsonl")):
            with path.open("rb") as log:
                log.seek(self._read.get(path, 0))
                new = log.read()
            whole = new[: new.rfind(b"\n") + 1]
            self._read[path] = self._read.get(path, 0) + len(whole)
            yield from (json.loads(line) for line in whole.splitlines())

"""One pass over the files of a hand-over: pieces are read side by side, and checked across in their order.

A worker is a process of its own, because reading is work of the processor alone. Workers start afresh (never as a
copy of a process with threads), get octets, and give back what `make` made of the rows; they end with the reading and
take with them the cells that they remember.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Generic, Self, TypeVar

from madoguchi.records.across import Across
from madoguchi.records.facts import Facts, facts_of
from madoguchi.records.files import RecordFile
from madoguchi.records.pieces import Lines, Piece, read_piece
from madoguchi.records.problems import Fault
from madoguchi.records.reader import Faults, RowReader

T = TypeVar("T")

Make = Callable[[RecordFile[Any], list[Any]], T]
"""What becomes of a piece's rows, made where they are read. For workers it must be picklable."""
_AHEAD = 3
"""So many pieces per worker are under way: enough to keep all busy, few enough to bound the memory."""


@dataclass(slots=True, kw_only=True)
class Done(Generic[T]):
    """What reading one piece gave."""

    made: T
    rows: int
    facts: Facts
    lines: Lines
    faults: list[Fault]
    ended: bool


class Reader(Generic[T]):
    """Reads pieces, one after the other, in this process."""

    def __init__(self, make: Make[T]) -> None:
        self._make = make
        self._readers: dict[str, RowReader[Any]] = {}

    def read(self, piece: Piece) -> Done[T]:
        """Read one piece."""
        reader = self._readers.get(piece.file.name)
        if reader is None:
            reader = self._readers[piece.file.name] = RowReader(piece.file)
        found = read_piece(piece, reader)
        return Done(
            made=self._make(piece.file, found.rows),
            rows=len(found.rows),
            facts=facts_of(piece.file, found.rows),
            lines=found.lines,
            faults=found.faults,
            ended=found.ended,
        )

    def read_all(self, pieces: Iterable[Piece]) -> Iterator[Done[T]]:
        """Read them in their order."""
        return map(self.read, pieces)


class Workers(Generic[T]):
    """As `Reader`, in so many processes while the block runs; the order of the pieces is kept."""

    def __init__(self, make: Make[T], *, count: int, behind: int = 0) -> None:
        """`behind` is how far the workers step back behind other processes, as `nice` counts it."""
        self._under_way = count * _AHEAD
        self._pool = ProcessPoolExecutor(
            count, mp_context=multiprocessing.get_context("spawn"), initializer=_begin, initargs=(make,)
        )
        with ThreadPoolExecutor(1) as starter:
            starter.submit(self._start, count, behind).result()

    def _start(self, count: int, behind: int) -> None:
        """In a thread that ends with it: processes inherit how far it has stepped back, for their costly start too."""
        stepped_back = os.getpriority(os.PRIO_PROCESS, 0) + behind
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), stepped_back)  # of this thread alone: sched(7)
        for _ in range(count):  # each starts a process, since none has come so far as to be idle
            self._pool.submit(os.getpid)

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def read_all(self, pieces: Iterable[Piece]) -> Iterator[Done[T]]:
        """Read them side by side and give them in their order. Raises `BrokenProcessPool` when a worker is killed."""
        waiting: deque[Future[Done[T]]] = deque()
        for piece in pieces:
            waiting.append(self._pool.submit(_read, piece))
            if len(waiting) >= self._under_way:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


_own: list[Reader[Any]] = []
"""The reader of a worker process."""


def _begin(make: Make[Any]) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # Rows live as long as their piece and form no cycles: looking for some costs a tenth of the time.
    gc.freeze()
    gc.disable()
    _own.append(Reader(make))


def _end_with_parent() -> None:
    """A worker of a process that was killed would wait for ever, with what it remembers of people."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _read(piece: Piece) -> Done[Any]:
    return _own[0].read(piece)


@dataclass(slots=True)
class FileSum:
    """Rows and control totals of what was read of one file."""

    rows: int = 0
    totals: dict[str, int] = field(default_factory=dict)

    def add(self, done: Done[Any]) -> None:
        """Count a piece."""
        self.rows += done.rows
        for name, amount in done.facts.totals.items():
            self.totals[name] = self.totals.get(name, 0) + amount


class Reading(Generic[T]):
    """The files of one hand-over, people first. What it gives counts only when `finish` does not raise."""

    def __init__(self, reader: Reader[T] | Workers[T], *, across: Across, faults: Faults) -> None:
        self._reader = reader
        self._across = across
        self.faults = faults

    def file(self, file: RecordFile[Any], pieces: Iterable[Piece], said: FileSum) -> Iterator[T]:
        """Read a file; `said` is filled in. Raises `RecordsRefusedError` at the fiftieth fault."""
        before = len(self.faults.found)
        for done in self._reader.read_all(pieces):
            found = done.faults + self._across.take(file, done.facts, done.lines)
            for fault in sorted(found, key=lambda each: each.line):
                self.faults.note(fault)
            said.add(done)
            yield done.made
            if done.ended:
                break
        self._across.end_of(file, faultless=len(self.faults.found) == before)

    def finish(self) -> None:
        """Compare the files with each other. Raises `RecordsRefusedError` for any fault of any file."""
        if not self.faults.found:
            for fault in self._across.sums():
                self.faults.note(fault)
        self.faults.refuse()

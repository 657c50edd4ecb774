"""The intake of a measurement: a process of its own, as in a ward, with the real functions."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from madoguchi.bench.feed.ward import NoLine
from madoguchi.bench.usage import family, usage_of
from madoguchi.issuer.intake.config import IntakeConfig
from madoguchi.issuer.intake.serve import make_intake
from madoguchi.issuer.starting import database_of
from madoguchi.runtime import log
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.database import connect

_LOOK_SECONDS = 0.25


def take(config: IntakeConfig, log_file: Path, manifest: bytes, files: dict[str, bytes | Path]) -> float:
    """Take one package; the seconds from its arrival until every issue reads it. Raises as the intake does."""
    log.configure(party="intake", name="intake-1", strict=True, file=log_file)
    return asyncio.run(_take(config, manifest, files))


async def _take(config: IntakeConfig, manifest: bytes, files: dict[str, bytes | Path]) -> float:
    async with connect(database_of(config), application_name=config.name) as pool:
        intake = await make_intake(config, pool=pool, line=NoLine(), clock=SystemClock())
        began = time.perf_counter()
        await intake.feed.take(manifest, files)
        return time.perf_counter() - began


@dataclass(slots=True)
class Intake:
    """The process, seen from outside."""

    config: IntakeConfig = field(repr=False)
    log_file: Path
    pool: ProcessPoolExecutor = field(repr=False)
    pid: int
    peak_mib: dict[str, float] = field(default_factory=dict)
    """Largest resident sets so far: of the process itself, and of one of its workers."""

    async def take(self, manifest: bytes, files: dict[str, bytes | Path]) -> float:
        """As `take`, over there."""
        watching = asyncio.create_task(self._watch())
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self.pool, take, self.config, self.log_file, manifest, files)
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching

    async def _watch(self) -> None:
        while True:
            for pid in family(self.pid):
                used, who = usage_of(pid), "intake" if pid == self.pid else "worker"
                if used is not None:
                    self.peak_mib[who] = max(self.peak_mib.get(who, 0.0), used.peak_mib)
            await asyncio.sleep(_LOOK_SECONDS)


@contextmanager
def intake(config: IntakeConfig, *, log_file: Path) -> Iterator[Intake]:
    """An intake while the block runs."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        yield Intake(config, log_file, pool, pool.submit(os.getpid).result())

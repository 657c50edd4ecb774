"""May this process serve? Compared with what is declared and with what runs beside it: at start, and again and again.

1. The clock: our own is within a minute of the database's. It may not be put forward or back afterwards either.
2. The program: somebody declared this version, this configuration and this name (`runtime.replicas`). The first process
   on an empty database declares itself: there is nobody with whom it could differ.
3. The name: no other living process has it. Of two, the one that serves goes on, and the later one yields.

Whoever fails refuses everything but `/health`, `/ready`, `/metrics` and its contract. It always is the one that is not
declared who yields, so no stranger stops those that are, however many it brings; and two programs serve side by side
only for as long as a person has declared both (a rolling upgrade). Everybody writes an incident of a stranger, once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol, Self

from madoguchi.errors import MadoguchiError
from madoguchi.runtime import log, replicas
from madoguchi.runtime.clock import Clock
from madoguchi.runtime.config import PartyConfig
from madoguchi.runtime.database import Connection, Pool, transaction
from madoguchi.runtime.lock import ProcessLock
from madoguchi.runtime.problems import CLOCK_OFF, NAME_TAKEN, NOT_COMPARED, STRANGER
from madoguchi.runtime.replicas import GONE_AFTER, Program, Seen

CLOCK_LIMIT: Final = timedelta(seconds=60)
EVERY_SECONDS: Final = 20.0
"""Three comparisons in the time after which somebody counts as gone."""
_AGAIN_SECONDS: Final = 1.0
"""After a comparison that failed or found something: whoever may serve again shall not wait long."""

YIELDED = log.event("runtime.yielded", "code", "cause")
SERVES_AGAIN = log.event("runtime.serves_again")
BESIDE = log.event("runtime.stranger_beside", "code", "replica", "other_version", "fingerprint")
NOT_POSSIBLE = log.event("runtime.comparison_failed", "code", "place")

Report = Callable[[Connection, str, str], Awaitable[None]]
"""Write an incident of the party: connection, code, detail (short ASCII)."""


class Stands(Protocol):
    """What a party's application asks; `Standing` answers."""

    def require(self) -> None:
        """Return while this process may serve, or raise why not."""
        ...

    def may_serve(self) -> bool:
        """Whether `require` would return."""
        ...

    async def until_good(self) -> None:
        """Wait until this process may serve."""
        ...


@dataclass(frozen=True, slots=True)
class _Compared:
    """The last comparison that came to an end."""

    database_clock: datetime
    monotonic: float
    refusal: MadoguchiError | None


class Standing:
    """Of one process, for as long as it lives."""

    def __init__(self, config: PartyConfig, *, pool: Pool, clock: Clock, lock: ProcessLock, report: Report) -> None:
        self._program = Program.of(config, by=f"first start of {config.name}", at=clock.now())
        self._party = config.party
        self._name = config.name
        self._pool = pool
        self._clock = clock
        self._process = bytes.fromhex(lock.incarnation)
        self._previous = _octets(lock.previous)
        self._report = report
        self._last: _Compared | None = None
        self._good = asyncio.Event()

    def require(self) -> None:
        """Return while this process may serve.

        Raises `runtime.stranger`, `runtime.name_taken`, `runtime.clock_off`, or `runtime.not_compared` when the last
        comparison is too long ago (the others then count us as gone).
        """
        last = self._last
        if last is None:
            raise NOT_COMPARED.error("not yet")
        if last.refusal is not None:
            raise last.refusal.problem.error(last.refusal.cause)
        passed = timedelta(seconds=self._clock.monotonic() - last.monotonic)
        if passed > GONE_AFTER:
            raise NOT_COMPARED.error(f"for {passed.total_seconds():.0f} s")
        _check_clock(own=self._clock.now(), database=last.database_clock + passed)

    async def compare(self) -> None:
        """Compare once, and say what was found. Raises only when the database cannot be asked."""
        async with transaction(self._pool) as connection:
            now = await replicas.lock(connection)
            own_clock, monotonic = self._clock.now(), self._clock.monotonic()
            refusal = await self._compare(connection, self._own(own_clock, now), now=now)
        self._say(refusal)
        self._last = _Compared(now, monotonic, refusal)
        if refusal is None:
            self._good.set()
        else:
            self._good.clear()

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[Self]:
        """Compare now, and go on comparing during the block; afterwards the others know that we ended.

        Raises `runtime.name_taken`: two processes of one name would settle each other's receipts.
        """
        await self.compare()
        if self._last is not None and self._last.refusal is not None and self._last.refusal.problem is NAME_TAKEN:
            raise self._last.refusal
        keeping = asyncio.create_task(self._keep())
        try:
            yield self
        finally:
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping
            with suppress(MadoguchiError):
                async with transaction(self._pool) as connection:
                    await replicas.forget(connection, self._process)

    def may_serve(self) -> bool:
        """Whether `require` would return."""
        try:
            self.require()
        except MadoguchiError:
            return False
        return True

    async def until_good(self) -> None:
        """Wait until this process may serve."""
        await self._good.wait()

    async def _keep(self) -> None:
        pause = EVERY_SECONDS
        while True:
            await asyncio.sleep(pause)
            try:
                await self.compare()
            except Exception as error:  # the loop must live; while it fails, `require` does
                if pause > _AGAIN_SECONDS:
                    code = error.code if isinstance(error, MadoguchiError) else type(error).__name__
                    log.get_log().warning(NOT_POSSIBLE, code=code, place=log.place_of(error))
                pause = _AGAIN_SECONDS
            else:
                pause = _AGAIN_SECONDS if self._last is None or self._last.refusal else EVERY_SECONDS

    def _own(self, own_clock: datetime, now: datetime) -> Seen:
        return Seen(
            process=self._process,
            party=self._party,
            name=self._name,
            version=self._program.version,
            fingerprint=self._program.fingerprint,
            own_clock=own_clock,
            started_at=now,
            seen_at=now,
            refusing=None,
            reported=False,
        )

    async def _compare(self, connection: Connection, own: Seen, *, now: datetime) -> MadoguchiError | None:
        programs = await replicas.declared(connection, party=self._party)
        if not programs:
            await replicas.declare(connection, self._program)
            programs = (self._program,)
        await replicas.write_own(connection, own, previous=self._previous)
        everybody = [each for each in await replicas.seen(connection, party=self._party) if each.lives(now=now)]
        refusal = judge(own, everybody, programs, now=now)
        await replicas.write_refusing(connection, own.process, None if refusal is None else refusal.code)
        await self._tell_of_strangers(connection, programs, now=now)
        return refusal

    async def _tell_of_strangers(self, connection: Connection, programs: tuple[Program, ...], *, now: datetime) -> None:
        for each in await replicas.seen(connection, party=self._party):
            code = each.refusing or (None if each.declared(programs) else STRANGER.code)
            if code is None or each.reported or not each.lives(now=now):
                continue
            await self._report(connection, code, f"{each.name} {each.version} {each.fingerprint[:16]}")
            await replicas.write_reported(connection, each.process)
            log.get_log().error(
                BESIDE, code=code, replica=each.name, other_version=each.version, fingerprint=each.fingerprint
            )

    def _say(self, refusal: MadoguchiError | None) -> None:
        before = None if self._last is None else self._last.refusal
        if refusal is not None and (before is None or before.code != refusal.code):
            log.get_log().error(YIELDED, code=refusal.code, cause=refusal.cause[: log.MAX_VALUE_CHARACTERS])
        if refusal is None and before is not None:
            log.get_log().info(SERVES_AGAIN)


def judge(own: Seen, living: list[Seen], programs: tuple[Program, ...], *, now: datetime) -> MadoguchiError | None:
    """Why this process must not serve beside these, or None. `now` is the database's time."""
    try:
        _check_clock(own=own.own_clock, database=now)
    except MadoguchiError as off:
        return off
    if not own.declared(programs):
        return STRANGER.error(_difference(own, programs))
    rank = {each.process: (each.started_at, each.process) for each in living}
    elder = [
        each
        for each in living
        if each.name == own.name and each.refusing is None and rank[each.process] < rank[own.process]
    ]
    return NAME_TAKEN.error(f"{own.name} runs since {elder[0].started_at:%Y-%m-%d %H:%M:%S}Z") if elder else None


def _octets(incarnation: str | None) -> bytes | None:
    """The run before, if its name can be read: a lock file may have been cut off by a power failure."""
    try:
        return bytes.fromhex(incarnation or "") or None
    except ValueError:
        return None


def _difference(own: Seen, programs: tuple[Program, ...]) -> str:
    """What an engineer compares first."""
    same = [each for each in programs if each.fingerprint == own.fingerprint]
    if same:
        return f"name {own.name} is not among {', '.join(same[0].replicas)}"
    wanted = "; ".join(f"{each.version} {each.fingerprint}" for each in programs)
    return f"program {own.version} {own.fingerprint}, declared: {wanted}"


def _check_clock(*, own: datetime, database: datetime) -> None:
    off = own - database
    if abs(off) > CLOCK_LIMIT:
        raise CLOCK_OFF.error(f"{off.total_seconds():+.0f} s against the database's clock")

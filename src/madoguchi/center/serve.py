"""The center's process: one replica of several on one database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from starlette.applications import Starlette

from madoguchi.center import incidents
from madoguchi.center.config import CenterConfig
from madoguchi.center.endpoints import endpoints
from madoguchi.center.housekeeping import keep_house, settle_dead
from madoguchi.center.keyfile import load_key
from madoguchi.center.lines import Lines, NetworkLines
from madoguchi.center.marks import Marks
from madoguchi.center.menus import Menus
from madoguchi.center.parts import Parts
from madoguchi.center.printers import Printers
from madoguchi.center.problems import NO_DATABASE
from madoguchi.center.protecting import Protect, Protector
from madoguchi.center.pseudonym import Pseudonyms
from madoguchi.center.refusing import Refuser
from madoguchi.center.sealing import SealingKeys
from madoguchi.center.trusted import Trusted
from madoguchi.runtime.caller import Caller
from madoguchi.runtime.clock import Clock
from madoguchi.runtime.database import Connection, Pool, answers, connect, transaction
from madoguchi.runtime.endpoint import application
from madoguchi.runtime.lock import ProcessLock
from madoguchi.runtime.party import signer
from madoguchi.runtime.schema import migrations_of, refuse_other_schema
from madoguchi.runtime.server import Listener, serve
from madoguchi.runtime.standing import Standing, Stands
from madoguchi.runtime.status import party_status, set_gauges
from madoguchi.wire.identifiers import CENTER_CODE

MakeProtect = Callable[[Protect], Protect]
"""Replaces the protecting step around the real one; for test processes that play a lying center."""


def _unchanged(real: Protect) -> Protect:
    return real


async def serve_center(
    config: CenterConfig, *, lock: ProcessLock | None, clock: Clock, make_protect: MakeProtect = _unchanged
) -> None:
    """Run until SIGTERM. Raises `center.no_database`, `center.key_file`, `runtime.*`, `trust.*` at start."""
    if config.database is None or lock is None:
        raise NO_DATABASE.error()
    if config.database.owner_url is not None:
        from madoguchi.runtime.migrate import migrate  # Alembic is loaded only where a party migrates itself

        await asyncio.to_thread(migrate, "center", config.database.owner_url)
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(connect(config.database, application_name=config.name))
        await refuse_other_schema(pool, migrations=migrations_of("center"))
        standing = await stack.enter_async_context(standing_of(config, pool=pool, lock=lock, clock=clock).kept())
        caller = await stack.enter_async_context(Caller(config))
        parts = make_parts(
            config,
            pool=pool,
            lines=NetworkLines(caller, config),
            clock=clock,
            process=bytes.fromhex(lock.incarnation),
            make_protect=make_protect,
        )
        await serve([Listener(app=make_app(parts, standing), listen=config.listen, tls=config.tls)])


def standing_of(config: CenterConfig, *, pool: Pool, lock: ProcessLock, clock: Clock) -> Standing:
    """How this process compares itself with the other replicas; what it finds is an incident of every ward."""

    async def report(connection: Connection, code: str, _detail: str) -> None:
        for ward in config.wards:
            await incidents.note(connection, ward=ward, id_=None, code=code)

    return Standing(config, pool=pool, clock=clock, lock=lock, report=report)


def make_app(parts: Parts, standing: Stands) -> Starlette:
    """The application of a replica; its lifespan settles what an earlier life left open, and keeps house.

    A stranger does neither, until somebody declares it.
    """

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        settled = standing.may_serve()
        if settled:
            await settle_dead(parts)
        house = asyncio.create_task(_keep_house(parts, standing, settled=settled))
        try:
            yield
        finally:
            house.cancel()
            with suppress(asyncio.CancelledError):
                await house

    async def measure() -> None:
        async with transaction(parts.pool) as connection:
            set_gauges(await party_status(connection, parts.config))

    return application(
        endpoints(parts),
        config=parts.config,
        lifespan=lifespan,
        ready=ready_check(parts),
        require=standing.require,
        measure=measure,
    )


async def _keep_house(parts: Parts, standing: Stands, *, settled: bool) -> None:
    if not settled:
        await standing.until_good()
        await settle_dead(parts)
    await keep_house(parts)


def make_parts(
    config: CenterConfig,
    *,
    pool: Pool,
    lines: Lines,
    clock: Clock,
    process: bytes,
    make_protect: MakeProtect = _unchanged,
) -> Parts:
    """Put a replica together. Raises `center.no_database`, `center.key_file`, `paper.*`."""
    if config.trust is None or "default" not in config.key_roles:
        raise NO_DATABASE.error("trust list or signing key")
    environment = config.environment
    own_signer = signer(config, code=CENTER_CODE)
    trusted = Trusted(config.trust, environment=environment, clock=clock)
    protector = Protector(Marks(config.back_font, Printers(config.printers)), own_signer, clock)
    return Parts(
        config=config,
        clock=clock,
        signer=own_signer,
        pool=pool,
        trusted=trusted,
        sealing=SealingKeys(
            kek=load_key(config.kek),
            environment=environment.value,
            transaction_seconds=config.lifetimes.opened + config.lifetimes.applying,
        ),
        pseudonyms=Pseudonyms(load_key(config.pseudonym_key), environment.value),
        refuser=Refuser(own_signer, clock),
        lines=lines,
        menus=Menus(lines=lines, trusted=trusted, clock=clock, refresh_seconds=config.lifetimes.menu_refresh),
        protect=make_protect(protector),
        process=process,
    )


def ready_check(parts: Parts) -> Callable[[], Awaitable[None]]:
    """`/ready`: the trust list is alive and the database answers; an ec sends kiosks to ready replicas only."""

    async def ready() -> None:
        parts.trusted.current()
        await answers(parts.pool)

    return ready

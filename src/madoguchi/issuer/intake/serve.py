"""The intake's process: packages and stops come in, jukinet's list is pulled, old years go. No composer, no fonts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from starlette.applications import Starlette

from madoguchi.errors import MadoguchiError
from madoguchi.issuer.feed import FeedSecrets, FeedTaker
from madoguchi.issuer.intake.config import IntakeConfig
from madoguchi.issuer.intake.dropping import DropDirectory, is_open
from madoguchi.issuer.intake.endpoints import Service
from madoguchi.issuer.problems import NOT_CONFIGURED
from madoguchi.issuer.registry import AsksJukinet, JukinetLine, Registry
from madoguchi.issuer.secrets_at_rest import Pseudonyms, read_key
from madoguchi.issuer.starting import database_of, jukinet_url, refuse_other_keys, standing_of
from madoguchi.issuer.store import retention
from madoguchi.issuer.store.generations import PATIENT_SECONDS, alone_loading
from madoguchi.issuer.store.index import BlindIndex
from madoguchi.issuer.store.problems import INTAKE_ROLE
from madoguchi.issuer.trusted import TrustSource
from madoguchi.runtime import log
from madoguchi.runtime.caller import Caller
from madoguchi.runtime.clock import JST, Clock
from madoguchi.runtime.database import Connection, Pool, connect, transaction
from madoguchi.runtime.endpoint import application
from madoguchi.runtime.lock import ProcessLock
from madoguchi.runtime.schema import migrations_of, refuse_other_schema
from madoguchi.runtime.server import Listener, serve
from madoguchi.runtime.standing import Stands
from madoguchi.wire.identifiers import Environment

_PULL_AGAIN_SECONDS: Final = 0.5
"""After a pull that failed: ward and registry server often start together, and a ward without a list is closed."""
_RETENTION_SECONDS: Final = 600.0
"""How often it is looked whether a day has begun; after a failure it is tried again as soon."""
PULL_FAILED = log.event("issuer.pull_failed", "code", "cause")
NOT_RETAINED = log.event("issuer.retention_failed", "code", "cause")
DROPPED = log.event("issuer.package_dropped", "sequence", "code")
NOT_LOOKED = log.event("issuer.drop_failed", "code", "cause")
RETAINED = log.event("issuer.retention_applied", "years")


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeParts:
    """What an intake is made of."""

    pool: Pool
    config: IntakeConfig
    feed: FeedTaker
    registry: Registry
    trust: TrustSource
    clock: Clock

    async def ready(self) -> None:
        """Raise while no package could be taken: list dead, database away, keys not the ward's, directory shut."""
        self.trust.current()
        async with transaction(self.pool) as connection:
            await refuse_other_keys(connection, self.config.data_keys)
        directory = self.config.drop_directory
        if directory is not None and not await asyncio.to_thread(is_open, directory):
            raise NOT_CONFIGURED.error("drop_directory: this process cannot read and write there")

    async def retain(self) -> tuple[retention.Deleted, ...]:
        """Delete the years that are over. Raises `issuer.feed_busy` and `issuer.not_deleted`."""
        async with alone_loading(self.pool, wait_seconds=PATIENT_SECONDS) as connection, connection.transaction():
            now = self.clock.now()
            return await retention.apply(connection, await kept_floors(connection, self.config, at=now), at=now)


async def kept_floors(connection: Connection, config: IntakeConfig, *, at: datetime) -> retention.Floors:
    """The oldest years that this configuration keeps."""
    return await retention.floors(connection, settings=config.retention, configured=config.menu, at=at)


async def serve_intake(config: IntakeConfig, *, lock: ProcessLock | None, clock: Clock) -> None:
    """Run until SIGTERM. Raises `issuer.not_configured`, `issuer.key_unusable`, `issuer.intake_role`, `runtime.*`."""
    database = database_of(config)
    if lock is None:
        raise NOT_CONFIGURED.error("state_dir")
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(connect(database, application_name=config.name))
        await refuse_other_schema(pool, migrations=migrations_of("issuer"))
        standing = await stack.enter_async_context(standing_of(config, pool=pool, lock=lock, clock=clock).kept())
        caller = await stack.enter_async_context(Caller(config))
        parts = await make_intake(config, pool=pool, line=JukinetLine(caller, url=jukinet_url(config)), clock=clock)
        app = make_app(parts, standing)
        share_port = config.environment is not Environment.PRODUCTION
        await serve([Listener(app=app, listen=config.listen, tls=config.tls, share_port=share_port)])


def make_app(parts: IntakeParts, standing: Stands) -> Starlette:
    """The application; a stranger takes nothing, and `/ready` says why."""
    return application(
        Service(parts.feed).endpoints(),
        config=parts.config,
        lifespan=lifespan_of(parts, standing),
        ready=parts.ready,
        require=standing.require,
    )


async def make_intake(config: IntakeConfig, *, pool: Pool, line: AsksJukinet, clock: Clock) -> IntakeParts:
    """Put an intake together. Raises `issuer.not_configured`, `issuer.key_unusable` and `issuer.intake_role`."""
    if config.trust is None:
        raise NOT_CONFIGURED.error("trust")
    async with transaction(pool) as connection:
        await _refuse_wrong_role(connection)
        await refuse_other_keys(connection, config.data_keys)
    trust = TrustSource(config.trust, environment=config.environment, clock=clock)
    secrets = FeedSecrets(
        kek_file=config.data_keys.kek,
        index_key=read_key(config.data_keys.index),
        pseudonyms=Pseudonyms(read_key(config.data_keys.pseudonyms)),
    )

    async def keeps(connection: Connection, at: datetime) -> int:
        return (await kept_floors(connection, config, at=at)).oldest

    return IntakeParts(
        pool=pool,
        config=config,
        feed=FeedTaker(
            pool=pool,
            ward=config.ward.code,
            trust=trust,
            secrets=secrets,
            keeps=keeps,
            clock=clock,
            workers=config.package_workers,
        ),
        registry=Registry(
            pool=pool,
            ward=config.ward.code,
            trust=trust,
            line=line,
            index=BlindIndex(secrets.index_key),
            clock=clock,
        ),
        trust=trust,
        clock=clock,
    )


async def _refuse_wrong_role(connection: Connection) -> None:
    cursor = await connection.execute("SELECT rolbypassrls AS passes FROM pg_roles WHERE rolname = current_user")
    row = await cursor.fetchone()
    if row is None or not row["passes"]:
        raise INTAKE_ROLE.error("BYPASSRLS is missing")


def lifespan_of(parts: IntakeParts, standing: Stands) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """Keep pulling jukinet's list, look at the drop directory, and let old years go once a day; a stranger waits."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        loops = [_keep_pulling(parts, standing), _keep_retaining(parts, standing)]
        if parts.config.drop_directory is not None:
            loops.append(_keep_looking(parts, standing, parts.config.drop_directory))
        tasks = [asyncio.create_task(loop) for loop in loops]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    return lifespan


async def _keep_pulling(parts: IntakeParts, standing: Stands) -> None:
    """Pull at start and every few seconds; after a failure soon again. When the list grows too old, issuing stops."""
    often = parts.config.feeds.pull_seconds
    while True:
        well = await _guarded(parts.registry.pull, PULL_FAILED, standing)
        await asyncio.sleep(often if well else min(often, _PULL_AGAIN_SECONDS))


async def _keep_looking(parts: IntakeParts, standing: Stands, directory: Path) -> None:
    """Take what was dropped. A package that is refused lies there with its report; what else fails is tried again."""
    drop = DropDirectory(directory, taker=parts.feed, require=standing.require)

    async def look() -> None:
        for each in await drop.look_once():
            log.get_log().info(DROPPED, sequence=each.sequence, code=each.code or None)

    while True:
        await _guarded(look, NOT_LOOKED, standing)
        await asyncio.sleep(parts.config.look_seconds)


async def _keep_retaining(parts: IntakeParts, standing: Stands) -> None:
    """Once on each Japanese calendar day, and some minutes after the start."""

    async def retain() -> None:
        years = len(await parts.retain())
        if years:
            log.get_log().info(RETAINED, years=years)

    done: date | None = None
    while True:
        await asyncio.sleep(_RETENTION_SECONDS)
        today = parts.clock.now().astimezone(JST).date()
        if today != done and await _guarded(retain, NOT_RETAINED, standing):
            done = today


async def _guarded(work: Callable[[], Awaitable[object]], failed: str, standing: Stands) -> bool:
    """Whether it went well; a failure is told, and the loop lives. A stranger waits until it may."""
    if not standing.may_serve():
        await standing.until_good()
    try:
        standing.require()
        await work()
    except MadoguchiError as error:
        log.get_log().warning(failed, code=error.code, cause=error.cause if error.cause.isascii() else "")
        return False
    except Exception as error:  # the loop must live
        log.get_log().error(failed, code=type(error).__name__, cause=log.place_of(error))
        return False
    return True

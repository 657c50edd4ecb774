"""The issuing server's process: one replica of several on one database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from typing import Final

from starlette.applications import Starlette

from madoguchi import custody
from madoguchi.certificate.checking import check_layout
from madoguchi.certificate.compose import Composer
from madoguchi.certificate.fonts import FontSet
from madoguchi.certificate.setting import Setter
from madoguchi.issuer import issuances
from madoguchi.issuer.afterwards import Afterwards
from madoguchi.issuer.clerk import Clerk
from madoguchi.issuer.composing import MakesCertificates, WardComposer, WardFacts
from madoguchi.issuer.config import IssuerConfig
from madoguchi.issuer.endpoints import Service
from madoguchi.issuer.outcomes import Outcomes
from madoguchi.issuer.parts import Parts
from madoguchi.issuer.problems import NOT_CONFIGURED
from madoguchi.issuer.reading_cases import CaseReader
from madoguchi.issuer.registry import AsksJukinet, JukinetLine, Registry
from madoguchi.issuer.secrets_at_rest import Pseudonyms, read_key
from madoguchi.issuer.starting import database_of, jukinet_url, refuse_other_keys, standing_of
from madoguchi.issuer.store.index import BlindIndex
from madoguchi.issuer.store.keys import KeyRing
from madoguchi.issuer.trusted import TrustSource
from madoguchi.paper.qr import Modules, draw_code
from madoguchi.runtime import log
from madoguchi.runtime.caller import Caller
from madoguchi.runtime.clock import Clock
from madoguchi.runtime.config import refuse_stranger
from madoguchi.runtime.database import Pool, connect, transaction
from madoguchi.runtime.endpoint import application
from madoguchi.runtime.fonts import find_fonts
from madoguchi.runtime.lock import ProcessLock
from madoguchi.runtime.party import signer
from madoguchi.runtime.schema import migrations_of, refuse_other_schema
from madoguchi.runtime.server import Listener, serve
from madoguchi.runtime.standing import Stands
from madoguchi.statement import Role
from madoguchi.trust.own import refuse_unlisted
from madoguchi.wire.identifiers import Environment

MakeComposer = Callable[[MakesCertificates], MakesCertificates]
"""Replaces the composer around the real one; for test processes that play a ward whose composer errs."""

FRONT_CODE_KEY: Final = "front_code"
_KEYS_SECONDS: Final = 60.0
"""How long this process remembers a data key that was destroyed."""
KEYS_NOT_READ = log.event("issuer.keys_not_read", "kind", "place")
SETTLED = log.event("issuer.settled_dead", "receipts", "claims")


def _unchanged(real: MakesCertificates) -> MakesCertificates:
    return real


async def serve_issuer(
    config: IssuerConfig, *, lock: ProcessLock | None, clock: Clock, make_composer: MakeComposer = _unchanged
) -> None:
    """Run until SIGTERM. Raises `issuer.not_configured`, `issuer.key_unusable`, `runtime.*`, `trust.*` at start."""
    database = database_of(config)
    if lock is None:
        raise NOT_CONFIGURED.error("state_dir")
    if database.owner_url is not None:
        from madoguchi.runtime.migrate import migrate  # Alembic is loaded only where a party migrates itself

        await asyncio.to_thread(migrate, "issuer", database.owner_url)
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(connect(database, application_name=config.name))
        await refuse_other_schema(pool, migrations=migrations_of("issuer"))
        standing = await stack.enter_async_context(standing_of(config, pool=pool, lock=lock, clock=clock).kept())
        caller = await stack.enter_async_context(Caller(config))
        parts = await make_parts(
            config,
            pool=pool,
            line=JukinetLine(caller, url=jukinet_url(config)),
            clock=clock,
            process=bytes.fromhex(lock.incarnation),
            require=standing.require,
            typesetter=await asyncio.to_thread(lambda: typesetter_of(config)),
            make_composer=make_composer,
        )
        refuse_stranger(config, party="issuer")  # once more: layouts that changed since `begin` are not those declared
        outcomes = Outcomes(pool=pool, config=config, trust=parts.trust, clock=clock)
        service = Service(parts, outcomes=outcomes)
        app = application(
            service.endpoints(),
            config=config,
            lifespan=lifespan_of(parts, standing),
            ready=service.ready,
            require=standing.require,
            measure=service.measure,
        )
        app.add_middleware(Afterwards)
        share_port = config.environment is not Environment.PRODUCTION
        await serve([Listener(app=app, listen=config.listen, tls=config.tls, share_port=share_port)])


def typesetter_of(config: IssuerConfig, *, draw: Callable[[bytes], Modules] = draw_code) -> Composer:
    """The composer with the ward's fonts, layouts, and what stands on every paper: who certifies. About a second.

    Raises `certificate.layout_invalid` with file and line, also for a value or a word that no paper could carry.
    """
    constants = "".join(f"{term.title}　{term.name}{term.seal_text}" for term in config.paper.authorities)
    fonts, layouts = FontSet(config.paper.fonts or find_fonts()), config.own_layouts()
    setter = Setter(fonts)
    for layout in layouts:
        check_layout(layout, setter)
    return Composer(fonts, layouts, constants=constants, draw=draw)


async def make_parts(
    config: IssuerConfig,
    *,
    pool: Pool,
    line: AsksJukinet,
    clock: Clock,
    process: bytes,
    require: Callable[[], None],
    typesetter: Composer,
    make_composer: MakeComposer = _unchanged,
) -> Parts:
    """Put a replica together.

    Raises `issuer.not_configured`, `issuer.key_unusable`, `statement.token_*`, and `trust.*` for a list that is not
    alive or does not hold the keys of this replica.
    """
    if config.trust is None or "default" not in config.key_roles:
        raise NOT_CONFIGURED.error("trust, signing_keys.default")
    ward = config.ward.code
    index, keys = BlindIndex(read_key(config.data_keys.index)), KeyRing(config.data_keys.kek)
    pseudonyms = Pseudonyms(read_key(config.data_keys.pseudonyms))
    async with transaction(pool) as connection:
        await refuse_other_keys(connection, config.data_keys)
        await keys.refresh(connection)
    trust = TrustSource(config.trust, environment=config.environment, clock=clock)
    front_key = FRONT_CODE_KEY if FRONT_CODE_KEY in config.key_roles else "default"
    own, front = signer(config, code=ward), signer(config, code=ward, key=front_key)
    refuse_unlisted(own, trust.current().keys, roles=(Role.ISSUE, Role.REFUSE, Role.MENU), at=clock.now())
    refuse_unlisted(front, trust.current().keys, roles=(Role.FRONT_CODE,), at=clock.now())
    facts = WardFacts(ward=config.ward, paper=config.paper, layouts=typesetter.layouts)
    composer = WardComposer(typesetter, facts=facts, signer=front)
    return Parts(
        pool=pool,
        config=config,
        trust=trust,
        registry=Registry(pool=pool, ward=ward, trust=trust, line=line, index=index, clock=clock),
        cases=CaseReader(config=config, keys=keys, index=index),
        composer=make_composer(composer),
        clerk=Clerk(pool=pool, keys=keys, index=index, config=config),
        signer=own,
        pseudonyms=pseudonyms,
        keys=keys,
        clock=clock,
        process=process,
        require=require,
    )


def lifespan_of(parts: Parts, standing: Stands) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """Settle what died with earlier runs of this replica, then keep house; a stranger does neither."""

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

    return lifespan


async def _keep_house(parts: Parts, standing: Stands, *, settled: bool) -> None:
    if not settled:
        await standing.until_good()
        await settle_dead(parts)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(parts.loose_ends.keep())
        tasks.create_task(_keep_reading_keys(parts))


async def settle_dead(parts: Parts) -> None:
    """Under the process lock: plaintext of earlier runs ended with them, and what they had claimed has failed."""
    async with transaction(parts.pool) as connection:
        claims = await issuances.settle_dead(connection, replica=parts.config.name, process=parts.process)
        receipts = await custody.settle_dead(connection, holder=parts.config.name, process=parts.process)
    log.get_log().info(SETTLED, receipts=receipts, claims=claims)


async def _keep_reading_keys(parts: Parts) -> None:
    """A key that was destroyed is forgotten here too, within a minute."""
    while True:
        await asyncio.sleep(_KEYS_SECONDS)
        try:
            async with transaction(parts.pool) as connection:
                await parts.keys.refresh(connection)
        except Exception as error:  # the loop must live; a key that is needed is read when it is needed
            log.get_log().warning(KEYS_NOT_READ, kind=type(error).__name__, place=log.place_of(error))

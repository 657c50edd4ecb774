"""The registry server's process: pages of its list, and an answer on the spot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from madoguchi.jukinet import registry
from madoguchi.jukinet.config import JukinetConfig
from madoguchi.jukinet.problems import BAD_POSITION
from madoguchi.runtime.clock import Clock, epoch
from madoguchi.runtime.config import Database
from madoguchi.runtime.database import Pool, answers, connect, transaction
from madoguchi.runtime.endpoint import Call, Endpoint, application
from madoguchi.runtime.party import signer
from madoguchi.runtime.schema import migrations_of, refuse_other_schema
from madoguchi.runtime.server import Listener, serve
from madoguchi.statement.kinds import SERIAL_ANSWER, SERIAL_PAGE
from madoguchi.wire.codec import encode
from madoguchi.wire.feed import SerialAnswer, SerialPage, SerialQuestion
from madoguchi.wire.identifiers import sha256

_LIST = frozenset({"intake"})
_QUESTION = frozenset({"issuer"})


class Jukinet:
    """What the registry server answers. Every answer is signed for its ward."""

    def __init__(self, config: JukinetConfig, *, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._signer = signer(config, code=config.ward)
        self._pool: Pool | None = None

    @asynccontextmanager
    async def lifespan(self, database: Database) -> AsyncIterator[None]:
        """Hold the connections while the process serves."""
        async with connect(database, application_name=self._config.name) as pool:
            await refuse_other_schema(pool, migrations=migrations_of("jukinet"))
            self._pool = pool
            yield

    def endpoints(self) -> tuple[Endpoint, ...]:
        """The wire contract of the registry server."""
        return (
            Endpoint(
                method="GET",
                path="/v1/serials",
                handler=self._page,
                callers=_LIST,
                answer=bytes,
                summary="Entries that changed after a position (query `after`), as a signed page",
                problems=(BAD_POSITION,),
            ),
            Endpoint(
                method="POST",
                path="/v1/serial",
                handler=self._answer,
                callers=_QUESTION,
                request=SerialQuestion,
                answer=bytes,
                summary="Whose certificate is this? A signed answer that names the question",
            ),
        )

    @property
    def pool(self) -> Pool:
        """The connections; only while serving."""
        if self._pool is None:
            raise AssertionError
        return self._pool

    async def _page(self, call: Call[None]) -> bytes:
        after = call.query.get("after", "0")
        if not (after.isascii() and after.isdecimal() and len(after) < 19):  # noqa: PLR2004 - fits a bigint
            raise BAD_POSITION.error()
        async with transaction(self.pool) as connection:
            entries, position, complete = await registry.page(connection, after=int(after))
        body = SerialPage(
            ward=self._config.ward,
            entries=entries,
            position=position,
            complete=complete,
            at=epoch(self._clock.now()),
        )
        return self._signer.sign(SERIAL_PAGE, body)

    async def _answer(self, call: Call[SerialQuestion]) -> bytes:
        question = call.body
        async with transaction(self.pool) as connection:
            entry = await registry.find(connection, ca_key_digest=question.ca_key_digest, serial=question.serial)
        body = SerialAnswer(
            ward=self._config.ward,
            question_digest=sha256(encode(question)),
            entry=entry,
            at=epoch(self._clock.now()),
        )
        return self._signer.sign(SERIAL_ANSWER, body)


async def serve_jukinet(config: JukinetConfig, *, database: Database, clock: Clock) -> None:
    """Run until SIGTERM."""
    jukinet = Jukinet(config, clock=clock)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with jukinet.lifespan(database):
            yield

    app = application(jukinet.endpoints(), config=config, lifespan=lifespan, ready=lambda: answers(jukinet.pool))
    await serve([Listener(app=app, listen=config.listen, tls=config.tls)])

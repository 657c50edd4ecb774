"""A small world around one ward: real keys, a real card authority, real cards, real PostgreSQL, a registry by hand."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from madoguchi.card import VirtualCard
from madoguchi.errors.problem import MadoguchiError
from madoguchi.issuer.composing import Composed, MakesCertificates, Order
from madoguchi.issuer.feed import FeedTaker
from madoguchi.issuer.intake.serve import IntakeParts, make_intake
from madoguchi.issuer.issuing import Issuing
from madoguchi.issuer.outcomes import Outcomes
from madoguchi.issuer.parts import Parts
from madoguchi.issuer.serve import MakeComposer, make_parts
from madoguchi.records import Resident
from madoguchi.runtime.clock import FrozenClock
from madoguchi.runtime.cluster import Cluster
from madoguchi.runtime.config import Database
from madoguchi.runtime.database import Pool, connect, transaction
from madoguchi.runtime.provision import PartyDatabase
from madoguchi.wire.transaction import (
    IssueAnswer,
)
from tests.issuer.around import Jukinet, Street, Tax, Visit
from tests.issuer.kit import Kit
from tests.issuer.people import CLEARED, HANAKO, NOW, OPERATOR, PIN, TARO, tax_of, terms_of
from tests.runtime.standing import AtEase

__all__ = [
    "CLEARED",
    "HANAKO",
    "NOW",
    "OPERATOR",
    "PIN",
    "TARO",
    "Bent",
    "Jukinet",
    "Kit",
    "Replica",
    "Street",
    "Tax",
    "Visit",
    "World",
    "bent",
    "meanwhile",
    "of",
    "party_database",
    "tax_of",
    "terms_of",
    "world_on",
]


@dataclass(slots=True)
class Replica:
    """One issuer on the ward's database and an intake beside it, without the network around them."""

    parts: Parts
    intake: IntakeParts
    outcomes: Outcomes
    issuing: Issuing

    @classmethod
    async def make(cls, world: World, name: str, make_composer: MakeComposer, **changes: Any) -> Replica:
        config = world.kit.config(name, database=world.database, **changes)
        parts = await make_parts(
            config,
            pool=world.pool,
            line=world.jukinet,
            clock=world.clock,
            process=secrets.token_bytes(16),
            require=world.standing.require,
            typesetter=world.kit.typesetter,
            make_composer=make_composer,
        )
        outcomes = Outcomes(pool=world.pool, config=config, trust=parts.trust, clock=world.clock)
        return cls(parts, await world.intake(), outcomes, Issuing(parts))

    @property
    def feed(self) -> FeedTaker:
        return self.intake.feed

    async def issue(self, request: bytes) -> IssueAnswer:
        """Answer, then do what is done after the answer was sent: as in the server, its failure changes no answer."""
        later: list[Callable[[], Awaitable[None]]] = []
        answer = await self.issuing.issue(request, later=later.append)
        for task in later:
            with suppress(MadoguchiError):  # it is a loose end by now
                await task()
        return answer


@dataclass(slots=True)
class World:
    """A ward with its database, and everybody around it."""

    kit: Kit
    pool: Pool
    """Of the serving role."""
    intake_pool: Pool
    owner_pool: Pool
    """The tests look at everything."""
    database: Database
    intake_database: Database
    clock: FrozenClock
    jukinet: Jukinet = field(init=False)
    tax: Tax = field(init=False)
    street: Street = field(init=False)
    sequence: int = 0
    standing: AtEase = field(default_factory=AtEase)

    def __post_init__(self) -> None:
        self.jukinet = Jukinet(self.kit, self.clock)
        self.tax = Tax(self.kit, self.clock)
        self.street = Street(self.kit, self.clock)

    async def replica(
        self, name: str = "issuer-1", *, make_composer: MakeComposer = lambda real: real, **changes: Any
    ) -> Replica:
        return await Replica.make(self, name, make_composer, **changes)

    async def intake(self, name: str = "intake-1", **changes: Any) -> IntakeParts:
        config = self.kit.intake_config(name, database=self.intake_database, **changes)
        return await make_intake(config, pool=self.intake_pool, line=self.jukinet, clock=self.clock)

    async def open(self, replica: Replica, *people: Resident, cards: Mapping[str, VirtualCard] | None = None) -> None:
        """Load these people with a paid year 2026 each, and list their cards."""
        await self.load(
            replica,
            residents=people,
            taxes=[tax_of(person) for person in people],
            instalments=[terms_of(person) for person in people],
        )
        by_number = {person.addressee_number: person for person in people}
        self.jukinet.listed += [self.kit.entry(card, by_number[number]) for number, card in (cards or {}).items()]
        await replica.intake.registry.pull()

    async def load(self, replica: Replica, **rows: Any) -> None:
        """The next package."""
        self.sequence += 1
        package = self.tax.package(sequence=self.sequence, **rows)
        await replica.feed.package(package)

    async def table(self, name: str) -> str:
        """Where rows of `persons`, `records` or `instalments` lie that are in force."""
        return f"{name}_{(await self.one('SELECT slot FROM feeds WHERE slot IS NOT NULL'))['slot']}"

    async def in_force(self, table: str) -> list[dict[str, Any]]:
        """Everything of the generation in force: `persons`, `records` or `instalments`."""
        return await self.all(f"SELECT * FROM {await self.table(table)} ORDER BY person")

    async def one(self, query: str, *arguments: object) -> dict[str, Any]:
        async with transaction(self.owner_pool) as connection:
            cursor = await connection.execute(query, arguments)
            row = await cursor.fetchone()
        assert row is not None
        return row

    async def all(self, query: str, *arguments: object) -> list[dict[str, Any]]:
        async with transaction(self.owner_pool) as connection:
            cursor = await connection.execute(query, arguments)
            return await cursor.fetchall()

    async def refusal_of(self, visit: Visit) -> str:
        row = await self.one("SELECT refusal FROM issuances WHERE transaction = %s", visit.transaction)
        return str(row["refusal"])

    async def incidents(self) -> list[str]:
        return [row["code"] for row in await self.all("SELECT code FROM incidents ORDER BY id")]


class Bent:
    """A composer that does something else around the real one."""

    def __init__(self, real: MakesCertificates, bend: Callable[[MakesCertificates, Order], Composed]) -> None:
        self._real = real
        self._bend = bend

    def compose(self, order: Order) -> Composed:
        return self._bend(self._real, order)


def bent(bend: Callable[[MakesCertificates, Order], Composed]) -> MakeComposer:
    """A maker of composers that bend."""
    return lambda real: Bent(real, bend)


def meanwhile(loop: asyncio.AbstractEventLoop, work: Callable[[], Awaitable[object]]) -> MakeComposer:
    """A composer that is slow: `work` is done, and committed, after it has composed and before it returns."""

    def bend(real: MakesCertificates, order: Order) -> Composed:
        composed = real.compose(order)

        async def done() -> None:
            await work()

        asyncio.run_coroutine_threadsafe(done(), loop).result(timeout=20)
        return composed

    return bent(bend)


def of(order: Order, person: Resident) -> Order:
    """The same order for another person's rows."""
    columns = msgspec.structs.replace(
        order.person.columns,
        addressee_number=person.addressee_number,
        name=person.name,
        birth_date=person.birth_date,
        address=person.address,
        sex=person.sex,
    )
    return replace(
        order,
        person=replace(order.person, columns=columns),
        record=msgspec.structs.replace(order.record, addressee_number=person.addressee_number),
    )


@asynccontextmanager
async def world_on(kit: Kit, made: PartyDatabase, *, clock: FrozenClock) -> AsyncIterator[World]:
    """A ward on this database, with the connections of its three roles."""
    database, intake = Database(url=made.url, owner_url=made.owner_url), Database(url=made.others["intake"])
    async with (
        connect(database) as pool,
        connect(intake) as intake_pool,
        connect(Database(url=made.owner_url)) as owner_pool,
    ):
        yield World(kit, pool, intake_pool, owner_pool, database, intake, clock)


def party_database(cluster: Cluster, name: str) -> PartyDatabase:
    """An empty database with the roles of an issuing server."""
    made = cluster.add_party(name)
    return replace(made, others={"intake": cluster.add_bulk_role(name, "intake")})

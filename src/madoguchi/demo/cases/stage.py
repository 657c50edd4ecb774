"""A running deployment whose staff do what a case wants: each through the functions that their own commands call."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from msgspec.structs import replace

from madoguchi.card import Token, save_card
from madoguchi.center.config import CenterConfig
from madoguchi.demo.problems import NOT_STARTED
from madoguchi.demo.site import RunningSite
from madoguchi.demo.visitor import Visit, Visitor, Wish
from madoguchi.deployment.cards import card_of, current_serials
from madoguchi.issuer import offers, stopping
from madoguchi.issuer.config import FeedLimits, IssuerConfig
from madoguchi.issuer.intake.config import IntakeConfig
from madoguchi.issuer.secrets_at_rest import Pseudonyms, read_key
from madoguchi.issuer.stopping import Decision
from madoguchi.issuer.store.index import BlindIndex
from madoguchi.issuer.store.visible import show_person
from madoguchi.jpki import registry as jpki_registry
from madoguchi.jpki.loading import registrations
from madoguchi.jukinet import registry as jukinet_registry
from madoguchi.kiosk.config import KioskConfig
from madoguchi.records import CaGeneration, CardSerial, Medium, SerialStatus
from madoguchi.runtime.clock import JST
from madoguchi.runtime.config import Database, PartyConfig, declare, load_config, write_config
from madoguchi.runtime.database import Connection, connect, transaction
from madoguchi.runtime.party import signer
from madoguchi.tax import outbox
from madoguchi.tax.config import TaxConfig

FISCAL_YEAR: Final = 2026
FEED_SECONDS: Final = 20
"""How old the ward lets both feeds become here: an outage is shown within this time."""
STAFF: Final = Decision(by="Demo Clerk", second="Demo Chief", reason="demonstration of a refusal")
SETTLE_SECONDS: Final = 4.0
"""Until whoever calls a restarted party has seen that it is back."""
_WAIT_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 0.1
T = TypeVar("T")
ConfigT = TypeVar("ConfigT", bound=PartyConfig)


def for_cases(config: PartyConfig) -> PartyConfig:
    """The demonstration's settings in which every rule can be shown: short feed limits, unpaid refused.

    Center and kiosks keep the menu that they saw first, as a kiosk does for minutes: what the ward changes meanwhile is
    refused by the ward.
    """
    match config:
        case IssuerConfig():
            feeds = FeedLimits(tax_seconds=FEED_SECONDS, jukinet_seconds=FEED_SECONDS, pull_seconds=0.5)
            return replace(config, feeds=feeds, unpaid="refuse_if_overdue")
        case IntakeConfig():
            return replace(config, feeds=replace(config.feeds, pull_seconds=0.5))
        case TaxConfig():
            return replace(config, heartbeat_seconds=1.0)
        case CenterConfig():
            return replace(config, lifetimes=replace(config.lifetimes, menu_refresh=1800.0))
        case KioskConfig():
            return replace(config, timeouts=replace(config.timeouts, card=150.0, refresh=1800.0))
        case _:
            return config


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCard:
    """A card made for a case, and how the register lists it."""

    name: str
    row: CardSerial


class _Holding(Visitor):
    """Comes to the amount, and waits there."""

    def __init__(self, page_url: str) -> None:
        super().__init__(page_url)
        self.there = asyncio.Event()

    async def _act(self, shown: dict[str, Any], wish: Wish) -> None:
        if shown["name"] == "amount":
            self.there.set()
        else:
            await super()._act(shown, wish)


@dataclass(slots=True)
class Stage:
    """The deployment, and whoever works at its parties."""

    site: RunningSite
    made: NewCard | None = None
    """The card that this case has made."""
    holding: _Holding | None = None
    """Who stands at another kiosk."""
    _visiting: asyncio.Task[Visit] | None = None

    # -- people and cards

    def number(self, who: str) -> str:
        """The 宛名番号 of a named case of the dummy ward."""
        return next(each.addressee_number for each in self.site.holders if each.card == who)

    async def new_card(
        self, number: str, *, at_jukinet: bool = True, at_jpki: bool = True, token: Token = Token.PLASTIC
    ) -> NewCard:
        """A fresh card or phone of somebody: a new serial, entered at jukinet and at the card authority, or not."""
        today = _today()
        row = CardSerial(
            addressee_number=number,
            ca_generation=CaGeneration.G2,
            serial=f"{secrets.randbits(126) | 1 << 126:X}",
            medium=Medium.PHONE if token.is_phone else Medium.CARD,
            status=SerialStatus.VALID,
            valid_from=today - timedelta(days=30),
            valid_until=today + timedelta(days=1500),
        )
        name = f"new-{row.serial[-6:].lower()}"
        card = await asyncio.to_thread(card_of, self.site.site.identities.authority, row, token=token)
        save_card(card, self.site.site.cards / f"{name}.json")
        if at_jukinet:
            await self.list_at_jukinet(row)
        if at_jpki:
            await self.at("jpki", lambda connection: jpki_registry.load(connection, registrations([row])))
        self.made = NewCard(name=name, row=row)
        return self.made

    async def list_at_jukinet(self, row: CardSerial, **changes: Any) -> None:
        """jukinet lists a certificate, or lists it otherwise; the issuing servers have learned of it afterwards."""
        digests = jukinet_registry.generations(self.site.trust)
        changed = msgspec.structs.replace(row, **changes)
        await self.at("jukinet", lambda connection: jukinet_registry.enter(connection, [changed], digests=digests))
        position = await self.at("jukinet", _position)
        await self.until(lambda: self._sequence_is(position))

    def serial(self, who: str) -> CardSerial:
        """What a person of the dummy ward holds."""
        return current_serials(self.site.records)[self.number(who)]

    # -- the ward's staff

    async def offer(self, change: offers.Change) -> None:
        """The ward changes what it offers."""
        menu = self.issuer.menu
        await self.at(
            "issuer",
            lambda connection: offers.change_offer(
                connection, menu, change, by=STAFF.by, what="case", reason=STAFF.reason, at=now()
            ),
        )

    async def offer_as_configured(self) -> None:
        """The ward offers again what its configuration says."""
        menu = self.issuer.menu
        await self.offer(lambda offer: replace(menu, revision=offer.revision))

    async def suspend_record(self, who: str) -> None:
        """The ward stops one record."""
        await self._change_record(stopping.suspend_record, who)

    async def resume_record(self, who: str) -> None:
        """The ward issues of that record again."""
        await self._change_record(stopping.resume_record, who)

    async def _change_record(self, change: Callable[..., Awaitable[bool]], who: str) -> None:
        number, pseudonyms = self.number(who), self._keys()
        index = BlindIndex(read_key(self.issuer.data_keys.index))
        await self.at("issuer", lambda each: change(each, number, STAFF, index=index, pseudonyms=pseudonyms, at=now()))

    async def tax_stop(self, who: str, stop: outbox.Stop, *, stopped: bool) -> None:
        """The tax system sends a stop notice, or lifts it; it is in force afterwards."""
        config, number = self.config("tax-1", TaxConfig), self.number(who)
        by = signer(config, code=config.ward)
        await self.at(
            "tax",
            lambda connection: outbox.make_stop(
                connection, number, stop=stop, stopped=stopped, signer=by, ward=config.ward, at=now()
            ),
        )

        person = BlindIndex(read_key(self.issuer.data_keys.index)).person(number)

        async def look(connection: Connection) -> bool:
            await show_person(connection, person)
            query = "SELECT FROM stops WHERE person = %s AND stop = %s AND stopped = %s"
            cursor = await connection.execute(query, (person, stop, stopped))
            return cursor.rowcount > 0

        async def in_force() -> bool:
            return await self.at("issuer", look)

        await self.until(in_force)

    # -- processes

    def stop(self, *names: str) -> None:
        """A party dies."""
        for name in names:
            self.site.processes.kill(name)

    async def start(self, *names: str) -> None:
        """It comes back. Not from a thread: a child dies with the thread that started it."""
        for name in names:
            self.site.processes.start(next(each for each in self.site.site.plan.processes if each.name == name))
        await asyncio.to_thread(self.site.processes.wait_ready, names)

    async def reconfigure(self, party: str, change: Callable[[PartyConfig], PartyConfig], kind: type[ConfigT]) -> None:
        """Every replica of a party is restarted with another configuration."""
        names = [each.name for each in self.site.site.plan.of(party)]
        self.stop(*names)
        for name in names:
            made = declare(change(self.config(name, kind)))
            write_config(made, self._file(name))
        await self.start(*names)
        await asyncio.sleep(SETTLE_SECONDS)

    async def hold_at_the_amount(self, kiosk: str, wish: Wish) -> None:
        """Somebody stands at another kiosk with the checked paper before them, and does not pay."""
        self.holding = _Holding(self.site.page_url(kiosk))
        await self.holding.__aenter__()
        self._visiting = asyncio.create_task(self.holding.take_certificate(wish))
        async with asyncio.timeout(_WAIT_SECONDS):
            await self.holding.there.wait()

    async def let_go(self) -> None:
        """They stop, and leave."""
        if self.holding is not None and self._visiting is not None:
            await self.holding.touch("amount", "stop")
            await self._visiting
            await self.holding.__aexit__(None, None, None)

    async def feed_is_old(self, feed: str) -> None:
        """Wait until what came from a party is older than the ward's limit."""
        await self.until(lambda: self._feed_is(feed, older=True))

    async def feed_is_fresh(self, feed: str) -> None:
        """Wait until it is not."""
        await self.until(lambda: self._feed_is(feed, older=False))

    # -- how it is done

    @property
    def issuer(self) -> IssuerConfig:
        """The ward's configuration."""
        return self.config("issuer-1", IssuerConfig)

    def config(self, name: str, kind: type[ConfigT]) -> ConfigT:
        """The configuration of one process."""
        return load_config(self._file(name), kind)

    async def at(self, party: str, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Do `work` in one transaction of a party's database, as its serving role."""
        database = Database(url=self.site.site.databases[party].url)
        async with connect(database) as pool, transaction(pool) as connection:
            return await work(connection)

    async def ask(self, party: str, query: str, *arguments: object) -> list[dict[str, Any]]:
        """Rows of a party's database."""

        async def work(connection: Connection) -> list[dict[str, Any]]:
            cursor = await connection.execute(query.encode(), arguments)
            return list(await cursor.fetchall())

        return await self.at(party, work)

    async def until(self, what: Callable[[], Awaitable[bool]]) -> None:
        """Wait until something is so. Raises `demo.not_started` after a minute."""
        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                while not await what():  # noqa: ASYNC110 - other processes tell no event
                    await asyncio.sleep(_LOOK_SECONDS)
        except TimeoutError:
            raise NOT_STARTED.error("a case could not be prepared within a minute") from None

    async def _feed_is(self, feed: str, *, older: bool) -> bool:
        (row,) = await self.ask("issuer", "SELECT as_of FROM feeds WHERE feed = %s", feed)
        # A second more than the limit, or well within it: the refusal is judged a moment later.
        limit = timedelta(seconds=FEED_SECONDS + 1 if older else FEED_SECONDS // 2)
        return (now() - row["as_of"] > limit) is older

    async def _sequence_is(self, position: int) -> bool:
        (row,) = await self.ask("issuer", "SELECT sequence FROM feeds WHERE feed = 'jukinet'")
        return bool(row["sequence"] >= position)

    def _file(self, name: str) -> Path:
        process = next(each for each in self.site.site.plan.processes if each.name == name)
        return self.site.site.config_file(process)

    def _keys(self) -> Pseudonyms:
        return Pseudonyms(read_key(self.issuer.data_keys.pseudonyms))


async def _position(connection: Connection) -> int:
    cursor = await connection.execute("SELECT coalesce(max(position), 0) AS last FROM serials")
    row = await cursor.fetchone()
    return int(row["last"]) if row else 0


def now() -> datetime:
    """The present moment: cases are played on the real clock."""
    return datetime.now(UTC)


def _today() -> date:
    return now().astimezone(JST).date()

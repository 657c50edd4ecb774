"""Which card belongs to whom: jukinet's list, pulled piece by piece, and a question on the spot for an unknown card.

What we know is always as old as the `at` of the last complete list, signed by jukinet; our own clock does not make it
younger. A pair of CA key and serial that comes with a second person is ambiguous from then on, and refused.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Final, Protocol

from madoguchi.issuer.case import Pair
from madoguchi.issuer.feed import SKEW
from madoguchi.issuer.kept import incident
from madoguchi.issuer.problems import FEED_TIME, REGISTRY_ANSWER, SERIAL_AMBIGUOUS
from madoguchi.issuer.receiving_problems import REGISTRY_UNREACHABLE
from madoguchi.issuer.store.index import BlindIndex
from madoguchi.issuer.store.visible import before_commit, show_serial
from madoguchi.issuer.trusted import TrustSource
from madoguchi.runtime.caller import Caller, CallError
from madoguchi.runtime.clock import Clock
from madoguchi.runtime.database import Connection, Pool, transaction
from madoguchi.statement import verify
from madoguchi.statement.kinds import SERIAL_ANSWER, SERIAL_PAGE
from madoguchi.wire.codec import encode
from madoguchi.wire.feed import SerialEntry, SerialPage, SerialQuestion
from madoguchi.wire.identifiers import sha256

ASK_SECONDS: Final = 3.0
"""A question on the spot is answered within this time, or the resident tries later."""
PULL_SECONDS: Final = 10.0
_NONCE_OCTETS: Final = 16
_MAX_PAGES: Final = 10_000


class AsksJukinet(Protocol):
    """The line to the registry server; both answers are signed statements."""

    async def page(self, *, after: int) -> bytes:
        """The list from a position on."""
        ...

    async def question(self, question: SerialQuestion) -> bytes:
        """Whose certificate is this?"""
        ...


class JukinetLine:
    """The line over mutual TLS."""

    def __init__(self, caller: Caller, *, url: str) -> None:
        self._caller = caller
        self._url = url

    async def page(self, *, after: int) -> bytes:
        """`GET /v1/serials?after=N`."""
        return await self._caller.get(self._url, f"/v1/serials?after={after}", answer=bytes, timeout=PULL_SECONDS)

    async def question(self, question: SerialQuestion) -> bytes:
        """`POST /v1/serial`."""
        return await self._caller.post(self._url, "/v1/serial", question, answer=bytes, timeout=ASK_SECONDS)


class Registry:
    """Keeps `serials` in step with jukinet: the intake pulls the list, a serving replica asks about one card."""

    def __init__(
        self, *, pool: Pool, ward: str, trust: TrustSource, line: AsksJukinet, index: BlindIndex, clock: Clock
    ) -> None:
        self._pool = pool
        self._ward = ward
        self._trust = trust
        self._line = line
        self._index = index
        self._clock = clock

    async def pull(self) -> None:
        """Take everything since the last position. Raises what the line, a signature or the order gives rise to.

        Two replicas may pull at once: a page counts only from the position that is in force when it is applied.
        """
        for _ in range(_MAX_PAGES):
            after = await self._position()
            page = self._verified_page(await self._line.page(after=after), after=after)
            if await self._apply(page, after=after) and page.complete:
                return

    async def ask(self, pair: Pair) -> None:
        """Ask about one card and keep the answer, if there is one. Raises when there is no believable answer."""
        question = SerialQuestion(
            ca_key_digest=pair.ca_key_digest, serial=pair.serial, nonce=secrets.token_bytes(_NONCE_OCTETS)
        )
        try:
            raw = await self._line.question(question)
        except CallError as failure:
            raise REGISTRY_UNREACHABLE.error(failure.code) from failure
        now = self._clock.now()
        answer = verify(raw, SERIAL_ANSWER, keys=self._trust.current().keys, code=self._ward, at=now).body
        if answer.ward != self._ward or answer.question_digest != sha256(encode(question)):
            raise REGISTRY_ANSWER.error("of another ward or question")
        entry = answer.entry
        if entry is None:
            return
        if (entry.ca_key_digest, entry.serial) != (pair.ca_key_digest, pair.serial):
            raise REGISTRY_ANSWER.error("of another certificate")
        async with transaction(self._pool) as connection:
            await show_serial(connection, self._index.serial(pair))
            await _write(connection, (entry,), index=self._index, at=now)
            await before_commit(connection)

    async def _position(self) -> int:
        async with transaction(self._pool) as connection:
            cursor = await connection.execute("SELECT sequence FROM feeds WHERE feed = 'jukinet'")
            row = await cursor.fetchone()
            return int(row["sequence"]) if row else 0

    def _verified_page(self, raw: bytes, *, after: int) -> SerialPage:
        now = self._clock.now()
        page = verify(raw, SERIAL_PAGE, keys=self._trust.current().keys, code=self._ward, at=now).body
        if page.ward != self._ward or page.position < after or (page.entries and page.position == after):
            raise REGISTRY_ANSWER.error("of another ward, or out of order")
        if not page.entries and not page.complete:
            raise REGISTRY_ANSWER.error("an empty page that is not the last")
        if datetime.fromtimestamp(page.at, UTC) > now + SKEW:
            raise FEED_TIME.error("a list of the future")
        return page

    async def _apply(self, page: SerialPage, *, after: int) -> bool:
        now = self._clock.now()
        async with transaction(self._pool) as connection:
            cursor = await connection.execute("SELECT sequence FROM feeds WHERE feed = 'jukinet' FOR UPDATE")
            row = await cursor.fetchone()
            if row is None or row["sequence"] != after:
                return False
            await _write(connection, page.entries, index=self._index, at=now)
            as_of = datetime.fromtimestamp(page.at, UTC) if page.complete else None
            await connection.execute(
                "UPDATE feeds SET sequence = %s, applied_at = %s, as_of = greatest(as_of, %s) WHERE feed = 'jukinet'",
                (page.position, now, as_of),
            )
            await before_commit(connection)
            return True


async def _write(connection: Connection, entries: Sequence[SerialEntry], *, index: BlindIndex, at: datetime) -> None:
    """Entries in their order: each round holds a pair once, so that a later word about it overrules an earlier one."""
    waiting = list(entries)
    while waiting:
        pairs: dict[tuple[bytes, str], SerialEntry] = {}
        later: list[SerialEntry] = []
        for entry in waiting:
            pair = (entry.ca_key_digest, entry.serial)
            if pair in pairs:
                later.append(entry)
            else:
                pairs[pair] = entry
        await _write_round(connection, list(pairs.values()), index=index, at=at)
        waiting = later


async def _write_round(
    connection: Connection, entries: Sequence[SerialEntry], *, index: BlindIndex, at: datetime
) -> None:
    cursor = await connection.execute(
        "INSERT INTO serials (serial, person, medium, status, valid_from, valid_until)"
        " SELECT * FROM unnest(%s::bytea[], %s::bytea[], %s::text[], %s::text[], %s::date[], %s::date[])"
        " ON CONFLICT (serial) DO UPDATE SET status = excluded.status, medium = excluded.medium,"
        " valid_from = excluded.valid_from, valid_until = excluded.valid_until,"
        " ambiguous = serials.ambiguous OR serials.person <> excluded.person"
        " RETURNING ambiguous",
        (
            [index.serial(Pair(ca_key_digest=entry.ca_key_digest, serial=entry.serial)) for entry in entries],
            [index.person(entry.addressee_number) for entry in entries],
            [entry.medium for entry in entries],
            [entry.status for entry in entries],
            [_date(entry.valid_from) for entry in entries],
            [_date(entry.valid_until) for entry in entries],
        ),
    )
    for row in await cursor.fetchall():
        if row["ambiguous"]:
            await incident(connection, SERIAL_AMBIGUOUS.code, at=at)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise REGISTRY_ANSWER.error("a date") from None

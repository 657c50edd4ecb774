"""Handing a ward's export to the parties that own it: people and tax to `tax`, serials to `jukinet` and `jpki`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

import psycopg

from madoguchi.demo.problems import NOT_STARTED
from madoguchi.jpki import registry as jpki_registry
from madoguchi.jpki.loading import registrations
from madoguchi.jukinet import registry as jukinet_registry
from madoguchi.records import RecordSet
from madoguchi.runtime.config import Database
from madoguchi.runtime.database import connect, transaction
from madoguchi.runtime.provision import PartyDatabase
from madoguchi.tax import ledger
from madoguchi.trust import TrustList

_LOOK_SECONDS = 0.05


def load_records(records: RecordSet, *, databases: Mapping[str, PartyDatabase], trust: TrustList) -> None:
    """Load an export into the databases of tax, jukinet and jpki, each as that party's own serving role."""
    asyncio.run(_load(records, databases=databases, trust=trust))


def wait_until_fed(issuer: PartyDatabase, *, timeout: float) -> None:
    """Wait until the ward has its first package from tax and its first list from jukinet.

    Before that its menu says, truly, that it is closed, and centers and kiosks keep a menu for minutes. Raises
    `demo.not_started`.
    """
    deadline = time.monotonic() + timeout
    with psycopg.connect(issuer.url, autocommit=True) as connection:
        while missing := connection.execute("SELECT feed FROM feeds WHERE as_of IS NULL ORDER BY feed").fetchall():
            if time.monotonic() > deadline:
                raise NOT_STARTED.error(f"issuer: no data from {', '.join(feed for (feed,) in missing)}")
            time.sleep(_LOOK_SECONDS)


async def _load(records: RecordSet, *, databases: Mapping[str, PartyDatabase], trust: TrustList) -> None:
    async with connect(Database(url=databases["tax"].url)) as pool, transaction(pool) as connection:
        await ledger.load(connection, records)
    async with connect(Database(url=databases["jukinet"].url)) as pool, transaction(pool) as connection:
        digests = jukinet_registry.generations(trust)
        await jukinet_registry.load(connection, records.serials, digests=digests)
    async with connect(Database(url=databases["jpki"].url)) as pool, transaction(pool) as connection:
        await jpki_registry.load(connection, registrations(records.serials))

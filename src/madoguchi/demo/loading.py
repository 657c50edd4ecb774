"""Handing a ward's export to the parties that own it: people and tax to `tax`, serials to `jukinet` and `jpki`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from madoguchi.jpki import registry as jpki_registry
from madoguchi.jpki.loading import registrations
from madoguchi.jukinet import registry as jukinet_registry
from madoguchi.records import RecordSet
from madoguchi.runtime.cluster import PartyDatabase
from madoguchi.runtime.config import Database
from madoguchi.runtime.database import connect, transaction
from madoguchi.tax import ledger
from madoguchi.trust import TrustList


def load_records(records: RecordSet, *, databases: Mapping[str, PartyDatabase], trust: TrustList) -> None:
    """Load an export into the databases of tax, jukinet and jpki, each as that party's own serving role."""
    asyncio.run(_load(records, databases=databases, trust=trust))


async def _load(records: RecordSet, *, databases: Mapping[str, PartyDatabase], trust: TrustList) -> None:
    async with connect(Database(url=databases["tax"].url)) as pool, transaction(pool) as connection:
        await ledger.load(connection, records)
    async with connect(Database(url=databases["jukinet"].url)) as pool, transaction(pool) as connection:
        digests = jukinet_registry.generations(trust)
        await jukinet_registry.load(connection, records.serials, digests=digests)
    async with connect(Database(url=databases["jpki"].url)) as pool, transaction(pool) as connection:
        await jpki_registry.load(connection, registrations(records.serials))

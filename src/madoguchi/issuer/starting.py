"""What both processes of the issuing server look for at start: database, registry server, and the ward's own keys."""

from __future__ import annotations

from madoguchi.issuer.config import DataKeys
from madoguchi.issuer.kept import incident
from madoguchi.issuer.problems import NOT_CONFIGURED
from madoguchi.issuer.secrets_at_rest import Pseudonyms, read_key, refuse_other_key
from madoguchi.issuer.store.index import BlindIndex
from madoguchi.issuer.store.keys import read_keks
from madoguchi.runtime.clock import Clock
from madoguchi.runtime.config import Database, PartyConfig
from madoguchi.runtime.database import Connection, Pool
from madoguchi.runtime.lock import ProcessLock
from madoguchi.runtime.standing import Standing


async def refuse_other_keys(connection: Connection, files: DataKeys) -> None:
    """Raise `issuer.key_unusable` unless these are the keys that this database was written with."""
    await refuse_other_key(connection, "kek", *read_keks(files.kek))
    await refuse_other_key(connection, "index", BlindIndex(read_key(files.index)).check)
    await refuse_other_key(connection, "pseudonyms", Pseudonyms(read_key(files.pseudonyms)).check)


def database_of(config: PartyConfig) -> Database:
    """The database of a configuration. Raises `issuer.not_configured`."""
    if config.database is None:
        raise NOT_CONFIGURED.error("database")
    return config.database


def jukinet_url(config: PartyConfig) -> str:
    """Where the registry server is called. Raises `issuer.not_configured`."""
    for peer in config.peers:
        if peer.party == "jukinet" and peer.url is not None:
            return peer.url
    raise NOT_CONFIGURED.error("a peer jukinet with a url")


def standing_of(config: PartyConfig, *, pool: Pool, lock: ProcessLock, clock: Clock) -> Standing:
    """How this process compares itself with the others of its kind; what it finds is an incident of the ward."""

    async def report(connection: Connection, code: str, detail: str) -> None:
        await incident(connection, code, at=clock.now(), detail=detail)

    return Standing(config, pool=pool, clock=clock, lock=lock, report=report)

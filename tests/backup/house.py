"""A party's database with its backup configuration, key pair and key stores; and the people who make backups."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import psycopg
import tomli_w

from madoguchi.backup.config import BackupConfig, load_backup_config
from madoguchi.backup.keys import PRIVATE_FILE, PUBLIC_FILE, make_pair
from madoguchi.backup.ledger import Made, approve, in_database
from madoguchi.backup.making import make_backup
from madoguchi.runtime.clock import Clock, SystemClock
from madoguchi.runtime.provision import PartyDatabase

APPROVER, MAKER = "Sato", "Suzuki"
WARD = "139999"


@dataclass(frozen=True)
class House:
    """Everything about one party's backups, below one directory."""

    directory: Path
    config_file: Path
    config: BackupConfig

    @classmethod
    def build(cls, directory: Path, database: PartyDatabase, *, party: str = "tax", code: str = WARD) -> House:
        directory.mkdir(exist_ok=True)
        make_pair(directory / "offline")
        stores = [directory / "safe-1", directory / "safe-2"]
        for store in stores:
            store.mkdir()
        plain = {
            "environment": "test",
            "party": party,
            "code": code,
            "url": database.owner_url,
            "serving_role": urlsplit(database.url).path.lstrip("/"),
            "public_key": f"offline/{PUBLIC_FILE}",
            "key_stores": [store.name for store in stores],
        }
        file = directory / "backup.toml"
        file.write_text(tomli_w.dumps(plain))
        return cls(directory, file, load_backup_config(file, party=party))

    def but(self, **changes: Any) -> House:
        """The same house with another configuration."""
        return House(self.directory, self.config_file, msgspec.structs.replace(self.config, **changes))

    def with_program(self, name: str, script: str) -> House:
        """The same house whose client of PostgreSQL is a shell script."""
        programs = self.directory / "programs"
        programs.mkdir()
        (programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (programs / name).chmod(0o755)
        return self.but(programs=programs)

    @property
    def private_key(self) -> Path:
        return self.directory / "offline" / PRIVATE_FILE

    async def approved(self, *media: str, clock: Clock | None = None) -> bytes:
        at = (clock or SystemClock()).now()
        return await in_database(
            self.config, lambda c: approve(c, by=APPROVER, purpose="nightly", media=media or ("USB-1",), at=at)
        )

    def make(self, approval: bytes, *media: str, clock: Clock | None = None, by: str = MAKER) -> Made:
        places = {medium: self.place(medium) for medium in media or ("USB-1",)}
        return make_backup(self.config, approval=approval, places=places, by=by, clock=clock or SystemClock())

    def place(self, medium: str = "USB-1") -> Path:
        return self.directory / f"{medium}.backup"


def tables(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return {str(row[0]) for row in rows}


def digests(url: str, *, without: frozenset[str] = frozenset()) -> dict[str, str]:
    """Per table: SHA-256 over all of its rows as text, in their own order."""
    with psycopg.connect(url) as connection:
        found = {}
        for table in sorted(tables(url) - without):
            rows = connection.execute(f'SELECT t::text FROM "{table}" t ORDER BY 1'.encode()).fetchall()
            found[table] = f"{len(rows)} " + hashlib.sha256("\n".join(str(row[0]) for row in rows).encode()).hexdigest()
    return found


def events(url: str, *, prefix: str = "backup.") -> list[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT event FROM evidence ORDER BY position").fetchall()
    return [str(row[0]) for row in rows if str(row[0]).startswith(prefix)]

"""What is not this ward's whole backup with its key is refused before anything is written."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from madoguchi.backup.container import CHUNK
from madoguchi.backup.keys import PRIVATE_FILE, make_pair
from madoguchi.backup.restoring import check_backup, restore_backup
from madoguchi.errors import MadoguchiError
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.postgres_programs import client_program
from madoguchi.tax.command import group
from madoguchi.wire.identifiers import Environment
from tests.backup.conftest import Lose
from tests.backup.house import House, digests, events, tables

SEALED = CHUNK + 16
_PROGRAM, _ENVIRONMENT = client_program("pg_restore")
REAL = f"env LD_LIBRARY_PATH={_ENVIRONMENT['LD_LIBRARY_PATH']} {_PROGRAM}"


@pytest.fixture
def backed_up(house: House) -> House:
    house.make(asyncio.run(house.approved()))
    assert house.place().stat().st_size > 3 * SEALED
    return house


def restore(
    house: House, file: Path | None = None, *, private_key: Path | None = None, digest: bytes | None = None
) -> None:
    restore_backup(
        house.config,
        file or house.place(),
        private_key=private_key or house.private_key,
        digest=digest,
        clock=SystemClock(),
        precaution=None,
    )


def may_connect(house: House) -> bool:
    with psycopg.connect(house.config.url) as connection:
        name = house.config.serving_role
        return connection.execute("SELECT has_database_privilege(%s, %s, 'CONNECT')", (name, name)).fetchone() == (
            True,
        )


def test_it_comes_back_row_for_row(backed_up: House, lose: Lose) -> None:
    before = lose(backed_up)
    restore(backed_up)
    changed = frozenset({"evidence", "backups", "backup_copies"})
    assert digests(backed_up.config.url, without=changed) == digests(before, without=changed)
    assert events(backed_up.config.url) == ["backup.approved", "backup.begun", "backup.restored"]
    assert may_connect(backed_up)


def spoiled(house: House, name: str, change: str) -> Path:
    raw = bytearray(house.place().read_bytes())
    start = _first_chunk(raw)
    if change == "truncated":
        raw = raw[: start + SEALED]
    elif change == "cut":
        raw = raw[:-1]
    elif change == "reordered":
        one, two = slice(start, start + SEALED), slice(start + SEALED, start + 2 * SEALED)
        raw[one], raw[two] = raw[two], raw[one]
    elif change == "flipped":
        raw[start + SEALED + 5] ^= 1
    elif change == "other header":
        raw = bytearray(bytes(raw).replace(b"139999", b"139998", 1))
    path = house.directory / name
    path.write_bytes(raw)
    return path


def _first_chunk(raw: bytes | bytearray) -> int:
    magic = len(b"madoguchi backup 1\n")
    return magic + 4 + int.from_bytes(raw[magic : magic + 4], "big")


@pytest.mark.parametrize("change", ["truncated", "cut", "reordered", "flipped"])
def test_a_spoiled_file_is_refused_before_anything_is_written(backed_up: House, lose: Lose, change: str) -> None:
    lose(backed_up)
    with pytest.raises(MadoguchiError, match=r"backup\.damaged"):
        restore(backed_up, spoiled(backed_up, "spoiled", change))
    assert tables(backed_up.config.url) == set()
    assert may_connect(backed_up)
    restore(backed_up)


def test_another_private_key_and_another_digest(backed_up: House, lose: Lose) -> None:
    lose(backed_up)
    make_pair(backed_up.directory / "others")
    with pytest.raises(MadoguchiError, match="does not open with this private key"):
        restore(backed_up, private_key=backed_up.directory / "others" / PRIVATE_FILE)
    with pytest.raises(MadoguchiError, match="SHA-256 is"):
        restore(backed_up, digest=bytes(32))
    assert tables(backed_up.config.url) == set()
    assert may_connect(backed_up)


@pytest.mark.parametrize("change", [{"code": "138888"}, {"party": "issuer"}, {"environment": Environment.PRODUCTION}])
def test_another_wards_backup(backed_up: House, lose: Lose, change: dict[str, object]) -> None:
    lose(backed_up)
    others = backed_up.but(**change)
    with pytest.raises(MadoguchiError, match=f"backup.foreign: {next(iter(change))} is"):
        restore(others)
    assert tables(backed_up.config.url) == set()


def test_a_header_rewritten_for_this_ward(backed_up: House) -> None:
    changed = backed_up.but(code="139998")
    with pytest.raises(MadoguchiError, match=r"backup\.damaged: header"):
        check_backup(changed.config, spoiled(backed_up, "spoiled", "other header"), private_key=backed_up.private_key)


def test_a_database_with_anything_in_it_is_not_touched(backed_up: House) -> None:
    before = digests(backed_up.config.url)
    with pytest.raises(MadoguchiError, match=r"backup\.not_empty"):
        restore(backed_up)
    assert digests(backed_up.config.url) == before
    assert may_connect(backed_up)


def test_a_restore_that_fails_half_way_writes_nothing_and_lets_nobody_in(backed_up: House, lose: Lose) -> None:
    """When most of the rows are in: one transaction takes them back, and the serving role stays out."""
    lose(backed_up)
    octets = backed_up.place().stat().st_size - SEALED
    broken = backed_up.with_program("pg_restore", f'head -c {octets} | {REAL} "$@"')
    with pytest.raises(MadoguchiError, match="pg_restore ended with"):
        restore(broken)
    assert tables(backed_up.config.url) == set()
    assert not may_connect(backed_up)
    restore(backed_up)
    assert may_connect(backed_up)


def test_after_expiry_even_the_private_key_opens_nothing(backed_up: House) -> None:
    opened = check_backup(backed_up.config, backed_up.place(), private_key=backed_up.private_key)
    told = CliRunner().invoke(
        group, ["backup", "expire", "--config", str(backed_up.config_file), "--by", "Sato", opened.header.backup.hex()]
    )
    assert told.exit_code == 0, told.output
    assert "key destroyed in 2 stores" in told.output
    with pytest.raises(MadoguchiError, match=r"backup\.key_destroyed"):
        check_backup(backed_up.config, backed_up.place(), private_key=backed_up.private_key)
    assert events(backed_up.config.url)[-1] == "backup.key_destroyed"
    for path in (backed_up.directory / "safe-1", backed_up.directory / "safe-2"):
        for record in path.iterdir():
            record.unlink()
    with pytest.raises(MadoguchiError, match=r"backup\.no_key"):
        check_backup(backed_up.config, backed_up.place(), private_key=backed_up.private_key)


def test_a_chain_that_does_not_end_where_the_backup_says(backed_up: House, lose: Lose) -> None:
    """A pg_restore that leaves evidence out: nobody serves on what it made."""
    lose(backed_up)
    dump = backed_up.directory / "dump"
    forgetful = backed_up.with_program(
        "pg_restore",
        f'cat > {dump}\n{REAL} -l {dump} | grep -v "TABLE DATA public evidence" > {dump}.list\n'
        f'{REAL} "$@" -L {dump}.list {dump}',
    )
    with pytest.raises(MadoguchiError, match=r"evidence\.broken"):
        restore(forgetful)
    assert not may_connect(backed_up)

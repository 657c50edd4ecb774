"""A backup is made once per approval, whole or not at all, and never in clear on a disk."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import timedelta
from functools import partial

import psycopg
import pytest

from madoguchi.backup.config import load_backup_config
from madoguchi.backup.ledger import APPROVAL_LIFE, expired, in_database, listed, returned
from madoguchi.errors import MadoguchiError
from madoguchi.runtime.clock import FrozenClock, SystemClock
from madoguchi.runtime.config import ConfigProblem
from tests.backup.conftest import MARKER
from tests.backup.house import APPROVER, House, events


def test_every_copy_is_the_same_file_and_evidence_counts_them(house: House) -> None:
    made = house.make(asyncio.run(house.approved("USB-1", "USB-2")), "USB-1", "USB-2")
    for medium in ("USB-1", "USB-2"):
        raw = house.place(medium).read_bytes()
        assert (hashlib.sha256(raw).digest(), len(raw)) == (made.digest, made.octets)
        assert house.place(medium).stat().st_mode & 0o777 == 0o600
    assert events(house.config.url) == ["backup.approved", "backup.begun", "backup.copied", "backup.copied"]
    (line,) = asyncio.run(in_database(house.config, listed))
    assert (line.backup, line.out, line.key_destroyed_at) == (made.backup, ("USB-1", "USB-2"), None)


def test_no_file_holds_a_name(house: House) -> None:
    house.make(asyncio.run(house.approved()))
    for path in house.directory.rglob("*"):
        assert path.is_dir() or MARKER.encode() not in path.read_bytes()


def test_an_approval_is_used_once(house: House) -> None:
    approval = asyncio.run(house.approved())
    house.make(approval)
    house.place().rename(house.place("kept"))
    with pytest.raises(MadoguchiError, match="used up"):
        house.make(approval)
    assert not house.place().exists()
    assert house.place("kept").exists()


def test_the_one_who_approved_does_not_make_it(house: House) -> None:
    with pytest.raises(MadoguchiError, match="cannot have approved it"):
        house.make(asyncio.run(house.approved()), by=APPROVER.upper())


def test_no_old_unknown_or_stretched_approval(house: House) -> None:
    clock = FrozenClock(SystemClock().now())
    approval = asyncio.run(house.approved("USB-1", clock=clock))
    for media in (("USB-1", "USB-2"), ("USB-2",)):
        with pytest.raises(MadoguchiError, match="approved for USB-1"):
            house.make(approval, *media)
    with pytest.raises(MadoguchiError, match="no such approval"):
        house.make(bytes(16))
    clock.at += APPROVAL_LIFE + timedelta(seconds=1)
    with pytest.raises(MadoguchiError, match="too old"):
        house.make(approval, clock=clock)
    assert not list(house.directory.glob("*.backup"))
    assert not list(house.directory.glob("safe-*/*"))
    assert events(house.config.url) == ["backup.approved"]


def test_a_file_that_is_there_stays_as_it_is(house: House) -> None:
    house.place("USB-2").write_text("somebody's")
    approval = asyncio.run(house.approved("USB-1", "USB-2"))
    with pytest.raises(MadoguchiError, match="File exists"):
        house.make(approval, "USB-1", "USB-2")
    assert house.place("USB-2").read_text() == "somebody's"
    assert not house.place("USB-1").exists()
    house.place("USB-2").unlink()
    house.make(approval, "USB-1", "USB-2")


@pytest.mark.parametrize("ending", ["exit 3", "kill -9 $$"])
def test_a_dump_that_broke_off_leaves_no_file_and_no_key(house: House, ending: str) -> None:
    broken = house.with_program("pg_dump", f"head -c 200000 /dev/zero\n{ending}")
    with pytest.raises(MadoguchiError, match="pg_dump ended with"):
        broken.make(asyncio.run(house.approved()))
    assert not house.place().exists()
    for record in house.directory.glob("safe-*/*"):
        assert bytes(1000) in record.read_bytes()
    assert events(house.config.url) == ["backup.approved", "backup.begun"]


def test_without_its_evidence_there_is_no_backup(house: House) -> None:
    approval = asyncio.run(house.approved())
    with psycopg.connect(house.config.url) as connection:
        connection.execute("ALTER TABLE backup_copies ADD CHECK (medium <> 'USB-1')")
    with pytest.raises(psycopg.errors.CheckViolation):
        house.make(approval)
    assert not house.place().exists()
    assert all(bytes(1000) in record.read_bytes() for record in house.directory.glob("safe-*/*"))


def test_with_a_key_store_away_nothing_begins(house: House) -> None:
    approval = asyncio.run(house.approved())
    (house.directory / "safe-2").rmdir()
    with pytest.raises(MadoguchiError, match="safe-2 is not there"):
        house.make(approval)
    (house.directory / "safe-2").mkdir()
    house.make(approval)


def test_no_key_of_a_backup_is_in_the_database_or_a_later_backup(house: House) -> None:
    """Otherwise destroying one would not end it."""
    made = house.make(asyncio.run(house.approved()))
    (record,) = (house.directory / "safe-1").iterdir()
    with psycopg.connect(house.config.url) as connection:
        for table in ("backup_approvals", "backups", "backup_copies", "evidence"):
            for row in connection.execute(f"SELECT * FROM {table}".encode()).fetchall():
                assert not [each for each in row if isinstance(each, bytes) and len(each) > 400]
    assert len(record.read_bytes()) > 1000
    assert made.backup.hex() == record.stem


def test_media_come_back_once(house: House) -> None:
    made = house.make(asyncio.run(house.approved("USB-1", "USB-2")), "USB-1", "USB-2")
    at = SystemClock().now()
    asyncio.run(in_database(house.config, lambda c: returned(c, made.backup, medium="USB-1", by="Sato", at=at)))
    assert asyncio.run(in_database(house.config, listed))[0].out == ("USB-2",)
    for medium in ("USB-1", "USB-9"):
        with pytest.raises(MadoguchiError, match=r"backup\.unknown"):
            asyncio.run(
                in_database(house.config, partial(returned, backup=made.backup, medium=medium, by="Sato", at=at))
            )
    assert events(house.config.url)[-1] == "backup.returned"


def test_the_serving_role_sees_none_of_it(house: House) -> None:
    name = house.config.serving_role
    with psycopg.connect(house.config.url) as connection:
        for table in ("backup_approvals", "backups", "backup_copies"):
            for right in ("SELECT", "INSERT", "UPDATE", "DELETE"):
                row = connection.execute("SELECT has_table_privilege(%s, %s, %s)", (name, table, right)).fetchone()
                assert row == (False,)


def test_expiry_of_a_backup_that_the_database_forgot_is_evidence_too(house: House) -> None:
    at = SystemClock().now()
    asyncio.run(in_database(house.config, lambda c: expired(c, bytes(16), stores=2, by="Sato", at=at)))
    assert events(house.config.url) == ["backup.key_destroyed"]


def test_a_configuration_of_another_party_or_with_one_store_in_production(house: House) -> None:
    with pytest.raises(ConfigProblem, match="is tax, not issuer"):
        load_backup_config(house.config_file, party="issuer")
    text = house.config_file.read_text()
    house.config_file.write_text(text.replace('"test"', '"production"'))
    load_backup_config(house.config_file, party="tax")
    house.config_file.write_text(text.replace('"test"', '"production"').replace('"safe-2"', '"safe-1"'))
    with pytest.raises(ConfigProblem, match="one may burn"):
        load_backup_config(house.config_file, party="tax")

"""A key is in every store or the backup fails; destroyed in every store, or in none."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from madoguchi.backup.keys import PRIVATE_FILE, PUBLIC_FILE, make_pair, read_private, read_public, unwrap, wrap
from madoguchi.backup.keystore import KeyRecord, KeyStores
from madoguchi.errors import MadoguchiError
from madoguchi.wire.identifiers import sha256

BACKUP = bytes([7] * 16)
SEALED = b"the sealed key of one backup"
RECORD = KeyRecord(backup=BACKUP, at=1000, recipient=bytes(16), header=bytes(32), sealed=SEALED, destroyed=False)


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    one, other = tmp_path / "safe-1", tmp_path / "safe-2"
    one.mkdir()
    other.mkdir()
    return one, other


@pytest.fixture
def stores(places: tuple[Path, Path]) -> KeyStores:
    made = KeyStores(places)
    made.add(RECORD)
    return made


def all_octets(places: tuple[Path, Path]) -> bytes:
    return b"".join(path.read_bytes() for place in places for path in place.iterdir())


def test_every_store_has_it_for_its_owner_alone(stores: KeyStores, places: tuple[Path, Path]) -> None:
    assert stores.find(BACKUP) == RECORD
    for place in places:
        (path,) = place.iterdir()
        assert path.stat().st_mode & 0o777 == 0o600
        assert KeyStores([place]).find(BACKUP) == RECORD


def test_destroyed_it_is_in_no_file_and_stays_known(stores: KeyStores, places: tuple[Path, Path]) -> None:
    assert all_octets(places).count(SEALED) == 2
    assert stores.destroy(BACKUP) == 2
    assert SEALED not in all_octets(places)
    with pytest.raises(MadoguchiError, match=r"backup\.key_destroyed"):
        stores.find(BACKUP)
    assert stores.destroy(BACKUP) == 2, "again is harmless: evidence may have failed after the first time"


def test_the_octets_are_overwritten_where_they_lie(stores: KeyStores, places: tuple[Path, Path]) -> None:
    before = [path.stat() for place in places for path in place.iterdir()]
    stores.destroy(BACKUP)
    after = [path.stat() for place in places for path in place.iterdir()]
    assert [(each.st_ino, each.st_size) for each in before] == [(each.st_ino, each.st_size) for each in after]


def test_one_destroyed_copy_is_enough_to_refuse(stores: KeyStores, places: tuple[Path, Path]) -> None:
    KeyStores(places[:1]).destroy(BACKUP)
    with pytest.raises(MadoguchiError, match=r"backup\.key_destroyed"):
        stores.find(BACKUP)


def test_with_a_store_away_nothing_is_destroyed(stores: KeyStores, places: tuple[Path, Path]) -> None:
    places[1].rename(places[1].with_name("elsewhere"))
    with pytest.raises(MadoguchiError, match="safe-2 is not there"):
        stores.destroy(BACKUP)
    assert KeyStores(places[:1]).find(BACKUP) == RECORD


def test_an_empty_mount_point_is_no_store(stores: KeyStores, places: tuple[Path, Path]) -> None:
    """The medium is not mounted, its directory is: the key on it would live on."""
    for path in places[1].iterdir():
        path.unlink()
    with pytest.raises(MadoguchiError, match="safe-2 holds no record"):
        stores.destroy(BACKUP)
    assert stores.find(BACKUP) == RECORD


def test_by_age(stores: KeyStores) -> None:
    stores.add(msgspec.structs.replace(RECORD, backup=bytes([8] * 16), at=500))
    stores.add(msgspec.structs.replace(RECORD, backup=bytes([9] * 16), at=2000))
    assert stores.older_than(1000) == (bytes([8] * 16),)
    assert stores.older_than(1001) == (bytes([8] * 16), BACKUP)
    stores.destroy(BACKUP)
    assert stores.older_than(1001) == (bytes([8] * 16),)


def test_unknown_damaged_or_twice(stores: KeyStores, places: tuple[Path, Path]) -> None:
    with pytest.raises(MadoguchiError, match=r"backup\.no_key"):
        stores.find(bytes(16))
    with pytest.raises(MadoguchiError, match=r"backup\.no_key"):
        stores.destroy(bytes(16))
    with pytest.raises(MadoguchiError, match=r"backup\.file"):
        stores.add(RECORD)
    next(places[0].iterdir()).write_bytes(b"x")
    with pytest.raises(MadoguchiError, match="is damaged"):
        stores.find(BACKUP)


def test_a_key_opens_for_its_pair_and_header_alone(tmp_path: Path) -> None:
    make_pair(tmp_path / "a")
    make_pair(tmp_path / "b")
    key, digest = bytes(range(32)), sha256(b"header")
    sealed = wrap(key, recipient=read_public(tmp_path / "a" / PUBLIC_FILE), header_digest=digest)
    private = read_private(tmp_path / "a" / PRIVATE_FILE)
    assert unwrap(sealed, private=private, header_digest=digest) == key
    other = read_private(tmp_path / "b" / PRIVATE_FILE)
    for wrong in ((other, digest, sealed), (private, sha256(b"other"), sealed), (private, digest, sealed[:-1])):
        with pytest.raises(MadoguchiError, match=r"backup\.damaged"):
            unwrap(wrong[2], private=wrong[0], header_digest=wrong[1])


def test_a_pair_is_never_overwritten(tmp_path: Path) -> None:
    make_pair(tmp_path)
    with pytest.raises(MadoguchiError, match="File exists"):
        make_pair(tmp_path)
    assert (tmp_path / PRIVATE_FILE).stat().st_mode & 0o777 == 0o600
    with pytest.raises(MadoguchiError, match=r"backup\.file"):
        read_private(tmp_path / PUBLIC_FILE)
    with pytest.raises(MadoguchiError, match="96 octets, not 1216"):
        read_public(tmp_path / PRIVATE_FILE)

"""The drop directory: taken in order, deleted when in force, refused with a report that names no value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madoguchi.errors import MadoguchiError
from madoguchi.issuer.feed import FeedTaker
from madoguchi.issuer.intake.dropping import DropDirectory
from madoguchi.records.drop import package_name, write_dropped
from madoguchi.statement import verify
from madoguchi.statement.kinds import FEED_MANIFEST
from madoguchi.wire.feed import FeedPackage
from madoguchi.wire.identifiers import sha256
from tests.issuer.world import HANAKO, TARO, Replica, World, tax_of, terms_of
from tests.runtime.standing import AtEase

FULL: dict[str, Any] = {
    "residents": [HANAKO, TARO],
    "taxes": [tax_of(HANAKO), tax_of(TARO)],
    "instalments": [terms_of(HANAKO), terms_of(TARO)],
}


def dropping(directory: Path, replica: Replica) -> DropDirectory:
    return DropDirectory(directory, taker=replica.feed, require=AtEase().require)


@pytest.fixture
async def replica(world: World) -> Replica:
    return await world.replica()


def drop(directory: Path, sequence: int, package: FeedPackage) -> Path:
    return write_dropped(directory, name=package_name(sequence), manifest=package.manifest, files=package.files)


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


async def test_packages_come_into_force_in_their_order_and_are_deleted(
    world: World, replica: Replica, tmp_path: Path
) -> None:
    intake = dropping(tmp_path, replica)
    assert await intake.look_once() == ()
    drop(tmp_path, 2, world.tax.package(sequence=2, content="delta", residents=[TARO]))
    drop(tmp_path, 1, world.tax.package(**FULL))
    found = await intake.look_once()
    assert [(each.sequence, each.taken) for each in found] == [(1, True), (2, True)]
    assert names(tmp_path) == []
    assert len(await world.in_force("persons")) == 2
    assert len(await world.in_force("records")) == 1


async def test_the_same_package_again_is_confirmed_and_deleted(world: World, replica: Replica, tmp_path: Path) -> None:
    package = world.tax.package(**FULL)
    await replica.feed.package(package)
    before = await world.in_force("persons")
    drop(tmp_path, 1, package)
    assert [each.taken for each in await dropping(tmp_path, replica).look_once()] == [True]
    assert await world.in_force("persons") == before
    assert names(tmp_path) == []


async def test_a_refused_package_stays_unread_beside_its_report(world: World, replica: Replica, tmp_path: Path) -> None:
    wrong = [tax_of(HANAKO, annual_tax=1), tax_of(TARO, deduction_total=7)]
    drop(tmp_path, 1, world.tax.package(residents=[HANAKO, TARO], taxes=wrong))
    intake = dropping(tmp_path, replica)
    ((outcome,), again) = (await intake.look_once(), await intake.look_once())
    assert (outcome.taken, outcome.code, again) == (False, "issuer.feed_rows", ())
    name = package_name(1)
    assert names(tmp_path) == [name, f"{name}.refused.txt"]
    report = (tmp_path / f"{name}.refused.txt").read_text().splitlines()
    assert report[0] == "issuer.feed_rows"
    assert [line.partition(" — ")[0] for line in report[3:]] == [
        "taxes.csv:2 annual_tax: records.total",
        "taxes.csv:3 deduction_total: records.total",
    ]
    assert HANAKO.name not in "".join(report)
    assert HANAKO.addressee_number not in "".join(report)
    assert await world.in_force("persons") == []
    assert len(await world.incidents()) == 1


async def test_what_was_refused_for_a_gap_is_looked_at_again_when_the_gap_is_closed(
    world: World, replica: Replica, tmp_path: Path
) -> None:
    drop(tmp_path, 3, world.tax.package(sequence=3, content="delta"))
    intake = dropping(tmp_path, replica)
    assert [each.code for each in await intake.look_once()] == ["issuer.feed_gap"]
    drop(tmp_path, 1, world.tax.package(**FULL))
    drop(tmp_path, 2, world.tax.package(sequence=2, content="delta", residents=[TARO]))
    assert [each.sequence for each in await intake.look_once()] == [1, 2, 3]
    assert names(tmp_path) == []


async def test_when_the_database_is_away_the_package_waits(
    world: World, replica: Replica, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(tmp_path, 1, world.tax.package(**FULL))

    async def away(*_arguments: object) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as patched:
        patched.setattr(FeedTaker, "take", away)
        with pytest.raises(ConnectionRefusedError):
            await dropping(tmp_path, replica).look_once()
    assert names(tmp_path) == [package_name(1)]
    assert [each.taken for each in await dropping(tmp_path, replica).look_once()] == [True]


async def test_after_a_crash_between_force_and_deletion_it_is_deleted_at_the_next_look(
    world: World, replica: Replica, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(tmp_path, 1, world.tax.package(**FULL))

    def crash(_path: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("madoguchi.issuer.intake.dropping.delete_dropped", crash)
        with pytest.raises(KeyboardInterrupt):
            await dropping(tmp_path, replica).look_once()
    assert [each.sequence for each in await dropping(tmp_path, replica).look_once()] == [1]
    assert names(tmp_path) == []


def _with_octets(world: World, replica: Replica, name: str, raw: bytes) -> FeedPackage:
    """Signed by tax over the damaged file: only its content is wrong."""
    package = world.tax.package(**FULL)
    manifest = verify(
        package.manifest,
        FEED_MANIFEST,
        keys=replica.parts.trust.current().keys,
        code=world.kit.ward,
        at=world.clock.now(),
    ).body
    files = tuple(
        msgspec.structs.replace(each, sha256=sha256(raw)) if each.name == name else each for each in manifest.files
    )
    return world.tax.signed(msgspec.structs.replace(manifest, files=files), {**package.files, name: raw})


async def test_damage_that_is_signed_is_named_by_its_line(world: World, replica: Replica, tmp_path: Path) -> None:
    raw = world.tax.package(**FULL).files["taxes.csv"].replace(b"\n", b"\r\n")
    drop(tmp_path, 1, _with_octets(world, replica, "taxes.csv", raw))
    assert [each.code for each in await dropping(tmp_path, replica).look_once()] == ["issuer.feed_rows"]
    report = (tmp_path / f"{package_name(1)}.refused.txt").read_text()
    assert "taxes.csv:1: records.line_ending" in report


@pytest.mark.parametrize("missing", ["manifest.cose", "taxes.csv"])
async def test_a_package_that_lacks_a_file(world: World, replica: Replica, tmp_path: Path, missing: str) -> None:
    (drop(tmp_path, 1, world.tax.package(**FULL)) / missing).unlink()
    (outcome,) = await dropping(tmp_path, replica).look_once()
    assert outcome.code in {"records.refused", "issuer.feed_content"}
    assert await world.in_force("persons") == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_changed_octet_of_the_manifest_is_no_statement_of_tax(
    replica: Replica, world: World, data: st.DataObject
) -> None:
    raw = bytearray(world.tax.package(**FULL).manifest)
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(MadoguchiError, match=r"^(statement|wire)\."):
        verify(
            bytes(raw),
            FEED_MANIFEST,
            keys=replica.parts.trust.current().keys,
            code=world.kit.ward,
            at=world.clock.now(),
        )

"""Packages all or nothing, stops at once, and what jukinet says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.issuer.store.layouts import RECORD_COLUMNS, RecordColumns
from madoguchi.records import Resident
from madoguchi.records.package import PackageRecords, write_package
from madoguchi.runtime.database import transaction
from madoguchi.statement.kinds import FEED_MANIFEST
from madoguchi.wire.feed import FORMAT_VERSION, FeedManifest, FeedPackage
from madoguchi.wire.transaction import Issued
from tests.issuer.world import HANAKO, TARO, Replica, World, tax_of, terms_of

FULL: dict[str, Any] = {
    "residents": [HANAKO, TARO],
    "taxes": [tax_of(HANAKO), tax_of(TARO)],
    "instalments": [terms_of(HANAKO), terms_of(TARO)],
}


def changed(world: World, change: Callable[[FeedManifest], FeedManifest], **files: bytes) -> FeedPackage:
    """The second snapshot with another manifest, or other files, signed by tax all the same."""
    rows = PackageRecords(residents=(HANAKO,), taxes=(tax_of(HANAKO),), instalments=(terms_of(HANAKO),))
    given, about = write_package(rows)
    manifest = FeedManifest(
        format_version=FORMAT_VERSION,
        ward=world.kit.ward,
        sequence=2,
        content="snapshot",
        every_year=True,
        fiscal_years=rows.years,
        created_at=int(world.clock.now().timestamp()),
        files=about,
    )
    return world.tax.signed(change(manifest), {**given, **{f"{name}.csv": raw for name, raw in files.items()}})


def first_file(manifest: FeedManifest, **changes: Any) -> FeedManifest:
    files = (msgspec.structs.replace(manifest.files[0], **changes), *manifest.files[1:])
    return msgspec.structs.replace(manifest, files=files)


WRONG: dict[str, tuple[str, Callable[[World], FeedPackage]]] = {
    "a gap": ("feed_gap", lambda world: world.tax.package(sequence=3, content="delta")),
    "the same number again": ("feed_gap", lambda world: world.tax.package(sequence=1, content="delta")),
    "an older snapshot": ("feed_gap", lambda world: world.tax.package(sequence=1)),
    "another ward": ("feed_other_ward", lambda world: world.tax.package(sequence=2, ward="131016", **FULL)),
    "of the future": (
        "feed_time",
        lambda world: world.tax.package(sequence=2, created_at=int(world.clock.now().timestamp()) + 61, **FULL),
    ),
    "older than what is in force": (
        "feed_time",
        lambda world: world.tax.package(sequence=2, created_at=int(world.clock.now().timestamp()) - 1, **FULL),
    ),
    "another digest": ("feed_content", lambda world: changed(world, lambda m: first_file(m, sha256=bytes(32)))),
    "another count": ("feed_content", lambda world: changed(world, lambda m: first_file(m, rows=2))),
    "a control total": ("feed_content", lambda world: changed(world, lambda m: first_file(m, totals={"x": 1}))),
    "a file too many": ("feed_content", lambda world: changed(world, lambda m: m, serials=b"")),
    "a file missing": (
        "feed_content",
        lambda world: changed(world, lambda m: msgspec.structs.replace(m, files=m.files[:2])),
    ),
    "a row of nobody": ("feed_rows", lambda world: world.tax.package(sequence=2, taxes=[tax_of(HANAKO)])),
    "rows that do not add up": (
        "feed_rows",
        lambda world: world.tax.package(
            sequence=2, residents=[HANAKO], taxes=[tax_of(HANAKO)], instalments=[terms_of(HANAKO, due=175_400)]
        ),
    ),
    "a contradiction in a row": (
        "feed_rows",
        lambda world: world.tax.package(sequence=2, residents=[HANAKO], taxes=[tax_of(HANAKO, annual_tax=1)]),
    ),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_package_changes_nothing_and_is_an_incident(world: World, name: str) -> None:
    code, package = WRONG[name]
    replica = await world.replica()
    await world.load(replica, **FULL)
    before = await _everything(world)
    with pytest.raises(MadoguchiError) as refused:
        await replica.feed.package(package(world))
    assert refused.value.code == f"issuer.{code}"
    assert await _everything(world) == before
    assert await world.incidents() == [f"issuer.{code}"]


async def _everything(world: World) -> list[list[dict[str, Any]]]:
    tables = [f"{table}_{slot}" for table in ("persons", "records", "instalments") for slot in ("a", "b")]
    return [await world.all(f"SELECT * FROM {table} ORDER BY 1") for table in (*tables, "feeds")]


async def test_a_package_that_tax_did_not_sign(world: World) -> None:
    replica = await world.replica()
    package = world.tax.package(**FULL)
    manifest = FeedManifest(
        format_version=FORMAT_VERSION,
        ward=world.kit.ward,
        sequence=1,
        content="snapshot",
        every_year=True,
        fiscal_years=(),
        created_at=0,
        files=(),
    )
    forged = world.jukinet.signer.sign(FEED_MANIFEST, manifest)
    with pytest.raises(MadoguchiError, match=r"^statement\."):
        await replica.feed.package(msgspec.structs.replace(package, manifest=forged))
    assert await world.all(f"SELECT * FROM {await world.table('persons')}") == []


async def test_the_first_package_is_a_snapshot(world: World) -> None:
    replica = await world.replica()
    with pytest.raises(MadoguchiError, match=r"issuer\.feed_gap"):
        await replica.feed.package(world.tax.package(content="delta", **FULL))


async def test_the_same_package_again_is_confirmed_and_changes_nothing(world: World) -> None:
    replica = await world.replica()
    package = world.tax.package(**FULL)
    await replica.feed.package(package)
    before = await _everything(world)
    assert (await replica.feed.package(package)).sequence == 1
    assert await _everything(world) == before


async def test_a_snapshot_is_the_whole_truth(world: World) -> None:
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO, TARO, cards={TARO.addressee_number: card})
    await world.load(replica, residents=[HANAKO], taxes=[tax_of(HANAKO)])
    assert list(await _versions(world)) == [world.kit.index.person(HANAKO.addressee_number)]
    assert await world.all(f"SELECT * FROM {await world.table('instalments')}") == []
    visit = world.street.visit(card)
    assert world.street.reason(await replica.issue(visit.request)) == "ask_your_ward"
    assert await world.refusal_of(visit) == "issuer.no_tax_data"


async def test_a_delta_replaces_whole_people_and_nobody_else(world: World) -> None:
    replica = await world.replica()
    await world.load(replica, **FULL)
    versions = await _versions(world)
    moved = msgspec.structs.replace(TARO, address="窓口区架空町一丁目1番1号")
    await world.load(replica, residents=[moved], taxes=[tax_of(TARO, fiscal_year=2025)], content="delta")
    after = await _versions(world)
    hanako, taro = (world.kit.index.person(each.addressee_number) for each in (HANAKO, TARO))
    assert after[hanako] == versions[hanako]
    assert after[taro] > versions[taro]
    years = await world.all(f"SELECT fiscal_year FROM {await world.table('records')} WHERE person = %s", taro)
    assert years == [{"fiscal_year": 2025}]
    assert len(await world.all(f"SELECT * FROM {await world.table('instalments')}")) == 1


async def _versions(world: World) -> dict[bytes, int]:
    rows = await world.all(f"SELECT person, version FROM {await world.table('persons')}")
    return {bytes(row["person"]): row["version"] for row in rows}


async def test_an_empty_delta_makes_what_we_know_young_again(world: World) -> None:
    replica = await world.replica()
    await world.load(replica, **FULL)
    world.clock.advance(seconds=600)
    await world.load(replica, content="delta")
    assert (await world.one("SELECT as_of FROM feeds WHERE feed = 'tax'"))["as_of"] == world.clock.now()


async def test_the_age_is_that_of_the_data_not_of_its_arrival(world: World) -> None:
    replica = await world.replica()
    made = world.clock.now()
    package = world.tax.package(**FULL)
    world.clock.advance(seconds=600)
    await replica.feed.package(package)
    assert (await world.one("SELECT as_of FROM feeds WHERE feed = 'tax'"))["as_of"] == made


async def test_nothing_personal_lies_in_any_table_in_clear(world: World) -> None:
    """Not even an addressee number or a serial, as text or in a bytea, in any column of the whole database."""
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO, TARO, cards={HANAKO.addressee_number: card})
    await replica.feed.stop(world.tax.stop(TARO))
    visit = world.street.visit(card)
    assert isinstance(await replica.issue(visit.request), Issued)
    names = await world.all(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    tables = repr([await world.all(f"SELECT * FROM {row['relname']}") for row in names])
    serial = world.jukinet.listed[-1].serial
    traces = [HANAKO.name, HANAKO.address, "2760000", HANAKO.addressee_number, TARO.addressee_number, serial]
    for trace in traces:
        for written in (trace, repr(trace.encode())[2:-1], trace.encode().hex()):
            assert written not in tables
    assert len(tables) > 4000
    assert repr(bytes.fromhex(serial.zfill(40)))[2:-1] not in tables


async def test_a_row_carried_to_another_person_does_not_decrypt(world: World) -> None:
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO, TARO, cards={HANAKO.addressee_number: card})
    table = await world.table("records")
    await world.all(
        f"UPDATE {table} AS mine SET sealed = other.sealed FROM {table} AS other"
        " WHERE mine.person = %s AND other.person = %s RETURNING 1",
        world.kit.index.person(HANAKO.addressee_number),
        world.kit.index.person(TARO.addressee_number),
    )
    visit = world.street.visit(card)
    assert world.street.reason(await replica.issue(visit.request)) == "try_later"
    assert await world.refusal_of(visit) == "issuer.row_damaged"


# Stops


async def test_a_stop_acts_on_the_next_request_and_a_lift_ends_it(world: World) -> None:
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO, cards={HANAKO.addressee_number: card})
    await replica.feed.stop(world.tax.stop(HANAKO))
    assert world.street.reason(await replica.issue(world.street.visit(card).request)) == "ask_your_ward"
    world.clock.advance(seconds=1)
    await replica.feed.stop(world.tax.stop(HANAKO, stopped=False))
    assert isinstance(await replica.issue(world.street.visit(card).request), Issued)


async def test_a_stop_outlives_every_feed(world: World) -> None:
    replica, card = await world.replica(), world.kit.card()
    await replica.feed.stop(world.tax.stop(HANAKO))
    await world.open(replica, HANAKO, cards={HANAKO.addressee_number: card})
    await world.load(replica, residents=[HANAKO], taxes=[tax_of(HANAKO)])
    visit = world.street.visit(card)
    await replica.issue(visit.request)
    assert await world.refusal_of(visit) == "issuer.suppressed"


async def test_a_lift_never_overtakes_a_newer_stop(world: World) -> None:
    replica = await world.replica()
    lift = world.tax.stop(HANAKO, stopped=False)
    world.clock.advance(seconds=1)
    stop = world.tax.stop(HANAKO)
    await replica.feed.stop(stop)
    for late in (lift, world.tax.stop(HANAKO, stopped=False)):
        with pytest.raises(MadoguchiError, match=r"issuer\.stop_out_of_order"):
            await replica.feed.stop(late)
    await replica.feed.stop(stop)
    assert (await world.one("SELECT stopped FROM stops"))["stopped"]


@pytest.mark.parametrize("person", [HANAKO, TARO])
async def test_stops_of_other_senders_and_wards_are_refused(world: World, person: Resident) -> None:
    replica = await world.replica()
    with pytest.raises(MadoguchiError, match=r"issuer\.feed_other_ward"):
        await replica.feed.stop(world.tax.stop(person, ward="131016"))
    with pytest.raises(MadoguchiError, match=r"issuer\.feed_time"):
        await replica.feed.stop(world.tax.stop(person, at=int(world.clock.now().timestamp()) + 61))
    with pytest.raises(MadoguchiError, match=r"^statement\."):
        await replica.feed.stop(world.tax.package().manifest)


# The registry's list


async def _pulled(world: World) -> Replica:
    replica = await world.replica()
    people = (HANAKO, TARO, HANAKO, TARO, HANAKO)
    world.jukinet.listed += [world.kit.entry(world.kit.card(), person) for person in people]
    await replica.intake.registry.pull()
    return replica


async def test_the_list_is_pulled_piece_by_piece_and_then_from_where_it_ended(world: World) -> None:
    replica = await _pulled(world)
    assert len(await world.all("SELECT * FROM serials")) == 5
    changed_one = msgspec.structs.replace(world.jukinet.listed[0], status="revoked")
    world.jukinet.listed.append(changed_one)
    world.clock.advance(seconds=5)
    await replica.intake.registry.pull()
    assert len(await world.all("SELECT * FROM serials WHERE status = 'revoked'")) == 1
    feed = await world.one("SELECT sequence, as_of FROM feeds WHERE feed = 'jukinet'")
    assert feed == {"sequence": 6, "as_of": world.clock.now()}


async def test_a_pair_that_comes_with_a_second_person_is_refused_from_then_on(world: World) -> None:
    replica = await _pulled(world)
    world.jukinet.listed.append(msgspec.structs.replace(world.jukinet.listed[0], addressee_number="0000000099"))
    world.jukinet.listed.append(world.jukinet.listed[0])
    await replica.intake.registry.pull()
    ambiguous = await world.all("SELECT person FROM serials WHERE ambiguous")
    assert ambiguous == [{"person": world.kit.index.person(HANAKO.addressee_number)}]
    assert "issuer.serial_ambiguous" in await world.incidents()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ward": "131016"}, "registry_answer"),
        ({"position": 0}, "registry_answer"),
        ({"entries": (), "complete": False}, "registry_answer"),
        ({"at": 2**33}, "feed_time"),
    ],
)
async def test_a_page_that_is_not_the_answer(world: World, change: dict[str, Any], code: str) -> None:
    replica = await _pulled(world)
    before = await world.one("SELECT * FROM feeds WHERE feed = 'jukinet'")
    world.jukinet.bend_page = lambda page: msgspec.structs.replace(page, **change)
    with pytest.raises(MadoguchiError, match=rf"issuer\.{code}"):
        await replica.intake.registry.pull()
    assert await world.one("SELECT * FROM feeds WHERE feed = 'jukinet'") == before


@pytest.mark.parametrize("change", [{"ward": "131016"}, {"question_digest": bytes(32)}, {"entry": None}])
async def test_an_answer_on_the_spot_that_is_not_the_answer(world: World, change: dict[str, Any]) -> None:
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO)
    mine, other = world.kit.entry(card, HANAKO), world.kit.entry(world.kit.card(), HANAKO)
    world.jukinet.on_the_spot.append(mine)
    if change == {"entry": None}:
        change = {"entry": other}
    world.jukinet.bend_answer = lambda answer: msgspec.structs.replace(answer, **change)
    visit = world.street.visit(card)
    assert world.street.reason(await replica.issue(visit.request)) == "try_later"
    assert await world.refusal_of(visit) == "issuer.registry_answer"
    assert await world.all("SELECT * FROM serials") == []


def years_of(world: World, sequence: int, content: str, *rows: tuple[Resident, int], year: int) -> FeedPackage:
    """A package that covers one fiscal year: each person with an annual tax of so many yen paid in that year."""
    people = tuple(person for person, _ in rows)
    return world.tax.package(
        sequence=sequence,
        content=content,
        every_year=False,
        fiscal_years=(year,),
        residents=people,
        taxes=[tax_of(person, fiscal_year=year, remarks=f"{mark}") for person, mark in rows],
    )


async def what_is_kept(world: World, replica: Replica) -> set[tuple[str, int, str]]:
    """Who, which year, and the remark of that record."""
    kept = set()
    names = {world.kit.index.person(each.addressee_number): each.name for each in (HANAKO, TARO)}
    async with transaction(world.pool) as connection:
        for row in await world.in_force("records"):
            plain = await replica.parts.keys.open(
                connection, row["sealed"], person=row["person"], year=row["fiscal_year"], columns=RECORD_COLUMNS
            )
            record = msgspec.msgpack.decode(plain, type=RecordColumns)
            kept.add((names[row["person"]], record.fiscal_year, record.remarks))
    return kept


async def test_a_package_of_one_year_replaces_that_year_alone(world: World) -> None:
    """The snapshot of a year speaks of everybody in the ward, a delta of the people that it names."""
    replica = await world.replica()
    both = [tax_of(person, fiscal_year=year, remarks="0") for person in (HANAKO, TARO) for year in (2025, 2026)]
    await world.load(replica, residents=[HANAKO, TARO], taxes=both)
    hanako, taro = HANAKO.name, TARO.name
    await replica.feed.package(years_of(world, 2, "delta", (HANAKO, 1), year=2026))
    untouched = {(hanako, 2025, "0"), (taro, 2025, "0")}
    assert await what_is_kept(world, replica) == untouched | {(hanako, 2026, "1"), (taro, 2026, "0")}
    await replica.feed.package(years_of(world, 3, "snapshot", (TARO, 2), year=2026))
    assert await what_is_kept(world, replica) == untouched | {(taro, 2026, "2")}, "nobody else is in that year now"
    assert len(await world.in_force("persons")) == 2, "nobody is forgotten"


@pytest.mark.parametrize("content", ["delta", "snapshot"])
async def test_only_a_whole_snapshot_comes_first_or_after_a_gap(world: World, content: str) -> None:
    replica = await world.replica()
    with pytest.raises(MadoguchiError, match=r"issuer\.feed_gap"):
        await replica.feed.package(years_of(world, 1, content, (HANAKO, 1), year=2026))
    await world.load(replica, **FULL)
    with pytest.raises(MadoguchiError, match=r"issuer\.feed_gap"):
        await replica.feed.package(years_of(world, 3, content, (HANAKO, 1), year=2026))

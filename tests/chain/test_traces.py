"""After a run no name, address, amount or serial of an applicant is anywhere at center, ec and kiosk but on paper."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from psycopg import sql

from tests.chain.ledger import settled
from tests.chain.town import Town
from tests.chain.traces import Needles, needles_of, search_files, search_pdf, serials_of

WHERE = ("center", "ec", "kiosk")
CASES = ("yoshida_u20bb7", "long_latin_name", "suppressed", "overdue", "ivs_tsuji")


async def some_visits(town: Town) -> list[str]:
    """People of the cast and others, to paper and to refusals, once per town; who was at a kiosk."""
    kiosks = town.names("kiosk")
    if not any(visit.holder.card == CASES[0] for visit in town.visits):
        for number, case in enumerate(CASES):
            await town.visit(kiosks[number % len(kiosks)], town.case(case))
        await asyncio.gather(*(town.visit_well(kiosk, copies=2) for kiosk in kiosks))
        await town.visit(kiosks[0], town.someone(), pin="9999")
    await settled(town)
    return sorted({visit.holder.addressee_number for visit in town.visits})


def data_directory(town: Town) -> Path:
    """Where the embedded server keeps its files."""
    query = parse_qs(urlsplit(town.running.site.databases["center"].owner_url).query)
    return Path(query["host"][0]) / "data"


def files_of_the_center(town: Town) -> Path:
    """The center's own database as the server keeps it on disk."""
    with town.database("center") as database:
        row = database.execute("SELECT oid FROM pg_database WHERE datname = 'center'").fetchone()
    assert row is not None
    return data_directory(town) / "base" / str(row["oid"])


def every_table(town: Town, party: str) -> bytes:
    """All rows of all tables, text as it is and octets as they are."""
    parts: list[bytes] = []
    with town.database(party) as database:
        tables = database.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        assert len(tables) > 1
        for table in tables:
            name = sql.Identifier(table["schemaname"], table["tablename"])
            for row in database.execute(sql.SQL("SELECT * FROM {}").format(name)).fetchall():
                parts += [value if isinstance(value, bytes) else str(value).encode() for value in row.values()]
    return b"\n".join(parts)


async def test_nothing_of_a_resident_stays_anywhere(town: Town) -> None:
    people = await some_visits(town)
    needles = needles_of(town.running.records, people)
    homes = [town.home(name) for party in WHERE for name in town.names(party)]

    assert search_files(homes, needles) == {}
    assert search_pdf(homes) == []
    assert search_files([files_of_the_center(town), data_directory(town).parent / "postgres.log"], needles) == {}
    assert needles.found_in(every_table(town, "center")) == set()
    assert _strays(town, needles) == {}


def _strays(town: Town, needles: Needles) -> dict[str, set[str]]:
    """Temporary files outside of the site, where every process of the town puts its own."""
    site = town.site.parent
    return search_files([path for path in (town.base / "t").iterdir() if path != site], needles)


async def test_no_journal_of_ec_or_kiosk_holds_a_serial(town: Town) -> None:
    people = await some_visits(town)
    journals = [town.home(name) / "state" for party in ("ec", "kiosk") for name in town.names(party)]

    assert search_files(journals, serials_of(town.running.records, people)) == {}


async def test_the_issuing_server_keeps_everything_sealed(town: Town) -> None:
    people = await some_visits(town)
    needles = needles_of(town.running.records, people)

    assert needles.found_in(every_table(town, "issuer")) == set()  # serials too: rows are found by keyed names
    homes = [town.home(name) for party in ("issuer", "intake") for name in town.names(party)]
    assert search_files(homes, needles) == {}
    assert search_pdf(homes) == []


@pytest.mark.parametrize("party", ["tax", "jukinet"])
async def test_the_search_finds_what_is_there(town: Town, party: str) -> None:
    """No test that cannot fail: the tax system does hold all of it, and the paper shows it."""
    people = await some_visits(town)
    found = needles_of(town.running.records, people).found_in(every_table(town, party))

    assert found >= ({"name", "address", "amount"} if party == "tax" else {"serial"})

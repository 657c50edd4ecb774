"""Reading a case from the database: what the rules judge and the composer sets.

The clerk does not read through this module: it has its own query and its own decoding (`issuer.clerk.record`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from madoguchi.issuer.case import Asked, Case, House, Pair, PersonRow, SerialRow
from madoguchi.issuer.config import IssuerConfig, MenuSection
from madoguchi.issuer.offers import offer_in_force
from madoguchi.issuer.problems import ROW_DAMAGED
from madoguchi.issuer.store.index import BlindIndex
from madoguchi.issuer.store.keys import PERSONS, KeyRing
from madoguchi.issuer.store.layouts import (
    INSTALMENT_COLUMNS,
    PERSON_COLUMNS,
    RECORD_COLUMNS,
    InstalmentColumns,
    PersonColumns,
    RecordColumns,
    record_from,
)
from madoguchi.issuer.store.visible import SLOTS, begin_reading, show_person, show_serial
from madoguchi.records import Instalment, TaxRecord
from madoguchi.runtime.database import Connection

_SERIAL: Final = "SELECT person, status, ambiguous, valid_from, valid_until FROM serials WHERE serial = %s"
_PERSON: Final = {
    slot: f"""
    SELECT person.version, person.sealed, record.sealed AS record, instalments.sealed AS instalments,
           ARRAY(SELECT stop FROM stops WHERE stops.person = person.person AND stopped) AS stops,
           EXISTS (SELECT FROM suspensions WHERE suspensions.person = person.person) AS suspended
      FROM persons_{slot} AS person
      LEFT JOIN records_{slot} AS record ON record.person = person.person AND record.fiscal_year = %(year)s
      LEFT JOIN instalments_{slot} AS instalments
             ON instalments.person = person.person AND instalments.fiscal_year = %(year)s
     WHERE person.person = %(person)s
    """  # noqa: S608 - our own names
    for slot in SLOTS
}


class CaseReader:
    """Reads cases with the ward's keys."""

    def __init__(self, *, config: IssuerConfig, keys: KeyRing, index: BlindIndex) -> None:
        self._config = config
        self._keys = keys
        self._index = index

    async def read(self, connection: Connection, *, pair: Pair, asked: Asked, now: datetime) -> Case:
        """One case as the database has it now, and as it stays until the caller's transaction ends.

        A stop, a removal, an amendment or a new generation is either committed before and seen, or waits for the end
        (`issuer.store.visible`).
        """
        async with connection.pipeline():  # what needs no answer of another question is asked at once
            return await self._read(connection, pair=pair, asked=asked, now=now)

    async def _read(self, connection: Connection, *, pair: Pair, asked: Asked, now: datetime) -> Case:
        slot = await begin_reading(connection)
        house = await read_house(connection, menu=self._config.menu)
        serial = await self._serial(connection, pair)
        person: PersonRow | None = None
        record: TaxRecord | None = None
        instalments: tuple[Instalment, ...] = ()
        if serial is not None:
            await show_person(connection, serial.person)
            query = {"person": serial.person, "year": asked.fiscal_year}
            cursor = await connection.execute(_PERSON[slot].encode(), query)
            row = await cursor.fetchone()
            if row is not None:
                person = await self._person(connection, row, serial.person)
                record = await self._record(connection, row, person, serial.person, asked.fiscal_year)
                instalments = await self._instalments(connection, row, person, serial.person, asked.fiscal_year)
        return Case(
            asked=asked,
            now=now,
            config=self._config,
            house=house,
            serial=serial,
            person=person,
            record=record,
            instalments=instalments,
        )

    async def knows(self, connection: Connection, pair: Pair) -> bool:
        """Whether the ward's list has this certificate."""
        return await self._serial(connection, pair) is not None

    async def _serial(self, connection: Connection, pair: Pair) -> SerialRow | None:
        serial = self._index.serial(pair)
        await show_serial(connection, serial)
        cursor = await connection.execute(_SERIAL, (serial,))
        row = await cursor.fetchone()
        return SerialRow(**row) if row else None

    async def _person(self, connection: Connection, row: Mapping[str, Any], whose: bytes) -> PersonRow:
        columns = await self._opened(
            connection, row["sealed"], PersonColumns, whose=whose, year=PERSONS, columns=PERSON_COLUMNS
        )
        if self._index.person(columns.addressee_number) != whose:
            raise ROW_DAMAGED.error("a person under another's name")
        return PersonRow(
            version=row["version"], stops=frozenset(row["stops"]), suspended=row["suspended"], columns=columns
        )

    async def _record(
        self, connection: Connection, row: Mapping[str, Any], person: PersonRow, whose: bytes, year: int
    ) -> TaxRecord | None:
        if row["record"] is None:
            return None
        opened: RecordColumns = await self._opened(
            connection, row["record"], RecordColumns, whose=whose, year=year, columns=RECORD_COLUMNS
        )
        if (opened.addressee_number, opened.fiscal_year) != (person.addressee_number, year):
            raise ROW_DAMAGED.error("a record of another person or year")
        return record_from(opened)

    async def _instalments(
        self, connection: Connection, row: Mapping[str, Any], person: PersonRow, whose: bytes, year: int
    ) -> tuple[Instalment, ...]:
        if row["instalments"] is None:
            return ()
        opened: InstalmentColumns = await self._opened(
            connection, row["instalments"], InstalmentColumns, whose=whose, year=year, columns=INSTALMENT_COLUMNS
        )
        if (opened.addressee_number, opened.fiscal_year) != (person.addressee_number, year):
            raise ROW_DAMAGED.error("instalments of another person or year")
        return opened.rows()

    async def _opened(
        self, connection: Connection, cell: bytes, kind: type[Any], *, whose: bytes, year: int, columns: str
    ) -> Any:
        plain = await self._keys.open(connection, cell, person=whose, year=year, columns=columns)
        try:
            return msgspec.msgpack.decode(plain, type=kind)
        except msgspec.MsgspecError:
            raise ROW_DAMAGED.error(f"columns {columns} of year {year} do not decode") from None


async def read_house(connection: Connection, *, menu: MenuSection) -> House:
    """Switches, ages of the feeds and the offer. A missing row counts as the worst.

    `menu`: the configuration's own offer, in force until a later revision was set by command.
    """
    switches = await connection.execute("SELECT name, engaged FROM switches")
    feeds = await connection.execute("SELECT feed, as_of FROM feeds")
    engaged = {row["name"]: row["engaged"] for row in await switches.fetchall()}
    as_of = {row["feed"]: row["as_of"] for row in await feeds.fetchall()}
    return House(
        alarm=engaged.get("alarm", True),
        suspended=engaged.get("suspended", True),
        tax_as_of=as_of.get("tax"),
        jukinet_as_of=as_of.get("jukinet"),
        menu=await offer_in_force(connection, menu),
    )

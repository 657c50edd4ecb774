"""Reading a case from the database: what the rules judge and the composer sets.

The clerk does not read through this module: it has its own query and its own decoding (`issuer.clerk.record`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec

from madoguchi.issuer.case import (
    INSTALMENT_COLUMNS,
    PERSON_COLUMNS,
    RECORD_COLUMNS,
    Asked,
    Case,
    House,
    InstalmentColumns,
    Pair,
    PersonColumns,
    PersonRow,
    SerialRow,
)
from madoguchi.issuer.config import IssuerConfig, MenuSection
from madoguchi.issuer.offers import offer_in_force
from madoguchi.issuer.problems import ROW_DAMAGED
from madoguchi.issuer.secrets_at_rest import ColumnKey
from madoguchi.records import Instalment, TaxRecord
from madoguchi.runtime.database import Connection

_SERIAL: Final = (
    "SELECT addressee_number, status, ambiguous, valid_from, valid_until FROM serials"
    " WHERE ca_key_digest = %s AND serial = %s"
)
_PERSON: Final = "SELECT version, suppression, removal, sealed FROM persons WHERE addressee_number = %s"
_LOCKED: Final = {query: f"{query} FOR UPDATE" for query in (_SERIAL, _PERSON)}


class CaseReader:
    """Reads cases with the ward's column key."""

    def __init__(self, *, config: IssuerConfig, columns: ColumnKey) -> None:
        self._config = config
        self._columns = columns

    async def read(self, connection: Connection, *, pair: Pair, asked: Asked, now: datetime, lock: bool) -> Case:
        """One case as the database has it now.

        With `lock`, the rows of the serial and of the person are locked first: a stop, a removal or an amendment is
        then either committed before and seen, or waits until this transaction has ended.
        """
        serial = await self._serial(connection, pair, lock=lock)
        person = await self._person(connection, serial.addressee_number, lock=lock) if serial else None
        record: TaxRecord | None = None
        instalments: tuple[Instalment, ...] = ()
        if person is not None:
            record = await self._record(connection, person.addressee_number, asked.fiscal_year)
            instalments = await self._instalments(connection, person.addressee_number, asked.fiscal_year)
        return Case(
            asked=asked,
            now=now,
            config=self._config,
            house=await read_house(connection, menu=self._config.menu),
            serial=serial,
            person=person,
            record=record,
            instalments=instalments,
        )

    async def _serial(self, connection: Connection, pair: Pair, *, lock: bool) -> SerialRow | None:
        cursor = await connection.execute(
            _LOCKED[_SERIAL] if lock else _SERIAL,
            (pair.ca_key_digest, pair.serial),
        )
        row = await cursor.fetchone()
        return SerialRow(**row) if row else None

    async def _person(self, connection: Connection, number: str, *, lock: bool) -> PersonRow | None:
        cursor = await connection.execute(_LOCKED[_PERSON] if lock else _PERSON, (number,))
        row = await cursor.fetchone()
        if row is None:
            return None
        cursor = await connection.execute("SELECT stop FROM stops WHERE addressee_number = %s AND stopped", (number,))
        stops = frozenset(each["stop"] for each in await cursor.fetchall())
        cursor = await connection.execute("SELECT FROM suspensions WHERE addressee_number = %s", (number,))
        return PersonRow(
            addressee_number=number,
            version=row["version"],
            suppression=row["suppression"],
            removal=row["removal"],
            stops=stops,
            suspended=cursor.rowcount > 0,
            columns=self._opened(row["sealed"], PersonColumns, number, 0, PERSON_COLUMNS),
        )

    async def _record(self, connection: Connection, number: str, year: int) -> TaxRecord | None:
        sealed = await _sealed(connection, "records", number, year)
        if sealed is None:
            return None
        record: TaxRecord = self._opened(sealed, TaxRecord, number, year, RECORD_COLUMNS)
        if (record.addressee_number, record.fiscal_year) != (number, year):
            raise ROW_DAMAGED.error("a record of another person or year")
        return record

    async def _instalments(self, connection: Connection, number: str, year: int) -> tuple[Instalment, ...]:
        sealed = await _sealed(connection, "instalments", number, year)
        if sealed is None:
            return ()
        opened: InstalmentColumns = self._opened(sealed, InstalmentColumns, number, year, INSTALMENT_COLUMNS)
        return opened.rows

    def _opened(self, sealed: bytes, kind: type[Any], number: str, year: int, columns: str) -> Any:
        plain = self._columns.open(sealed, addressee=number, year=year, columns=columns)
        try:
            return msgspec.msgpack.decode(plain, type=kind)
        except msgspec.MsgspecError:
            raise ROW_DAMAGED.error(f"columns {columns} of year {year} do not decode") from None


_SEALED: Final = {
    table: f"SELECT sealed FROM {table} WHERE addressee_number = %s AND fiscal_year = %s"  # noqa: S608 - our own names
    for table in ("records", "instalments")
}


async def _sealed(connection: Connection, table: str, number: str, year: int) -> bytes | None:
    cursor = await connection.execute(_SEALED[table], (number, year))
    row = await cursor.fetchone()
    return row["sealed"] if row else None


async def read_house(connection: Connection, *, menu: MenuSection) -> House:
    """Switches, ages of the feeds and the offer. A missing row counts as the worst.

    `menu`: the configuration's own offer, in force until a later revision was set by command.
    """
    cursor = await connection.execute("SELECT name, engaged FROM switches")
    engaged = {row["name"]: row["engaged"] for row in await cursor.fetchall()}
    cursor = await connection.execute("SELECT feed, as_of FROM feeds")
    as_of = {row["feed"]: row["as_of"] for row in await cursor.fetchall()}
    return House(
        alarm=engaged.get("alarm", True),
        suspended=engaged.get("suspended", True),
        tax_as_of=as_of.get("tax"),
        jukinet_as_of=as_of.get("jukinet"),
        menu=await offer_in_force(connection, menu),
    )

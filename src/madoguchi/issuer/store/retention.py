"""Retention by year: which years are kept, and deletion that proves itself.

A fiscal year is kept while it is offered, and for `years` years, the present one counted. Eight by default: a tax can
be set or corrected for up to seven years after the year's due date where it was evaded (地方税法 第17条の5 第7項; five
otherwise), and claims lapse after five (第18条), so a certificate of an older year can neither change nor be needed to
collect. The ward's own rules on documents may ask for another number: it is a setting.

Deleting a year deletes its rows in both places, counts again, and destroys the year's data key: copies of the rows that
still lie in dead tuples, in the write-ahead log or in a backup then do not open (backups do not hold the data keys, and
their key stores follow: `backup.apart`). All of it is one transaction with its
evidence, or nothing is deleted. Rows of issuances, papers and evidence stay: they hold no tax data and name nobody, and
they prove what was handed out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from madoguchi.issuer.config import MenuSection, RetentionSection
from madoguchi.issuer.kept import note
from madoguchi.issuer.offers import offer_in_force
from madoguchi.issuer.store.problems import NOT_DELETED
from madoguchi.issuer.store.visible import SLOTS, before_commit
from madoguchi.runtime.clock import JST
from madoguchi.runtime.database import Connection

YEAR_DELETED: Final = "retention.year_deleted"
_APRIL: Final = 4
_TABLES: Final = ("records", "instalments")


@dataclass(frozen=True, slots=True, kw_only=True)
class Floors:
    """The oldest fiscal year that is kept of each kind of rows."""

    records: int
    instalments: int

    @property
    def oldest(self) -> int:
        """The oldest year of which anything is kept."""
        return min(self.records, self.instalments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """What became of one year."""

    fiscal_year: int
    records: int
    instalments: int
    key: bytes | None
    """The data key that was destroyed; None while another kind of rows of the year is kept."""


def fiscal_year_of(at: datetime) -> int:
    """年度: the Gregorian year in which its April 1 falls."""
    day = at.astimezone(JST).date()
    return day.year if day.month >= _APRIL else day.year - 1


async def floors(
    connection: Connection, *, settings: RetentionSection, configured: MenuSection, at: datetime
) -> Floors:
    """From the settings, and never later than the oldest year that the offer in force names for a kind."""
    present, offer = fiscal_year_of(at), await offer_in_force(connection, configured)
    offered = [year.fiscal_year for kind in offer.kinds for year in kind.years]
    paid = [year.fiscal_year for kind in offer.kinds if kind.kind == "payment" for year in kind.years]
    return Floors(
        records=min([present - settings.records_years + 1, *offered]),
        instalments=min([present - settings.instalments_years + 1, *paid]),
    )


async def apply(connection: Connection, kept: Floors, *, at: datetime) -> tuple[Deleted, ...]:
    """Delete what lies before the floors, in the caller's transaction, with evidence of each year.

    Hold the load lock (`generations.alone_loading`). Raises `issuer.not_deleted`, and then nothing is deleted.
    """
    years = await _years(connection, before=max(kept.records, kept.instalments))
    deleted = [made for year in years if (made := await _delete(connection, year, kept)) is not None]
    if deleted:
        await before_commit(connection)
    for each in deleted:
        body: dict[str, Any] = {
            "fiscal_year": each.fiscal_year,
            "records": each.records,
            "instalments": each.instalments,
            "key": each.key,
            "check": "counted again: no row left" + (", key gone" if each.key else ""),
        }
        await note(connection, YEAR_DELETED, body, at=at)
    return tuple(deleted)


async def _years(connection: Connection, *, before: int) -> list[int]:
    """Years with a key or a row: rows of a year whose key is gone lie in a database that was restored."""
    tables = ["data_keys", *(f"{table}_{slot}" for table in _TABLES for slot in SLOTS)]
    found = " UNION ".join(f"SELECT fiscal_year FROM {table}" for table in tables)  # noqa: S608 - our own names
    cursor = await connection.execute(
        f"SELECT fiscal_year FROM ({found}) AS found"  # noqa: S608 - our own names
        " WHERE fiscal_year BETWEEN 1 AND %s ORDER BY 1".encode(),
        (before - 1,),
    )
    return [row["fiscal_year"] for row in await cursor.fetchall()]


async def _delete(connection: Connection, year: int, kept: Floors) -> Deleted | None:
    await connection.execute("SET LOCAL statement_timeout = 0")
    gone = dict.fromkeys(_TABLES, 0)
    for table, floor in (("records", kept.records), ("instalments", kept.instalments)):
        if year < floor:
            gone[table] = await _delete_rows(connection, table, year)
    key = None
    if year < kept.oldest:
        key = await _destroy_key(connection, year)
    if key is None and not any(gone.values()):
        return None
    return Deleted(fiscal_year=year, records=gone["records"], instalments=gone["instalments"], key=key)


async def _delete_rows(connection: Connection, table: str, year: int) -> int:
    """Delete and count again, in both places."""
    deleted = 0
    for slot in SLOTS:
        where = f"FROM {table}_{slot} WHERE fiscal_year = %s"
        cursor = await connection.execute(f"DELETE {where}".encode(), (year,))
        deleted += cursor.rowcount
        cursor = await connection.execute(f"SELECT count(*) AS left {where}".encode(), (year,))
        row = await cursor.fetchone()
        if row is None or row["left"]:
            raise NOT_DELETED.error(f"rows of {table} {year}")
    return deleted


async def _destroy_key(connection: Connection, year: int) -> bytes | None:
    cursor = await connection.execute("DELETE FROM data_keys WHERE fiscal_year = %s RETURNING id, active", (year,))
    rows = await cursor.fetchall()
    cursor = await connection.execute("SELECT FROM data_keys WHERE fiscal_year = %s", (year,))
    if cursor.rowcount:
        raise NOT_DELETED.error(f"data key of {year}")
    return next((bytes(row["id"]) for row in rows if row["active"]), None)


async def kept_rows(connection: Connection) -> list[dict[str, Any]]:
    """Rows of the generation in force by year, for `retention show`."""
    cursor = await connection.execute("SELECT slot FROM feeds WHERE feed = 'tax'")
    row = await cursor.fetchone()
    slot = row["slot"] if row else SLOTS[0]
    cursor = await connection.execute(
        f"SELECT fiscal_year, sum(records)::bigint AS records, sum(instalments)::bigint AS instalments FROM ("  # noqa: S608 - our own names
        f" SELECT fiscal_year, count(*) AS records, 0 AS instalments FROM records_{slot} GROUP BY 1"
        f" UNION ALL SELECT fiscal_year, 0, count(*) FROM instalments_{slot} GROUP BY 1"
        ") AS kept GROUP BY 1 ORDER BY 1".encode()
    )
    return await cursor.fetchall()

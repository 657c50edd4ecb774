"""The ledger check, after every scenario: money, paper, counts and erasures agree at every party.

Per transaction paid = printed + refunded + owed, and kiosk, ec, center and issuer counted the same. Nothing was printed
that was not paid. What was held was erased. Each sheet that any printer let go of is its owner's. The coin boxes and
the books of the e-money company hold what was earned and what is owed.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from madoguchi.bench.reader import fronts_of, judge
from madoguchi.demo.papers import PAPER_FILE
from madoguchi.kiosk.devices.emoney import Books
from tests.chain.town import Town

_SETTLE_SECONDS = 40.0
_FEE_YEN = 300
_TRANSACTION_OCTETS = 16
"""With which every reference of an e-money payment begins."""
_BOX_AT_START_YEN = 1000 * 5 + 500 * 20 + 100 * 50 + 50 * 20 + 10 * 50
"""What `CoinBox` begins with."""


Database = psycopg.Connection[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """One transaction as one party counted it."""

    sheets_printed: int
    paid: int
    refunded: int
    owed: int


async def check_ledger(town: Town, *, ended: bool = True) -> None:
    """Wait until everything is told and acknowledged, then compare everything. Raises AssertionError."""
    if ended:
        await settled(town)
    kiosks, ecs, center, issuer = _kiosks(town), _ecs(town), counted_at_center(town), _issuer(town)
    assert set(kiosks) == set(ecs) == set(center), "an outcome that not everybody has counted"
    printed = _printed_yen(town)
    for transaction, counted in center.items():
        assert counted.paid == printed[transaction] + counted.refunded + counted.owed
        assert ecs[transaction] == counted
        journalled = kiosks[transaction]
        assert (journalled["paid_yen"], journalled["owed_yen"]) == (counted.paid, counted.owed)
        if transaction in issuer:
            assert issuer[transaction] == counted
        else:
            assert counted == Money(sheets_printed=0, paid=0, refunded=0, owed=0), "paid without an issuance"
    _check_paper(town, center)
    _check_boxes(town, center)
    _check_custody(town)


async def settled(town: Town) -> None:
    """Every transaction that a kiosk knows of is told, counted and acknowledged by everybody; nothing is held."""
    try:
        async with asyncio.timeout(_SETTLE_SECONDS):
            while open_ends(town):  # noqa: ASYNC110 - other processes tell no event
                await asyncio.sleep(0.1)
    except TimeoutError:
        found = open_ends(town)
        said = {name: town.lines(name)[-12:] for name in found if " " not in name}
        raise AssertionError(f"not settled: {found}; {said}") from None


def open_ends(town: Town) -> dict[str, int]:
    """What is not finished yet, by place."""
    found: dict[str, int] = {}
    for name in town.names("kiosk"):
        rows = _sqlite(town.home(name) / "state" / "kiosk.sqlite", "SELECT stage FROM visit")
        found[name] = sum(row["stage"] != "acknowledged" for row in rows)
    for name in town.names("ec"):
        rows = _sqlite(town.home(name) / "state" / f"{name}.sqlite", "SELECT acknowledgement FROM outcomes")
        found[name] = sum(row["acknowledgement"] is None for row in rows)
    with town.database("center") as center, town.database("issuer") as issuer:
        for what, (database, query) in {
            "center live": (center, "SELECT count(*) AS n FROM transactions WHERE state IN ('applying', 'delivered')"),
            "center held": (center, "SELECT count(*) AS n FROM custody WHERE erased_at IS NULL"),
            "issuer claimed": (issuer, "SELECT count(*) AS n FROM issuances WHERE state = 'claimed'"),
            "issuer held": (issuer, "SELECT count(*) AS n FROM custody WHERE erased_at IS NULL"),
        }.items():
            found[what] = database.execute(query).fetchone()["n"]  # type: ignore[index]
        found["center to tell"] = len(_untold(center, issuer))
    return {what: count for what, count in found.items() if count}


def _untold(center: Database, issuer: Database) -> set[bytes]:
    """Outcomes on their way to the ward, but for those of questions that never reached it: the ward knows none of
    those, and the center gives up telling it minutes later."""
    rows = center.execute(
        "SELECT q.transaction, t.issuance_digest FROM ward_queue q JOIN transactions t ON t.id = q.transaction"
        " WHERE q.done_at IS NULL"
    ).fetchall()
    known = {
        row["transaction"]
        for row in issuer.execute("SELECT transaction FROM issuances WHERE operator IS NOT NULL").fetchall()
    }
    return {row["transaction"] for row in rows if row["issuance_digest"] is not None or row["transaction"] in known}


def journal_of(town: Town, kiosk: str) -> dict[bytes, dict[str, Any]]:
    """What one kiosk's journal knows, by transaction."""
    rows = _sqlite(town.home(kiosk) / "state" / "kiosk.sqlite", "SELECT * FROM visit")
    return {row["transaction_id"]: row for row in rows}


def _kiosks(town: Town) -> dict[bytes, dict[str, Any]]:
    found: dict[bytes, dict[str, Any]] = {}
    for name in town.names("kiosk"):
        found |= journal_of(town, name)
    return found


def _ecs(town: Town) -> dict[bytes, Money]:
    found: dict[bytes, Money] = {}
    for name in town.names("ec"):
        path = town.home(name) / "state" / f"{name}.sqlite"
        found |= {row["id"]: _money(row) for row in _sqlite(path, "SELECT * FROM outcomes")}
    return found


def counted_at_center(town: Town) -> dict[bytes, Money]:
    """What the center counted, by transaction."""
    with town.database("center") as database:
        rows = database.execute("SELECT *, transaction AS id FROM outcomes").fetchall()
    return {row["id"]: _money(row) for row in rows}


def _issuer(town: Town) -> dict[bytes, Money]:
    with town.database("issuer") as database:
        rows = database.execute(
            "SELECT transaction AS id, sheets_printed, paid_yen, refunded_yen, owed_yen FROM issuances"
            " WHERE outcome_digest IS NOT NULL AND issued_at IS NOT NULL"
        ).fetchall()
    return {row["id"]: _money(row) for row in rows}


def _money(row: Mapping[str, Any]) -> Money:
    return Money(
        sheets_printed=row["sheets_printed"],
        paid=row["paid_yen"],
        refunded=row["refunded_yen"],
        owed=row["owed_yen"],
    )


def _printed_yen(town: Town) -> dict[bytes, int]:
    """The price of what was printed, by transaction."""
    with town.database("center") as database:
        rows = database.execute("SELECT transaction, printed_yen FROM outcomes").fetchall()
    return {row["transaction"]: row["printed_yen"] for row in rows}


def papers_of(town: Town) -> dict[Path, str]:
    """Every paper in any tray or hand, and the kiosk that let go of it."""
    found: dict[Path, str] = {}
    for kiosk in town.names("kiosk"):
        for place in ("tray", "taken"):
            found |= dict.fromkeys((town.papers(kiosk) / place).glob(f"*/{PAPER_FILE}"), kiosk)
    return found


def _check_paper(town: Town, center: Mapping[bytes, Money]) -> None:
    """Each paper is paid, counted, and its owner's, on every sheet."""
    owners = {path / PAPER_FILE: visit.holder.addressee_number for visit in town.visits for path in visit.papers}
    owners |= town.owners
    everybody = {visit.holder.addressee_number: town.name_of(visit.holder.addressee_number) for visit in town.visits}
    everybody |= {number: town.name_of(number) for number in town.owners.values()}
    on_paper: dict[bytes, int] = {}
    for path in papers_of(town):
        transaction = bytes.fromhex(path.parent.name)
        assert path in owners, "a paper that nobody asked for"
        found = judge(_fronts(town, path), expected=owners[path], everybody=everybody)
        assert not found.crossed, "ANOTHER PERSON'S PAPER"
        assert center[transaction].paid >= _FEE_YEN, "printed and not paid"
        on_paper[transaction] = found.sheets
    for transaction, counted in center.items():
        lying = on_paper.get(transaction, 0)
        assert counted.sheets_printed <= lying, "counted as printed, and not there"
        assert lying * _FEE_YEN <= counted.paid - counted.refunded, "printed, and the money given back"


def _fronts(town: Town, path: Path) -> tuple[str, ...]:
    """What is on a paper. Every test looks at every paper again, and opens only those that are new or were changed."""
    state = path.stat()
    key = (path, state.st_mtime_ns, state.st_size)
    if key not in town.fronts:
        town.fronts[key] = fronts_of(path)
    return town.fronts[key]


def _check_boxes(town: Town, center: Mapping[bytes, Money]) -> None:
    """The metal: what was taken in and not given back is in the boxes, or in the books of the e-money company."""
    inside = _charged_yen(town, center)
    for kiosk in town.names("kiosk"):
        metal = json.loads((town.home(kiosk) / "machine" / "coins.json").read_text(encoding="ascii"))
        assert not any(metal["escrow"].values()), "money of nobody in escrow"
        inside += sum(int(coin) * count for coin, count in metal["box"].items()) - _BOX_AT_START_YEN
    assert inside == sum(each.paid - each.refunded for each in center.values())


def _charged_yen(town: Town, center: Mapping[bytes, Money]) -> int:
    """What the company holds: of each transaction what it was counted as, and charged once."""
    held: dict[bytes, int] = {}
    for kiosk in town.names("kiosk"):
        for reference, entry in books_of(town, kiosk).entries.items():
            transaction = bytes.fromhex(reference)[:_TRANSACTION_OCTETS]
            assert transaction not in held, "charged twice"
            held[transaction] = entry.yen - entry.reversed_yen
    for transaction, yen in held.items():
        assert yen == center[transaction].paid - center[transaction].refunded
    return sum(held.values())


def books_of(town: Town, kiosk: str) -> Books:
    """What the e-money company knows of one kiosk's pad."""
    path = town.home(kiosk) / "machine" / "emoney.json"
    return msgspec.json.decode(path.read_bytes(), type=Books) if path.exists() else Books()


def _check_custody(town: Town) -> None:
    """held = erased, at the center, at the ward and at the kiosks."""
    for party in ("center", "issuer"):
        with town.database(party) as database:
            row = database.execute("SELECT count(*) AS n FROM custody WHERE erased_at IS NULL").fetchone()
        assert row is not None
        assert row["n"] == 0, f"{party} holds plaintext"


def _sqlite(path: Path, query: str) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(query)]

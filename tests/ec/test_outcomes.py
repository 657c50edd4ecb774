"""An outcome is kept until the center has acknowledged it: over faults, restarts and repetitions."""

from __future__ import annotations

import asyncio
import io
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from madoguchi.ec import journal as kept
from madoguchi.ec.accounts import account
from madoguchi.ec.journal import SCHEMA
from madoguchi.errors import MadoguchiError
from madoguchi.runtime.caller import PeerRefused
from madoguchi.runtime.clock import JST
from madoguchi.runtime.config import Database
from madoguchi.runtime.database import Pool
from madoguchi.runtime.journal import Journal
from madoguchi.runtime.server import Listener
from madoguchi.statement import Signer, verify
from madoguchi.statement.kinds import ACKNOWLEDGEMENT
from madoguchi.wire.identifiers import CENTER_CODE, sha256
from madoguchi.wire.outcome import RelayedOutcome
from madoguchi.wire.transaction import Delivered
from tests.center.stub_lines import StubLines
from tests.center.world import OPERATOR, OTHER_OPERATOR, Kiosk, Visit, World
from tests.ec.conftest import Line
from tests.ec.network import Network, center_listener, ec_listener, running


def make_center(network: Network, pool: Pool, database: Database, lines: StubLines) -> Listener:
    return center_listener(network, "center-1", pool=pool, database=database, lines=lines)


async def printed(line: Line, kiosk: Kiosk) -> tuple[Visit, bytes]:
    visit = await line.opened(kiosk)
    delivered = kiosk.open(visit, await line.apply(kiosk.apply(visit, kiosk.world.card())))
    assert isinstance(delivered, Delivered)
    return visit, kiosk.outcome(visit, delivered)


def rows(state_dir: Path) -> list[sqlite3.Row]:
    with closing(sqlite3.connect(state_dir / f"ec-{OPERATOR}.sqlite")) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute("SELECT * FROM outcomes").fetchall()


async def test_brought_again_while_it_is_relayed_it_is_acknowledged_too(
    network: Network, pool: Pool, database: Database, lines: StubLines, line: Line, kiosk: Kiosk
) -> None:
    """As the look at what is due may meet the kiosk that brings it: one relaying, and both hear what came of it."""
    async with running(make_center(network, pool, database, lines), ec_listener(network)):
        _, outcome = await printed(line, kiosk)
        said = await asyncio.gather(*(line.outcome(kiosk, outcome) for _ in range(6)))
    assert len(set(said)) == 1


async def test_kept_over_a_dead_center_and_a_restart(
    network: Network,
    pool: Pool,
    database: Database,
    lines: StubLines,
    line: Line,
    kiosk: Kiosk,
    world: World,
    tmp_path: Path,
    log_lines: io.StringIO,
) -> None:
    async with running(make_center(network, pool, database, lines), ec_listener(network)):
        visit, outcome = await printed(line, kiosk)
    async with running(ec_listener(network)):  # the center is gone
        with pytest.raises(PeerRefused) as refused:
            await line.outcome(kiosk, outcome)
        assert refused.value.peer_code == "ec.not_acknowledged"
    (row,) = rows(tmp_path)
    assert (row["outcome_digest"], row["outcome"], row["acknowledgement"]) == (sha256(outcome), outcome, None)
    async with running(ec_listener(network)):  # a restart, and still no center
        pass
    async with running(make_center(network, pool, database, lines), ec_listener(network)):
        for _ in range(100):
            if rows(tmp_path)[0]["acknowledgement"] is not None:
                break
            await asyncio.sleep(0.1)
        assert rows(tmp_path)[0]["acknowledgement"] is not None
        raw = await line.outcome(kiosk, outcome)  # the kiosk asks again
    said = verify(raw, ACKNOWLEDGEMENT, keys=world.keys, code=CENTER_CODE, at=datetime.now(UTC)).body
    assert (said.transaction, said.outcome_digest) == (visit.transaction, sha256(outcome))
    (row,) = rows(tmp_path)
    assert (row["enrolment"], row["outcome"], row["relay"]) == (None, None, None)
    assert (row["sheets_printed"], row["paid_yen"], row["result"]) == (1, 300, "printed")


async def test_another_outcome_of_the_same_transaction(
    network: Network,
    pool: Pool,
    database: Database,
    lines: StubLines,
    line: Line,
    kiosk: Kiosk,
    log_lines: io.StringIO,
) -> None:
    async with running(make_center(network, pool, database, lines), ec_listener(network)):
        visit, outcome = await printed(line, kiosk)
        await line.outcome(kiosk, outcome)
        with pytest.raises(PeerRefused) as refused:
            await line.outcome(kiosk, kiosk.outcome(visit))
        assert refused.value.peer_code == "ec.outcome_conflict"
        await line.outcome(kiosk, outcome)


async def test_an_outcome_of_another_kiosk_or_operator(
    network: Network,
    pool: Pool,
    database: Database,
    lines: StubLines,
    line: Line,
    kiosk: Kiosk,
    world: World,
    tmp_path: Path,
    log_lines: io.StringIO,
) -> None:
    async with running(make_center(network, pool, database, lines), ec_listener(network)):
        _, outcome = await printed(line, kiosk)
        for other in (Kiosk(world, name="kiosk-2", operator=OTHER_OPERATOR), Kiosk(world, name="kiosk-3")):
            with pytest.raises(PeerRefused) as refused:
                await line.outcome(other, outcome)
            assert refused.value.peer_code in {"ec.other_operator", "ec.other_kiosk"}
        with pytest.raises(PeerRefused) as refused:
            await line.outcome(kiosk, outcome[:-1] + bytes([outcome[-1] ^ 1]))
        assert refused.value.peer_code == "statement.bad_signature"
    assert rows(tmp_path) == []


async def test_an_acknowledgement_of_something_else_is_none(
    network: Network,
    pool: Pool,
    database: Database,
    lines: StubLines,
    line: Line,
    kiosk: Kiosk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    log_lines: io.StringIO,
) -> None:
    signed = Signer.sign

    def bent(self: Signer, kind: Any, body: Any) -> Any:
        if kind is ACKNOWLEDGEMENT:
            body = msgspec.structs.replace(body, outcome_digest=bytes(32))
        return signed(self, kind, body)

    async with running(make_center(network, pool, database, lines), ec_listener(network)):
        _, outcome = await printed(line, kiosk)
        monkeypatch.setattr(Signer, "sign", bent)
        with pytest.raises(PeerRefused) as refused:
            await line.outcome(kiosk, outcome)
        assert refused.value.peer_code == "ec.not_acknowledged"
        assert rows(tmp_path)[0]["outcome"] == outcome


def _counted(n: int) -> kept.Counted:
    return kept.Counted(
        transaction=bytes([n]) * 16,
        outcome_digest=bytes([n]) * 32,
        ward="139998",
        result="printed",
        sheets_printed=n,
        paid_yen=300 * n,
        refunded_yen=0,
        owed_yen=0,
        taken_at=1_795_000_000 + n,
    )


def test_the_days_account_and_what_is_forgotten(tmp_path: Path) -> None:
    told = RelayedOutcome(enrolment=b"e", outcome=b"o", relay=b"r")
    journal = Journal(tmp_path / "j.sqlite", schema=SCHEMA)
    for n in (1, 2):
        assert kept.put(journal, _counted(n), told) == bytes([n]) * 32
        assert kept.put(journal, _counted(n), told) == bytes([n]) * 32
    at = datetime.fromtimestamp(1_795_000_000, UTC)
    made = account(journal, day=at.astimezone(JST).date(), at=at)
    assert [(each.sheets_printed, each.paid_yen) for each in made.transactions] == [(1, 300), (2, 600)]
    assert account(journal, day=at.astimezone(JST).date() + timedelta(days=1), at=at).transactions == ()
    kept.acknowledge(journal, bytes([1]) * 16, raw=b"a")
    assert [one.transaction for one in kept.due(journal, at=at, limit=9)] == [bytes([2]) * 16]
    assert kept.forget(journal, before=at + timedelta(days=1)) == 1
    assert kept.waiting(journal, bytes([2]) * 16) is not None
    journal.close()


def test_half_an_acknowledgement_cannot_be_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.sqlite", schema=SCHEMA)
    kept.put(journal, _counted(1), RelayedOutcome(enrolment=b"e", outcome=b"o", relay=b"r"))
    with pytest.raises(MadoguchiError, match="journal"), journal.write() as connection:
        connection.execute("UPDATE outcomes SET acknowledgement = x'00'")
    journal.close()

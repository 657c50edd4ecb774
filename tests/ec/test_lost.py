"""What was left in a kiosk: kept by its operator, settled by the store, and known to the ward without the store."""

from __future__ import annotations

import asyncio
import io
import secrets
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from madoguchi.ec import lost_journal as kept
from madoguchi.ec.accounts import account
from madoguchi.ec.command import group
from madoguchi.ec.config import Limits
from madoguchi.ec.journal import SCHEMA
from madoguchi.errors import MadoguchiError
from madoguchi.paper.number import paper_number_text
from madoguchi.runtime.caller import PeerRefused
from madoguchi.runtime.clock import JST, epoch
from madoguchi.runtime.config import Database, write_config
from madoguchi.runtime.database import Pool, transaction
from madoguchi.runtime.journal import Journal
from madoguchi.statement import verify
from madoguchi.statement.kinds import LOST_ENTRY, LOST_KEPT, LOST_PROPERTY
from madoguchi.wire.identifiers import sha256
from madoguchi.wire.lost import KioskLostProperty, LostEntry, LostProperty
from tests.center.stub_lines import StubLines
from tests.center.world import OPERATOR, OTHER_OPERATOR, Kiosk, World
from tests.ec.conftest import Line
from tests.ec.network import Network, ec_listener, running
from tests.ec.test_outcomes import make_center, printed

PAPERS = (bytes(range(16)), bytes(range(16, 32)))


def notice(by: Kiosk, **changes: Any) -> LostProperty:
    values: dict[str, Any] = {
        "id": secrets.token_bytes(16),
        "kiosk": by.id,
        "operator": OPERATOR,
        "thing": "paper",
        "transaction": None,
        "ward": None,
        "papers": (),
        "noticed_at": epoch(datetime.now(UTC)),
    }
    return LostProperty(**(values | changes))


async def tell(line: Line, kiosk: Kiosk, body: LostProperty) -> bytes:
    return await send(line, kiosk, kiosk.signer.sign(LOST_PROPERTY, body))


async def send(line: Line, kiosk: Kiosk, signed: bytes) -> bytes:
    told = KioskLostProperty(enrolment=kiosk.enrolment, lost=signed)
    return await line.caller.post(line.url, "/v1/lost-property", told, answer=bytes, timeout=10)


async def at_the_center(pool: Pool, body: LostProperty) -> list[dict[str, Any]]:
    async with transaction(pool) as connection:
        cursor = await connection.execute("SELECT * FROM lost_property WHERE id = %s", (body.id,))
        return await cursor.fetchall()


async def until(pool: Pool, body: LostProperty, ended: str | None) -> dict[str, Any]:
    async with asyncio.timeout(15):
        while True:
            for row in await at_the_center(pool, body):
                if row["ended"] == ended:
                    return row
            await asyncio.sleep(0.1)


async def test_a_paper_from_the_kiosk_to_the_police_receipt(
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
    limits = Limits(probe=0.2, retry=0.2, cache=0.0)
    config_file = tmp_path / "ec.toml"
    write_config(network.ec_config(limits=limits), config_file)
    async with running(make_center(network, pool, database, lines), ec_listener(network, limits=limits)):
        visit, _ = await printed(line, kiosk)
        body = notice(kiosk, transaction=visit.transaction, ward=world.ward, papers=PAPERS)
        signed = kiosk.signer.sign(LOST_PROPERTY, body)
        raw = await send(line, kiosk, signed)
        said = verify(raw, LOST_KEPT, keys=world.keys, code=OPERATOR, at=datetime.now(UTC)).body
        assert (said.id, said.statement_digest) == (body.id, sha256(signed))
        row = await until(pool, body, None)
        assert (bytes(row["transaction"]), row["ward"], row["operator"]) == (visit.transaction, world.ward, OPERATOR)
        entry = verify(bytes(row["entry"]), LOST_ENTRY, keys=world.keys, code=OPERATOR, at=datetime.now(UTC)).body
        assert (entry.id, entry.end) == (body.id, None)
        for hidden in (kiosk.id, *PAPERS):
            assert hidden not in bytes(row["entry"])
        listed = call("list", "--config", str(config_file))
        assert body.id.hex() in listed
        assert paper_number_text(PAPERS[0]) in listed
        settled = call("complete", "--config", str(config_file), body.id.hex(), "--receipt", "A-123")
        assert "A-123" in settled
        assert paper_number_text(PAPERS[0]) not in settled
        row = await until(pool, body, "police")
        assert row["receipt"] == "A-123"
        with pytest.raises(MadoguchiError, match=r"ec\.lost_ended"):
            call("complete", "--config", str(config_file), body.id.hex(), "--returned")
        assert body.id.hex() not in call("list", "--config", str(config_file))
    assert len(await at_the_center(pool, body)) == 1


def call(*arguments: str) -> str:
    result = CliRunner().invoke(group, ["lost-property", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


async def test_the_same_notice_again_and_another_one_of_its_number(
    network: Network,
    pool: Pool,
    database: Database,
    lines: StubLines,
    line: Line,
    kiosk: Kiosk,
    tmp_path: Path,
    log_lines: io.StringIO,
) -> None:
    async with running(make_center(network, pool, database, lines), ec_listener(network)):
        body = notice(kiosk, thing="card")
        signed = kiosk.signer.sign(LOST_PROPERTY, body)
        for _ in range(2):
            await send(line, kiosk, signed)
        with pytest.raises(PeerRefused) as refused:
            await tell(line, kiosk, msgspec.structs.replace(body, thing="paper"))
        assert refused.value.peer_code == "ec.lost_conflict"
        await asyncio.sleep(1.5)
    assert await at_the_center(pool, body) == []  # a card is nothing that a ward must know of
    with closing(Journal(tmp_path / f"ec-{OPERATOR}.sqlite", schema=SCHEMA)) as journal:
        (found,) = kept.listed(journal, ended_too=False)
    assert (found.thing, found.transaction) == ("card", None)


async def test_a_notice_of_another_kiosk_or_operator(
    network: Network,
    pool: Pool,
    database: Database,
    lines: StubLines,
    line: Line,
    kiosk: Kiosk,
    world: World,
    log_lines: io.StringIO,
) -> None:
    async with running(make_center(network, pool, database, lines), ec_listener(network)):
        for changes in ({"kiosk": bytes(16)}, {"operator": OTHER_OPERATOR}):
            with pytest.raises(PeerRefused) as refused:
                await tell(line, kiosk, notice(kiosk, **changes))
            assert refused.value.peer_code == "ec.other_kiosk"
        other = Kiosk(world, name="kiosk-2", operator=OTHER_OPERATOR)
        with pytest.raises(PeerRefused) as refused:
            await tell(line, other, notice(other))
        assert refused.value.peer_code in {"ec.other_operator", "ec.other_kiosk"}


def lost(hours: float, **changes: Any) -> LostProperty:
    values: dict[str, Any] = {
        "id": secrets.token_bytes(16),
        "kiosk": bytes(16),
        "operator": OPERATOR,
        "thing": "paper",
        "transaction": bytes(16),
        "ward": "139998",
        "papers": PAPERS,
        "noticed_at": epoch(datetime.now(UTC) - timedelta(hours=hours)),
    }
    return LostProperty(**(values | changes))


def test_a_day_without_a_receipt_is_an_alarm(tmp_path: Path) -> None:
    with closing(Journal(tmp_path / "j.sqlite", schema=SCHEMA)) as journal:
        young, old = lost(23.9), lost(24.1)
        for body in (young, old):
            kept.put(journal, body, digest=bytes(32))
        now = datetime.now(UTC)
        made = account(journal, day=now.astimezone(JST).date(), at=now)
        assert made.incidents == ("ec.lost_property_open",)
        before = now - timedelta(hours=24)
        (found,) = kept.overdue(journal, before=before, unsaid=True)
        assert found.id == old.id
        kept.said(journal, old.id)
        assert kept.overdue(journal, before=before, unsaid=True) == []
        kept.complete(journal, old.id, end="returned", receipt=None, at=now)
        assert account(journal, day=now.astimezone(JST).date(), at=now).incidents == ()


def test_what_is_settled_is_told_once_and_its_paper_numbers_are_gone(tmp_path: Path) -> None:
    path, now = tmp_path / "j.sqlite", datetime.now(UTC)
    with closing(Journal(path, schema=SCHEMA)) as journal:
        body = lost(1)
        kept.put(journal, body, digest=bytes(32))
        (first,) = kept.untold(journal)
        ended = kept.complete(journal, body.id, end="police", receipt="7", at=now)
        kept.told(journal, first)  # the center's answer to the opening entry comes after the end
        assert kept.untold(journal) == [ended]
        kept.told(journal, ended)
        assert kept.untold(journal) == []
        assert kept.forget(journal, before=now + timedelta(days=1)) == 1
    assert PAPERS[0] not in path.read_bytes()


@pytest.mark.parametrize(
    ("end", "receipt", "ended_at"),
    [("police", None, 5), ("returned", "7", 5), (None, None, 5), ("returned", None, None)],
)
def test_half_an_end_cannot_be_said(end: Any, receipt: str | None, ended_at: int | None) -> None:
    with pytest.raises(ValueError, match=r"has ended|have has a receipt"):
        LostEntry(
            id=bytes(16),
            transaction=bytes(16),
            ward="139998",
            noticed_at=1,
            end=end,
            receipt=receipt,
            ended_at=ended_at,
            at=1,
        )

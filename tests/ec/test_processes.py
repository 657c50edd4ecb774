"""Real processes: a center that is killed where the ward is asked, and what its next life finds."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from madoguchi.jpki.status import State
from madoguchi.runtime.caller import PeerRefused
from madoguchi.runtime.config import Database, PartyConfig, declare, write_config
from madoguchi.runtime.endpoint import Call, Endpoint, application
from madoguchi.runtime.server import READY_FD, Listener
from madoguchi.wire.transaction import Delivered
from tests.center.stub_lines import StubLines
from tests.center.world import Kiosk, World
from tests.ec.conftest import Line
from tests.ec.network import PROBE_SECONDS, Network, issuer_listener, running


@asynccontextmanager
async def process(party: str, file: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """`./madoguchi PARTY serve --config FILE`, until it is ready."""
    read, write = os.pipe()
    started = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        f"from madoguchi.{party}.command import group; group()",
        "serve",
        "--config",
        str(file),
        env=os.environ | {READY_FD: str(write)},
        pass_fds=(write,),
    )
    os.close(write)
    ready = await asyncio.to_thread(os.read, read, 100)
    os.close(read)
    assert ready.startswith(b"ready "), party
    try:
        yield started
    finally:
        if started.returncode is None:
            started.send_signal(signal.SIGTERM)
        await asyncio.wait_for(started.wait(), 15)


def jpki_listener(network: Network, lines: StubLines) -> Listener:
    async def ocsp(call: Call[bytes]) -> bytes:
        return await lines.ocsp(call.body)

    config = PartyConfig(**network.common("jpki-1"))
    route = Endpoint(
        method="POST",
        path="/ocsp",
        handler=ocsp,
        callers=frozenset({"center"}),
        request=bytes,
        answer=bytes,
        summary="",
    )
    return Listener(app=application((route,), config=config), listen=config.listen, tls=config.tls)


def write_center(network: Network, database: Database, name: str) -> Path:
    config = network.world.center_config(name, database=database)
    file = network.state_dir / f"{name}.toml"
    write_config(declare(msgspec.structs.replace(config, **network.common(name))), file)
    return file


async def test_a_center_killed_while_the_ward_is_asked(
    network: Network,
    database: Database,
    lines: StubLines,
    line: Line,
    kiosk: Kiosk,
    world: World,
    owner: psycopg.Connection[Any],
    log_lines: io.StringIO,
) -> None:
    assert lines.status is State.GOOD
    asked = asyncio.Event()

    async def hang() -> None:
        asked.set()
        await asyncio.sleep(5)

    def record(visit: Any) -> Any:
        return owner.execute(
            "SELECT t.state, c.how FROM transactions t JOIN custody c ON c.transaction = t.id WHERE t.id = %s",
            (visit.transaction,),
        ).fetchone()

    card = world.card()
    ec_file, center_file = network.state_dir / "ec.toml", write_center(network, database, "center-1")
    write_config(network.ec_config(), ec_file)
    issuers = [issuer_listener(network, name, lines) for name in ("issuer-1", "issuer-2")]
    async with running(*issuers, jpki_listener(network, lines)), process("ec", ec_file) as ec:
        async with process("center", center_file) as center:
            await asyncio.sleep(3 * PROBE_SECONDS)
            visit = await line.opened(kiosk)
            lines.on_issue = hang
            applying = asyncio.create_task(line.apply(kiosk.apply(visit, card)))
            await asked.wait()
            assert record(visit) == ("applying", None)
            center.kill()
            with pytest.raises(PeerRefused) as refused:
                await applying
            assert refused.value.peer_code == "ec.center_down"
        lines.on_issue = None
        async with process("center", center_file):
            assert record(visit) == ("failed", "process_ended")
            await asyncio.sleep(3 * PROBE_SECONDS + 0.3)
            again = await line.opened(kiosk)
            delivered = kiosk.open(again, await line.apply(kiosk.apply(again, card)))
            assert isinstance(delivered, Delivered)
            outcome = kiosk.outcome(again, delivered)
            first = await line.outcome(kiosk, outcome)
            ec.kill()
            await ec.wait()
            async with process("ec", ec_file):
                await asyncio.sleep(2 * PROBE_SECONDS)
                assert await line.outcome(kiosk, outcome) == first
            for _ in range(50):
                if outcome in [told.outcome for told in lines.told]:
                    break
                await asyncio.sleep(0.1)
            assert outcome in [told.outcome for told in lines.told]

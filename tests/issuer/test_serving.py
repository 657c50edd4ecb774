"""The process's application over real mutual TLS, and its start."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from click.testing import CliRunner
from starlette.applications import Starlette

from madoguchi import custody
from madoguchi.errors import MadoguchiError
from madoguchi.issuer.afterwards import Afterwards
from madoguchi.issuer.command import group
from madoguchi.issuer.endpoints import Service
from madoguchi.issuer.intake.serve import make_app as make_intake_app
from madoguchi.issuer.serve import lifespan_of, settle_dead
from madoguchi.issuer.starting import standing_of
from madoguchi.runtime.caller import Caller, PeerRefused
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.config import Listen, Peer, write_config
from madoguchi.runtime.database import transaction
from madoguchi.runtime.endpoint import Health, application
from madoguchi.runtime.lock import ProcessLock
from madoguchi.runtime.ports import reserve
from madoguchi.runtime.problems import CLOCK_OFF, STRANGER
from madoguchi.runtime.server import Listener
from madoguchi.wire.account import Account
from madoguchi.wire.feed import FeedReceipt, StopReceipt
from madoguchi.wire.paper import PaperStatus
from madoguchi.wire.transaction import IssueAnswer, Issued
from tests.issuer.world import HANAKO, Replica, World, meanwhile, terms_of
from tests.issuer.world import tax_of as tax
from tests.runtime.serving import serving_all


@pytest.fixture
def ports() -> Iterator[tuple[int, int]]:
    held = reserve(), reserve()
    yield held[0].getsockname()[1], held[1].getsockname()[1]
    for each in held:
        each.close()


@asynccontextmanager
async def served(world: World, ports: tuple[int, int]) -> AsyncIterator[tuple[Replica, str, str]]:
    """An issuer and an intake, with where they are called."""
    replica = await world.replica(listen=Listen(port=ports[0]), peers=_peers(world, "center", "oversight", "verify"))
    service, config = Service(replica.parts, outcomes=replica.outcomes), replica.parts.config
    app = application(
        service.endpoints(),
        config=config,
        lifespan=lifespan_of(replica.parts, world.standing),
        ready=service.ready,
        require=world.standing.require,
    )
    app.add_middleware(Afterwards)
    intake = await world.intake(listen=Listen(port=ports[1]), peers=_peers(world, "tax"))
    taking = make_intake_app(intake, world.standing)
    listeners = [
        Listener(app=each, listen=of.listen, tls=of.tls, share_port=True)
        for each, of in ((app, config), (taking, intake.config))
    ]
    async with serving_all(listeners):
        yield replica, f"https://127.0.0.1:{ports[0]}", f"https://127.0.0.1:{ports[1]}"


def _peers(world: World, *parties: str) -> tuple[Peer, ...]:
    return tuple(
        Peer(party=each.party, name=each.name, fingerprints=(world.kit.identities.fingerprints[each.name],))
        for each in world.kit.plan.processes
        if each.party in parties
    )


@asynccontextmanager
async def calling(world: World, name: str, url: str, *, called: str = "issuer-1") -> AsyncIterator[Caller]:
    home = world.kit.directory / "pki" / name
    config = world.kit.config("issuer-1", database=world.database)
    fingerprint = world.kit.identities.fingerprints[called]
    peer = Peer(party=called.partition("-")[0], name=called, fingerprints=(fingerprint,), url=url)
    tls = msgspec.structs.replace(config.tls, certificate=home / "tls.pem", key=home / "tls.key")
    async with Caller(msgspec.structs.replace(config, tls=tls, peers=(peer,))) as caller:
        yield caller


async def test_the_ward_over_the_wire(world: World, ports: tuple[int, int]) -> None:
    card = world.kit.card()
    world.jukinet.listed.append(world.kit.entry(card, HANAKO))
    package = world.tax.package(residents=[HANAKO], taxes=[tax(HANAKO)], instalments=[terms_of(HANAKO)])
    async with served(world, ports) as (replica, url, intake):
        async with calling(world, "tax-1", intake, called="intake-1") as from_tax:
            await from_tax.post(intake, "/v1/feed/packages", package, answer=FeedReceipt, timeout=20)
        async with calling(world, "center-1", url) as from_center:
            visit = world.street.visit(card)
            answer = await from_center.post(
                url, "/v1/issue", visit.request, answer=cast("Any", IssueAnswer), timeout=20
            )
            assert isinstance(answer, Issued)
            await from_center.post(url, "/v1/outcomes", world.street.outcome(visit, answer), timeout=20)
            with pytest.raises(PeerRefused):
                await from_center.get(url, "/v1/account?day=2026-11-23", answer=Account, timeout=20)
        async with calling(world, "oversight-1", url) as from_desk:
            account = await from_desk.get(url, "/v1/account?day=2026-11-23", answer=Account, timeout=20)
            with pytest.raises(PeerRefused):
                await from_desk.get(url, "/v1/account?day=today", answer=Account, timeout=20)
        number = world.street.issuance(answer).sheets[0].paper_number
        async with calling(world, "verify-1", url) as from_verify:
            status = await from_verify.get(url, f"/v1/papers/{number.hex()}", answer=PaperStatus, timeout=20)
            with pytest.raises(PeerRefused):
                await from_verify.get(url, "/v1/papers/00", answer=PaperStatus, timeout=20)
        async with calling(world, "tax-1", intake, called="intake-1") as from_tax:
            await from_tax.post(intake, "/v1/feed/stops", world.tax.stop(HANAKO), answer=StopReceipt, timeout=20)
    assert status.status == "issued"
    assert account.transactions[0].state == "printed"
    assert (account.custody[0].held, account.custody[0].erased, account.custody[0].open) == (1, {"wiped": 1}, ())
    assert replica.parts.config.name == "issuer-1"


async def test_a_stranger_refuses_everything_and_says_so(world: World, ports: tuple[int, int]) -> None:
    """Neither menu nor paper; health and contract are answered, and readiness says why."""
    world.standing.refusal = STRANGER.error("another version")
    async with (
        served(world, ports) as (_, url, _taking),
        calling(world, "center-1", url) as center,
    ):
        for asked in (
            center.get(url, "/v1/menu", answer=bytes, timeout=20),
            center.post(url, "/v1/issue", b"?", answer=cast("Any", IssueAnswer), timeout=20),
            center.get(url, "/ready", answer=Health, timeout=20),
        ):
            with pytest.raises(PeerRefused) as refused:
                await asked
            assert (refused.value.status, refused.value.peer_code) == (503, "runtime.stranger")
            assert refused.value.public_reason == "try_later"
        assert (await center.get(url, "/health", answer=Health, timeout=20)).name == "issuer-1"
        world.standing.refusal = None
        assert await center.get(url, "/v1/menu", answer=bytes, timeout=20)


async def test_an_intake_that_is_a_stranger_takes_nothing_and_says_so(world: World, ports: tuple[int, int]) -> None:
    package = world.tax.package(residents=[HANAKO], taxes=[tax(HANAKO)], instalments=[terms_of(HANAKO)])
    world.standing.refusal = STRANGER.error("another version")
    async with served(world, ports) as (_, _url, url), calling(world, "tax-1", url, called="intake-1") as from_tax:
        for asked in (
            from_tax.post(url, "/v1/feed/packages", package, answer=FeedReceipt, timeout=20),
            from_tax.post(url, "/v1/feed/stops", world.tax.stop(HANAKO), answer=StopReceipt, timeout=20),
            from_tax.get(url, "/ready", answer=Health, timeout=20),
        ):
            with pytest.raises(PeerRefused) as refused:
                await asked
            assert refused.value.peer_code == "runtime.stranger"
        assert (await from_tax.get(url, "/health", answer=Health, timeout=20)).name == "intake-1"
        assert await world.one("SELECT sequence FROM feeds WHERE feed = 'tax'") == {"sequence": 0}
        world.standing.refusal = None
        await from_tax.post(url, "/v1/feed/packages", package, answer=FeedReceipt, timeout=20)


async def test_an_intake_is_ready_while_it_could_take_a_package(world: World) -> None:
    drop = world.kit.directory / "drop"
    drop.mkdir()
    intake = await world.intake(drop_directory=drop)
    await intake.ready()
    drop.rmdir()
    with pytest.raises(MadoguchiError) as shut:
        await intake.ready()
    assert (shut.value.code, shut.value.cause.partition(":")[0]) == ("issuer.not_configured", "drop_directory")
    drop.mkdir()
    kek = world.kit.data_keys.kek
    right = kek.read_bytes()
    kek.write_bytes(bytes(32))
    with pytest.raises(MadoguchiError) as other:
        await intake.ready()
    assert other.value.code == "issuer.key_unusable"
    kek.write_bytes(right)
    await intake.ready()


async def test_an_intake_compares_itself_as_its_own_role(world: World, tmp_path: Path) -> None:
    """The first declares itself beside the issuers; one with another setting yields, and is an incident."""
    first = world.kit.intake_config("intake-1", database=world.intake_database)
    other = world.kit.intake_config("intake-2", database=world.intake_database, look_seconds=7.0)
    for name in ("m1", "m2"):
        (tmp_path / name).mkdir()
    with ProcessLock(tmp_path / "m1", name=first.name) as one, ProcessLock(tmp_path / "m2", name=other.name) as two:
        compared = standing_of(first, pool=world.intake_pool, lock=one, clock=SystemClock())
        stranger = standing_of(other, pool=world.intake_pool, lock=two, clock=SystemClock())
        async with compared.kept(), stranger.kept():
            assert compared.may_serve()
            with pytest.raises(MadoguchiError) as refused:
                stranger.require()
    assert refused.value.code == "runtime.stranger"
    assert await world.one("SELECT code FROM incidents") == {"code": "runtime.stranger"}
    assert await world.one("SELECT party FROM programs") == {"party": "intake"}


async def test_an_intake_is_declared_by_the_command_of_the_issuers(world: World, tmp_path: Path) -> None:
    file = tmp_path / "intake.toml"
    write_config(world.kit.intake_config("intake-1", database=world.intake_database), file)
    words = ("--config", str(file))
    declared = await asyncio.to_thread(CliRunner().invoke, group, ["topology", "declare", *words, "--by", "Suzuki"])
    assert (declared.exit_code, declared.output) == (0, "declared\n"), declared.exception
    assert await world.one("SELECT party, declared_by FROM programs") == {"party": "intake", "declared_by": "Suzuki"}
    shown = await asyncio.to_thread(CliRunner().invoke, group, ["topology", "show", *words])
    assert "by Suzuki: intake-1, intake-2" in shown.output


async def test_a_stranger_settles_nothing_until_it_is_declared(world: World) -> None:
    replica = await world.replica()
    async with transaction(world.pool) as connection:
        await custody.hold(connection, bytes(16), holder="issuer-1", process=bytes(16))
    world.standing.refusal = STRANGER.error("another version")
    async with lifespan_of(replica.parts, world.standing)(Starlette()):
        await asyncio.sleep(0.1)
        assert await world.one("SELECT how FROM custody") == {"how": None}
        world.standing.refusal = None
        world.standing.good.set()
        async with asyncio.timeout(10):
            while await world.one("SELECT how FROM custody") == {"how": None}:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    assert await world.one("SELECT how FROM custody") == {"how": "process_ended"}


async def test_a_process_that_may_not_serve_any_more_does_not_issue(world: World) -> None:
    """It was declared when the application came, and not any more at the moment of issue."""
    card = world.kit.card()

    async def found_out() -> None:
        world.standing.refusal = CLOCK_OFF.error("+3600 s")

    replica = await world.replica(make_composer=meanwhile(asyncio.get_running_loop(), found_out))
    await world.open(replica, HANAKO, cards={HANAKO.addressee_number: card})
    visit = world.street.visit(card)
    assert world.street.reason(await replica.issue(visit.request)) == "try_later"
    assert await world.refusal_of(visit) == "runtime.clock_off"
    assert await world.all("SELECT FROM papers") == []


async def test_what_died_with_an_earlier_run_is_settled_at_start(world: World) -> None:
    """A kill between `held` and the answer: the receipt says so, and the claim has failed."""
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO, cards={HANAKO.addressee_number: card})
    killed = asyncio.Event()

    async def never(*_arguments: object, **_named: object) -> object:
        killed.set()
        return await asyncio.Event().wait()

    replica.parts.clerk.read = never  # type: ignore[method-assign, assignment]
    task = asyncio.create_task(replica.issue(world.street.visit(card).request))
    await killed.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await world.one("SELECT how FROM custody") == {"how": None}
    other = await world.replica("issuer-2")
    await settle_dead(other.parts)
    assert await world.one("SELECT how FROM custody") == {"how": None}
    successor = await world.replica()
    await settle_dead(successor.parts)
    assert await world.one("SELECT how FROM custody") == {"how": "process_ended"}
    assert await world.one("SELECT state, refusal FROM issuances") == {"state": "failed", "refusal": "issuer.failed"}


async def test_a_replica_with_another_key_refuses_to_start(world: World) -> None:
    await world.replica()
    keys = world.kit.config("issuer-2", database=world.database).data_keys
    other = world.kit.directory / "other-key"
    for name in ("kek", "index", "pseudonyms"):
        other.write_bytes(secrets.token_bytes(32))
        with pytest.raises(MadoguchiError, match=r"issuer\.key_unusable"):
            await world.replica("issuer-2", data_keys=msgspec.structs.replace(keys, **{name: other}))
    other.write_bytes(b"short")
    with pytest.raises(MadoguchiError, match=r"issuer\.key_unusable"):
        await world.replica("issuer-2", data_keys=msgspec.structs.replace(keys, pseudonyms=other))

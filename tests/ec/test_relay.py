"""Relaying over real mutual TLS: the same bytes, once, to a center that answers."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import msgspec
import pytest

from madoguchi.ec.relay import Relay
from madoguchi.errors import MadoguchiError
from madoguchi.runtime.caller import Caller, CallError, PeerRefused
from madoguchi.runtime.config import Database, PartyConfig, Peer
from madoguchi.runtime.database import Pool
from madoguchi.runtime.server import Listener
from madoguchi.wire.identifiers import sha256
from madoguchi.wire.transaction import ApplyAnswer, Delivered, OpenAnswer, Refused, SealedMessage, SignedByKiosk
from tests.center.stub_lines import StubLines
from tests.center.world import HOLDER, OTHER_OPERATOR, Kiosk, World, refusal_of
from tests.ec.conftest import Line
from tests.ec.network import CENTERS, Network, center_listener, ec_listener, issuer_listener, network_lines, running


@pytest.fixture
def centers(
    network: Network, pool: Pool, database: Database, lines: StubLines, log_lines: io.StringIO
) -> list[Listener]:
    return [center_listener(network, name, pool=pool, database=database, lines=lines) for name in CENTERS]


def _journal(state_dir: Path) -> bytes:
    return b"".join(path.read_bytes() for path in state_dir.iterdir() if "sqlite" in path.name)


async def test_the_whole_chain(
    network: Network, centers: list[Listener], line: Line, kiosk: Kiosk, world: World, tmp_path: Path
) -> None:
    async with running(*centers, ec_listener(network)):
        raw = await line.caller.get(line.url, "/v1/trust-list", answer=bytes, timeout=5)
        assert raw == world.trust.list.read_bytes()
        assert await line.caller.get(line.url, f"/v1/menus/{world.ward}", answer=bytes, timeout=5)
        for _ in range(4):  # opened at either, applied at either: round robin
            visit = await line.opened(kiosk)
            delivered = kiosk.open(visit, await line.apply(kiosk.apply(visit, world.card())))
            assert isinstance(delivered, Delivered)
            outcome = kiosk.outcome(visit, delivered)
            first = await line.outcome(kiosk, outcome)
            assert await line.outcome(kiosk, outcome) == first
    journal = _journal(tmp_path)
    assert visit.transaction in journal
    for needle in (HOLDER.encode(), b"%PDF", visit.secret, outcome, sha256(b"")):
        assert needle not in journal


async def test_an_open_of_another_operator_or_kiosk(
    network: Network, centers: list[Listener], line: Line, kiosk: Kiosk, world: World
) -> None:
    async with running(*centers, ec_listener(network)):
        other = Kiosk(world, name="kiosk-2", operator=OTHER_OPERATOR)
        with pytest.raises(PeerRefused, match="refused") as refused:
            await line.open(other.request())
        assert refused.value.peer_code == "ec.other_operator"
        neighbour = Kiosk(world, name="kiosk-3")
        with pytest.raises(PeerRefused) as refused:
            await line.open(neighbour.request())
        assert refused.value.peer_code == "ec.other_kiosk"
        with pytest.raises(PeerRefused) as refused:
            await line.open(SignedByKiosk(enrolment=b"\x80", statement=b"\x80"))
        assert refused.value.peer_code == "ec.other_operator"


async def test_a_kiosk_of_another_operator_is_cut_off(
    network: Network, centers: list[Listener], line: Line, world: World
) -> None:
    async with running(*centers, ec_listener(network)), network.caller("center-1") as stranger:
        with pytest.raises(CallError):
            await stranger.get(line.url, "/v1/trust-list", answer=bytes, timeout=5)


async def test_a_center_is_called_by_an_ec_only(
    network: Network, centers: list[Listener], kiosk: Kiosk, world: World
) -> None:
    peers = (
        Peer(
            party="center",
            name="center-1",
            fingerprints=(world.identities.fingerprints["center-1"],),
            url=network.url("center-1"),
        ),
    )
    async with running(*centers):
        for name, code in (("kiosk-1", "runtime.unknown_peer"), ("oversight-1", "runtime.wrong_party")):
            config = PartyConfig(**(network.common(name) | {"peers": peers}))
            async with Caller(config) as caller:
                with pytest.raises(PeerRefused) as refused:
                    await caller.get(peers[0].url or "", "/v1/trust-list", answer=bytes, timeout=5)
                assert refused.value.peer_code == code


async def test_no_center_is_a_network_error_and_one_is_enough(
    network: Network, centers: list[Listener], line: Line, kiosk: Kiosk, log_lines: io.StringIO
) -> None:
    async with running(ec_listener(network)):
        with pytest.raises(PeerRefused) as refused:
            await line.opened(kiosk)
        assert refused.value.peer_code == "ec.center_down"
    async with running(centers[1], ec_listener(network)):
        for _ in range(3):
            await line.opened(kiosk)


async def test_nothing_is_repeated_after_it_was_sent(
    network: Network, centers: list[Listener], line: Line, kiosk: Kiosk, world: World, lines: StubLines
) -> None:
    """The answer is lost on the way back: the kiosk gets a network error, and the ward was asked once."""

    class Losing:
        def __init__(self, honest: Relay) -> None:
            self.honest = honest
            self.fetch = honest.fetch

        async def open(self, request: SignedByKiosk, *, kiosk: Peer) -> OpenAnswer:
            return await self.honest.open(request, kiosk=kiosk)

        async def apply(self, message: SealedMessage, *, kiosk: Peer) -> ApplyAnswer:
            await self.honest.apply(message, kiosk=kiosk)
            raise RuntimeError

    async with running(*centers, ec_listener(network, make_relay=Losing)):
        visit = await line.opened(kiosk)
        with pytest.raises(PeerRefused):
            await line.apply(kiosk.apply(visit, world.card()))
        assert lines.issued == [visit.transaction]


async def test_a_lying_ec_delivers_to_the_wrong_kiosk(
    network: Network, centers: list[Listener], line: Line, kiosk: Kiosk, world: World
) -> None:
    """Two kiosks at once, and the answers crossed on purpose: neither opens."""

    class Crossing:
        def __init__(self, honest: Relay) -> None:
            self.honest = honest
            self.fetch = honest.fetch
            self.waiting: list[tuple[SealedMessage, asyncio.Future[ApplyAnswer]]] = []

        async def open(self, request: SignedByKiosk, *, kiosk: Peer) -> OpenAnswer:
            return await self.honest.open(request, kiosk=kiosk)

        async def apply(self, message: SealedMessage, *, kiosk: Peer) -> ApplyAnswer:
            future: asyncio.Future[ApplyAnswer] = asyncio.get_running_loop().create_future()
            self.waiting.append((message, future))
            if len(self.waiting) == 2:
                (first, one), (second, two) = self.waiting
                two.set_result(await self.honest.apply(first, kiosk=kiosk))
                one.set_result(await self.honest.apply(second, kiosk=kiosk))
            return await future

    async with running(*centers, ec_listener(network, make_relay=Crossing)), network.caller("kiosk-3") as other_caller:
        neighbour, other_line = Kiosk(world, name="kiosk-3"), Line(other_caller, line.url)
        one, two = await line.opened(kiosk), await other_line.opened(neighbour)
        crossed = await asyncio.gather(
            line.apply(kiosk.apply(one, world.card())), other_line.apply(neighbour.apply(two, world.card()))
        )
        for visit, who, answer in ((one, kiosk, crossed[0]), (two, neighbour, crossed[1])):
            assert isinstance(answer, SealedMessage)
            assert answer.transaction != visit.transaction
            with pytest.raises(MadoguchiError, match="does_not_open"):
                who.open(visit, answer)


async def test_a_replay_by_the_ec(
    network: Network, centers: list[Listener], line: Line, kiosk: Kiosk, world: World, lines: StubLines
) -> None:
    async with running(*centers, ec_listener(network)):
        visit = await line.opened(kiosk)
        message = kiosk.apply(visit, world.card())
        answers = await asyncio.gather(*(line.apply(message) for _ in range(8)))
    assert sum(isinstance(answer, SealedMessage) for answer in answers) == 1
    assert {refusal_of(world, answer).reason for answer in answers if isinstance(answer, Refused)} == {"try_later"}
    assert lines.issued == [visit.transaction]


async def test_the_ec_relays_what_it_cannot_read(
    network: Network, centers: list[Listener], line: Line, kiosk: Kiosk, world: World
) -> None:
    """What passes through holds neither the card's certificate nor the paper, and its length says little."""
    seen: list[bytes] = []

    class Listening:
        def __init__(self, honest: Relay) -> None:
            self.honest = honest
            self.fetch = honest.fetch
            self.open = honest.open

        async def apply(self, message: SealedMessage, *, kiosk: Peer) -> ApplyAnswer:
            answer = await self.honest.apply(message, kiosk=kiosk)
            assert isinstance(answer, SealedMessage)
            seen.extend((message.ciphertext, answer.ciphertext))
            return answer

    async with running(*centers, ec_listener(network, make_relay=Listening)):
        for _ in range(2):
            visit, card = await line.opened(kiosk), world.card()
            delivered = kiosk.open(visit, await line.apply(kiosk.apply(visit, card)))
            assert isinstance(delivered, Delivered)
            for needle in (card.contents.certificate[-100:], HOLDER.encode(), delivered.marks[0].back[:100]):
                assert not any(needle in sealed for sealed in seen)
    assert len({len(sealed) for sealed in seen[::2]}) == 1
    assert len({len(sealed) for sealed in seen[1::2]}) == 1


async def test_the_center_asks_an_issuing_server_once(
    network: Network, line: Line, world: World, database: Database, lines: StubLines, log_lines: io.StringIO
) -> None:
    """One replica's connection is refused before a byte is sent: the other is asked. A lost answer stays lost."""
    async with network.caller("center-1") as caller, running(issuer_listener(network, "issuer-2", lines)):
        asking = network_lines(network, caller, database)
        for _ in range(3):
            assert await asking.menu(world.ward)
    async with (
        network.caller("center-1") as caller,
        running(*(issuer_listener(network, name, lines) for name in ("issuer-1", "issuer-2"))),
    ):
        asking, lines.ward_down = network_lines(network, caller, database), True
        with pytest.raises(CallError) as lost:
            await asking.issue(world.ward, b"\x80")
        assert lost.value.sent
    assert log_lines.getvalue().count("/v1/issue") == 1


async def test_an_oversized_message_is_refused(
    network: Network, centers: list[Listener], line: Line, kiosk: Kiosk, world: World
) -> None:
    async with running(*centers, ec_listener(network)):
        visit = await line.opened(kiosk)
        message = kiosk.apply(visit, world.card())
        with pytest.raises(CallError):
            await line.apply(msgspec.structs.replace(message, ciphertext=bytes(70_000)))
        assert isinstance(await line.apply(message), SealedMessage)


@pytest.mark.parametrize("path", ["/v1/menus/131113", "/v1/menus/..%2Faccount", "/v1/menus/1"])
async def test_menus_of_nowhere(network: Network, centers: list[Listener], line: Line, path: str) -> None:
    async with running(*centers, ec_listener(network)):
        with pytest.raises(CallError):
            await line.caller.get(line.url, path, answer=bytes, timeout=5)

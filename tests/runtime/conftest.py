from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from madoguchi import __version__
from madoguchi.runtime.config import Listen, PartyConfig, Peer, Topology, declare
from madoguchi.runtime.endpoint import Endpoint, application
from madoguchi.wire.identifiers import Environment
from tests.runtime.pki import Authority, Identity
from tests.runtime.serving import serving


@pytest.fixture
def identities(authority: Authority) -> dict[str, Identity]:
    return {name: authority.issue(name) for name in ("center", "ec", "kiosk", "stranger")}


@pytest.fixture
def center_config(identities: dict[str, Identity], port: int) -> PartyConfig:
    """A center that knows an ec and a kiosk."""
    peers = tuple(
        Peer(party=party, name=f"{party}-1", fingerprints=(identities[party].fingerprint,)) for party in ("ec", "kiosk")
    )
    return make_config("center", identities["center"], peers=peers, listen=Listen(port=port))


@pytest.fixture
def ec_config(identities: dict[str, Identity], port: int) -> PartyConfig:
    return make_config("ec", identities["ec"], peers=(center_peer(identities, port),))


def center_peer(identities: dict[str, Identity], port: int) -> Peer:
    fingerprints = (identities["center"].fingerprint,)
    return Peer(party="center", name="center-1", fingerprints=fingerprints, url=f"https://127.0.0.1:{port}")


def make_config(
    party: str, identity: Identity, *, peers: tuple[Peer, ...] = (), listen: Listen | None = None
) -> PartyConfig:
    return declare(
        PartyConfig(
            party=party,
            name=f"{party}-1",
            environment=Environment.TEST,
            version_expected=__version__,
            listen=listen or Listen(),
            tls=identity.files,
            topology=Topology(replicas=(f"{party}-1",), fingerprint=""),
            peers=peers,
        )
    )


Serving = Callable[[Sequence[Endpoint]], AbstractAsyncContextManager[str]]


@pytest.fixture
def center(center_config: PartyConfig, lines: io.StringIO) -> Serving:
    """`async with center(endpoints) as url:` serves them over real TLS."""

    @asynccontextmanager
    async def run(endpoints: Sequence[Endpoint]) -> AsyncIterator[str]:
        async with serving(application(endpoints, config=center_config), center_config) as url:
            yield url

    return run

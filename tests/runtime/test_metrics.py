"""What is counted, and what is not."""

from __future__ import annotations

import re

import msgspec
import pytest

from madoguchi.errors import all_problems
from madoguchi.errors.problem import PublicReason
from madoguchi.issuer import problems as issuer_problems
from madoguchi.runtime import metrics
from madoguchi.runtime.caller import Caller, PeerRefused
from madoguchi.runtime.config import PartyConfig, Peer, declare
from madoguchi.runtime.endpoint import ANY_PEER, Call, Endpoint, application
from madoguchi.runtime.problems import DATABASE_UNAVAILABLE, TOO_LARGE
from madoguchi.runtime.steps import tell
from tests.runtime.conftest import center_peer
from tests.runtime.pki import Identity
from tests.runtime.serving import serving


def value_of(line: str) -> float:
    """The number behind a name with its labels; 0 while nothing was counted."""
    found = re.search(rf"(?m)^{re.escape(line)} (\S+)$", metrics.text().decode())
    return float(found[1]) if found else 0.0


@pytest.mark.parametrize("code", [each.code for each in all_problems() if each.code.startswith("issuer.")])
def test_a_reason_of_a_person_counts_under_one_word(code: str) -> None:
    problem = next(each for each in all_problems() if each.code == code)
    person = problem.public_reason is PublicReason.ASK_YOUR_WARD
    counted = 'madoguchi_refused_total{code="%s"}' % ("person" if person else code)
    before = value_of(counted)
    metrics.count_refused(problem)
    assert value_of(counted) == before + 1
    assert not person or code not in metrics.text().decode()


def test_a_refusal_that_is_passed_on_says_no_more() -> None:
    before = value_of('madoguchi_refused_total{code="person"}')
    metrics.count_passed_on(issuer_problems.SUPPRESSED.public_reason.value)
    assert value_of('madoguchi_refused_total{code="person"}') == before + 1
    metrics.count_passed_on("try_later")
    assert value_of('madoguchi_refused_total{code="passed_on.try_later"}') >= 1


def test_a_step_is_counted_without_its_transaction(lines: object) -> None:
    line = 'madoguchi_step_seconds_count{number="9",step="of this test"}'
    tell("of this test", number=9, transaction=bytes.fromhex("ab" * 16), seconds=0.2)
    assert value_of(line) == 1
    assert "abab" not in metrics.text().decode()


def test_nothing_is_told_of_the_process_itself() -> None:
    names = set(re.findall(r"(?m)^# TYPE (\S+)", metrics.text().decode()))
    assert names
    assert all(name.startswith("madoguchi_") for name in names)
    assert not any(name.endswith("_created") for name in names)


async def test_requests_are_counted_by_declared_route_and_code(
    center_config: PartyConfig, ec_config: PartyConfig, identities: dict[str, Identity], port: int, lines: object
) -> None:
    """And the counters are for a monitor alone; without the database they are told all the same."""

    async def refuse(_call: Call[None]) -> None:
        raise TOO_LARGE.error("by hand")

    async def measure() -> None:
        raise DATABASE_UNAVAILABLE.error("by hand")

    route = Endpoint(method="GET", path="/v1/things/{name}", handler=refuse, callers=ANY_PEER, summary="refuses")
    monitor = Peer(party="monitor", name="monitor-1", fingerprints=(identities["stranger"].fingerprint,))
    config = declare(_with_peers(center_config, (*center_config.peers, monitor)))
    line = 'madoguchi_requests_total{code="runtime.too_large",method="GET",route="/v1/things/{name}",status="413"}'
    before = value_of(line)
    async with serving(application((route,), config=config, measure=measure), config) as url:
        async with Caller(ec_config) as ec:
            with pytest.raises(PeerRefused):
                await ec.get(url, "/v1/things/secret", answer=bytes, timeout=5)
            with pytest.raises(PeerRefused) as refused:
                await ec.get(url, "/metrics", answer=bytes, timeout=5)
            assert refused.value.peer_code == "runtime.wrong_party"
        other = _with_peers(make_monitor(ec_config, identities), (center_peer(identities, port),))
        async with Caller(other) as caller:
            with pytest.raises(Exception, match=r"runtime\.bad_answer"):  # our caller reads CBOR and octets; it came
                await caller.get(url, "/metrics", answer=bytes, timeout=5)
    assert value_of(line) == before + 1
    assert "secret" not in metrics.text().decode()
    assert value_of("madoguchi_measured") == 0


def make_monitor(config: PartyConfig, identities: dict[str, Identity]) -> PartyConfig:
    return msgspec.structs.replace(config, tls=identities["stranger"].files)


def _with_peers(config: PartyConfig, peers: tuple[Peer, ...]) -> PartyConfig:
    return msgspec.structs.replace(config, peers=peers)

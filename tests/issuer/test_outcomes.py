"""The kiosk's outcome with the whole chain behind it; what oversight and receivers are told; the menu."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.issuer.accounts import account_of, paper_status
from madoguchi.issuer.endpoints import Service
from madoguchi.runtime.database import transaction
from madoguchi.runtime.endpoint import Call
from madoguchi.statement import verify
from madoguchi.statement.kinds import MENU, RELAY_ENTRY
from madoguchi.wire.account import Account
from madoguchi.wire.identifiers import sha256
from madoguchi.wire.menu import Menu
from madoguchi.wire.outcome import RelayEntry, WardOutcome
from madoguchi.wire.transaction import Issued
from tests.issuer.world import HANAKO, NOW, OPERATOR, Replica, Visit, World

TODAY = date(2026, 11, 23)


async def _issued(world: World, *, copies: int = 1) -> tuple[Replica, Visit, Issued]:
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO, cards={HANAKO.addressee_number: card})
    visit = world.street.visit(card, copies=copies)
    answer = await replica.issue(visit.request)
    assert isinstance(answer, Issued)
    return replica, visit, answer


async def _account(world: World, replica: Replica) -> Account:
    async with transaction(world.pool) as connection:
        return await account_of(connection, TODAY, config=replica.parts.config, now=world.clock.now())


async def _status(world: World, number: bytes) -> str:
    async with transaction(world.pool) as connection:
        return (await paper_status(connection, number)).status


async def test_printed_and_counted_once(world: World) -> None:
    replica, visit, issued = await _issued(world, copies=2)
    numbers = [sheet.paper_number for sheet in world.street.issuance(issued).sheets]
    assert [await _status(world, number) for number in numbers] == ["unknown", "unknown"]
    outcome = world.street.outcome(visit, issued)
    await replica.outcomes.take(outcome)
    await replica.outcomes.take(outcome)
    assert [await _status(world, number) for number in numbers] == ["issued", "issued"]
    account = await _account(world, replica)
    (counted,) = account.transactions
    assert (counted.state, counted.sheets_issued, counted.sheets_printed, counted.paid_yen) == ("printed", 2, 2, 600)
    assert account.incidents == ()
    assert account.custody[0].held == 1
    assert account.custody[0].erased == {"wiped": 1}
    events = [row["event"] for row in await world.all("SELECT event FROM evidence ORDER BY position")]
    assert events.count("outcome.counted") == 1
    assert account.evidence_position == len(events)


async def test_partly_printed(world: World) -> None:
    replica, visit, issued = await _issued(world, copies=2)
    partly = {
        "result": "partly_printed",
        "sheets": ("printed", "unknown"),
        "printed_yen": 300,
        "owed_yen": 300,
        "claim": "C-1",
    }
    await replica.outcomes.take(world.street.outcome(visit, issued, **partly))
    numbers = [sheet.paper_number for sheet in world.street.issuance(issued).sheets]
    assert [await _status(world, number) for number in numbers] == ["issued", "unknown"]
    (counted,) = (await _account(world, replica)).transactions
    assert (counted.state, counted.sheets_printed, counted.owed_yen) == ("partly_printed", 1, 300)


async def test_nothing_printed(world: World) -> None:
    replica, visit, issued = await _issued(world)
    nothing = {"result": "not_printed", "sheets": (), "paid_yen": 0, "printed_yen": 0}
    await replica.outcomes.take(world.street.outcome(visit, issued, **nothing))
    assert (await _account(world, replica)).transactions[0].state == "not_printed"
    assert await world.one("SELECT state FROM papers") == {"state": "not_printed"}


async def test_an_issuance_that_reached_no_kiosk_is_a_class_of_its_own(world: World) -> None:
    replica, visit, issued = await _issued(world)
    assert (await _account(world, replica)).transactions[0].state == "issued"
    world.clock.advance(seconds=3601)
    assert (await _account(world, replica)).transactions[0].state == "undelivered"
    await replica.outcomes.take(world.street.outcome(visit, issued))
    assert (await _account(world, replica)).transactions[0].state == "printed"


async def test_a_refused_application_has_an_outcome_too(world: World) -> None:
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO, cards={HANAKO.addressee_number: card})
    await replica.feed.stop(world.tax.stop(HANAKO))
    visit = world.street.visit(card)
    await replica.issue(visit.request)
    await replica.outcomes.take(world.street.outcome(visit, None))
    (counted,) = (await _account(world, replica)).transactions
    assert (counted.state, counted.refusal) == ("refused", "issuer.suppressed")


CONFLICTS: dict[str, dict[str, Any]] = {
    "another issuance": {"issuance_digest": bytes(32)},
    "another delivery": {"delivery_digest": bytes(32)},
    "another application": {"application_digest": bytes(32)},
    "a sheet too many": {"sheets": ("printed", "printed")},
    "more yen than the fee": {"paid_yen": 301, "printed_yen": 301},
    "yen for nothing": {"sheets": ("not_printed",)},
    "another ward": {"ward": "131016"},
}


@pytest.mark.parametrize("name", CONFLICTS)
async def test_an_outcome_that_does_not_fit_is_an_incident(world: World, name: str) -> None:
    replica, visit, issued = await _issued(world)
    with pytest.raises(MadoguchiError, match=r"issuer\.outcome_conflict"):
        await replica.outcomes.take(world.street.outcome(visit, issued, **CONFLICTS[name]))
    assert await world.incidents() == ["issuer.outcome_conflict"]
    assert (await world.one("SELECT state FROM issuances"))["state"] == "issued"


async def test_a_sheet_of_what_was_refused_is_an_incident(world: World) -> None:
    replica, _visit, issued = await _issued(world)
    await replica.feed.stop(world.tax.stop(HANAKO))
    refused = world.street.visit(world.kit.card())
    await replica.issue(refused.request)
    outcome = world.street.outcome(refused, issued)
    with pytest.raises(MadoguchiError, match=r"issuer\.outcome_conflict"):
        await replica.outcomes.take(outcome)


async def test_a_second_different_outcome_is_an_incident(world: World) -> None:
    replica, visit, issued = await _issued(world)
    await replica.outcomes.take(world.street.outcome(visit, issued))
    with pytest.raises(MadoguchiError, match=r"issuer\.outcome_conflict"):
        await replica.outcomes.take(world.street.outcome(visit, issued, at=1))
    assert await world.incidents() == ["issuer.outcome_conflict"]


async def test_an_outcome_of_another_kiosk_or_nobody(world: World) -> None:
    replica, visit, issued = await _issued(world)
    other = type(world.street)(world.kit, world.clock, kiosk="kiosk-2")
    with pytest.raises(MadoguchiError):
        await replica.outcomes.take(other.outcome(visit, issued))
    unknown = msgspec.structs.replace(world.street.outcome(visit, issued), outcome=b"\x00")
    with pytest.raises(MadoguchiError):
        await replica.outcomes.take(unknown)
    never = world.street.visit(world.kit.card())
    with pytest.raises(MadoguchiError, match=r"issuer\.unknown_transaction"):
        await replica.outcomes.take(world.street.outcome(never, None))


async def test_an_operators_count_that_differs_is_an_incident(world: World) -> None:
    replica, visit, issued = await _issued(world)
    outcome = world.street.outcome(visit, issued)
    entry = RelayEntry(
        transaction=visit.transaction,
        outcome_digest=sha256(outcome.outcome),
        sheets_printed=0,
        paid_yen=0,
        refunded_yen=0,
        owed_yen=0,
        at=0,
    )
    relay = world.kit.signer(f"ec-{OPERATOR}", party="ec", code=OPERATOR).sign(RELAY_ENTRY, entry)
    await replica.outcomes.take(
        WardOutcome(enrolment=outcome.enrolment, outcome=outcome.outcome, relay=relay, delivery=outcome.delivery)
    )
    assert await world.incidents() == ["issuer.relay_differs"]
    assert (await _account(world, replica)).transactions[0].state == "printed"


# The menu and readiness


def service(replica: Replica) -> Service:
    return Service(replica.parts, outcomes=replica.outcomes)


async def _menu(world: World, replica: Replica) -> Menu:
    endpoint = next(each for each in service(replica).endpoints() if each.path == "/v1/menu")
    peer: Any = None
    raw = await endpoint.handler(Call(peer=peer, body=None, path={}, query={}, request_id=""))
    assert isinstance(raw, bytes)
    return verify(raw, MENU, keys=world.kit.keys, code=world.kit.ward, at=NOW).body


async def test_the_menu_is_signed_and_names_years_as_the_paper_does(world: World) -> None:
    replica = await world.replica()
    await world.open(replica, HANAKO)
    menu = await _menu(world, replica)
    assert menu.open
    (taxation, _payment) = menu.kinds
    assert taxation.years[0].label.ja == "令和8年度"
    assert taxation.years[-1].label.ja == "平成31年度（令和元年度）"
    assert taxation.years[-1].income_label.ja == "平成30年分"


async def test_while_everybody_would_be_refused_the_menu_is_closed_and_the_replica_not_ready(world: World) -> None:
    replica = await world.replica()
    assert not (await _menu(world, replica)).open
    with pytest.raises(MadoguchiError, match=r"issuer\.tax_feed_old"):
        await service(replica).ready()
    await world.open(replica, HANAKO)
    await service(replica).ready()
    await world.all("UPDATE switches SET engaged = true WHERE name = 'alarm' RETURNING 1")
    with pytest.raises(MadoguchiError, match=r"issuer\.alarm"):
        await service(replica).ready()
    menu = await _menu(world, replica)
    assert menu.closed_reason is not None


async def test_a_year_opens_on_its_day(world: World) -> None:
    config = world.kit.config("issuer-1", database=world.database)
    kind = config.menu.kinds[0]
    years = (msgspec.structs.replace(kind.years[0], opens=date(2026, 11, 24)), *kind.years[1:])
    menu = msgspec.structs.replace(config.menu, kinds=(msgspec.structs.replace(kind, years=years),))
    replica = await world.replica(menu=menu)
    await world.open(replica, HANAKO)
    assert 2026 not in {year.fiscal_year for year in (await _menu(world, replica)).kinds[0].years}
    world.clock.advance(seconds=12 * 3600)
    assert 2026 in {year.fiscal_year for year in (await _menu(world, replica)).kinds[0].years}

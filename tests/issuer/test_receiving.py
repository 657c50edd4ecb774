"""Who may receive (F6): in the register *and* in the tax data *and* applied at a kiosk. One test per lack."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec
import pytest

from madoguchi.records import Removal, TaxStatus
from madoguchi.statement import verify_by_kiosk, verify_enrolment
from madoguchi.statement.kinds import APPLICATION
from madoguchi.wire.transaction import Application, Issued
from tests.issuer.test_rules import HOUSE
from tests.issuer.world import HANAKO, TARO, Replica, Street, Visit, World, tax_of, terms_of


@dataclass(frozen=True)
class Lack:
    """What is missing, and the code of it."""

    code: str
    person: dict[str, Any] = field(default_factory=dict)
    tax: dict[str, Any] | None = field(default_factory=dict)
    """None: no record of the year at all."""


LACKS = {
    "moved out before January 1, levied there": Lack(
        "removed", {"removal": Removal.MOVED_OUT, "removal_date": date(2025, 12, 20)}, None
    ),
    "moved out after January 1, levied here": Lack(
        "removed", {"removal": Removal.MOVED_OUT, "removal_date": date(2026, 1, 5)}
    ),
    "died": Lack("removed", {"removal": Removal.DIED, "removal_date": date(2026, 11, 20)}),
    "deleted by office": Lack("removed", {"removal": Removal.DELETED, "removal_date": date(2026, 9, 1)}),
    "never in the register, levied where they live": Lack(
        "not_registered", {"removal": Removal.NOT_REGISTERED, "removal_date": date(2024, 5, 7)}
    ),
    "an office here, a home elsewhere on January 1": Lack("property_levy", tax=HOUSE),
    "moved in after January 1": Lack("no_levy", tax=None),
    "levied elsewhere": Lack("no_levy", tax={"levied_here": False}),
    "known, and nothing declared": Lack("undeclared", tax={"status": TaxStatus.UNDECLARED}),
}


@pytest.mark.parametrize("kind", ["taxation", "payment"])
@pytest.mark.parametrize("name", LACKS)
async def test_who_lacks_one_condition_receives_nothing(world: World, name: str, kind: str) -> None:
    lack = LACKS[name]
    replica, card = await world.replica(), world.kit.card()
    person = msgspec.structs.replace(HANAKO, **lack.person)
    taxes = [] if lack.tax is None else [tax_of(person, **lack.tax)]
    terms = [terms_of(person)] if lack.tax == {} else []
    await world.load(replica, residents=[person], taxes=taxes, instalments=terms)
    world.jukinet.listed.append(world.kit.entry(card, person))
    await replica.intake.registry.pull()
    await _refused(world, replica, world.street.visit(card, kind=kind), f"issuer.{lack.code}")


async def test_in_the_register_and_not_in_the_tax_data(world: World) -> None:
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO)
    world.jukinet.listed.append(world.kit.entry(card, TARO))
    await replica.intake.registry.pull()
    await _refused(world, replica, world.street.visit(card), "issuer.no_tax_data")


async def test_the_tax_data_stand_under_another_number(world: World) -> None:
    """One person with two numbers (名寄せ not done): nobody guesses by name and birthday."""
    replica, card = await world.replica(), world.kit.card()
    double = msgspec.structs.replace(HANAKO, addressee_number="0000000077")
    await world.open(replica, double)
    world.jukinet.listed.append(world.kit.entry(card, HANAKO))
    await replica.intake.registry.pull()
    await _refused(world, replica, world.street.visit(card), "issuer.no_tax_data")


async def test_in_the_tax_data_and_no_card_of_theirs(world: World) -> None:
    replica = await world.replica()
    await world.open(replica, HANAKO, cards={HANAKO.addressee_number: world.kit.card()})
    await _refused(world, replica, world.street.visit(world.kit.card()), "issuer.unknown_serial", reason="card")


def _signed_by_center(street: Street, visit: Visit) -> bytes:
    return street.center.sign(APPLICATION, _application(street, visit))


def _signed_by_ec(street: Street, visit: Visit) -> bytes:
    operator = street.kit.signer("ec-asahi-mart", party="ec", code="asahi-mart")
    return operator.sign(APPLICATION, _application(street, visit))


def _signed_by_another_kiosk(street: Street, visit: Visit) -> bytes:
    return Street(street.kit, street.clock, kiosk="kiosk-2").kiosk_signer.sign(APPLICATION, _application(street, visit))


def _application(street: Street, visit: Visit) -> Application:
    """What the kiosk signed, as whoever carries it can read and sign it again."""
    now = street.clock.now()
    kiosk = verify_enrolment(street.enrolment, keys=street.kit.keys, operator="asahi-mart", at=now)
    return verify_by_kiosk(visit.application, APPLICATION, kiosk=kiosk, at=now).body


@pytest.mark.parametrize("forge", [_signed_by_center, _signed_by_ec, _signed_by_another_kiosk])
async def test_not_applied_at_a_kiosk(world: World, forge: Callable[[Street, Visit], bytes]) -> None:
    """The card's signature alone is not enough: center and relay hold it, and no kiosk stands behind theirs."""
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO, cards={HANAKO.addressee_number: card})
    visit = world.street.visit(card)
    proof = msgspec.structs.replace(visit.proof, application=forge(world.street, visit))
    answer = await replica.issue(world.street.forward(visit.transaction, proof))
    assert world.street.reason(answer) == "try_later"
    assert (await world.refusal_of(visit)).startswith("statement.")
    assert await world.all("SELECT * FROM papers") == []
    assert await world.all("SELECT * FROM custody") == [], "nothing was composed"


@pytest.mark.parametrize(
    "someone",
    [
        {},
        {"name": "GURUNG BIPIN", "alias": "山本　健", "foreign": True},
        {"address": "架空県見本市仮町7番地"},
        {"birth_date": date(2011, 11, 23)},
    ],
    ids=["as they are", "a foreigner with a 通称", "moved within the register", "fifteen today"],
)
@pytest.mark.parametrize("kind", ["taxation", "payment"])
async def test_who_lacks_nothing_receives(world: World, someone: dict[str, Any], kind: str) -> None:
    replica, card = await world.replica(), world.kit.card()
    person = msgspec.structs.replace(HANAKO, **someone)
    await world.open(replica, person, cards={person.addressee_number: card})
    assert isinstance(await replica.issue(world.street.visit(card, kind=kind).request), Issued)


async def _refused(world: World, replica: Replica, visit: Visit, code: str, *, reason: str = "ask_your_ward") -> None:
    assert world.street.reason(await replica.issue(visit.request)) == reason
    assert await world.refusal_of(visit) == code
    assert await world.all("SELECT * FROM papers") == []

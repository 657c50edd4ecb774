"""Every rule of the table, each through the whole flow: inside its code, outside one of five reasons."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from madoguchi.errors import PublicReason, all_problems
from madoguchi.evidence.log import entries
from madoguchi.issuer.composing import WardComposer, WardFacts
from madoguchi.issuer.config import Closure, FeedLimits
from madoguchi.issuer.explaining import EXPLAINED, Question, explain
from madoguchi.issuer.public_text import PUBLIC_TEXT
from madoguchi.issuer.rules import FOUND_BY_ASKING, FOUND_BY_COMPOSER, RULES
from madoguchi.issuer.trusted import card_generations
from madoguchi.records import Collection, Removal, Resident, TaxRecord, TaxStatus
from madoguchi.runtime.clock import FrozenClock
from madoguchi.runtime.database import transaction
from madoguchi.statement import verify
from madoguchi.statement.kinds import REFUSAL
from madoguchi.wire.menu import ServiceHours
from madoguchi.wire.transaction import Issued, Refused
from tests.issuer.world import HANAKO, NOW, TARO, World, tax_of, terms_of

ASK, CARD, LATER, OFFERED = "ask_your_ward", "card", "try_later", "not_offered"
LONG = FeedLimits(tax_seconds=10**8, jukinet_seconds=10**8)


@dataclass(frozen=True)
class Situation:
    """One way in which the world differs from the one where a paper comes out."""

    code: str | None
    reason: str
    person: dict[str, Any] = field(default_factory=dict)
    tax: dict[str, Any] = field(default_factory=dict)
    terms: dict[str, Any] = field(default_factory=dict)
    serial: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    menu: dict[str, Any] = field(default_factory=dict)
    later: float = 0
    sql: str = ""


INCOMES = [name for name in TaxRecord.__struct_fields__ if name.endswith(("_income", "_revenue"))]
UNPAID = {"paid": 100_000}
ZERO = dict.fromkeys(
    [
        "tax_base",
        "income_levy_ward",
        "income_levy_metropolitan",
        "per_capita_ward",
        "per_capita_metropolitan",
        "forest_tax",
        "annual_tax",
    ],
    0,
)
ROUND_THE_CLOCK = ServiceHours(opens_minute=390, closes_minute=1380, closed_days=("12-29",))
CLOSED_TODAY = ServiceHours(opens_minute=390, closes_minute=1380, closed_days=("11-23", "12-29"))

HOUSE: dict[str, Any] = dict.fromkeys([*INCOMES, "income_adjustment"])
HOUSE |= {"status": TaxStatus.PROPERTY_ONLY, "levied_here": False}
"""A levy of 均等割 alone, without any income."""

SITUATIONS = {
    "the alarm is on": Situation("alarm", LATER, sql="UPDATE switches SET engaged = true WHERE name = 'alarm'"),
    "suspended by hand": Situation(
        "suspended", OFFERED, sql="UPDATE switches SET engaged = true WHERE name = 'suspended'"
    ),
    "tax data too old": Situation("tax_feed_old", LATER, config={"feeds": FeedLimits(tax_seconds=60)}, later=61),
    "serials too old": Situation("jukinet_feed_old", LATER, config={"feeds": FeedLimits(jukinet_seconds=60)}, later=61),
    "before the hours": Situation("outside_hours", OFFERED, menu={"hours": ROUND_THE_CLOCK}, later=11.5 * 3600),
    "at closing time": Situation("outside_hours", OFFERED, menu={"hours": ROUND_THE_CLOCK}, later=11 * 3600),
    "a closed day": Situation("outside_hours", OFFERED, menu={"hours": CLOSED_TODAY}),
    "in the stop calendar": Situation(
        "closed", OFFERED, menu={"closures": (Closure(begins=NOW, ends=NOW + timedelta(hours=1)),)}
    ),
    "after the stop calendar": Situation(
        None, "", menu={"closures": (Closure(begins=NOW - timedelta(hours=1), ends=NOW),)}
    ),
    "another operator": Situation("operator", "not_accepted_here", menu={"operators": ("hoshi-store",)}),
    "another kind": Situation("kind", OFFERED, asked={"kind": "juminhyo"}),
    "another year": Situation("fiscal_year", OFFERED, asked={"fiscal_year": 2018}),
    "too many copies": Situation("copies", OFFERED, asked={"copies": 6}),
    "another fee": Situation("fee", LATER, asked={"fee_yen": 250}),
    "revoked serial": Situation("serial_revoked", CARD, serial={"status": "revoked"}),
    "superseded serial": Situation("serial_superseded", CARD, serial={"status": "superseded"}),
    "expired serial": Situation("serial_expired", CARD, serial={"valid_until": "2026-11-22"}),
    "serial of tomorrow": Situation("serial_expired", CARD, serial={"valid_from": "2026-11-24"}),
    "ambiguous serial": Situation("serial_ambiguous", CARD, sql="UPDATE serials SET ambiguous = true"),
    "nobody in the tax data": Situation("no_tax_data", ASK, serial={"addressee_number": "0000000099"}),
    "suppressed": Situation("suppressed", ASK, person={"suppression": True}),
    "moved out": Situation("removed", ASK, person={"removal": Removal.MOVED_OUT, "removal_date": date(2026, 11, 23)}),
    "died": Situation("removed", ASK, person={"removal": Removal.DIED, "removal_date": date(2026, 1, 2)}),
    "not in the register": Situation(
        "not_registered", ASK, person={"removal": Removal.NOT_REGISTERED, "removal_date": date(2024, 5, 7)}
    ),
    "a house here, a home elsewhere": Situation("property_levy", ASK, tax=HOUSE),
    "a house here, called levied": Situation("property_levy", ASK, tax={**HOUSE, "levied_here": True}),
    "suspended record": Situation(
        "record_suspended", ASK, sql="INSERT INTO suspensions SELECT person, 'issuer.by_hand' FROM serials"
    ),
    "fifteen tomorrow": Situation("under_age", ASK, person={"birth_date": date(2011, 11, 24)}),
    "fifteen today": Situation(None, "", person={"birth_date": date(2011, 11, 23)}),
    "no levy here": Situation("no_levy", ASK, tax={"levied_here": False}),
    "no record of the year": Situation("no_levy", ASK, asked={"fiscal_year": 2025}),
    "undeclared": Situation("undeclared", ASK, tax={"status": TaxStatus.UNDECLARED}),
    "under correction": Situation("under_correction", ASK, tax={"status": TaxStatus.UNDER_CORRECTION}),
    "payment of an exempt year": Situation(
        "exempt_year", ASK, tax=ZERO, terms={"due": 0, "paid": 0}, asked={"kind": "payment"}
    ),
    "unpaid, printed": Situation(None, "", terms=UNPAID, asked={"kind": "payment"}),
    "unpaid and overdue": Situation(
        "unpaid", ASK, terms=UNPAID, asked={"kind": "payment"}, config={"unpaid": "refuse_if_overdue"}
    ),
    "unpaid, due today": Situation(
        None,
        "",
        terms={**UNPAID, "due_date": date(2026, 11, 23)},
        asked={"kind": "payment"},
        config={"unpaid": "refuse_if_overdue"},
    ),
    "unpaid, not yet due": Situation(
        "unpaid",
        ASK,
        terms={**UNPAID, "due_date": date(2027, 1, 31), "collection": Collection.SPECIAL},
        asked={"kind": "payment"},
        config={"unpaid": "refuse_if_unpaid"},
    ),
    "unpaid does not touch the other kind": Situation(None, "", terms=UNPAID, config={"unpaid": "refuse_if_unpaid"}),
    "a character that no font draws": Situation("undrawable", ASK, person={"name": "窓口 \U000e0fff花子"}),
    "a variant that the font does not know": Situation("undrawable", ASK, person={"name": "辻\U000e0100 花子"}),
    "a name that fits its box, and not the front code": Situation(
        "undrawable", ASK, person={"name": "辻\U000e0102" * 50}
    ),
    "a name that is too long": Situation("undrawable", ASK, person={"name": "窓" * 180}),
}


@pytest.mark.parametrize("name", SITUATIONS)
async def test_each_rule(world: World, name: str) -> None:
    given = SITUATIONS[name]
    person = msgspec.structs.replace(HANAKO, **given.person)
    menu = {"menu": msgspec.structs.replace(world.kit.config("issuer-1", database=world.database).menu, **given.menu)}
    replica = await world.replica(**{"feeds": LONG, **given.config, **menu})
    card = world.kit.card()
    await _load(world, replica, person, given)
    world.jukinet.listed.append(world.kit.entry(card, person, **given.serial))
    await replica.intake.registry.pull()
    if given.sql:
        await world.all(given.sql + " RETURNING 1")
    world.clock.advance(seconds=given.later)
    visit = world.street.visit(card, **{"copies": 1, **given.asked})
    answer = await replica.issue(visit.request)
    if not given.asked.keys() & {"copies", "fee_yen"}:
        assert await _explained(world, replica, world.jukinet.listed[-1].serial, given) == given.code
    if given.code is None:
        assert isinstance(answer, Issued)
        return
    assert world.street.reason(answer) == given.reason
    assert await world.refusal_of(visit) == f"issuer.{given.code}"
    assert await world.all("SELECT * FROM papers") == []
    assert await world.one("SELECT how FROM custody") == {"how": "wiped"}


async def _load(world: World, replica: Any, person: Resident, given: Situation) -> None:
    tax: TaxRecord = tax_of(person, **given.tax)
    await world.load(replica, residents=[person], taxes=[tax], instalments=[terms_of(person, **given.terms)])


async def _explained(world: World, replica: Any, serial: str, given: Situation) -> str | None:
    """What `issuer explain` says of the same card at the same moment, and that it is kept as evidence."""
    config = replica.parts.config
    if given.code == "operator":
        config = msgspec.structs.replace(config, menu=msgspec.structs.replace(config.menu, operators=()))
    composer = WardComposer(
        world.kit.typesetter,
        facts=WardFacts(ward=config.ward, paper=config.paper, layouts=world.kit.typesetter.layouts),
        signer=replica.parts.signer,
    )
    question = Question(
        serial=serial,
        ca_key_digest=None,
        kind=given.asked.get("kind", "taxation"),
        fiscal_year=given.asked.get("fiscal_year", 2026),
        asked_by="窓口 花子",
    )
    async with transaction(world.pool) as connection:
        explanation = await explain(
            connection,
            question,
            config=config,
            cases=replica.parts.cases,
            check=composer.check,
            generations=card_generations(config.trust),
            pseudonyms=replica.parts.pseudonyms,
            now=world.clock.now(),
        )
        (*_, last) = [each async for each in entries(connection)]
    code = explanation.refusal.code.removeprefix("issuer.") if explanation.refusal else None
    assert last.event == EXPLAINED
    assert last.body["by"] == "窓口 花子"
    assert last.body["code"] == (f"issuer.{code}" if code else "")
    assert ("交付できます" in "".join(explanation.lines())) == (code is None)
    assert serial.encode() not in last.raw_body
    return code


def test_every_rule_of_the_table_is_tried_here() -> None:
    elsewhere = {
        "issuer.unknown_serial",
        "issuer.registry_unreachable",
        "issuer.stopped_for_correction",
        "issuer.inconsistent",
    }
    tried = {f"issuer.{each.code}" for each in SITUATIONS.values()} | elsewhere
    found = {each.code for each in (*FOUND_BY_ASKING, *FOUND_BY_COMPOSER.values())}
    assert {rule.problem.code for rule in RULES} | found == tried - {"issuer.None"}


def test_outside_the_ward_there_are_five_sentences() -> None:
    ours = [problem for problem in all_problems() if problem.code.startswith("issuer.")]
    assert {problem.resident for problem in ours} <= set(PUBLIC_TEXT.values())
    assert set(PUBLIC_TEXT) == set(PublicReason)


async def test_refusals_about_two_people_are_the_same_bytes_but_for_names(world: World) -> None:
    """A bystander learns nothing: suppressed, removed and undeclared read alike, with where to call."""
    replica = await world.replica()
    hidden = msgspec.structs.replace(HANAKO, suppression=True)
    cards = {each.addressee_number: world.kit.card() for each in (HANAKO, TARO)}
    await world.load(
        replica,
        residents=[hidden, TARO],
        taxes=[tax_of(HANAKO), tax_of(TARO, status=TaxStatus.UNDECLARED)],
    )
    world.jukinet.listed += [world.kit.entry(cards[each.addressee_number], each) for each in (HANAKO, TARO)]
    await replica.intake.registry.pull()
    bodies = []
    for card in cards.values():
        answer = await replica.issue(world.street.visit(card).request)
        assert isinstance(answer, Refused)
        body = verify(answer.refusal, REFUSAL, keys=world.kit.keys, code=world.kit.ward, at=NOW).body
        assert body.contact is not None
        bodies.append(msgspec.structs.replace(body, answers=bytes(32), transaction=None))
    assert bodies[0] == bodies[1]


class _RunningClock(FrozenClock):
    """Wall time stands still, monotonic time runs."""

    def monotonic(self) -> float:
        return time.monotonic()


async def test_refusals_take_the_same_time(world: World) -> None:
    """Suppressed is known at once, an unknown card after a slow question, an undrawable name after composing."""
    world.clock = _RunningClock(NOW)
    world.__post_init__()
    odd = msgspec.structs.replace(TARO, name="辻\U000e0100 花子")
    hidden = msgspec.structs.replace(HANAKO, suppression=True)
    replica = await world.replica(refusal_floor_milliseconds=600)
    cards = {each.addressee_number: world.kit.card() for each in (hidden, odd)}
    await world.open(replica, hidden, odd, cards=cards)
    world.jukinet.delay = 0.1
    await replica.issue(world.street.visit(cards[odd.addressee_number]).request)
    took = [await _seconds(replica.issue, world.street.visit(card).request) for card in cards.values()]
    took.append(await _seconds(replica.issue, world.street.visit(world.kit.card()).request))
    assert all(0.6 <= each < 0.9 for each in took), took


async def _seconds(issue: Callable[[bytes], Any], request: bytes) -> float:
    began = time.monotonic()
    assert isinstance(await issue(request), Refused)
    return time.monotonic() - began


def test_a_feed_that_never_came_is_too_old() -> None:
    from madoguchi.issuer.rules import too_old

    assert too_old(None, now=NOW, limit_seconds=10**9)
    assert not too_old(NOW - timedelta(seconds=10), now=NOW, limit_seconds=10)
    assert too_old(NOW - timedelta(seconds=10, microseconds=1), now=NOW, limit_seconds=10)

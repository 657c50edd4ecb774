"""The offer as the ward's staff change it: in force at once on every replica, with who and when, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta

import msgspec
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from psycopg.errors import InsufficientPrivilege

from madoguchi.errors import MadoguchiError
from madoguchi.evidence.log import entries
from madoguchi.issuer import offers
from madoguchi.issuer.command import group
from madoguchi.issuer.config import FeeTerm, MenuSection, OfferedKind
from madoguchi.issuer.offers import Change, change_offer, offer_in_force
from madoguchi.runtime.config import write_config
from madoguchi.runtime.database import transaction
from madoguchi.wire.transaction import Issued
from tests.issuer.world import HANAKO, NOW, World, meanwhile

TODAY = date(2026, 11, 23)


async def _change(world: World, change: Change) -> None:
    menu = world.kit.config("issuer-1", database=world.database).menu
    async with transaction(world.pool) as connection:
        await change_offer(connection, menu, change, by="鈴木", what="a test", at=world.clock.now())


STOPS: Sequence[tuple[str, Change, Change, str, str]] = (
    (
        "hours",
        offers.with_hours(opens_minute=0, closes_minute=1, closed_days=()),
        offers.with_hours(opens_minute=0, closes_minute=1440, closed_days=()),
        "outside_hours",
        "not_offered",
    ),
    (
        "a closure",
        offers.with_closure(NOW - timedelta(minutes=1), NOW + timedelta(hours=1)),
        offers.without_closure(NOW - timedelta(minutes=1)),
        "closed",
        "not_offered",
    ),
    (
        "an operator",
        offers.with_operator("asahi-mart", accepted=False),
        offers.with_operator("asahi-mart", accepted=True),
        "operator",
        "not_accepted_here",
    ),
    (
        "a kind",
        offers.with_kind_stopped("taxation", stopped=True),
        offers.with_kind_stopped("taxation", stopped=False),
        "kind",
        "not_offered",
    ),
    (
        "a year",
        offers.with_year_stopped("taxation", 2026, stopped=True),
        offers.with_year_stopped("taxation", 2026, stopped=False),
        "fiscal_year",
        "not_offered",
    ),
    (
        "a year withdrawn",
        offers.without_year("taxation", 2026),
        offers.with_year("taxation", 2026, opens=TODAY),
        "fiscal_year",
        "not_offered",
    ),
    (
        "a year that opens tomorrow",
        offers.with_year("taxation", 2026, opens=TODAY + timedelta(days=1)),
        offers.with_year("taxation", 2026, opens=None),
        "fiscal_year",
        "not_offered",
    ),
    (
        "copies",
        offers.with_copies("taxation", max_copies=1),
        offers.with_copies("taxation", max_copies=2),
        "copies",
        "not_offered",
    ),
    (
        "a fee",
        offers.with_fee("taxation", 200, begins=TODAY, ends=None, channel="kiosk"),
        offers.with_fee("taxation", 300, begins=TODAY, ends=None, channel="kiosk"),
        "fee",
        "try_later",
    ),
)


@pytest.mark.parametrize(("stop", "again", "code", "reason"), [each[1:] for each in STOPS], ids=[s[0] for s in STOPS])
async def test_a_change_counts_at_once_on_every_replica(
    world: World, stop: Change, again: Change, code: str, reason: str
) -> None:
    replicas = [await world.replica(name) for name in ("issuer-1", "issuer-2")]
    card = world.kit.card()
    await world.open(replicas[0], HANAKO, cards={HANAKO.addressee_number: card})
    await _change(world, stop)
    for replica in replicas:
        visit = world.street.visit(card, copies=2)
        assert world.street.reason(await replica.issue(visit.request)) == reason
        assert await world.refusal_of(visit) == f"issuer.{code}"
    await _change(world, again)
    for replica in replicas:
        assert isinstance(await replica.issue(world.street.visit(card, copies=2).request), Issued)
    async with transaction(world.pool) as connection:
        kept = [each.body async for each in entries(connection) if each.event == offers.CHANGED]
    assert [(each["revision"], each["by"]) for each in kept] == [(2, "鈴木"), (3, "鈴木")]


async def test_a_change_between_composing_and_the_moment_of_issue_prevents_the_paper(world: World) -> None:
    stop = offers.with_kind_stopped("taxation", stopped=True)
    composer = meanwhile(asyncio.get_running_loop(), lambda: _change(world, stop))
    replica, card = await world.replica(make_composer=composer), world.kit.card()
    await world.open(replica, HANAKO, cards={HANAKO.addressee_number: card})
    visit = world.street.visit(card)
    assert world.street.reason(await replica.issue(visit.request)) == "not_offered"
    assert await world.all("SELECT * FROM papers") == []


async def test_the_statement_and_the_menu_name_the_revision_in_force(world: World) -> None:
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO, cards={HANAKO.addressee_number: card})
    for _ in range(2):
        await _change(world, offers.with_copies("taxation", max_copies=3))
    issued = await replica.issue(world.street.visit(card).request)
    assert world.street.issuance(issued).versions.menu == 3
    assert (await _in_force(world)).revision == 3


async def _in_force(world: World, **changes: int) -> MenuSection:
    menu = msgspec.structs.replace(world.kit.config("issuer-1", database=world.database).menu, **changes)
    async with transaction(world.pool) as connection:
        return await offer_in_force(connection, menu)


async def test_of_configuration_and_database_the_higher_revision_is_in_force(world: World) -> None:
    assert (await _in_force(world)).revision == 1
    await _change(world, offers.with_copies("taxation", max_copies=3))
    assert (await _in_force(world)).revision == 2
    assert (await _in_force(world, revision=2)).revision == 2
    assert (await _in_force(world, revision=7)).revision == 7


async def test_changes_at_one_moment_all_count(world: World) -> None:
    years = range(2010, 2018)
    await asyncio.gather(*(_change(world, offers.with_year("payment", year, opens=None)) for year in years))
    (payment,) = [each for each in (await _in_force(world)).kinds if each.kind == "payment"]
    assert set(years) <= {each.fiscal_year for each in payment.years}
    assert (await _in_force(world)).revision == 1 + len(years)


WRONG: Sequence[Change] = (
    offers.without_closure(NOW),
    offers.with_operator("asahi-mart", accepted=True),
    offers.with_operator("nobody", accepted=False),
    offers.with_kind_stopped("juminhyo", stopped=True),
    offers.without_year("taxation", 1999),
    offers.with_year_stopped("taxation", 1999, stopped=True),
)


@pytest.mark.parametrize("change", WRONG)
async def test_what_does_not_fit_changes_nothing(world: World, change: Change) -> None:
    with pytest.raises(MadoguchiError, match=r"issuer\.offer_wrong"):
        await _change(world, change)
    assert await world.all("SELECT * FROM offers") == []
    assert await world.all("SELECT * FROM evidence WHERE event = 'offer.changed'") == []


def test_what_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(MadoguchiError, match=r"issuer\.offer_wrong"):
        offers.with_hours(opens_minute=600, closes_minute=600, closed_days=())
    with pytest.raises(MadoguchiError, match=r"issuer\.offer_wrong"):
        offers.with_closure(NOW, NOW)
    with pytest.raises(MadoguchiError, match=r"issuer\.offer_wrong"):
        offers.with_fee("taxation", 1, begins=TODAY, ends=TODAY - timedelta(days=1), channel="kiosk")


async def test_nobody_changes_or_deletes_a_revision(world: World) -> None:
    await _change(world, offers.with_copies("taxation", max_copies=3))
    for tampering in ("UPDATE offers SET set_by = 'x' RETURNING 1", "DELETE FROM offers RETURNING 1"):
        with pytest.raises(InsufficientPrivilege):
            async with transaction(world.pool) as connection:
                await connection.execute(tampering.encode())


DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
TERMS = st.lists(
    st.tuples(DAYS, st.none() | DAYS, st.integers(0, 1000), st.sampled_from(["kiosk", "counter"])), max_size=6
)


@given(TERMS, DAYS)
def test_the_fee_of_a_day_is_that_of_the_term_that_began_last(
    terms: list[tuple[date, date | None, int, str]], day: date
) -> None:
    fees = tuple(FeeTerm(begins=b, ends=e, fee_yen=y, channel=c) for b, e, y, c in terms)  # type: ignore[arg-type]
    kind = OfferedKind(kind="taxation", fee_yen=300, max_copies=1, years=(), fees=fees)
    running = [term for term in fees if term.channel == "kiosk" and term.begins <= day <= (term.ends or day)]
    latest = max((term.begins for term in running), default=None)
    assert kind.fee_on(day) in ({term.fee_yen for term in running if term.begins == latest} or {300})


COMMANDS = (
    ("hours", "--opens", "6:30", "--closes", "23:00", "--closed", "12-29", "--closed", "01-03"),
    ("close", "--from", "2026-12-01T20:00", "--to", "2026-12-02T06:30"),
    ("operator", "mikazuki", "--accept"),
    ("kind", "payment", "--stop"),
    ("kind", "taxation", "--max-copies", "3"),
    ("year", "taxation", "2027", "--opens", "2027-06-10"),
    ("year", "taxation", "2020", "--stop"),
    ("year", "taxation", "2019", "--withdraw"),
    ("fee", "taxation", "200", "--from", "2026-11-01", "--to", "2099-01-31"),
)
SHOWN = (
    "6:30〜23:00", "01-03 12-29", "2026-12-01 20:00 〜 2026-12-02 06:30", "mikazuki", "payment: 停止中",
    "3通まで", "2027-06-10から", "2020 停止中", "200円 2026-11-01 〜 2099-01-31",
)  # fmt: skip


async def test_every_command(world: World) -> None:
    assert (await _told(world, "show")).exit_code == 0
    for number, command in enumerate(COMMANDS, 2):
        told = await _told(world, *command, "--by", "佐藤")
        assert told.exit_code == 0, told.output
        assert f"Revision {number} is in force" in told.output
    shown = (await _told(world, "show")).output
    assert [each for each in SHOWN if each not in shown] == []
    assert "平成31年度（令和元年度） 2019" not in shown.split("payment")[0]
    who = {row["set_by"] for row in await world.all("SELECT set_by FROM offers")}
    assert who == {"佐藤"}


@pytest.mark.parametrize(
    "command",
    [
        ("hours", "--opens", "25:00", "--closes", "23:00"),
        ("hours", "--opens", "6:30", "--closes", "23:00", "--closed", "13-01"),
        ("close", "--from", "tomorrow", "--to", "2026-12-02T06:30"),
        ("kind", "juminhyo", "--stop"),
        ("kind", "payment"),
        ("kind", "payment", "--stop", "--max-copies", "3"),
        ("year", "taxation", "2027"),
        ("year", "taxation", "2027", "--now", "--withdraw"),
        ("fee", "taxation", "-1", "--from", "2026-11-01"),
        ("fee", "taxation", "200", "--from", "1 November"),
    ],
)
async def test_a_mistyped_command_is_usage_and_changes_nothing(world: World, command: tuple[str, ...]) -> None:
    assert (await _told(world, *command)).exit_code == 2
    assert await world.all("SELECT * FROM offers") == []


async def _told(world: World, command: str, *arguments: str) -> Result:
    file = world.kit.directory / "offer.toml"
    write_config(world.kit.config("issuer-1", database=world.database), file)
    line = ["offer", command, "--config", str(file), *arguments]
    return await asyncio.to_thread(CliRunner().invoke, group, line)

"""What a kiosk believes before anybody comes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.journal import KioskJournal
from madoguchi.kiosk.page import Action
from madoguchi.kiosk.trusting import Trust, check_clock, is_within
from madoguchi.runtime.clock import FrozenClock, epoch
from madoguchi.statement import FileKey
from madoguchi.statement.kinds import MENU
from madoguchi.wire.menu import ServiceHours
from tests.jpki.authorities import NOW
from tests.kiosk.applied import Numbers, trust_of
from tests.kiosk.offer import a_menu
from tests.kiosk.parties import ENVIRONMENT, OPERATOR, WARD
from tests.kiosk.resident import Resident, running
from tests.kiosk.world import World


def believing(world: World, numbers: Numbers | None = None) -> Trust:
    trust = trust_of(world, numbers)
    trust.take_list(world.raw_trust_list())
    return trust


def refuses(trust: Trust, raw: bytes, code: str) -> None:
    with pytest.raises(MadoguchiError) as caught:
        trust.take_list(raw)
    assert caught.value.code == code


def test_a_list_older_than_the_last_seen_is_refused_even_after_a_restart(tmp_path: Path) -> None:
    world = World()
    journal = KioskJournal(tmp_path / "kiosk.sqlite")
    world.number = 7
    Trust(
        root_key=world.root.public_bytes(),
        environment=ENVIRONMENT,
        operator=OPERATOR,
        wards=(WARD,),
        seen=journal,
        clock=world.clock,
    ).take_list(world.raw_trust_list())
    journal.close()
    again = KioskJournal(tmp_path / "kiosk.sqlite")
    trust = Trust(
        root_key=world.root.public_bytes(),
        environment=ENVIRONMENT,
        operator=OPERATOR,
        wards=(WARD,),
        seen=again,
        clock=world.clock,
    )
    refuses(trust, world.raw_trust_list(number=6), "trust.older")
    trust.take_list(world.raw_trust_list(number=7))
    again.close()


def test_a_list_past_its_life_is_refused_when_it_arrives_and_when_it_is_used() -> None:
    world = World()
    trust = believing(world)
    raw = world.raw_trust_list()
    world.clock.advance(seconds=24 * 3600)
    refuses(trust, raw, "trust.expired")
    with pytest.raises(MadoguchiError, match=r"kiosk\.no_trust"):
        trust.keys()


def test_a_list_of_another_root_is_refused() -> None:
    world = World()
    refuses(trust_of(world), world.raw_trust_list(root_key=FileKey.generate()), "trust.not_root")


def test_nothing_is_believed_without_a_list() -> None:
    trust = trust_of(World())
    for ask in (trust.keys, trust.pinned):
        with pytest.raises(MadoguchiError, match=r"kiosk\.no_trust"):
            ask()


def test_a_menu_is_taken_and_offered() -> None:
    world = World()
    trust = believing(world)
    trust.take_menu(world.raw_menu(), ward=WARD)
    (offer,) = trust.offers()
    assert (offer.menu.ward, offer.closed) == (WARD, None)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"revision": 4}, "kiosk.menu_older"),
        ({"issued_at": epoch(NOW) - 86_400}, "kiosk.menu_expired"),
        ({"issued_at": epoch(NOW) + 61}, "kiosk.menu_expired"),
        ({"ward": "131041"}, "kiosk.other_transaction"),
    ],
)
def test_a_menu_that_is_old_or_of_another_ward_is_refused(changes: dict[str, Any], code: str) -> None:
    world, numbers = World(), Numbers()
    trust = believing(world, numbers)
    trust.take_menu(world.raw_menu(), ward=WARD)
    with pytest.raises(MadoguchiError) as caught:
        trust.take_menu(world.ward.sign(MENU, a_menu(**changes)), ward=WARD)
    assert caught.value.code == code
    assert trust.offers()[0].menu.revision == 5


def test_a_menu_that_ec_made_up_is_refused() -> None:
    world = World()
    trust = believing(world)
    for signer in (world.center, world.operator, world.kiosk_signer()):
        with pytest.raises(MadoguchiError, match=r"statement\.unknown_key"):
            trust.take_menu(signer.sign(MENU, a_menu()), ward=WARD)
    assert trust.offers() == ()


def test_a_menu_dies_while_it_is_held() -> None:
    world = World()
    trust = believing(world)
    trust.take_menu(world.ward.sign(MENU, a_menu(life_seconds=60)), ward=WARD)
    world.clock.advance(seconds=60)
    assert trust.offers() == ()


def test_a_ward_that_does_not_take_this_operator_is_not_shown() -> None:
    world = World()
    trust = believing(world)
    trust.take_menu(world.ward.sign(MENU, a_menu(operators=("hoshi-store",))), ward=WARD)
    assert trust.offers() == ()


@pytest.mark.parametrize(
    ("off", "fits"), [(0, True), (59, True), (-59, True), (60, False), (-60, False), (3600, False)]
)
def test_a_clock_that_is_a_minute_off_the_center_refuses(off: int, *, fits: bool) -> None:
    clock = FrozenClock(NOW)
    if fits:
        check_clock(epoch(NOW) + off, clock=clock)
        return
    with pytest.raises(MadoguchiError, match=r"kiosk\.clock"):
        check_clock(epoch(NOW) + off, clock=clock)


@pytest.mark.parametrize(
    ("at", "open_now"),
    [
        (datetime(2026, 11, 23, 6, 29, tzinfo=UTC), True),  # 15:29 in Japan
        (datetime(2026, 11, 23, 14, 0, tzinfo=UTC), False),  # 23:00: closed from then on
        (datetime(2026, 11, 22, 21, 29, tzinfo=UTC), False),  # 06:29 of the next day
        (datetime(2026, 11, 22, 21, 30, tzinfo=UTC), True),  # 06:30
        (datetime(2026, 12, 28, 16, 0, tzinfo=UTC), False),  # 29 December already, in Japan
    ],
)
def test_hours_are_in_japanese_time(at: datetime, *, open_now: bool) -> None:
    hours = ServiceHours(opens_minute=390, closes_minute=1380, closed_days=("12-29",))
    assert is_within(hours, at) == open_now


async def test_a_kiosk_without_a_line_is_out_of_service_and_says_so(tmp_path: Path) -> None:
    world = World(cut=True)
    async with running(world, tmp_path) as agent:
        screen = await Resident(agent).until("out_of_service")
        assert screen.name == "out_of_service"
        with pytest.raises(MadoguchiError):
            await agent.touch(Action.BEGIN, None)

"""The door: an authorised key and nothing else begins maintenance, and an open door ends whatever is going on."""

from __future__ import annotations

import asyncio
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest

from madoguchi.card import save_card
from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.agent import KioskAgent
from madoguchi.kiosk.config import Devices, Faults
from madoguchi.kiosk.devices.coins import STOCK, CoinBox, worth
from madoguchi.kiosk.devices.door import DEMO_KEY, PlayedDoor, key_digest
from madoguchi.kiosk.devices.making import make_devices
from madoguchi.kiosk.devices.reader import LABELS_FILE, SlotReader
from madoguchi.kiosk.page import Action, Operation
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.config import ConfigProblem
from madoguchi.wire.identifiers import Environment
from tests.jpki.authorities import card
from tests.kiosk.offer import FEE
from tests.kiosk.resident import Resident, running
from tests.kiosk.test_visit import outcome_of, sheets_out
from tests.kiosk.world import World

KEY = "store-key-0001"


def devices_of(world: World, directory: Path, **faults: Any) -> Any:
    config = world.config(directory, faults=Faults(**faults)).devices
    digest = sha256(KEY.encode()).hexdigest()
    return make_devices(
        Devices(
            paper_dir=config.paper_dir,
            cards_dir=config.cards_dir,
            machine_dir=config.machine_dir,
            faults=config.faults,
            door_keys=(digest,),
        ),
        clock=SystemClock(),
    )


async def settled(agent: KioskAgent) -> None:
    async with asyncio.timeout(5):
        while agent.upkeep.unsettled:  # noqa: ASYNC110 - a look at its state
            await asyncio.sleep(0.01)


def locked(door: PlayedDoor) -> bool:
    return door.locked


async def test_maintenance_begins_with_an_authorised_key_only(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path, devices=devices_of(world, tmp_path)) as agent:
        door = agent.parts.devices.door
        assert isinstance(door, PlayedDoor)
        await Resident(agent).until("start")
        await agent.operate(Operation.TURN_KEY, "a stranger's")
        assert agent.screen().name == "start"
        assert locked(door)
        await agent.operate(Operation.TURN_KEY, KEY)
        screen: Any = agent.screen()
        assert (screen.name, screen.data.reason.ja) == ("out_of_service", "係員が点検しています。")
        assert not locked(door)
        await agent.operate(Operation.OPEN_DOOR, None)
        with pytest.raises(MadoguchiError, match=r"kiosk\.nonsense"):
            await agent.touch(Action.BEGIN, None)
        await agent.operate(Operation.CLOSE_DOOR, None)
        await Resident(agent).until("start")
        assert locked(door)


async def test_a_key_does_nothing_while_somebody_is_served(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path, devices=devices_of(world, tmp_path)) as agent:
        await Resident(agent).go_to("pin")
        await agent.operate(Operation.TURN_KEY, KEY)
        assert agent.screen().name == "pin"


STOPS = {
    "check": (0, 0),
    "pin": (0, 0),
    "waiting": (0, 0),
    "amount": (0, 0),
    "payment": (0, 0),
    "printing": (FEE, 0),
    "take_paper": (FEE, FEE),
}
"""Screen to (paid, earned by paper) in yen."""


@pytest.mark.parametrize("screen", STOPS)
async def test_the_door_opens_in_the_middle(tmp_path: Path, screen: str) -> None:
    world = World()
    hold = asyncio.Event()
    if screen == "waiting":
        world.hold_answer = hold
    faults = {"seconds_per_sheet": 30.0} if screen == "printing" else {}
    async with running(world, tmp_path, devices=devices_of(world, tmp_path, **faults)) as agent:
        await Resident(agent).go_to(screen)
        visit = agent.acts.visit
        if screen == "payment":
            await agent.operate(Operation.INSERT_COIN, 100)
        await agent.operate(Operation.OPEN_DOOR, None)
        assert agent.screen().name == "out_of_service"
        assert agent.acts.visit is None
        if visit is not None:
            assert visit.memory.erased is not None
            assert not visit.memory.pin
            assert (visit.job, visit.memory._key) == (None, None)
        await settled(agent)
        hold.set()
        paid, earned = STOPS[screen]
        coins = agent.parts.devices.money
        assert isinstance(coins, CoinBox)
        assert coins.escrow_yen() == 0
        assert coins.box_yen() == worth(STOCK) + earned
        if screen != "check":
            outcome = await outcome_of(world, agent)
            assert (outcome.paid_yen, outcome.printed_yen) == (paid, earned)
            assert outcome.refunded_yen == paid - earned
        if screen not in {"check", "take_paper"}:  # the panel of a demo machine says what became of it
            (shown,) = agent.panel().settled
            assert (shown.paid_yen, shown.refunded_yen, shown.owed_yen) == (paid, paid - earned, 0)
        await asyncio.sleep(0.05)
        assert agent.screen().name == "out_of_service"
        if screen == "take_paper":
            await agent.operate(Operation.TAKE_PAPER, None)
        if agent.parts.devices.reader.present():
            await agent.operate(Operation.TAKE_CARD, None)
        await agent.operate(Operation.CLOSE_DOOR, None)
        await Resident(agent).until("start")
    assert sheets_out(tmp_path) == (1 if screen == "take_paper" else 0)


async def test_a_kiosk_that_starts_with_its_door_open_serves_nobody(tmp_path: Path) -> None:
    world = World()
    devices = devices_of(world, tmp_path)
    devices.door.open()
    async with running(world, tmp_path, devices=devices) as agent:
        await settled(agent)
        await asyncio.sleep(0.3)
        assert agent.screen().name == "out_of_service"
        devices.door.close()
        await Resident(agent).until("start")


async def test_the_plug_is_there_where_somebody_starts_the_machine_again(tmp_path: Path) -> None:
    world, pulled = World(), []
    async with running(world, tmp_path) as agent:
        assert not agent.panel().has_plug
        with pytest.raises(MadoguchiError, match=r"kiosk\.nonsense"):
            await agent.operate(Operation.POWER_OFF, None)
    async with running(world, tmp_path, power_off=lambda: pulled.append(True)) as agent:
        assert agent.panel().has_plug
        with pytest.raises(MadoguchiError, match=r"kiosk\.nonsense"):  # a real cut does not return
            await agent.operate(Operation.POWER_OFF, None)
    assert pulled == [True]


def test_no_lock_in_production_knows_the_key_of_every_demo_machine(tmp_path: Path) -> None:
    config = World().config(tmp_path)
    devices = msgspec.structs.replace(config.devices, door_keys=(key_digest(DEMO_KEY),))
    msgspec.structs.replace(config, devices=devices, environment=Environment.TEST).refuse_unusable(tmp_path)
    with pytest.raises(ConfigProblem, match="door_keys"):
        msgspec.structs.replace(config, devices=devices, environment=Environment.PRODUCTION).refuse_unusable(tmp_path)


async def test_the_key_at_the_panel_opens_a_demo_machine(tmp_path: Path) -> None:
    world = World()
    config = msgspec.structs.replace(world.config(tmp_path).devices, door_keys=(key_digest(DEMO_KEY),))
    async with running(world, tmp_path, devices=make_devices(config, clock=SystemClock())) as agent:
        await Resident(agent).until("start")
        assert agent.panel().door_locked
        await agent.operate(Operation.TURN_KEY, DEMO_KEY)
        assert not agent.panel().door_locked
        assert agent.screen().name == "out_of_service"


def test_cards_are_read_again_when_one_was_added(tmp_path: Path) -> None:
    reader = SlotReader(tmp_path)
    assert reader.cards() == ()
    for name in ("plain", "other-1"):
        save_card(card(), tmp_path / f"{name}.json")
    labels = {"plain": {"label": "見本 花子", "note": "給与の人 Wages"}, "other-1": {"label": "見本 次郎"}}
    (tmp_path / LABELS_FILE).write_bytes(msgspec.json.encode(labels))
    os.utime(tmp_path, ns=(1, 1))
    assert [(one.id, one.label, one.note) for one in reader.cards()] == [
        ("plain", "見本 花子", "給与の人 Wages"),
        ("other-1", "見本 次郎", ""),
    ]

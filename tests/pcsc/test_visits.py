"""Whole visits at kiosks whose card reader is real, up to pcscd."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("smartcard.scard")

from madoguchi.card import load_card
from madoguchi.kiosk.machine.states import CardForgotten, Resting, Stopped
from madoguchi.kiosk.page import Action, Operation
from madoguchi.runtime import log
from tests.jpki.authorities import PIN, SERIAL, card
from tests.kiosk.resident import Resident
from tests.kiosk.world import World
from tests.pcsc.rooms import ROOT, SOCKET_VARIABLE, Room, a_room
from tests.pcsc.visiting import hands, running_kiosk


async def test_a_resident_goes_home_with_the_paper(room: Room, tmp_path: Path) -> None:
    world = World()
    async with running_kiosk(world, tmp_path) as agent:
        acts = hands(agent, put=lambda: room.put(card()), take=lambda: room.ask("take"))
        resident = Resident(agent)
        assert (await resident.go_to("done", acts=acts)).name == "done"
        assert "pin" in resident.seen
        assert world.serials == [SERIAL]


async def test_a_wrong_pin_is_asked_again_by_the_resident_only(room: Room, tmp_path: Path) -> None:
    world = World()
    async with running_kiosk(world, tmp_path) as agent:
        acts = hands(agent, put=lambda: room.put(card()), take=lambda: room.ask("take"))
        resident = Resident(agent, pin="9999")
        await resident.go_to("pin", acts=acts)
        await resident.enter_pin(agent.screen())
        screen: Any = await resident.until("pin")
        while not screen.data.wrong:
            screen = await agent.wait(screen.revision)
        await asyncio.sleep(0.5)
        assert screen.data.tries_left == 2
        assert load_card(room.directory / "card.json").contents.pin_tries == 2


async def test_a_card_pulled_at_the_pin_is_asked_for_again(room: Room, tmp_path: Path) -> None:
    async with running_kiosk(World(), tmp_path) as agent:
        acts = hands(agent, put=lambda: room.put(card()), take=lambda: room.ask("take"))
        resident = Resident(agent)
        await resident.go_to("pin", acts=acts)
        await asyncio.to_thread(room.ask, "take")
        await resident.until("card")
        assert not agent.situation.card_in
        assert agent.acts.visit is not None
        assert agent.acts.visit.memory.pin == b""


async def test_a_card_left_there_keeps_everybody_out(room: Room, tmp_path: Path) -> None:
    room.put(card())
    async with running_kiosk(World(), tmp_path) as agent:
        # Whether it was seen before the machine came to rest decides which of the two screens stands there.
        while not (agent.situation.card_in and isinstance(agent.situation.stage, CardForgotten | Resting)):  # noqa: ASYNC110 - what is waited for happens in another thread
            await asyncio.sleep(0.02)
        with pytest.raises(Exception, match=r"kiosk\.(card_left|nonsense|page_not_our_screen)"):
            await agent.touch(Action.BEGIN, None)
        with pytest.raises(Exception, match=r"kiosk\.not_played_by_hand"):
            await agent.operate(Operation.TAKE_CARD, None)


async def test_a_reader_that_fails_takes_the_kiosk_out_of_service(room: Room, tmp_path: Path) -> None:
    async with running_kiosk(World(), tmp_path) as agent:
        resident = Resident(agent)
        await resident.until("start")
        agent.parts.devices.reader.lost("e_reader_unavailable")  # type: ignore[attr-defined]
        await resident.until("out_of_service")
        stage = agent.situation.stage
        assert isinstance(stage, Stopped)
        assert stage.reason.code == "kiosk.reader_failed"
        await resident.until("start")  # the thread still sees the reader, and says so with the next status


async def test_no_octet_of_a_session_is_logged(room: Room, tmp_path: Path) -> None:
    stream = io.StringIO()
    log.configure(party="kiosk", name="kiosk-1", strict=True, stream=stream)
    try:
        async with running_kiosk(World(), tmp_path) as agent:
            acts = hands(agent, put=lambda: room.put(card()), take=lambda: room.ask("take"))
            await Resident(agent).go_to("done", acts=acts)
    finally:
        log.close()
    said = stream.getvalue()
    assert "kiosk.stage" in said
    pin = PIN.encode().hex()
    for trace in (SERIAL, SERIAL.lower(), f"0020008004{pin}", pin, f'"{PIN}"', "00200080"):
        assert trace not in said
    assert PIN.encode().hex(" ") not in (room.directory / "pcscd.log").read_text()  # as pcscd would write an APDU


def test_two_kiosks_with_two_readers_at_once_never_cross(tmp_path: Path) -> None:
    serials = ["51AA0001", "51AA0002"]
    ends: dict[str, dict[str, Any]] = {}
    threads = []
    for serial in serials:
        directory = tmp_path / serial
        directory.mkdir()
        threads.append(threading.Thread(target=_visited, args=(serial, directory, ends)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert ends == {serial: {"end": "done", "serials": [serial], "results": ["printed"]} for serial in serials}


def _visited(serial: str, directory: Path, ends: dict[str, dict[str, Any]]) -> None:
    (directory / "pcscd").mkdir()
    with a_room(directory / "pcscd") as room:
        environment = {**os.environ, SOCKET_VARIABLE: room.socket, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
        command = [sys.executable, "-m", "tests.pcsc.visiting", str(directory), serial]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as kiosk:
            assert kiosk.stdout is not None
            for line in kiosk.stdout:
                said = json.loads(line)
                if isinstance(said, dict):
                    ends[serial] = said
                else:
                    room.ask("take") if said is None else room.ask("put", said)

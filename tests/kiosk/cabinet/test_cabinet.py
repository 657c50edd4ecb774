"""Door, tray and lamp by Linux's interfaces: what is seen, what is lost, and that nothing unseen counts as well."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.kiosk.assembly import assembled
from madoguchi.kiosk.config import Cabinet, Contact
from madoguchi.kiosk.devices.cabinet.contact import ContactWatch
from madoguchi.kiosk.devices.cabinet.door import CabinetDoor
from madoguchi.kiosk.devices.cabinet.inputs import EV_KEY, EV_SW, InputEvent, Ioctl, event_octets, events_in
from madoguchi.kiosk.devices.cabinet.leds import LedLamp
from madoguchi.kiosk.devices.cabinet.tray import SensedTray
from madoguchi.kiosk.devices.door import key_digest
from madoguchi.kiosk.devices.kinds import LampState
from madoguchi.kiosk.devices.making import make_devices
from madoguchi.kiosk.machine.events import DoorClosed, DoorOpened, KeyTurned, TraySeen
from madoguchi.runtime.clock import SystemClock
from tests.kiosk.cabinet.wires import CODE, Wire, led, lit
from tests.kiosk.resident import Resident
from tests.kiosk.test_devices_config import refused, written
from tests.kiosk.world import World

ENTER = 28
KEY, KEY_CODES = "0A1", (11, 30, 2)


async def until(seen: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not seen():  # noqa: ASYNC110 - what the kernel would tell comes through the loop
            await asyncio.sleep(0.005)


@given(st.lists(st.builds(InputEvent, st.integers(0, 31), st.integers(0, 0x2FF), st.integers(-(2**31), 2**31 - 1))))
def test_events_are_read_as_the_kernel_writes_them(events: list[InputEvent]) -> None:
    octets = b"".join(map(event_octets, events))
    assert list(events_in(octets)) == events
    assert list(events_in(octets + b"\0" * 7)) == events


@pytest.mark.parametrize(("kind", "request_"), [(EV_KEY, 0x80604518), (EV_SW, 0x8060451B)])
def test_the_kernel_is_asked_by_its_own_numbers(monkeypatch: pytest.MonkeyPatch, kind: int, request_: int) -> None:
    """EVIOCGKEY(96) and EVIOCGSW(96) of `linux/input.h`; bit 9 of the answer is bit 1 of its second octet."""

    def answer(_device: int, asked: int, room: bytes) -> bytes:
        assert asked == request_
        return b"\0\x02" + room[2:]

    monkeypatch.setattr(fcntl, "ioctl", answer)
    assert Ioctl().is_down(0, kind=kind, code=9)
    assert not Ioctl().is_down(0, kind=kind, code=8)


def test_a_plain_file_is_no_input_device(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    device = os.open(tmp_path / "plain", os.O_RDONLY)
    try:
        with pytest.raises(OSError, match="Inappropriate ioctl"):
            Ioctl().is_down(device, kind=EV_SW, code=0)
        with pytest.raises(OSError, match="Inappropriate ioctl"):
            Ioctl().grab(device)
    finally:
        os.close(device)


@pytest.mark.parametrize("kind", ["switch", "key"])
@pytest.mark.parametrize("inverted", [False, True])
async def test_a_contact_is_followed(tmp_path: Path, kind: str, *, inverted: bool) -> None:
    wire, seen = Wire(tmp_path / "event0"), list[bool | None]()
    wire.plug()
    watch = ContactWatch(wire.contact(kind=kind, inverted=inverted), seen.append, kernel=wire)
    watch.start()
    assert seen == [inverted], "known at once"
    number = EV_SW if kind == "switch" else EV_KEY
    wire.press(down=True, kind=number, code=CODE + 1)
    wire.press(down=True, kind=number)
    await until(lambda: len(seen) == 2)
    wire.overrun(down=False)
    await until(lambda: len(seen) == 3)
    assert seen == [inverted, not inverted, inverted]
    watch.stop()
    wire.unplug()


async def test_a_contact_is_lost_and_found(tmp_path: Path) -> None:
    wire, seen = Wire(tmp_path / "event0"), list[bool | None]()
    watch = ContactWatch(wire.contact(), seen.append, kernel=wire)
    watch.start()
    assert (watch.closed, seen) == (None, [])
    wire.down = True
    wire.plug()
    await until(lambda: seen == [True])
    wire.unplug()
    await until(lambda: seen == [True, None])
    wire.plug()
    await until(lambda: seen == [True, None, True])
    watch.stop()
    wire.unplug()


def a_door(tmp_path: Path, switch: Wire, reader: Wire) -> CabinetDoor:
    switch.plug()
    reader.plug()
    return CabinetDoor(
        switch=switch.contact(),
        lock=led(tmp_path / "lock"),
        key_reader=reader.path,
        key_digests=(key_digest("OTHER"), key_digest(KEY)),
        kernel=switch,
    )


async def test_the_door(tmp_path: Path) -> None:
    switch, reader, told = Wire(tmp_path / "event0"), Wire(tmp_path / "event1"), list[Any]()
    door = a_door(tmp_path, switch, reader)
    assert door.is_open(), "not seen yet"
    switch.down = True
    door.start(told.append)
    assert (door.is_open(), lit(tmp_path / "lock"), switch.grabbed) == (False, "0", 1)

    reader.type(*KEY_CODES, ENTER, 57, ENTER, *reversed(KEY_CODES), ENTER)
    await until(lambda: len(told) == 3)
    assert told[1:] == [KeyTurned(authorised=True), KeyTurned(authorised=False)]
    door.unlock()
    assert lit(tmp_path / "lock") == "255"
    switch.press(down=False)
    await until(door.is_open)
    switch.press(down=True)
    await until(lambda: not door.is_open())
    door.lock()
    switch.unplug()
    await until(door.is_open)
    assert told[3:] == [DoorOpened(), DoorClosed(), DoorOpened()], "a door that is not seen is open"
    door.unlock()
    await door.stop()
    assert lit(tmp_path / "lock") == "0", "left locked"
    reader.unplug()


async def test_half_a_key_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or one could be tried character by character, or be put together out of two."""
    monkeypatch.setattr("madoguchi.kiosk.devices.cabinet.door._PAUSE_SECONDS", 0.02)
    switch, reader, told = Wire(tmp_path / "event0"), Wire(tmp_path / "event1"), list[Any]()
    door = a_door(tmp_path, switch, reader)
    switch.down = True
    door.start(told.append)
    reader.type(*KEY_CODES[:1])
    await asyncio.sleep(0.1)
    reader.type(*KEY_CODES[1:], ENTER)
    await until(lambda: KeyTurned(authorised=False) in told)
    assert KeyTurned(authorised=True) not in told
    await door.stop()
    switch.unplug()
    reader.unplug()


class TestTray:
    async def test_paper_lies_there_until_it_is_taken(self, tmp_path: Path) -> None:
        wire, told = Wire(tmp_path / "event0"), list[Any]()
        wire.plug()
        tray = SensedTray(wire.contact(), arrives_seconds=0.1, kernel=wire)
        assert tray.sheets() == 1, "not seen yet"
        tray.start(told.append)
        assert tray.sheets() == 0
        tray.came_out(1)
        assert tray.sheets() == 1, "counted, and on its way"
        wire.press(down=True)
        tray.came_out(2)
        assert tray.sheets() == 2
        await asyncio.sleep(0.3)
        assert tray.sheets() == 2, "no clock takes it"
        wire.press(down=False)
        await until(lambda: tray.sheets() == 0)
        assert told == [TraySeen(0), TraySeen(1), TraySeen(2), TraySeen(0)]
        await tray.stop()
        wire.unplug()

    async def test_a_sheet_taken_while_the_next_is_on_its_way(self, tmp_path: Path) -> None:
        wire, told = Wire(tmp_path / "event0"), list[Any]()
        wire.plug()
        tray = SensedTray(wire.contact(), arrives_seconds=0.2, kernel=wire)
        tray.start(told.append)
        wire.press(down=True)
        await until(lambda: tray.sheets() == 1)
        tray.came_out(1)
        tray.came_out(2)
        wire.press(down=False)
        await asyncio.sleep(0.05)
        assert tray.sheets() > 0, "the second has not arrived, and is not taken"
        wire.press(down=True)
        await asyncio.sleep(0.3)
        assert tray.sheets() > 0
        wire.press(down=False)
        await until(lambda: tray.sheets() == 0)
        tray.came_out(1)
        assert tray.sheets() == 1, "the next job's"
        await tray.stop()
        wire.unplug()

    async def test_a_counted_sheet_that_never_arrives(self, tmp_path: Path) -> None:
        wire, told = Wire(tmp_path / "event0"), list[Any]()
        wire.plug()
        tray = SensedTray(wire.contact(), arrives_seconds=0.05, kernel=wire)
        tray.start(told.append)
        tray.came_out(1)
        await until(lambda: tray.sheets() == 0)
        assert told == [TraySeen(0), TraySeen(1), TraySeen(0)]
        await tray.stop()
        wire.unplug()

    async def test_a_lost_sensor_means_paper(self, tmp_path: Path) -> None:
        wire, told = Wire(tmp_path / "event0"), list[Any]()
        wire.plug()
        tray = SensedTray(wire.contact(), kernel=wire)
        tray.start(told.append)
        wire.unplug()
        await until(lambda: tray.sheets() == 1)
        assert told == [TraySeen(0), TraySeen(1)]
        await tray.stop()


def test_the_lamp_says_what_it_should(tmp_path: Path) -> None:
    directory = led(tmp_path / "lamp")
    lamp = LedLamp(directory)
    lamp.show(LampState.WORKING)
    assert lit(directory) == "255"
    lamp.show(LampState.STAFF)
    assert (directory / "trigger").read_text() == "timer"
    period = sum(int((directory / name).read_text()) for name in ("delay_on", "delay_off"))
    assert period * 3 > 1000, "fewer than three flashes a second (WCAG 2.3.1)"
    (directory / "trigger").unlink()
    lamp.show(LampState.STAFF)
    assert not (directory / "trigger").exists(), "said once"
    lamp.show(LampState.OFF)
    assert (lit(directory), (directory / "trigger").read_text()) == ("0", "none")


def test_a_lamp_that_is_gone_stops_nothing(tmp_path: Path) -> None:
    lamp = LedLamp(tmp_path / "gone")
    lamp.show(LampState.CALLING)
    directory = led(tmp_path / "gone")
    lamp.show(LampState.WORKING)
    assert lit(directory) == "255", "plugged in again it is lit with the next change"


async def test_a_kiosk_behind_a_real_door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It serves while the door is shut, ends a visit when it opens, and opens the lock for a known key only."""
    switch, reader = Wire(tmp_path / "event0"), Wire(tmp_path / "event1")
    switch.plug()
    reader.plug()
    switch.down = True
    monkeypatch.setattr(
        Ioctl, "is_down", lambda _self, device, kind, code: switch.is_down(device, kind=kind, code=code)
    )
    monkeypatch.setattr(Ioctl, "grab", lambda _self, device: switch.grab(device))
    world = World()
    config = world.config(tmp_path)
    cabinet = Cabinet(
        door=switch.contact(), lock=led(tmp_path / "lock"), key_reader=reader.path, lamp=led(tmp_path / "lamp")
    )
    devices = msgspec.structs.replace(config.devices, cabinet=cabinet, door_keys=(key_digest(KEY),))
    config = msgspec.structs.replace(config, devices=devices)
    with assembled(config, line=world, clock=world.clock) as agent:
        async with agent:
            await Resident(agent).go_to("check")
            switch.press(down=False)
            await Resident(agent).until("out_of_service")
            assert lit(tmp_path / "lock") == "0"
            switch.press(down=True)
            await Resident(agent).until("start")
            reader.type(*reversed(KEY_CODES), ENTER, *KEY_CODES, ENTER)
            await until(lambda: lit(tmp_path / "lock") == "255")
    assert lit(tmp_path / "lock") == "0"
    switch.unplug()
    reader.unplug()


class TestConfiguration:
    def contact(self, directory: Path) -> Contact:
        return Contact(device=directory / "event0", code=0)

    def test_a_whole_cabinet(self, tmp_path: Path) -> None:
        contact, output = self.contact(tmp_path), led(tmp_path / "led")
        cabinet = Cabinet(door=contact, lock=output, key_reader=tmp_path / "event1", lamp=output)
        assert cabinet.complaint(printer="inprocess") is None
        assert written(tmp_path, cabinet=cabinet)
        assert Cabinet(tray=contact).complaint(printer="ipps://printer") is None

    @pytest.mark.parametrize("missing", ["door", "lock", "key_reader"])
    def test_a_door_has_three_parts(self, tmp_path: Path, missing: str) -> None:
        whole: dict[str, Any] = {
            "door": self.contact(tmp_path),
            "lock": led(tmp_path / "led"),
            "key_reader": tmp_path / "event1",
        }
        problem = refused(written(tmp_path, cabinet=Cabinet(**(whole | {missing: None}))))
        assert problem.key == "devices.cabinet.door"

    def test_the_in_process_tray_has_no_sensor(self, tmp_path: Path) -> None:
        problem = refused(written(tmp_path, cabinet=Cabinet(tray=self.contact(tmp_path))))
        assert problem.key == "devices.cabinet.tray"

    def test_a_lamp_is_an_output(self, tmp_path: Path) -> None:
        problem = refused(written(tmp_path, cabinet=Cabinet(lamp=tmp_path)))
        assert problem.key == "devices.cabinet.lamp"

    def test_a_real_door_is_not_played(self, tmp_path: Path) -> None:
        cabinet = Cabinet(door=self.contact(tmp_path), lock=led(tmp_path / "led"), key_reader=tmp_path / "event1")
        config = World().config(tmp_path).devices
        made = make_devices(msgspec.structs.replace(config, cabinet=cabinet), clock=SystemClock())
        assert isinstance(made.door, CabinetDoor)
        assert made.hands is not None
        assert (made.hands.door_locked(), made.hands.door_open(), made.door in made.watched) == (True, False, True)

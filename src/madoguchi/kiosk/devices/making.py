"""The machine of a configuration: each device in-process, or behind its real driver."""

from __future__ import annotations

from pathlib import Path

from madoguchi.kiosk.config import Devices as DevicesConfig
from madoguchi.kiosk.devices.cabinet.door import CabinetDoor
from madoguchi.kiosk.devices.cabinet.leds import LedLamp
from madoguchi.kiosk.devices.cabinet.tray import SensedTray
from madoguchi.kiosk.devices.cctalk.bus import Bus, open_line
from madoguchi.kiosk.devices.cctalk.driver import CctalkMoney
from madoguchi.kiosk.devices.coins import CoinBox
from madoguchi.kiosk.devices.door import PlayedDoor
from madoguchi.kiosk.devices.emoney import TouchPad
from madoguchi.kiosk.devices.escpos.printer import EscposReceipts
from madoguchi.kiosk.devices.escpos.stream import open_stream, parse_address
from madoguchi.kiosk.devices.inprocess import PlayedHands, RecordedVoice
from madoguchi.kiosk.devices.ipp.client import IppClient
from madoguchi.kiosk.devices.ipp.printer import CALL_SECONDS, IppPrinter
from madoguchi.kiosk.devices.ipp.spool import Spool
from madoguchi.kiosk.devices.kinds import CardReader, Devices, Watched
from madoguchi.kiosk.devices.nexo.answers import Names
from madoguchi.kiosk.devices.nexo.driver import NexoTerminal
from madoguchi.kiosk.devices.nexo.line import NexoLine, expect_url
from madoguchi.kiosk.devices.pinned import read_certificate
from madoguchi.kiosk.devices.printer import TrayPrinter
from madoguchi.kiosk.devices.reader import SlotReader
from madoguchi.kiosk.devices.receipts import ReceiptFiles
from madoguchi.kiosk.devices.tray import OutputTray, TimedTray
from madoguchi.runtime.clock import Clock

REAL = IppPrinter | CabinetDoor | CctalkMoney | NexoTerminal
"""Drivers with a connection of their own."""


def make_devices(config: DevicesConfig, *, clock: Clock) -> Devices:
    """Every device of one kiosk. Raises OSError, and ValueError for what `complaint` would have told."""
    for directory in (config.paper_dir, config.machine_dir):
        directory.mkdir(parents=True, exist_ok=True)
    slot, reader, watched = _reader(config)
    printer = _printer(config)
    played = printer if isinstance(printer, TrayPrinter) else None
    money = _money(config)
    coins = money if isinstance(money, CoinBox) else None
    emoney = _emoney(config, clock)
    pad = emoney if isinstance(emoney, TouchPad) else None
    receipts = _receipts(config)
    files = receipts if isinstance(receipts, ReceiptFiles) else None
    door = _door(config)
    played_door = door if isinstance(door, PlayedDoor) else None
    return Devices(
        reader=reader,
        printer=printer,
        money=money,
        tray=printer,
        voice=RecordedVoice() if config.cabinet.lamp is None else RecordedVoice(LedLamp(config.cabinet.lamp).show),
        receipts=receipts,
        door=door,
        emoney=emoney,
        ask_seconds=config.ask_seconds,
        hands=PlayedHands(reader=slot, coins=coins, pad=pad, printer=played, receipts=files, door=played_door),
        watched=(
            *watched,
            *(each for each in (printer, door, money, emoney) if isinstance(each, REAL)),
        ),
    )


def _reader(config: DevicesConfig) -> tuple[SlotReader | None, CardReader, tuple[Watched, ...]]:
    if config.reader == "pcsc":
        # Imported here, because pyscard is installed only where a reader is real.
        from madoguchi.kiosk.devices.pcsc.reader import PcscReader

        real = PcscReader(name=config.reader_name)
        return None, real, (real,)
    if config.cards_dir is None:
        raise ValueError("the in-process reader needs cards_dir")
    slot = SlotReader(config.cards_dir)
    return slot, slot, ()


def _money(config: DevicesConfig) -> CoinBox | CctalkMoney:
    if config.coins == "inprocess":
        return CoinBox(config.machine_dir, faults=config.faults)
    where = parse_address(config.coins)
    if not isinstance(where, Path):
        raise ValueError("ccTalk needs a serial line")  # noqa: TRY004 - a setting of the wrong worth
    return CctalkMoney(
        Bus(lambda: open_line(where)),
        directory=config.machine_dir,
        hoppers=[(each.address, each.denomination, each.pieces) for each in config.hoppers],
        coins=config.coin_values,
        notes=config.note_values,
    )


def _emoney(config: DevicesConfig, clock: Clock) -> TouchPad | NexoTerminal | None:
    if config.emoney == "none":
        return None
    if config.emoney == "inprocess":
        return TouchPad(config.machine_dir, faults=config.faults)
    if config.emoney_certificate is None:
        raise ValueError("a real terminal needs emoney_certificate")
    url, certificate = expect_url(config.emoney), read_certificate(config.emoney_certificate)
    return NexoTerminal(
        lambda: NexoLine(url, certificate=certificate),
        names=Names(sale_id=config.emoney_sale_id, poi_id=config.emoney_poi_id),
        directory=config.machine_dir,
        clock=clock,
    )


def _receipts(config: DevicesConfig) -> ReceiptFiles | EscposReceipts:
    if config.receipts == "inprocess":
        return ReceiptFiles(config.paper_dir, store=config.store_name, empty=config.faults.no_receipt_paper)
    where = parse_address(config.receipts)
    return EscposReceipts(
        lambda: open_stream(where, baud=config.receipts_baud), store=config.store_name, dots=config.receipts_dots
    )


def _printer(config: DevicesConfig) -> TrayPrinter | IppPrinter:
    if config.printer == "inprocess":
        return TrayPrinter(config.paper_dir, faults=config.faults)
    if config.printer_certificate is None:
        raise ValueError("a real printer needs printer_certificate")
    certificate = read_certificate(config.printer_certificate)

    def make_client() -> IppClient:
        return IppClient(config.printer, certificate=certificate, seconds=CALL_SECONDS)

    return IppPrinter(make_client, spool=Spool(config.printer_spool), tray=_tray(config))


def _tray(config: DevicesConfig) -> OutputTray:
    sensor = config.cabinet.tray
    return TimedTray(config.tray_seconds) if sensor is None else SensedTray(sensor)


def _door(config: DevicesConfig) -> PlayedDoor | CabinetDoor:
    built = config.cabinet
    if built.door is None or built.lock is None or built.key_reader is None:
        return PlayedDoor(config.door_keys)
    return CabinetDoor(switch=built.door, lock=built.lock, key_reader=built.key_reader, key_digests=config.door_keys)

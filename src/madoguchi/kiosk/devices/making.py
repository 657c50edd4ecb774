"""The machine of a configuration: each device in-process, or behind its real driver."""

from __future__ import annotations

from madoguchi.kiosk.config import Devices as DevicesConfig
from madoguchi.kiosk.devices.coins import CoinBox
from madoguchi.kiosk.devices.door import PlayedDoor
from madoguchi.kiosk.devices.emoney import TouchPad
from madoguchi.kiosk.devices.escpos.printer import EscposReceipts
from madoguchi.kiosk.devices.escpos.stream import open_stream, parse_address
from madoguchi.kiosk.devices.inprocess import PlayedHands, RecordedVoice
from madoguchi.kiosk.devices.ipp.client import IppClient, read_certificate
from madoguchi.kiosk.devices.ipp.printer import CALL_SECONDS, IppPrinter
from madoguchi.kiosk.devices.ipp.spool import Spool
from madoguchi.kiosk.devices.kinds import CardReader, Devices, Watched
from madoguchi.kiosk.devices.printer import TrayPrinter
from madoguchi.kiosk.devices.reader import SlotReader
from madoguchi.kiosk.devices.receipts import ReceiptFiles


def make_devices(config: DevicesConfig) -> Devices:
    """Every device of one kiosk. Raises OSError, and ValueError for what `complaint` would have told."""
    for directory in (config.paper_dir, config.machine_dir):
        directory.mkdir(parents=True, exist_ok=True)
    slot, reader, watched = _reader(config)
    printer = _printer(config)
    played = printer if isinstance(printer, TrayPrinter) else None
    coins = CoinBox(config.machine_dir, faults=config.faults)
    pad = TouchPad(config.machine_dir, faults=config.faults) if config.emoney == "inprocess" else None
    receipts = _receipts(config)
    files = receipts if isinstance(receipts, ReceiptFiles) else None
    door = PlayedDoor(config.door_keys)
    return Devices(
        reader=reader,
        printer=printer,
        money=coins,
        tray=printer,
        voice=RecordedVoice(),
        receipts=receipts,
        door=door,
        emoney=pad,
        ask_seconds=config.ask_seconds,
        hands=PlayedHands(reader=slot, coins=coins, pad=pad, printer=played, receipts=files, door=door),
        watched=watched if isinstance(printer, TrayPrinter) else (*watched, printer),
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

    return IppPrinter(make_client, spool=Spool(config.printer_spool), tray_seconds=config.tray_seconds)

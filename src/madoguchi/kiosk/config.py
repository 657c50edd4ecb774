"""The configuration of one kiosk."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from madoguchi.kiosk.devices.door import DEMO_KEY, key_digest
from madoguchi.kiosk.devices.escpos.stream import Baud, parse_address
from madoguchi.kiosk.devices.ipp.client import http_url
from madoguchi.kiosk.devices.nexo.line import expect_url
from madoguchi.kiosk.devices.pinned import read_certificate
from madoguchi.runtime.config import ConfigProblem, PartyConfig, Section
from madoguchi.wire.identifiers import Environment, OperatorCode, WardCode

NexoName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{0,64}$")]
Seconds = Annotated[float, Meta(gt=0, le=3600)]


class Timeouts(Section, frozen=True, kw_only=True):
    """Durations in seconds, all on the monotonic clock."""

    idle: Seconds = 60.0
    """Without a touch while choosing, at the amount and at the payment."""
    card: Seconds = 60.0
    """To set the card, and to enter the PIN."""
    whole: Seconds = 300.0
    """From open to the amount at most; the center's lifetime shortens it."""
    call: Seconds = 30.0
    """One call to ec. A lost answer is a refusal."""
    sheet: Seconds = 60.0
    """For one sheet to come out."""
    repair: Seconds = 120.0
    """For a person to put a printer right that stopped in the middle of a job, before the money goes back."""
    remind: Seconds = 5.0
    """Between two calls for a card or paper that lies in the machine."""
    farewell: Seconds = 15.0
    """How long the last screen or a refusal stays."""
    refresh: Seconds = 300.0
    """Between two fetches of trust list and menus."""
    retry: Seconds = 30.0
    """At most, between two deliveries of an outcome, and between two looks at a machine that is out of service."""


class Faults(Section, frozen=True, kw_only=True):
    """Faults of the in-process devices, for tests and demonstrations. None by default."""

    jam_after_sheets: int | None = None
    """The printer jams when this many sheets of a job are out."""
    paper_sheets: int = 500
    """Sheets in the drawer at start."""
    holds_last_job: bool = False
    """The printer keeps a job in its queue and will not let go of it."""
    seconds_per_sheet: float = 0.0
    jam_every_job: bool = False
    """The printer jams again as often as it is cleared."""
    forgets_jobs: bool = False
    """After a restart the printer knows nothing of its last job, as after a power cut."""
    no_change: bool = False
    refund_fails: bool = False
    """Neither the coin mechanism nor the e-money device gives anything back."""
    no_receipt_paper: bool = False
    emoney_cut: bool = False
    """The line behind the e-money pad is cut from the start: payments happen, and nobody hears of them."""


class Contact(Section, frozen=True, kw_only=True):
    """A switch or light barrier that Linux shows as an input device (`gpio-keys`, or a USB board)."""

    device: Path
    """`/dev/input/by-path/…-event`: a name that stays the same after a restart."""
    kind: Literal["switch", "key"] = "switch"
    """The kernel's EV_SW or EV_KEY."""
    code: Annotated[int, Meta(ge=0, le=0x2FF)]
    """As `evtest` shows it."""
    inverted: bool = False
    """Closed is what Linux calls released."""


class Cabinet(Section, frozen=True, kw_only=True):
    """What is built into a real machine. What is not named here is played in-process, or not there."""

    door: Contact | None = None
    """Closed while the door is shut. With it go `lock` and `key_reader`."""
    lock: Path | None = None
    """`/sys/class/leds/NAME` of the output that opens the lock; without current it is shut."""
    key_reader: Path | None = None
    """The input device of a reader that types what a maintenance key says."""
    lamp: Path | None = None
    """`/sys/class/leds/NAME` of the lamp beside slot and tray."""
    tray: Contact | None = None
    """Closed while paper lies in the tray of the real printer."""

    def complaint(self, *, printer: str) -> tuple[str, str] | None:
        """(key, what is wrong); None when it can be driven."""
        parts = (self.door, self.lock, self.key_reader)
        if any(part is not None for part in parts) and None in parts:
            return "door", "door, lock and key_reader go together"
        if self.tray is not None and printer == "inprocess":
            return "tray", "the in-process printer has a tray of its own"
        for key, led in (("lock", self.lock), ("lamp", self.lamp)):
            if led is not None and not (led / "brightness").exists():
                return key, f"{led} is no output of the LED class"
        return None


class HopperConfig(Section, frozen=True, kw_only=True):
    """A hopper on the ccTalk line."""

    address: Annotated[int, Meta(ge=3, le=39)]
    denomination: Literal[10, 50, 100, 500]
    pieces: Annotated[int, Meta(ge=0, le=5000)]
    """What a new machine is filled with; from then on the driver counts."""


class Devices(Section, frozen=True, kw_only=True):
    """Which device is behind which driver. In-process models unless said otherwise: what those make lies in
    directories, which are the physical things."""

    reader: Literal["inprocess", "pcsc"] = "inprocess"
    reader_name: Annotated[str, Meta(min_length=1)] | None = None
    """A part of the PC/SC reader's name; may be left out where there is one reader only."""
    printer: str = "inprocess"
    """`ipps://host[:port]/path`: a printer that speaks IPP over TLS."""
    printer_certificate: Path | None = None
    """PEM of the one certificate that this printer shows; no other is spoken to."""
    printer_spool: Path | None = None
    """The printer's spool directory where this machine can reach it. It must be the queue's alone: it is emptied."""
    tray_seconds: Annotated[float, Meta(gt=0, le=300)] = 30.0
    """After this long, paper of a real printer counts as taken where `cabinet.tray` sees none: IPP has no tray sensor
    that all printers know."""
    paper_dir: Path
    """The tray (`tray/`), what was taken out of it (`taken/`), slips (`slips/`). The files ARE the paper."""
    cards_dir: Path | None = None
    """Demo cards that can be put on the in-process reader: `<id>.json`."""
    machine_dir: Path
    """The coin mechanism's own state: money does not vanish when the agent dies."""
    emoney: str = "inprocess"
    """`none`: then there are coins only. `https://host[:port]/nexo`: a terminal that speaks nexo Sale to POI."""
    emoney_certificate: Path | None = None
    """PEM of the one certificate that this terminal shows; no other is spoken to."""
    emoney_sale_id: NexoName = ""
    """What the kiosk is called at the terminal: no other till of it may have this name."""
    emoney_poi_id: NexoName = ""
    """What the terminal is called."""
    ask_seconds: Annotated[float, Meta(gt=0, le=300)] = 15.0
    """How long a device is asked what became of a payment, before it counts as owed and a person must look."""
    coins: str = "inprocess"
    """`file:///dev/...`: coin acceptor (address 2), note validator (40) and hoppers on one ccTalk line."""
    coin_values: tuple[Literal[0, 10, 50, 100, 500], ...] = (10, 50, 100, 500)
    """What each position of the coin acceptor is worth; 0 is none."""
    note_values: tuple[Literal[0, 1000], ...] = (1000,)
    """The same of the note validator; empty where there is none."""
    hoppers: tuple[HopperConfig, ...] = (
        HopperConfig(address=3, denomination=10, pieces=50),
        HopperConfig(address=4, denomination=50, pieces=20),
        HopperConfig(address=5, denomination=100, pieces=50),
        HopperConfig(address=6, denomination=500, pieces=20),
    )
    receipts: str = "inprocess"
    """`tcp://host[:port]` or `file:///dev/...`: a receipt printer that speaks ESC/POS."""
    receipts_dots: Literal[384, 512, 576] = 576
    """What it prints across: 576 on paper of 80 mm, 384 on 58 mm, as most do at 203 dots per inch."""
    receipts_baud: Baud = 38400
    """Of a serial line."""
    store_name: Annotated[str, Meta(max_length=40)] = ""
    """On receipts."""
    door_keys: tuple[Annotated[str, Meta(pattern="^[0-9a-f]{64}$")], ...] = ()
    """SHA-256 of every key that unlocks the door for maintenance, in hex."""
    cabinet: Cabinet = Cabinet()
    faults: Faults = Faults()

    def complaint(self) -> tuple[str, str] | None:
        """(key, what is wrong) of what types alone do not say; None when these devices can be driven."""
        cabinet = self.cabinet.complaint(printer=self.printer)
        if cabinet is not None:
            return f"cabinet.{cabinet[0]}", cabinet[1]
        return (
            self._complaint_of_reader()
            or self._complaint_of_printer()
            or self._complaint_of_emoney()
            or self._complaint_of_receipts()
            or self._complaint_of_coins()
        )

    def _complaint_of_reader(self) -> tuple[str, str] | None:
        if self.reader == "inprocess":
            return ("cards_dir", "the in-process reader needs it") if self.cards_dir is None else None
        if find_spec("smartcard") is None:
            return "reader", "pcsc needs the package pyscard (docs/operations/kiosk.md)"
        return None

    def _complaint_of_printer(self) -> tuple[str, str] | None:
        if self.printer == "inprocess":
            return None
        try:
            http_url(self.printer)
        except ValueError as error:
            return "printer", f'{error}, or "inprocess"'
        certificate = _complaint_of_certificate("printer_certificate", self.printer_certificate)
        if certificate is not None:
            return certificate
        if self.printer_spool is not None and not self.printer_spool.is_dir():
            return "printer_spool", f"{self.printer_spool} is not a directory"
        return None

    def _complaint_of_emoney(self) -> tuple[str, str] | None:
        """Not whether the terminal is there: without it a kiosk takes coins."""
        if self.emoney in {"inprocess", "none"}:
            return None
        try:
            expect_url(self.emoney)
        except ValueError as error:
            return "emoney", f'{error}, "inprocess" or "none"'
        for key, name in (("emoney_sale_id", self.emoney_sale_id), ("emoney_poi_id", self.emoney_poi_id)):
            if not name:
                return key, "kiosk and terminal call each other by name"
        return _complaint_of_certificate("emoney_certificate", self.emoney_certificate)

    def _complaint_of_receipts(self) -> tuple[str, str] | None:
        """Not whether the printer is there: a kiosk without receipts serves."""
        if self.receipts == "inprocess":
            return None
        try:
            parse_address(self.receipts)
        except ValueError as error:
            return "receipts", f'{error}, or "inprocess"'
        return None

    def _complaint_of_coins(self) -> tuple[str, str] | None:
        """Not whether the line is there: without coins a kiosk says so itself."""
        if self.coins == "inprocess":
            return None
        try:
            where = parse_address(self.coins)
        except ValueError:
            where = None
        if not isinstance(where, Path):
            return "coins", 'expected file:///dev/..., or "inprocess"'
        for each in ("address", "denomination"):
            if len({getattr(hopper, each) for hopper in self.hoppers}) < len(self.hoppers):
                return "hoppers", f"two of the same {each}"
        return None


def _complaint_of_certificate(key: str, file: Path | None) -> tuple[str, str] | None:
    if file is None:
        return key, "a real device is known by its certificate"
    try:
        read_certificate(file)
    except (OSError, ValueError) as error:
        return key, f"{file}: {error}"
    return None


class KioskConfig(PartyConfig, frozen=True, kw_only=True):
    """One kiosk of one store operator."""

    kiosk: Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
    """Opaque 128-bit id in hex; names no store."""
    operator: OperatorCode
    enrolment: Path
    """The operator's statement that this kiosk's signing key is enrolled, as raw bytes."""
    ec: str
    """Name of the peer that is the operator's EC center."""
    wards: Annotated[tuple[WardCode, ...], Meta(min_length=1)]
    """Wards shown, the store's own first."""
    devices: Devices
    timeouts: Timeouts = Timeouts()
    shuffled_pin_pad: bool = False
    """Shuffle the digits of the PIN pad on the glass for everybody; otherwise the resident may."""

    def refuse_unusable(self, file: Path) -> None:
        """Devices whose drivers lack something."""
        complaint = self.devices.complaint()
        if self.environment is Environment.PRODUCTION and key_digest(DEMO_KEY) in self.devices.door_keys:
            complaint = "door_keys", "the key that hangs at every demo machine"
        if complaint is not None:
            raise ConfigProblem(file=file, key=f"devices.{complaint[0]}", what=complaint[1])

    replica_fields: ClassVar[frozenset[str]] = PartyConfig.replica_fields | {"kiosk", "enrolment", "devices"}

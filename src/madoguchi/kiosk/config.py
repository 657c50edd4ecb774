"""The configuration of one kiosk."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar

from msgspec import Meta

from madoguchi.runtime.config import PartyConfig, Section
from madoguchi.wire.identifiers import OperatorCode, WardCode

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


class Devices(Section, frozen=True, kw_only=True):
    """In-process devices; what they make lies in directories, which are the physical things."""

    paper_dir: Path
    """The tray (`tray/`), what was taken out of it (`taken/`), slips (`slips/`). The files ARE the paper."""
    cards_dir: Path
    """Demo cards that can be put on the reader: `<id>.json`."""
    machine_dir: Path
    """The coin mechanism's own state: money does not vanish when the agent dies."""
    door_keys: tuple[Annotated[str, Meta(pattern="^[0-9a-f]{64}$")], ...] = ()
    """SHA-256 of every key that unlocks the door for maintenance, in hex."""
    faults: Faults = Faults()


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

    replica_fields: ClassVar[frozenset[str]] = PartyConfig.replica_fields | {"kiosk", "enrolment", "devices"}

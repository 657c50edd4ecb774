"""What was sent to a terminal: on disk before the first octet leaves, so that one reference is sent once, ever.

Nobody else may say *never sent*: a terminal that does not know a payment may have forgotten it. What the terminal once
said for certain is kept here too, and what is said first stays.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Final

import msgspec

from madoguchi.kiosk.devices.durable import write_durably
from madoguchi.kiosk.money import Declined
from madoguchi.kiosk.problems import EMONEY_FAILED

_KEPT: Final = 500
"""Payments. Those of which nobody knows the end are kept beyond."""
_DIGEST_OCTETS: Final = 6
_DIGEST_CHARACTERS: Final = 9


class Taken(msgspec.Struct, frozen=True, kw_only=True, tag="taken"):
    """The terminal took the whole amount."""

    slip: str
    """The terminal's own number of the payment."""
    at: str
    """And its time, as the terminal wrote it: a reversal names both."""


class NotTaken(msgspec.Struct, frozen=True, kw_only=True, tag="not_taken"):
    """It took nothing, and this request will take nothing any more."""

    why: Declined


class Reversal(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a payment, or all of it, that was asked back."""

    service_id: str
    yen: int
    given: int | None = None
    """None: nobody knows."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One payment that was sent, whatever became of it."""

    service_id: str
    yen: int
    result: Taken | NotTaken | None = None
    reversal: Reversal | None = None

    @property
    def known(self) -> bool:
        """Whether nothing of it is in doubt."""
        return self.result is not None and (self.reversal is None or self.reversal.given is not None)


def payment_id(reference: bytes) -> str:
    """The ServiceID of a payment: ten characters, the same for the same reference."""
    return _named("P", reference)


def reversal_id(reference: bytes) -> str:
    """The ServiceID of the reversal of a payment."""
    return _named("R", reference)


def _named(first: str, reference: bytes) -> str:
    digest = hashlib.sha256(b"nexo" + first.encode() + reference).digest()[:_DIGEST_OCTETS]
    return first + base64.b32encode(digest).decode()[:_DIGEST_CHARACTERS]


class Book:
    """The file. One process has it at a time. Every change raises `kiosk.emoney_failed` when it cannot be kept."""

    def __init__(self, directory: Path) -> None:
        """Raises OSError, and ValueError for a file that cannot be read: it must not count as *never sent*."""
        self._path = directory / "nexo.json"
        raw = self._path.read_bytes() if self._path.exists() else b"{}"
        try:
            self._entries = msgspec.json.decode(raw, type=dict[str, Entry])
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ValueError(f"{self._path} is damaged") from error

    def entry(self, reference: bytes) -> Entry | None:
        """What was sent under this reference; None: nothing, ever."""
        return self._entries.get(reference.hex())

    def open_payment(self) -> Entry | None:
        """The last payment that was sent, while nobody knows its end: the terminal may still wait for a medium."""
        last = next(reversed(self._entries.values()), None)
        return None if last is None or last.result is not None else last

    def send(self, reference: bytes, *, yen: int) -> Entry:
        """Note that it is about to be sent. When this raises, it must not be sent."""
        entry = Entry(service_id=payment_id(reference), yen=yen)
        if self.entry(reference) is not None:
            raise EMONEY_FAILED.error("sent before")
        if any(other.service_id == entry.service_id for other in self._entries.values()):
            raise EMONEY_FAILED.error("another payment has its ServiceID")
        return self._keep(reference, entry)

    def settle(self, reference: bytes, result: Taken | NotTaken) -> Entry:
        """Note how it ended."""
        entry = self._expect(reference)
        return entry if entry.result is not None else self._keep(reference, _changed(entry, result=result))

    def send_reversal(self, reference: bytes, *, yen: int) -> Reversal:
        """Note that it is about to be sent. When this raises, it must not be sent."""
        entry = self._expect(reference)
        if entry.reversal is not None or not isinstance(entry.result, Taken):
            raise EMONEY_FAILED.error("reversed before, or never taken")
        made = Reversal(service_id=reversal_id(reference), yen=yen)
        if any(other.reversal and other.reversal.service_id == made.service_id for other in self._entries.values()):
            raise EMONEY_FAILED.error("another reversal has its ServiceID")
        self._keep(reference, _changed(entry, reversal=made))
        return made

    def settle_reversal(self, reference: bytes, *, given: int) -> int:
        """Note how much went back; what is noted."""
        entry = self._expect(reference)
        if entry.reversal is None:
            raise EMONEY_FAILED.error("never reversed")
        if entry.reversal.given is None:
            self._keep(reference, _changed(entry, reversal=msgspec.structs.replace(entry.reversal, given=given)))
            return given
        return entry.reversal.given

    def _expect(self, reference: bytes) -> Entry:
        entry = self.entry(reference)
        if entry is None:
            raise EMONEY_FAILED.error("never sent")
        return entry

    def _keep(self, reference: bytes, entry: Entry) -> Entry:
        entries = {**self._entries, reference.hex(): entry}
        for name in [name for name, old in entries.items() if old.known][: max(0, len(entries) - _KEPT)]:
            if name != reference.hex():
                del entries[name]
        try:
            write_durably(self._path, msgspec.json.encode(entries))
        except OSError as error:
            raise EMONEY_FAILED.error(f"book: {type(error).__name__}") from error
        self._entries = entries
        return entry


def _changed(entry: Entry, **changes: Taken | NotTaken | Reversal) -> Entry:
    return msgspec.structs.replace(entry, **changes)

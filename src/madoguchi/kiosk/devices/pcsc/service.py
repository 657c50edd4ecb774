"""A typed face of the few PC/SC calls that a kiosk needs (pyscard's `smartcard.scard` over pcsc-lite).

Nothing here logs, and no error carries octets: a command may be a VERIFY, whose data is the PIN.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from smartcard import scard

_COUNTER_SHIFT: Final = 16
_GONE: Final = scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE | scard.SCARD_STATE_IGNORE
_UNSIGNED: Final = 0xFFFFFFFF
_NAMES: Final = {
    getattr(scard, name) & _UNSIGNED: name.removeprefix("SCARD_").lower()
    for name in dir(scard)
    if name.startswith(("SCARD_E_", "SCARD_F_", "SCARD_W_"))
}


class PcscError(Exception):
    """A PC/SC call that failed; `name` is the constant's, as in `w_removed_card`."""

    def __init__(self, code: int) -> None:
        self.name = _NAMES.get(code & _UNSIGNED, f"{code & _UNSIGNED:08x}")
        super().__init__(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderStatus:
    """What a reader says of itself."""

    present: bool
    """A card lies there, whether it answers or not."""
    raw: int
    """The state word, to wait for another one. Its upper half counts cards that came and went."""

    @property
    def counter(self) -> int:
        """Rises with every card that comes or goes."""
        return self.raw >> _COUNTER_SHIFT


UNKNOWN_STATUS: Final = ReaderStatus(present=False, raw=scard.SCARD_STATE_UNAWARE)


class Service:
    """A context of the resource manager. Calls of one context wait for each other, so whoever waits has its own."""

    def __init__(self, context: Any) -> None:
        self._context = context

    def readers(self) -> tuple[str, ...]:
        """The names of all readers. Raises PcscError, but not for having none."""
        code, names = scard.SCardListReaders(self._context, [])
        if code & _UNSIGNED == scard.SCARD_E_NO_READERS_AVAILABLE & _UNSIGNED:
            return ()
        _expect(code)
        return tuple(names)

    def wait(self, reader: str, *, known: ReaderStatus, milliseconds: int) -> ReaderStatus:
        """The reader's status as soon as it is another than the known one, or after so long. Raises PcscError."""
        code, states = scard.SCardGetStatusChange(self._context, milliseconds, [(reader, known.raw)])
        if code & _UNSIGNED == scard.SCARD_E_TIMEOUT & _UNSIGNED:
            return known
        _expect(code)
        raw = int(states[0][1])
        if raw & _GONE:
            raise PcscError(scard.SCARD_E_READER_UNAVAILABLE)
        return ReaderStatus(present=bool(raw & scard.SCARD_STATE_PRESENT), raw=raw & ~scard.SCARD_STATE_CHANGED)

    def cancel(self) -> None:
        """End a `wait` in another thread."""
        scard.SCardCancel(self._context)

    def connect(self, reader: str) -> Handle:
        """The card, for this process alone, over T=1 as these cards speak it. Raises PcscError."""
        code, card, _ = scard.SCardConnect(self._context, reader, scard.SCARD_SHARE_EXCLUSIVE, scard.SCARD_PROTOCOL_T1)
        _expect(code)
        return Handle(card)


class Handle:
    """An exclusive connection to one card."""

    def __init__(self, card: Any) -> None:
        self._card = card

    def transmit(self, command: bytes | bytearray) -> bytes:
        """One command and its answer. The octets are wiped as far as Python lets us. Raises PcscError."""
        octets = list(command)
        try:
            code, answer = scard.SCardTransmit(self._card, scard.SCARD_PCI_T1, octets)
        finally:
            octets[:] = [0] * len(octets)
        _expect(code)
        return bytes(octet & 0xFF for octet in answer)

    def reset(self) -> None:
        """Reset the card and let go of it. A card that has left needs neither, so nothing is raised."""
        scard.SCardDisconnect(self._card, scard.SCARD_RESET_CARD)


@contextmanager
def service() -> Iterator[Service]:
    """A context for as long as the block runs. Raises PcscError, for example without a running pcscd."""
    code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    _expect(code)
    try:
        yield Service(context)
    finally:
        scard.SCardReleaseContext(context)


def _expect(code: int) -> None:
    if code != scard.SCARD_S_SUCCESS:
        raise PcscError(code)

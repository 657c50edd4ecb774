"""The reader of a real kiosk. A thread waits for cards that come and go; a session is an exclusive connection.

Manners: the connection is exclusive from the first command until the reset, so that no other program speaks to the card
between the reading and the signature; the card is reset at the end; nothing is repeated, a PIN least of all; nothing of
a command is kept or logged. A card is known by its application, never by its ATR, which a contactless reader invents.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import ExitStack

from madoguchi.card.apdu import STATUS_OCTETS
from madoguchi.kiosk.devices.kinds import Sense
from madoguchi.kiosk.devices.pcsc.service import UNKNOWN_STATUS, Handle, PcscError, ReaderStatus, Service, service
from madoguchi.kiosk.machine.events import CardPut, CardTaken, OutOfOrder
from madoguchi.kiosk.machine.reasons import reason_of
from madoguchi.kiosk.problems import CARD_NOT_ACCEPTED, READER_FAILED

_WAIT_MILLISECONDS = 1_000
"""A wait ends with any change and is cancelled at the end; this bounds one that begins just after it was cancelled."""
_AGAIN_SECONDS = 0.5
"""Between two looks for a reader that is not there."""


class PcscReader:
    """Implements `CardReader` and `Watched`."""

    def __init__(self, *, name: str | None) -> None:
        """`name` is a part of the reader's name; it may be None where there is one reader only."""
        self._name = name
        self._sense: Sense = lambda _event: None
        self._present = False
        self._trouble: str | None = "no status yet"
        self._found = ""
        self._session: PcscTransport | None = None
        self._closing: set[asyncio.Future[None]] = set()
        self._watch: _Watch | None = None

    def start(self, sense: Sense) -> None:
        """Begin to watch; to be called on the event loop."""
        self._sense = sense
        self._watch = _Watch(self, self._name, asyncio.get_running_loop())
        self._watch.start()

    async def stop(self) -> None:
        """Stop watching, and let go of a card."""
        if self._watch is not None:
            self._watch.end()
            await asyncio.to_thread(self._watch.join)
        self._drop_session()
        await asyncio.gather(*self._closing)

    def check(self) -> None:
        """Raise `kiosk.reader_failed` unless the reader is there."""
        if self._trouble is not None:
            raise READER_FAILED.error(self._trouble)

    def present(self) -> bool:
        """Whether a card lies there."""
        return self._present

    def transport(self) -> PcscTransport:
        """The session with the card that lies there; it is the same one until it is reset or the card leaves."""
        if not self._present:
            raise CARD_NOT_ACCEPTED.error("no card on the reader")
        if self._session is None or self._session.ended:
            self._session = PcscTransport(self._found)
        return self._session

    async def release(self) -> None:
        """End the session: the card is reset, at once or when the command that is under way comes back.

        PC/SC cannot call a command back, and a phone may keep one until its holder has confirmed.
        """
        session = self._session
        closing = self._drop_session()
        if closing is not None and session is not None and not session.busy:
            await closing

    # -- what the thread tells, on the event loop

    def seen(self, reader: str, *, present: bool) -> None:
        """The reader answers, and a card lies there or not."""
        self._found, self._trouble = reader, None
        self._set_present(present)

    def lost(self, trouble: str) -> None:
        """The reader, or what serves it, does not answer. Where it is not, no card is."""
        before, self._trouble = self._trouble, trouble
        self._set_present(False)
        if before is None:
            self._sense(OutOfOrder(reason_of(READER_FAILED)))

    def _set_present(self, present: bool) -> None:
        if present == self._present:
            return
        self._present = present
        self._drop_session()
        self._sense(CardPut() if present else CardTaken())

    def _drop_session(self) -> asyncio.Future[None] | None:
        """Its handle is given back by a thread, because a command may still be under way."""
        session, self._session = self._session, None
        if session is None:
            return None
        session.end()
        closing = asyncio.get_running_loop().run_in_executor(None, session.reset)
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)
        return closing


class _Watch(threading.Thread):
    """Waits where waiting blocks, and tells the reader on the event loop."""

    def __init__(self, reader: PcscReader, name: str | None, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(name="card-reader", daemon=True)
        self._reader = reader
        self._wanted = name
        self._loop = loop
        self._ending = threading.Event()
        self._waiting: Service | None = None

    def run(self) -> None:
        while not self._ending.is_set():
            try:
                with service() as here:
                    self._waiting = here
                    self._follow(here)
            except PcscError as error:
                self._tell_lost(error.name)
            except _NoReaderError as error:
                self._tell_lost(str(error))
            self._ending.wait(_AGAIN_SECONDS)

    def end(self) -> None:
        """Let the thread end soon."""
        self._ending.set()
        if self._waiting is not None:
            self._waiting.cancel()

    def _follow(self, here: Service) -> None:
        reader = _choose(here.readers(), self._wanted)
        known = UNKNOWN_STATUS
        first = True
        while not self._ending.is_set():
            status = here.wait(reader, known=known, milliseconds=0 if first else _WAIT_MILLISECONDS)
            self._tell(reader, before=known, now=status)
            known, first = status, False

    def _tell(self, reader: str, *, before: ReaderStatus, now: ReaderStatus) -> None:
        # Changed between two looks and changed back: one card went and another came, and nobody may take them for one.
        if now.present and before.present and now.counter != before.counter:
            self._loop.call_soon_threadsafe(lambda: self._reader.seen(reader, present=False))
        self._loop.call_soon_threadsafe(lambda: self._reader.seen(reader, present=now.present))

    def _tell_lost(self, trouble: str) -> None:
        if not self._ending.is_set():
            self._loop.call_soon_threadsafe(self._reader.lost, trouble)


class _NoReaderError(Exception):
    """None, or none of that name, or several."""


def _choose(readers: tuple[str, ...], wanted: str | None) -> str:
    fitting = [name for name in readers if wanted is None or wanted in name]
    if len(fitting) != 1:
        raise _NoReaderError(f"{len(fitting)} of {len(readers)} readers fit")
    return fitting[0]


class PcscTransport:
    """One session with one card. Implements `CardTransport`; blocking, for a thread."""

    def __init__(self, reader: str) -> None:
        self._reader = reader
        self._lock = threading.Lock()
        self._open = ExitStack()
        self._handle: Handle | None = None
        self.ended = False

    @property
    def busy(self) -> bool:
        """Whether a command is under way. Asked after `end`, since when no other begins."""
        return self._lock.locked()

    def transmit(self, command: bytes | bytearray) -> bytes:
        """Send one command, connecting first if this is the first one.

        Raises `kiosk.card_not_accepted` when the card has left, was reset by somebody else, is held by another program
        or does not answer. The session is over then.
        """
        with self._lock:
            try:
                answer = self._connected().transmit(command)
            except PcscError as error:
                self._close()
                raise CARD_NOT_ACCEPTED.error(error.name) from None
            if len(answer) < STATUS_OCTETS:  # some drivers call it success when the card left in the middle
                self._close()
                raise CARD_NOT_ACCEPTED.error(f"an answer of {len(answer)} octets")
            return answer

    def reset(self) -> None:
        """End the session: the card is reset, so that what the PIN opened is closed."""
        with self._lock:
            self._close()

    def end(self) -> None:
        """The card is not the one of this session any more. Waits for nobody: a command under way fails by itself."""
        self.ended = True

    def _connected(self) -> Handle:
        if self.ended:
            raise CARD_NOT_ACCEPTED.error("the card left the reader")
        if self._handle is None:
            self._handle = self._open.enter_context(service()).connect(self._reader)
        return self._handle

    def _close(self) -> None:
        self.ended = True
        if self._handle is not None:
            self._handle.reset()
            self._handle = None
        self._open.close()

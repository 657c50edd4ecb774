"""The coin mechanism behind a ccTalk line. Coins lie in the box as soon as they fell; only a note waits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.devices.cctalk.acceptors import BACK, KEEP, STACK, Acceptor, News
from madoguchi.kiosk.devices.cctalk.books import BookFile, Payout
from madoguchi.kiosk.devices.cctalk.bus import Bus
from madoguchi.kiosk.devices.cctalk.hopper import Hopper
from madoguchi.kiosk.devices.cctalk.paying_out import Hoppers
from madoguchi.kiosk.devices.kinds import Sense
from madoguchi.kiosk.machine.events import MoneyIn
from madoguchi.kiosk.problems import MONEY_FAILED
from madoguchi.runtime import log

TROUBLE = log.event("kiosk.coins_trouble", "code", "cause")
_MOST_CHANGE: Final = 990
_STACKED, _HELD = 0, 1
_RETURNED: Final = (0, 1)
_NOTE_POLLS: Final = 100


class CctalkMoney:
    """Implements `CoinMechanism` and `Watched`. `coins` and `notes` say what each position of an acceptor is worth."""

    def __init__(
        self,
        bus: Bus,
        *,
        directory: Path,
        hoppers: Sequence[tuple[int, int, int]],
        coins: Sequence[int],
        notes: Sequence[int],
        poll_seconds: float = 0.2,
    ) -> None:
        """`hoppers`: (address, denomination, pieces of a new machine). No `notes`: there is no validator."""
        self._bus, self._poll_seconds = bus, poll_seconds
        self._file = BookFile(directory, stock={coin: filled for _, coin, filled in hoppers})
        made = [Hopper(bus, address=address, denomination=coin) for address, coin, _ in hoppers]
        self._hoppers = Hoppers(made, file=self._file)
        self._coin_values, self._note_values = coins, notes
        self._acceptor = Acceptor(bus, address=2, notes=False)
        self._validator = Acceptor(bus, address=40, notes=True) if notes else None
        self._wanted = 0
        self._ready = False
        self._lock = asyncio.Lock()
        self._watch: asyncio.Task[None] | None = None
        self._sense: Sense = lambda _event: None

    def start(self, sense: Sense) -> None:
        """Look at the devices from now on."""
        self._sense = sense
        self._watch = asyncio.create_task(self._watching())

    async def stop(self) -> None:
        """Shut the slot where that is still possible, and let go of the line."""
        if self._watch is not None:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch
        with suppress(MadoguchiError):
            await self._open(wanted=False)
        self._bus.close()

    def escrow_yen(self) -> int:
        """Coins that fell since the slot opened, and the note that waits."""
        return self._file.books.escrow + self._file.books.note

    def can_change(self) -> bool:
        """Whether the devices answer, nothing is in doubt and the largest change lies in the hoppers."""
        books = self._file.books
        return self._ready and not books.doubt and books.payout is None and self._hoppers.can_pay(_MOST_CHANGE)

    async def accept(self, yen: int) -> None:
        """Open the slot. On a line that is cut it stays shut; the resident stops, or pays by e-money."""
        async with self._lock:
            self._wanted = yen
            try:
                await self._make_ready()
                await self._check_acceptors()  # one that was reset meanwhile takes nothing
                await self._open(wanted=not self._file.books.doubt)
            except MadoguchiError as error:
                self._tell(error)

    async def return_escrow(self) -> None:
        """Shut the slot; the note goes back itself, coins go back by their worth. Raises while money is unsettled."""
        async with self._lock:
            self._wanted = 0
            books = self._file.books
            try:
                await self._make_ready()
                await self._open(wanted=False)
                await self._poll()
                await self._note_back()
                if books.escrow:
                    books.payout, books.escrow = Payout(due=books.escrow), 0
                    self._file.keep()
                await self._hoppers.finish()
            except MadoguchiError as error:
                self._tell(error)
                if books.escrow or books.note or books.payout is not None:
                    raise

    async def take(self, ticket: bytes, yen: int) -> bool:
        """Take it in, then pay the change. True also when change came short: `kiosk.coins_short` says what is owed."""
        async with self._lock:
            if ticket.hex() in self._file.books.tickets:
                return True
            try:
                await self._make_ready()
                await self._open(wanted=False)
                await self._poll()
                self._expect_decided(ticket.hex())
                return await self._take(ticket.hex(), yen)
            finally:
                self._wanted = 0

    async def _take(self, ticket: str, yen: int) -> bool:
        books, over = self._file.books, self.escrow_yen() - yen
        if over < 0 or books.doubt or not self._hoppers.can_pay(over):
            return False
        if books.note:
            await self._stack(ticket, yen)
        else:
            self._commit(ticket, yen)
        try:
            await self._hoppers.finish()
        except MadoguchiError as error:  # taken it is; the change goes on at the next question
            self._tell(error)
        return ticket in books.tickets

    async def took(self, ticket: bytes) -> bool:
        """Ask the devices first what became of it. Raises where a reset has taken the answer away: then it is owed."""
        async with self._lock:
            books = self._file.books
            if ticket.hex() not in books.tickets:
                await self._make_ready()
            self._expect_decided(ticket.hex())
            return ticket.hex() in books.tickets

    def _expect_decided(self, ticket: str) -> None:
        taking = self._file.books.taking
        if taking is not None and taking[0] == ticket:
            raise MONEY_FAILED.error("the validator was reset with the note in it")

    async def refund(self, ticket: bytes, yen: int) -> int:
        """What certainly came out; less than asked when hoppers are empty or do not answer."""
        async with self._lock:
            books = self._file.books
            name = ticket.hex()
            try:
                await self._make_ready()
                if name not in books.tickets:
                    books.payout = Payout(due=yen, ticket=name)
                    self._file.keep()
                    await self._hoppers.finish()
            except MadoguchiError as error:
                self._tell(error)
                self._give_up(name)
            return books.tickets.get(name, 0)

    def _give_up(self, name: str) -> None:
        """What is said now is final: what is not known to be out is owed, and never paid later as well."""
        books = self._file.books
        if books.payout is None or books.payout.ticket != name:
            return
        if books.payout.dispensing is not None:
            books.doubt = f"{books.payout.dispensing.coins} coins of {books.payout.dispensing.denomination} yen"
        books.tickets[name], books.payout = books.payout.paid, None
        self._file.keep()

    async def _watching(self) -> None:
        while True:
            async with self._lock:
                try:
                    if not self._ready:
                        await self._make_ready()
                    await self._poll()
                except MadoguchiError as error:
                    self._tell(error)
            await asyncio.sleep(self._poll_seconds)

    async def _make_ready(self) -> None:
        """Every device answers and is what it should be; what an earlier life began is brought to its end."""
        if not self._ready:
            await self._poll()
            await self._check_acceptors()
            await self._hoppers.check()
            if self._file.books.taking is not None:
                await self._note_back()
            self._ready = True
        await self._hoppers.finish()

    async def _open(self, *, wanted: bool) -> None:
        """What falls in before a reset is unknown only while the slot is open: that is written down first."""
        await self._count()
        if wanted:
            self._slot(may_be_open=True)
        for each in self._acceptors():
            await each.open(wanted=wanted)
        if not wanted:
            await self._count(shut=True)
            self._slot(may_be_open=False)

    def _acceptors(self) -> tuple[Acceptor, ...]:
        return (self._acceptor,) if self._validator is None else (self._acceptor, self._validator)

    async def _check_acceptors(self) -> None:
        for each in self._acceptors():
            await each.check()

    def _slot(self, *, may_be_open: bool) -> None:
        if self._file.books.open != may_be_open:
            self._file.books.open = may_be_open
            self._file.keep()

    async def _poll(self) -> None:
        """Count what fell in since the last look, on disk before anybody hears of it."""
        before = self.escrow_yen()
        await self._count()
        if self._validator is not None:
            await self._look_at_note(self._validator)
        if self.escrow_yen() != before:
            if self.escrow_yen() >= self._wanted:
                await self._open(wanted=False)
            self._sense(MoneyIn(self.escrow_yen()))

    async def _count(self, *, shut: bool = False) -> None:
        """`shut`: by us, just now."""
        books = self._file.books
        if books.open and not shut:
            for each in self._acceptors():
                if not await each.is_open():
                    self._doubt(f"address {each.address} was reset while money could come in")
                    self._slot(may_be_open=False)
        coins = await self._acceptor.news(books.coin_counter or 0)
        self._count_coins(coins, first=books.coin_counter is None)
        if self._validator is not None:
            bills = await self._validator.news(books.bill_counter or 0)
            self._count_notes(bills, first=books.bill_counter is None)

    def _count_coins(self, news: News, *, first: bool) -> None:
        books = self._file.books
        if news.counter == books.coin_counter:
            return
        books.coin_counter = news.counter  # with what it counts, in one write
        for position, _path in () if first else news.events:
            if position:
                worth = self._coin_values[position - 1] if position <= len(self._coin_values) else 0
                books.escrow += worth
                if worth in books.stock:
                    books.stock[worth] += 1
        self._doubt_lost(news, first=first, what="coin", at_stake=books.open)
        self._file.keep()

    def _count_notes(self, news: News, *, first: bool) -> None:
        books = self._file.books
        if news.counter == books.bill_counter:
            return
        books.bill_counter = news.counter  # with what it counts, in one write
        for kind, what in () if first else news.events:
            worth = self._note_values[kind - 1] if 0 < kind <= len(self._note_values) else 0
            if kind and what == _HELD:
                books.note = worth
            elif kind and what == _STACKED:
                books.note = 0
                books.escrow += worth
                if books.taking is not None:
                    self._commit(*books.taking)
            elif (kind, what) == _RETURNED:
                books.note, books.taking = 0, None
        self._doubt_lost(news, first=first, what="note", at_stake=books.open or bool(books.note))
        if news.reset:
            books.note = 0  # it went back, or into the box
        self._file.keep()

    def _doubt_lost(self, news: News, *, first: bool, what: str, at_stake: bool) -> None:
        """Money may have come in, or gone back, that nobody can name: a person counts it."""
        if not first and news.lost > 0:
            self._doubt(f"{news.lost} {what} events were lost")
        if not first and news.reset:
            self._ready = False  # it forgot what it may take
            if at_stake:
                self._doubt(f"reset while {what}s could come in")

    def _doubt(self, why: str) -> None:
        self._file.books.doubt = why
        self._tell(MONEY_FAILED.error(why))

    async def _look_at_note(self, validator: Acceptor) -> None:
        """It waits only while it is wanted and its change can be given together with the coins' worth."""
        books = self._file.books
        if not books.note or books.taking is not None:
            return
        over = self.escrow_yen() - self._wanted
        wanted = self._wanted and books.escrow < self._wanted and (over <= 0 or self._hoppers.can_pay(over))
        await validator.route(KEEP if wanted else BACK)

    async def _note_back(self) -> None:
        """Until the validator says that it went back, or was stacked after all."""
        books, validator = self._file.books, self._validator
        if validator is None:
            return
        for _ in range(_NOTE_POLLS):
            if not books.note:
                return
            with suppress(MadoguchiError):
                await validator.route(BACK)
            await asyncio.sleep(self._poll_seconds)
            await self._poll()
        raise MONEY_FAILED.error("the note stays where it is")

    async def _stack(self, ticket: str, yen: int) -> None:
        books, validator = self._file.books, self._validator
        if validator is None:
            raise MONEY_FAILED.error("a note without a validator")
        books.taking = (ticket, yen)
        self._file.keep()
        await validator.route(STACK)
        for _ in range(_NOTE_POLLS):
            await self._poll()
            if not self._undecided():
                return
            await asyncio.sleep(self._poll_seconds)
        raise MONEY_FAILED.error("the note stays where it is")

    def _undecided(self) -> bool:
        return self._file.books.taking is not None

    def _commit(self, ticket: str, yen: int) -> None:
        """The price is in, and the change is on its way, in one write."""
        books = self._file.books
        change = books.escrow - yen
        books.tickets[ticket], books.escrow, books.taking = yen, 0, None
        books.payout = Payout(due=change) if change else None
        self._file.keep()

    def _tell(self, error: MadoguchiError) -> None:
        if self._ready or self._file.books.doubt:
            log.get_log().error(TROUBLE, code=error.code, cause=error.cause[:100])
        self._ready = False

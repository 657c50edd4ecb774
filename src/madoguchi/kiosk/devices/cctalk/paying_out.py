"""Money out of the hoppers, never twice: what is asked for is on disk before it is asked."""

from __future__ import annotations

from collections.abc import Sequence

from madoguchi.kiosk.devices.cctalk.books import BookFile, Dispensing, Payout
from madoguchi.kiosk.devices.cctalk.hopper import Hopper
from madoguchi.kiosk.problems import MONEY_FAILED
from madoguchi.runtime import log

SHORT = log.event("kiosk.coins_short", "ticket", "due", "paid")
_MOST_COINS = 255
_VAIN = 3


class Hoppers:
    """All hoppers of one line."""

    def __init__(self, hoppers: Sequence[Hopper], *, file: BookFile) -> None:
        self._file = file
        self._by_denomination = {hopper.denomination: hopper for hopper in hoppers}

    async def check(self) -> None:
        """Raise `kiosk.money_failed` unless every one answers."""
        for hopper in self._by_denomination.values():
            await hopper.check()

    def can_pay(self, yen: int, *, besides: int = 0) -> bool:
        """Whether exactly this much lies in the hoppers once `besides` was paid out too."""
        stock = dict(self._file.books.stock)
        for each in (besides, yen):
            pieces = self._pieces(each, stock)
            if sum(coin * count for coin, count in pieces.items()) != each:
                return False
            stock = {coin: count - pieces.get(coin, 0) for coin, count in stock.items()}
        return True

    async def finish(self) -> None:
        """Bring the payout that the books hold to its end: all of it, or what can be had.

        Raises `kiosk.money_failed` while that is not certain; asked again, it goes on where it stood.
        """
        books = self._file.books
        while (payout := books.payout) is not None:
            if payout.dispensing is not None:
                await self._settle(payout, payout.dispensing)
            pieces = self._pieces(payout.due - payout.paid, books.stock)
            if not pieces:
                self._close(payout)
                return
            coin = max(pieces)
            await self._dispense(payout, coin, min(pieces[coin], _MOST_COINS))

    async def _dispense(self, payout: Payout, denomination: int, coins: int) -> None:
        hopper = self._by_denomination[denomination]
        before = await hopper.mark()
        payout.dispensing = Dispensing(denomination=denomination, coins=coins, before=before)
        self._file.keep()
        await hopper.dispense(coins)

    async def _settle(self, payout: Payout, asked: Dispensing) -> None:
        """What came out of what was asked for. A hopper that gave less counts as empty until it is filled."""
        books = self._file.books
        hopper = self._by_denomination.get(asked.denomination)
        if hopper is None:
            raise MONEY_FAILED.error(f"the hopper of {asked.denomination} yen is gone")
        paid = await hopper.paid_since(asked.before)
        if paid is None:
            payout.vain += 1  # killed before it was sent, or refused; refused again and again is as good as empty
        elif paid > asked.coins:
            raise MONEY_FAILED.error(f"hopper {hopper.address} paid {paid} coins, {asked.coins} were asked for")
        full = paid == asked.coins or (paid is None and payout.vain < _VAIN)
        left = books.stock.get(asked.denomination, 0) - (paid or 0)
        books.stock[asked.denomination] = max(0, left) if full else 0
        payout.paid += (paid or 0) * asked.denomination
        payout.dispensing = None
        self._file.keep()

    def _close(self, payout: Payout) -> None:
        books = self._file.books
        if payout.ticket:
            books.tickets[payout.ticket] = payout.paid
        elif payout.paid < payout.due:
            books.short += payout.due - payout.paid
        books.payout = None
        self._file.keep()
        if payout.paid < payout.due:
            log.get_log().error(SHORT, ticket=payout.ticket, due=payout.due, paid=payout.paid)

    def _pieces(self, yen: int, stock: dict[int, int]) -> dict[int, int]:
        """Largest first: right where each denomination divides the next larger one. As much as can be had."""
        pieces: dict[int, int] = {}
        for coin in sorted(self._by_denomination, reverse=True):
            used = min(yen // coin, stock.get(coin, 0))
            if used:
                pieces[coin] = used
                yen -= used * coin
        return pieces

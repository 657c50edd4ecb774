"""What a kiosk believes before anybody comes: the trust list and the wards' menus, fetched through ec.

Both are refused when older than the last seen (the number is kept on disk, so that a restart does not help a replay)
and when past their life, at every use and not only when they arrive.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from madoguchi.cardproof import PinnedCas
from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.line import Line
from madoguchi.kiosk.machine.states import Offer
from madoguchi.kiosk.problems import CLOCK, MENU_EXPIRED, MENU_OLDER, NO_TRUST, OTHER_TRANSACTION
from madoguchi.runtime import log
from madoguchi.runtime.clock import JST, Clock, epoch
from madoguchi.statement import verify
from madoguchi.statement.kinds import MENU
from madoguchi.trust import TrustList
from madoguchi.wire.identifiers import Environment
from madoguchi.wire.menu import Menu, ServiceHours, Wording

SKEW_SECONDS = 60
"""A party whose clock is a minute off its peers refuses."""
TRUST_LIST_NUMBER = "trust-list"

REFRESH_FAILED = log.event("kiosk.refresh_failed", "what", "code")

OUTSIDE_HOURS = Wording(ja="ただいまの時間は取り扱いをしておりません。", en="Not available at this hour.")
CLOSED = Wording(ja="ただいま取り扱いを停止しています。", en="Not available at the moment.")


class SeenNumbers(Protocol):
    """Numbers that may only rise, kept on disk."""

    def seen(self, name: str) -> int:
        """The highest number seen; 0 for none."""
        ...

    def remember_seen(self, name: str, number: int) -> None:
        """Keep it before it is used."""
        ...


class Trust:
    """The trust list and the menus of one kiosk. A fresh one replaces the old whole, or the old stays until it dies."""

    def __init__(
        self,
        *,
        root_key: bytes,
        environment: Environment,
        operator: str,
        wards: tuple[str, ...],
        seen: SeenNumbers,
        clock: Clock,
    ) -> None:
        self._root_key = root_key
        self._environment = environment
        self._operator = operator
        self._wards = wards
        self._seen = seen
        self._clock = clock
        self._list: TrustList | None = None
        self._pinned: PinnedCas | None = None
        self._menus: dict[str, Menu] = {}

    def keys(self) -> TrustList:
        """The list, alive now. Raises `kiosk.no_trust`."""
        if self._list is None:
            raise NO_TRUST.error("none was ever verified")
        try:
            self._list.check_alive(at=self._clock.now())
        except MadoguchiError as dead:
            raise NO_TRUST.error(dead.cause) from None
        return self._list

    def pinned(self) -> PinnedCas:
        """The card CAs of the list. Raises `kiosk.no_trust`."""
        self.keys()
        if self._pinned is None:
            raise NO_TRUST.error("no card CA")
        return self._pinned

    def offers(self) -> tuple[Offer, ...]:
        """The wards whose menus are alive and take this operator, in the order of the configuration."""
        now = self._clock.now()
        menus = (self._menus[ward] for ward in self._wards if ward in self._menus)
        alive = [menu for menu in menus if _is_alive(menu, now) and self._operator in menu.operators]
        return tuple(Offer(menu=menu, closed=closed_because(menu, now)) for menu in alive)

    async def refresh(self, line: Line) -> None:
        """Fetch everything once. What cannot be had is logged; what is held stays until its life ends."""
        try:
            self.take_list(await line.trust_list())
        except MadoguchiError as failure:
            log.get_log().warning(REFRESH_FAILED, what="trust-list", code=failure.code)
        for ward in self._wards:
            try:
                self.take_menu(await line.menu(ward), ward=ward)
            except MadoguchiError as failure:
                log.get_log().warning(REFRESH_FAILED, what=f"menu {ward}", code=failure.code)

    def take_list(self, raw: bytes) -> None:
        """Believe a fresh list. Raises `trust.*`, `cardproof.environment`, `kiosk.no_trust`."""
        fresh = TrustList.load(
            raw,
            root=self._root_key,
            environment=self._environment,
            at=self._clock.now(),
            not_before_number=self._seen.seen(TRUST_LIST_NUMBER),
        )
        try:
            authorities = [authority.certificate for authority in fresh.body.card_authorities]
            pinned = PinnedCas.load(authorities, environment=self._environment)
        except ValueError as error:
            raise NO_TRUST.error(f"card CAs: {error}") from None
        self._remember(TRUST_LIST_NUMBER, fresh.body.number)
        self._list, self._pinned = fresh, pinned

    def take_menu(self, raw: bytes, *, ward: str) -> None:
        """Believe a fresh menu of a ward. Raises `statement.*`, `kiosk.menu_*`."""
        now = self._clock.now()
        menu = verify(raw, MENU, keys=self.keys(), code=ward, at=now).body
        if menu.ward != ward:
            raise OTHER_TRANSACTION.error("a menu of another ward")
        if menu.revision < self._seen.seen(f"menu {ward}"):
            raise MENU_OLDER.error(f"revision {menu.revision}")
        if not _is_alive(menu, now):
            raise MENU_EXPIRED.error(f"issued {epoch(now) - menu.issued_at} s ago")
        self._remember(f"menu {ward}", menu.revision)
        self._menus[ward] = menu

    def _remember(self, name: str, number: int) -> None:
        if number > self._seen.seen(name):
            self._seen.remember_seen(name, number)


def check_clock(signed_at: int, *, clock: Clock) -> None:
    """Raise `kiosk.clock` when this machine's wall clock is a minute or more off a time that the center signed."""
    off = epoch(clock.now()) - signed_at
    if abs(off) >= SKEW_SECONDS:
        raise CLOCK.error(f"{off} s off the center")


def closed_because(menu: Menu, now: datetime) -> Wording | None:
    """Why a ward does not issue at this moment; None when it does. Hours are in Japanese time."""
    if not menu.open:
        return menu.closed_reason or CLOSED
    return None if is_within(menu.hours, now) else OUTSIDE_HOURS


def is_within(hours: ServiceHours, now: datetime) -> bool:
    """Whether an aware time falls into the daily hours and on a day of service."""
    local = now.astimezone(JST)
    minute = local.hour * 60 + local.minute
    open_today = f"{local.month:02}-{local.day:02}" not in hours.closed_days
    return open_today and hours.opens_minute <= minute < hours.closes_minute


def _is_alive(menu: Menu, now: datetime) -> bool:
    return -SKEW_SECONDS <= epoch(now) - menu.issued_at < menu.life_seconds

"""The wards' signed menus: fetched, verified for the center's own use, and relayed untouched.

The kiosk verifies for itself; a menu that the center altered would be refused there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from madoguchi.center.lines import Lines
from madoguchi.center.problems import CLOSED, MENU_UNKNOWN, OPERATOR_NOT_ACCEPTED
from madoguchi.center.trusted import Trusted
from madoguchi.errors import MadoguchiError
from madoguchi.runtime.clock import JST, Clock, epoch
from madoguchi.statement import verify
from madoguchi.statement.kinds import MENU
from madoguchi.wire.menu import Menu, Wording

_SKEW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class _Kept:
    raw: bytes
    menu: Menu
    fetched: float
    """Monotonic seconds."""


class Menus:
    """The newest verified menu of every ward, with its age."""

    def __init__(self, *, lines: Lines, trusted: Trusted, clock: Clock, refresh_seconds: float) -> None:
        self._lines = lines
        self._trusted = trusted
        self._clock = clock
        self._refresh = refresh_seconds
        self._kept: dict[str, _Kept] = {}

    async def raw(self, ward: str) -> bytes:
        """The ward's statement, byte for byte as the ward signed it. Raises `center.menu_unknown`."""
        return (await self._fresh(ward)).raw

    async def menu(self, ward: str) -> Menu:
        """The verified menu, within its life. Raises `center.menu_unknown`."""
        return (await self._fresh(ward)).menu

    def contact(self, ward: str) -> Wording | None:
        """Where a resident calls, as the last known menu says."""
        kept = self._kept.get(ward)
        return None if kept is None else kept.menu.contact

    async def refresh(self, ward: str) -> None:
        """Fetch the ward's menu now. Raises `center.menu_unknown` and keeps the one before."""
        try:
            raw = await self._lines.menu(ward)
            menu = verify(raw, MENU, keys=self._trusted.current(), code=ward, at=self._clock.now()).body
        except MadoguchiError as failure:
            raise MENU_UNKNOWN.error(failure.code) from failure
        before = self._kept.get(ward)
        if menu.ward != ward or not self._alive(menu) or (before and menu.revision < before.menu.revision):
            raise MENU_UNKNOWN.error("another ward's, past its life, or older than the last seen")
        self._kept[ward] = _Kept(raw, menu, self._clock.monotonic())

    async def _fresh(self, ward: str) -> _Kept:
        kept = self._kept.get(ward)
        if kept is None or self._clock.monotonic() - kept.fetched > 2 * self._refresh or not self._alive(kept.menu):
            try:
                await self.refresh(ward)
            except MadoguchiError:
                if kept is None or not self._alive(kept.menu):
                    raise
        return self._kept[ward]

    def _alive(self, menu: Menu) -> bool:
        age = epoch(self._clock.now()) - menu.issued_at
        return -_SKEW_SECONDS <= age < menu.life_seconds


def check_open(menu: Menu, *, operator: str, at: datetime) -> None:
    """The ward offers its certificates now, at this operator's kiosks. Raises `center.closed` or `…not_accepted`."""
    local = at.astimezone(JST)
    minute = local.hour * 60 + local.minute
    in_hours = menu.hours.opens_minute <= minute < menu.hours.closes_minute
    if not menu.open or not in_hours or f"{local:%m-%d}" in menu.hours.closed_days:
        raise CLOSED.error()
    if operator not in menu.operators:
        raise OPERATOR_NOT_ACCEPTED.error("the ward's menu does not name the operator")

"""Collecting the accounts of a day: from one of the ward's issuing servers, and from one of the centers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date

from madoguchi.errors import MadoguchiError
from madoguchi.oversight.config import OversightConfig
from madoguchi.runtime.caller import Caller
from madoguchi.wire.account import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class DayAccounts:
    """What could be collected; None where nobody answered, which is shown and never taken for zero."""

    issuer: Account | None
    center: Account | None


class Collector:
    """Asks the replicas in turn; any one will do, for they share a database."""

    def __init__(self, config: OversightConfig, *, caller: Caller) -> None:
        self._config = config
        self._caller = caller

    async def collect(self, day: date) -> DayAccounts:
        """The accounts of one Japanese calendar day."""
        path = f"/v1/account?day={day.isoformat()}"
        issuer, center = await asyncio.gather(
            self._ask("issuer", path, day=day),
            self._ask("center", f"{path}&ward={self._config.ward.code}", day=day),
        )
        return DayAccounts(issuer=issuer, center=center)

    async def _ask(self, party: str, path: str, *, day: date) -> Account | None:
        for peer in self._config.peers:
            if peer.party != party or peer.url is None:
                continue
            try:
                account = await self._caller.get(peer.url, path, answer=Account, timeout=self._config.ask_seconds)
            except MadoguchiError:
                continue
            if (account.party, account.day) == (party, day.isoformat()):
                return account
        return None

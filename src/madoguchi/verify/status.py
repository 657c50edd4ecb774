"""Asking the ward what became of a paper: by its number, which nobody can guess or list."""

from __future__ import annotations

import asyncio

from madoguchi.errors import MadoguchiError
from madoguchi.runtime.caller import Caller
from madoguchi.verify.config import VerifyConfig, WardNames
from madoguchi.verify.page.contract import PaperStatus
from madoguchi.wire.paper import PaperStatus as StatusOnWire


class StatusDesk:
    """Asks a ward's issuing servers in turn; whoever answers first counts, since they share one database."""

    def __init__(self, config: VerifyConfig, *, caller: Caller, loop: asyncio.AbstractEventLoop) -> None:
        self._urls = {peer.name: peer.url for peer in config.peers if peer.party == "issuer" and peer.url}
        self._seconds = config.status_seconds
        self._caller = caller
        self._loop = loop

    def ask(self, ward: WardNames, paper_number: bytes) -> PaperStatus:
        """Called in a worker thread; waits for the answer on the loop. Never raises: not asked is an answer too."""
        asked = asyncio.run_coroutine_threadsafe(self._ask(ward, paper_number), self._loop)
        return asked.result()

    async def _ask(self, ward: WardNames, paper_number: bytes) -> PaperStatus:
        """Each replica gets its share of the time, so that one that hangs does not use up all of it."""
        path = f"/v1/papers/{paper_number.hex()}"
        urls = [self._urls[name] for name in ward.issuers if name in self._urls]
        for url in urls:
            share = self._seconds / len(urls)
            try:
                answer = await self._caller.get(url, path, answer=StatusOnWire, timeout=share)
            except MadoguchiError:
                continue
            if answer.paper_number == paper_number:
                return PaperStatus.REPLACED if answer.later_certificate else PaperStatus(answer.status)
        return PaperStatus.NOT_ASKED

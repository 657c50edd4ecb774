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
        for name in ward.issuers:
            url = self._urls.get(name)
            if url is None:
                continue
            try:
                answer = await self._caller.get(
                    url, f"/v1/papers/{paper_number.hex()}", answer=StatusOnWire, timeout=self._seconds
                )
            except MadoguchiError:
                continue
            if answer.paper_number == paper_number:
                return PaperStatus(answer.status)
        return PaperStatus.NOT_ASKED

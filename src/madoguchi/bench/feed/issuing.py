"""The load: an issuing server that is asked at a steady rate, whether or not it has answered the one before.

It is `issuer.issuing` with everything that the ward does for one application, from the center's request to the
signed answer; there is no network around it. What it takes is counted from the moment at which the request was due.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import cycle
from typing import Final

from madoguchi.bench.feed.street import Applicant, Street
from madoguchi.bench.feed.ward import BenchWard, NoLine
from madoguchi.bench.problems import FEED_WRONG
from madoguchi.certificate.compose import Composer
from madoguchi.certificate.fonts import FontSet
from madoguchi.issuer.afterwards import Task
from madoguchi.issuer.issuing import Issuing
from madoguchi.issuer.parts import Parts
from madoguchi.issuer.serve import make_parts
from madoguchi.issuer.starting import database_of
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.database import connect
from madoguchi.runtime.fonts import find_fonts
from madoguchi.wire.transaction import Issued

PER_SECOND: Final = 4.0
"""A ward of this size issues some hundred thousand a year: this is many times its busiest minute."""
_SIGNED_BEFORE: Final = 0.05
"""Seconds before a request is due it is made, when the one before it is answered in general."""


@asynccontextmanager
async def issuer(ward: BenchWard) -> AsyncIterator[Parts]:
    """The one issuer of the ward, with its connections."""
    config = ward.issuer_config()
    async with connect(database_of(config), application_name=config.name) as pool:
        yield await make_parts(
            config,
            pool=pool,
            line=NoLine(),
            clock=SystemClock(),
            process=secrets.token_bytes(16),
            require=lambda: None,
            typesetter=Composer(FontSet(find_fonts())),
        )


class Load:
    """Applicants, one after the other and from the beginning again."""

    def __init__(self, parts: Parts, street: Street) -> None:
        self._issuing = Issuing(parts)
        self._street = street

    async def who_can(self, applicants: Sequence[Applicant]) -> list[Applicant]:
        """Let each apply once; those who were issued to. The others have a name that no font draws, or no levy."""
        return [each for each in applicants if isinstance(await self._issue(self._street.request(each)), Issued)]

    async def run(self, applicants: Sequence[Applicant], until: Callable[[float], bool]) -> list[float]:
        """Apply until told to end, given the seconds that have passed; the milliseconds of each.

        Raises `bench.feed_wrong` when one is refused.
        """
        began, due, waiting = time.perf_counter(), 0.0, cycle(applicants)
        asked: list[asyncio.Task[float]] = []
        while not until(time.perf_counter() - began):
            await _until(began + due - _SIGNED_BEFORE)
            request = self._street.request(next(waiting))
            await _until(began + due)
            asked.append(asyncio.create_task(self._timed(request, since=began + due)))
            due += 1 / PER_SECOND
        return list(await asyncio.gather(*asked))

    async def _timed(self, request: bytes, *, since: float) -> float:
        answer = await self._issue(request)
        if not isinstance(answer, Issued):
            raise FEED_WRONG.error("an application was refused")
        return (time.perf_counter() - since) * 1000

    async def _issue(self, request: bytes) -> object:
        later: list[Task] = []
        answer = await self._issuing.issue(request, later=later.append)
        for task in later:
            await task()
        return answer


async def _until(moment: float) -> None:
    await asyncio.sleep(max(0.0, moment - time.perf_counter()))

"""Telling what happens: progress while everything starts, the nine steps as the parties tell them, the summary."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from contextlib import suppress

import click

from madoguchi.demo.logs import Logs, Step
from madoguchi.demo.visitor import Visit, Visitor, Wish

_TITLES = {
    1: ("選ぶ", "choose"),
    2: ("取引を開く", "open"),
    3: ("カード", "card"),
    4: ("申請", "apply"),
    5: ("作成と発行", "issue"),
    6: ("偽造防止", "protect"),
    7: ("確認", "check"),
    8: ("支払・印刷・報告", "pay, print, tell"),
    9: ("突合", "account"),
}
_LOOK_SECONDS = 0.05
_SETTLE_SECONDS = 3.0


class Narrator:
    """Prints lines with the seconds since the beginning."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._told: set[int] = set()
        self._waiting: list[Step] = []

    def report(self, what: str) -> None:
        """One line of progress."""
        click.echo(f"{time.perf_counter() - self._began:6.1f} s  {what}")

    def tell(self, steps: Iterable[Step]) -> None:
        """Steps as they come, from the choice on; the first line of a step carries its title."""
        self._waiting += steps
        if not self._told and all(each.number != 1 for each in self._waiting):
            return  # a kiosk can tell of the choice only when it knows the transaction's id, after the center's step
        ready, self._waiting = sorted(self._waiting, key=lambda each: (each.number != 1, each.at)), []
        for each in ready:
            ja, en = _TITLES[each.number]
            title = click.style(f"{each.number} {ja} {en}", bold=True) if each.number not in self._told else ""
            self._told.add(each.number)
            if title:
                click.echo(title)
            click.echo(f"    {each.milliseconds:8.1f} ms  {each.name:<14} {each.step}")


async def watch_visit(page_url: str, wish: Wish, *, logs: Logs, narrator: Narrator) -> Visit:
    """Let a resident walk through the kiosk while the steps are told; ends when the outcome is accounted for."""
    list(logs.steps())  # what went before is not this visit
    async with Visitor(page_url) as visitor:
        visiting = asyncio.create_task(visitor.take_certificate(wish))
        while not visiting.done():
            narrator.tell(logs.steps())
            await asyncio.sleep(_LOOK_SECONDS)
        visit = await visiting
    with suppress(TimeoutError):
        async with asyncio.timeout(_SETTLE_SECONDS):
            await _until_accounted(logs, narrator)
    return visit


async def _until_accounted(logs: Logs, narrator: Narrator) -> None:
    """Outcomes travel after the resident has gone; the ward's own count is the last word."""
    while True:
        steps = list(logs.steps())
        narrator.tell(steps)
        if any(step.number == max(_TITLES) and step.name.startswith("issuer") for step in steps):
            return
        await asyncio.sleep(_LOOK_SECONDS)

"""What happens without being asked: ends, erasures, menus, and telling the wards. Every task of it is idempotent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from madoguchi import custody
from madoguchi.center import transactions
from madoguchi.center.applying import tie_loose_ends
from madoguchi.center.parts import Parts
from madoguchi.center.ward_queue import tell_wards
from madoguchi.errors import MadoguchiError
from madoguchi.runtime import log
from madoguchi.runtime.database import transaction

STARTED = log.event("center.settled_at_start", "failed", "erased")
NOT_DONE = log.event("center.housekeeping_failed", "task", "code")

_QUEUE_IDLE_SECONDS = 0.5


async def settle_dead(parts: Parts) -> None:
    """At start, under the process lock: what this replica's earlier process left open ends, with its receipts."""
    async with transaction(parts.pool) as connection:
        failed = await transactions.fail_own(connection, applied_by=parts.holder)
        erased = await custody.settle_dead(connection, holder=parts.holder, process=parts.process)
    log.get_log().info(STARTED, failed=failed, erased=erased)


async def keep_house(parts: Parts) -> None:
    """Runs until cancelled."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_every(parts.config.lifetimes.housekeeping, "overdue", lambda: _overdue(parts)))
        tasks.create_task(_every(parts.config.lifetimes.housekeeping, "loose_ends", lambda: tie_loose_ends(parts)))
        tasks.create_task(_every(60.0, "sealing_keys", lambda: parts.sealing.delete_old(parts.pool)))
        tasks.create_task(_every(_QUEUE_IDLE_SECONDS, "ward_queue", lambda: tell_wards(parts)))
        for ward in parts.config.wards:
            tasks.create_task(_every(parts.config.lifetimes.menu_refresh, "menu", _refresh(parts, ward)))


def _refresh(parts: Parts, ward: str) -> Callable[[], Awaitable[None]]:
    return lambda: parts.menus.refresh(ward)


async def _overdue(parts: Parts) -> None:
    async with transaction(parts.pool) as connection:
        await transactions.end_overdue(connection)


async def _every(seconds: float, task: str, work: Callable[[], Awaitable[object]]) -> None:
    while True:
        try:
            await work()
        except MadoguchiError as failure:
            log.get_log().warning(NOT_DONE, task=task, code=failure.code)
        await asyncio.sleep(seconds)

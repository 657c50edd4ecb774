"""A ward that was sent three years, and keeps as many as it says."""

from __future__ import annotations

from typing import Any

import msgspec

from madoguchi.issuer.config import RetentionSection
from tests.issuer.world import HANAKO, TARO, World, tax_of, terms_of

YEARS = (2024, 2025, 2026)


def offering(world: World, first: int) -> Any:
    menu = world.kit.config("issuer-1", database=world.database).menu
    kinds = tuple(
        msgspec.structs.replace(kind, years=tuple(year for year in kind.years if year.fiscal_year >= first))
        for kind in menu.kinds
    )
    return msgspec.structs.replace(menu, kinds=kinds)


async def load(world: World, **retention: int) -> Any:
    """Everything is taken in at first, as if it had been the rule."""
    long = await world.intake(
        menu=offering(world, 2026), retention=RetentionSection(records_years=20, instalments_years=20)
    )
    package = world.tax.package(
        residents=[HANAKO, TARO],
        taxes=[tax_of(who, fiscal_year=year) for who in (HANAKO, TARO) for year in YEARS],
        instalments=[terms_of(HANAKO, fiscal_year=year) for year in YEARS],
    )
    await long.feed.package(package)
    return await world.intake(menu=offering(world, 2026), retention=RetentionSection(**retention))

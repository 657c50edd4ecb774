"""Two towns: one whose parties are what they are, one whose parties stop or lie when told to.

Each stands only as long as tests of this folder run: twenty idle processes take a fifth of a core.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.chain.ledger import check_ledger
from tests.chain.stage import Stage
from tests.chain.town import Town, a_town

_HERE = Path(__file__).parent
LIARS = "tests.chain.liars"
_PLAYERS = frozenset({"kiosk", "ec", "center", "issuer", "jpki"})


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker("chain")


@pytest.fixture(scope="package")
def the_town() -> Iterator[Town]:
    with a_town() as town:
        yield town


@pytest.fixture(scope="package")
def the_stage() -> Iterator[Stage]:
    with a_town(module_of=lambda each: LIARS if each.party in _PLAYERS else "madoguchi.cli", kiosks=4) as town:
        yield Stage(town)


@pytest.fixture
async def town(the_town: Town) -> AsyncIterator[Town]:
    """Honest parties. Afterwards the ledger is checked."""
    yield the_town
    await check_ledger(the_town)


@pytest.fixture
async def stage(the_stage: Stage) -> AsyncIterator[Stage]:
    """Parties that do what they are told, and are honest again afterwards. Then the ledger is checked."""
    yield the_stage
    the_stage.all_honest()
    the_stage.clear_alarm()
    await check_ledger(the_stage.town)

"""Which worker runs which test, and in which order: as short a run as two workers can make of it.

A file's tests stay together, because what they share is made once per worker. The town and the stage of the chain are
one group each: the town's tests begin, beside other files, and the stage's follow in the middle, so that one worker
waits for processes while the other one computes. Whatever has long files comes early, so that at the end no worker
waits for the other. Within this the order is the random one.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

_TOWN, _STAGE = "town", "stage"
_EARLY = frozenset({"paper", "pages", "verify", "demo", "handbook"})
"""Rooms with files of a minute and more."""
_HERE = Path(__file__).parent


def in_groups(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """The tests with the mark of their group, in the order in which groups are begun."""
    groups: dict[str, list[pytest.Item]] = {}
    for item in items:
        group = _group_of(item)
        item.add_marker(pytest.mark.xdist_group(group))
        groups.setdefault(group, []).append(item)
    town, stage = groups.pop(_TOWN, []), groups.pop(_STAGE, [])
    early = [group for name, group in groups.items() if name.partition("/")[0] in _EARLY]
    late = [group for name, group in groups.items() if name.partition("/")[0] not in _EARLY]
    middle = len(early) // 2
    return [item for group in (town, *early[:middle], stage, *early[middle:], *late) for item in group]


def _group_of(item: pytest.Item) -> str:
    where = item.path.relative_to(_HERE)
    if where.parts[0] == "chain":
        return _STAGE if "stage" in getattr(item, "fixturenames", ()) else _TOWN
    return where.with_suffix("").as_posix()

"""`docs/kiosk-states.md`: the state machine, drawn from the steps that it really makes."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Final, get_args

from madoguchi.kiosk.machine import events, states
from madoguchi.kiosk.machine.explore import Move, moves
from madoguchi.kiosk.machine.limits import limit_of
from madoguchi.kiosk.machine.states import (
    Situation,
    Stage,
)
from madoguchi.kiosk.screening import screen_data

PAGE: Final = Path(__file__).resolve().parents[3] / "docs" / "kiosk-states.md"

_HEAD = """# The kiosk's state machine

Drawn by `./madoguchi kiosk states` from the program: every situation is visited and given every event
(`kiosk/machine/explore.py`); a test fails when this page differs. {situations:,} situations up to equivalence,
{moves:,} steps.
What holds in all of them is checked in `tests/kiosk/test_explored.py`:

- whoever has paid has the visit going on with the money on disk, or an outcome on disk, or is settled from the journal;
- with nobody served, nothing that somebody chose, paid or is owed is in the situation, and so on no screen;
- from everywhere there is a way back to rest, and without any hand where no card, no paper and no open door is left;
- every event is dealt with everywhere; a touch that a screen does not know changes nothing.

Not drawn, because it is the same everywhere: an open door (`DoorOpened`) leads to *Stopped* with the memory wiped,
except from *Maintenance*; a result of another visit changes nothing; a step that stays in its state.
"""
_GROUPS: Final[dict[str, tuple[type, ...]]] = {
    "Nobody is served": (
        states.Stopped,
        states.Resting,
        states.Maintenance,
        states.CardForgotten,
        states.PaperForgotten,
    ),
    "Choosing: nothing is known of anybody": (
        states.Clearing,
        states.ChoosingWard,
        states.ChoosingKind,
        states.ChoosingYear,
        states.Confirming,
    ),
    "Card and application: nothing is paid": (
        states.Opening,
        states.AwaitingCard,
        states.ReadingCard,
        states.EnteringPin,
        states.Signing,
        states.ConfirmingOnPhone,
        states.ReturningCard,
        states.Applying,
        states.Offering,
        states.Preparing,
    ),
    "Money and paper": (
        states.Paying,
        states.Taking,
        states.Touching,
        states.Withdrawing,
        states.Asking,
        states.Printing,
        states.Cancelling,
        states.Repairing,
        states.Refunding,
        states.Collecting,
        states.Finished,
        states.Refused,
    ),
}


def states_page() -> str:
    """The whole page as Markdown."""
    every = list(moves())
    drawn = _edges(every)
    head = _HEAD.format(situations=len({move.before for move in every}), moves=len(every))
    parts = [head, *(_diagram(title, group, drawn) for title, group in _GROUPS.items()), _table(every)]
    return "\n".join(parts)


_Edges = dict[tuple[str, str], set[str]]


def _edges(every: list[Move]) -> _Edges:
    """From state to state by which events."""
    found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for move in every:
        before, after = type(move.before.stage), type(move.after.stage)
        if before is not after and not isinstance(move.event, events.DoorOpened):
            found[before.__name__, after.__name__].add(type(move.event).__name__)
    return found


def _diagram(title: str, group: tuple[type, ...], drawn: _Edges) -> str:
    names = [kind.__name__ for kind in group]
    lines = [
        f"    {before} --> {after}: {', '.join(sorted(by))}"
        for (before, after), by in sorted(drawn.items())
        if before in names
    ]
    start = ["    [*] --> Stopped"] if "Stopped" in names else []
    return "\n".join([f"## {title}", "", "```mermaid", "stateDiagram-v2", *start, *lines, "```", ""])


def _table(every: list[Move]) -> str:
    example: dict[type, Situation] = {}
    for move in every:
        example.setdefault(type(move.before.stage), move.before)
    rows = [
        f"| {kind.__name__} | {_screen(example[kind])} | {_limit(example[kind])} | {_meaning(kind)} |"
        for kind in get_args(Stage)
    ]
    return "\n".join(["## States", "", "| state | screen | limit | |", "|---|---|---|---|", *rows, ""])


def _screen(situation: Situation) -> str:
    data = screen_data(situation, transaction=None, claim=None)
    return f"`{data.__struct_config__.tag}`"


def _limit(situation: Situation) -> str:
    limit = limit_of(situation.stage)
    return "" if limit is None else f"`timeouts.{limit.value}`"


def _meaning(kind: type) -> str:
    text = " ".join((kind.__doc__ or "").split())
    return re.sub(r" ?Screen: [a-z_]+\.", "", text).strip().replace("|", "\\|")

"""What a case is: one refusal, and how it is provoked at a kiosk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from madoguchi.card import problems as card
from madoguchi.cardproof import problems as cardproof
from madoguchi.center import problems as center
from madoguchi.demo.cases.stage import Stage
from madoguchi.deployment.cards import DEMO_PIN
from madoguchi.deployment.configs import Adjust, as_planned
from madoguchi.ec import problems as ec
from madoguchi.errors import Problem, all_problems
from madoguchi.issuer import desk_problems as desk
from madoguchi.issuer import problems as issuer
from madoguchi.issuer import receiving_problems as receiving
from madoguchi.kiosk import problems as kiosk
from madoguchi.kiosk import refusing as refused
from madoguchi.runtime import problems as runtime

CATALOGUES: Final = (card, cardproof, center, ec, issuer, desk, receiving, kiosk, refused, runtime)
"""Every module that registers problems on the way of an application: whoever looks one up needs them imported."""
Prepare = Callable[[Stage], Awaitable[str | None]]
"""Done before the resident comes; may give the card that they bring instead of their own."""
Act = Callable[[Stage], Awaitable[None]]
Hand = Callable[[Any, dict[str, Any]], Awaitable[object]]
"""What the resident does at a screen instead of the usual: (visitor, screen)."""


async def _nothing(_stage: Stage) -> None:
    """Nobody needs to do anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One refusal."""

    code: str
    """The true reason, as the party that refuses knows it."""
    how: str
    """One line: what is done so that it happens."""
    who: str = "plain"
    """Named case of the dummy ward whose card is put on the reader."""
    kind: str = "taxation"
    copies: int = 1
    emoney: bool = False
    """Pays by e-money."""
    pin: str = DEMO_PIN
    kiosk: str = "kiosk-1"
    before: Prepare = _nothing
    meanwhile: Act = _nothing
    """Done while the resident stands at the kiosk: the transaction is open, the card not yet on the reader."""
    after: Act = _nothing
    """Takes back what was done, so that the next resident is served."""
    instead: dict[str, Hand] = field(default_factory=dict)
    """What the resident does at a screen, by its name."""
    adjust: Adjust = as_planned
    """Configuration that this case alone needs; it cannot share a deployment with others then."""

    @property
    def problem(self) -> Problem:
        """The catalogue's words. KeyError for a code that no party has."""
        return {each.code: each for each in all_problems()}[self.code]

    @property
    def shares(self) -> bool:
        """Whether it can be played in a deployment with others."""
        return self.adjust is as_planned

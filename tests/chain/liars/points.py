"""Where a party can be made to stand still, so that a test can kill it, or another, at exactly that moment.

A point is a function of the party, before it begins or after it has returned. The list is also the row headings of the
matrix of crashes (`test_crashes.py`).
"""

from __future__ import annotations

import functools
import importlib
import inspect
from dataclasses import dataclass
from typing import Any

from tests.chain.liars.play import Play


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One function of one party, in one of the nine steps."""

    party: str
    step: int
    name: str
    module: str
    path: str
    """`function` or `Class.method` in the module where it is looked up."""

    @property
    def before(self) -> str:
        """The order that halts before the function."""
        return f"{self.name}:before"

    @property
    def after(self) -> str:
        """The order that halts after it."""
        return f"{self.name}:after"


def _point(party: str, step: int, name: str, module: str, path: str) -> Point:
    return Point(party=party, step=step, name=f"{party}-{name}", module=f"madoguchi.{party}.{module}", path=path)


POINTS = {
    point.name: point
    for point in (
        _point("kiosk", 2, "open", "applying", "Applicant.open"),
        _point("kiosk", 3, "sign", "applying", "Applicant.sign_with_card"),
        _point("kiosk", 4, "apply", "applying", "Applicant.apply"),
        _point("kiosk", 7, "check", "acts.before_money", "check_answer"),
        _point("kiosk", 8, "asked", "journal", "KioskJournal.asked"),
        _point("kiosk", 8, "paid", "journal", "KioskJournal.paid"),
        _point("kiosk", 8, "take", "devices.coins", "CoinBox.take"),
        _point("kiosk", 8, "sending", "journal", "KioskJournal.sending"),
        _point("kiosk", 8, "print", "devices.printer", "TrayPrinter._print"),
        _point("kiosk", 8, "concluded", "journal", "KioskJournal.concluded"),
        _point("kiosk", 9, "deliver", "outcomes", "Deliverer._deliver"),
        _point("ec", 2, "open", "relay", "HonestRelay.open"),
        _point("ec", 4, "apply", "relay", "HonestRelay.apply"),
        _point("ec", 9, "keep", "outcomes", "Outcomes._keep"),
        _point("ec", 9, "relay", "outcomes", "Outcomes._relay"),
        _point("center", 2, "open", "endpoints", "open_transaction"),
        _point("center", 4, "challenge", "applying", "_use_up_challenge"),
        _point("center", 5, "ask", "applying", "ask_ward"),
        _point("center", 6, "protect", "protecting", "Protector.__call__"),
        _point("center", 6, "deliver", "applying", "_commit_delivered"),
        _point("center", 9, "outcome", "endpoints", "take_outcome"),
        _point("center", 9, "tell", "ward_queue", "_tell"),
        _point("jpki", 4, "ocsp", "service", "Service.ocsp"),
        _point("issuer", 5, "claim", "issuing", "Issuing._claim"),
        _point("issuer", 5, "compose", "composing", "WardComposer.compose"),
        _point("issuer", 5, "clerk", "clerk.reader", "Clerk.read"),
        _point("issuer", 5, "commit", "issuing", "Issuing._commit"),
        _point("issuer", 5, "state", "issuing", "sign_issuance"),
        _point("issuer", 9, "outcome", "outcomes", "Outcomes.take"),
    )
}


def put_stops(party: str, play: Play) -> None:
    """Put a stop around every function of this party's points."""
    for point in POINTS.values():
        if point.party == party:
            _put(point, play)


def _put(point: Point, play: Play) -> None:
    owner: Any = importlib.import_module(point.module)
    *outer, name = point.path.split(".")
    for each in outer:
        owner = getattr(owner, each)
    setattr(owner, name, _stopping(getattr(owner, name), point, play))


def _stopping(function: Any, point: Point, play: Play) -> Any:
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def standing(*given: Any, **named: Any) -> Any:
            await play.halt(point.before)
            result = await function(*given, **named)
            await play.halt(point.after)
            return result

        return standing

    @functools.wraps(function)
    def standing_thread(*given: Any, **named: Any) -> Any:
        play.halt_thread(point.before)
        result = function(*given, **named)
        play.halt_thread(point.after)
        return result

    return standing_thread

"""Whose turn it is among the replicas of a ward."""

from __future__ import annotations

import asyncio

import pytest

from madoguchi.center.replicas import LAST_SECONDS, Replicas
from madoguchi.errors import PublicReason
from madoguchi.runtime.answers import ProblemAnswer
from madoguchi.runtime.caller import CallError, PeerRefused
from madoguchi.runtime.clock import FrozenClock
from madoguchi.runtime.problems import NO_ANSWER, UNREACHABLE
from tests.issuer.world import NOW

ONE, TWO = "https://one", "https://two"


def refused(status: int) -> PeerRefused:
    answer = ProblemAnswer(code="runtime.stranger", public_reason=PublicReason.TRY_LATER, request_id="0")
    return PeerRefused(answer, status=status)


class Line:
    """Calls by address, and what each address does."""

    def __init__(self, **does: Exception | None) -> None:
        self.clock = FrozenClock(NOW)
        self.does: dict[str, Exception | None] = {ONE: does.get("one"), TWO: does.get("two")}
        self.called: list[str] = []
        self._replicas = Replicas([ONE, TWO], monotonic=self.clock.monotonic)

    def ask(self) -> str:
        return asyncio.run(self._replicas.ask(self._call))

    async def _call(self, url: str) -> str:
        self.called.append(url)
        error = self.does[url]
        if error is not None:
            raise error
        return url


def test_they_take_turns() -> None:
    line = Line()
    assert [line.ask() for _ in range(4)] == [ONE, TWO, ONE, TWO]


def test_the_next_is_asked_only_when_not_a_byte_was_sent() -> None:
    assert Line(one=CallError(UNREACHABLE, cause="", sent=False)).ask() == TWO
    lost = Line(one=CallError(NO_ANSWER, cause="", sent=True))
    with pytest.raises(CallError):
        lost.ask()
    assert lost.called == [ONE], "a lost answer is a refusal"


def test_who_does_not_serve_now_is_asked_last_for_some_seconds() -> None:
    line = Line(one=refused(503))
    with pytest.raises(PeerRefused):
        line.ask()
    assert [line.ask() for _ in range(4)] == [TWO] * 4
    line.does[ONE] = None
    line.clock.advance(seconds=LAST_SECONDS)
    assert {line.ask() for _ in range(2)} == {ONE, TWO}


def test_another_refusal_changes_no_turn() -> None:
    line = Line(one=refused(409))
    with pytest.raises(PeerRefused):
        line.ask()
    assert line.ask() == TWO
    line.does[ONE] = None
    assert line.ask() == ONE


def test_when_nobody_serves_the_last_answer_stands() -> None:
    line = Line(one=refused(503), two=refused(503))
    for _ in range(3):
        with pytest.raises(PeerRefused):
            line.ask()
    assert len(line.called) == 3, "one each time, never both"

"""Which expectation the clerk has of a kind: its own registry, apart from the composer's builders."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from madoguchi.issuer.clerk.expected import Expected, WardSays, expected_taxation
from madoguchi.issuer.clerk.expected_payment import expected_payment
from madoguchi.issuer.clerk.record import ClerksRecord


class Expects(Protocol):
    """Works out what each box of one kind's paper must say."""

    def __call__(self, record: ClerksRecord, says: WardSays, *, number: str, on: date) -> Expected:
        """From the clerk's own look at the record, with the certificate number, on the printed day."""
        ...


_EXPECTS: dict[str, Expects] = {}


def register_expectation(kind: str, expects: Expects) -> None:
    """Say what the clerk expects of a kind. ValueError when it was said before."""
    if kind in _EXPECTS:
        msg = f"the clerk knows kind {kind}"
        raise ValueError(msg)
    _EXPECTS[kind] = expects


def expectation_of(kind: str) -> Expects:
    """What is expected of this kind. KeyError for a kind that the clerk cannot read: nothing of it is issued."""
    return _EXPECTS[kind]


register_expectation("taxation", expected_taxation)
register_expectation("payment", expected_payment)

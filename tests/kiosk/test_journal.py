"""The kiosk's journal: no step that does not follow, nothing that is not needed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.journal import KioskJournal
from madoguchi.kiosk.money import NOTHING_PAID, Means, Price

ID, DIGEST = bytes(16), bytes(32)
PRICE = Price(fee_yen=300, copies=2, pages=1)

STEPS: dict[str, Callable[[KioskJournal], None]] = {
    "opened": lambda journal: journal.opened(ID, ward="139998"),
    "applied": lambda journal: journal.applied(ID, application_digest=DIGEST),
    "held": lambda journal: journal.held(ID),
    "asked": lambda journal: journal.asked(
        ID, price=PRICE, claim="CLAIM", issuance_digest=DIGEST, delivery_digest=DIGEST
    ),
    "paid": lambda journal: journal.paid(ID, yen=600),
    "charging": lambda journal: journal.paid(ID, yen=600, means=Means.EMONEY, attempt=1),
    "declined": lambda journal: journal.declined(ID),
    "sending": lambda journal: journal.sending(ID),
    "sheet": lambda journal: journal.sheet(ID, 1, paper=bytes(16)),
    "refunding": lambda journal: journal.refunding(ID, yen=300, sheets=("printed", "not_printed")),
    "concluded": lambda journal: journal.concluded(
        ID, outcome=b"statement", outcome_digest=DIGEST, balance=NOTHING_PAID
    ),
    "acknowledged": lambda journal: journal.acknowledged(ID),
}
FOLLOWS = {
    (None, "opened"),
    ("opened", "applied"),
    ("applied", "held"),
    ("held", "asked"),
    ("asked", "paid"),
    ("asked", "charging"),
    ("paid", "sending"),
    ("sending", "sending"),
    ("sending", "sheet"),
    ("paid", "sheet"),
    ("paid", "refunding"),
    ("sending", "refunding"),
    ("refunding", "refunding"),
    ("concluded", "acknowledged"),
    *((stage, "concluded") for stage in ("opened", "applied", "held", "asked", "paid", "sending", "refunding")),
}


STAGES = {"sheet": "sending", "charging": "paid", "declined": "asked"}
"""Where a step leads that is not named like its stage."""


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[KioskJournal]:
    made = KioskJournal(tmp_path / "kiosk.sqlite")
    yield made
    made.close()


@given(names=st.lists(st.sampled_from(sorted(STEPS)), max_size=14))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_step_can_be_written_that_does_not_follow(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    journal = KioskJournal(tmp_path_factory.mktemp("journal") / "kiosk.sqlite")
    try:
        for name in ["opened", *names]:
            before = journal.stage_of(ID)
            charging = before == "paid" and journal.unfinished()[0].means is Means.EMONEY
            allowed = (before, name) in FOLLOWS or (charging and name == "declined")
            if allowed:
                STEPS[name](journal)
                assert journal.stage_of(ID) == STAGES.get(name, name)
            else:
                with pytest.raises(MadoguchiError):
                    STEPS[name](journal)
                assert journal.stage_of(ID) == before
    finally:
        journal.close()


def test_a_step_of_an_unknown_transaction_is_refused(journal: KioskJournal) -> None:
    with pytest.raises(MadoguchiError, match=r"kiosk\.out_of_step"):
        journal.paid(b"x" * 16, yen=300)


def test_what_is_unfinished_comes_back_whole(tmp_path: Path) -> None:
    journal = KioskJournal(tmp_path / "kiosk.sqlite")
    for name in ("opened", "applied", "held", "asked", "paid", "sending", "sheet", "refunding"):
        STEPS[name](journal)
    journal.close()
    journal = KioskJournal(tmp_path / "kiosk.sqlite")
    (visit,) = journal.unfinished()
    assert (visit.transaction, visit.stage, visit.price, visit.claim) == (ID, "refunding", PRICE, "CLAIM")
    assert (visit.paid_yen, visit.sheet, visit.refunding_yen, visit.held) == (600, 1, 300, True)
    assert visit.sheets == ("printed", "not_printed")
    STEPS["concluded"](journal)
    assert journal.unfinished() == ()
    assert journal.undelivered() == ((ID, b"statement"),)
    STEPS["acknowledged"](journal)
    assert journal.undelivered() == ()
    journal.close()
    assert b"statement" not in (tmp_path / "kiosk.sqlite").read_bytes()


def test_money_that_was_about_to_be_taken_in_and_was_not_is_not_booked(tmp_path: Path) -> None:
    """Killed between the record and the act: the coins came back, and nobody may count them as paid."""
    journal = KioskJournal(tmp_path / "kiosk.sqlite")
    for name in ("opened", "applied", "held", "asked", "paid", "concluded"):
        STEPS[name](journal)
    journal.close()
    with closing(sqlite3.connect(tmp_path / "kiosk.sqlite")) as connection:
        assert connection.execute("SELECT paid_yen, owed_yen FROM visit").fetchall() == [(0, 0)]


def test_seen_numbers_only_rise(journal: KioskJournal) -> None:
    assert journal.seen("trust-list") == 0
    for number in (5, 3):
        journal.remember_seen("trust-list", number)
        assert journal.seen("trust-list") == 5

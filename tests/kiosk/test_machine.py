"""The pure machine, walked at random against a model of the machine's body: whatever happens, money and paper agree."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.machine import Situation, effects, events, states, step
from madoguchi.kiosk.money import Balance, Price, due, result_of, sheets_after
from tests.kiosk.body import REACHED
from tests.kiosk.offer import FEE, a_menu
from tests.kiosk.walk import OFFERS, KioskWalk

FAR = (
    effects.Print,
    effects.PrepareRest,
    effects.RecordSheet,
    effects.RecordLost,
    effects.CancelJob,
    effects.Refund,
    effects.PrintSlip,
    effects.UnlockDoor,
    effects.BeginCharge,
    effects.RecordDeclined,
    effects.AskPayment,
    effects.TellUnknown,
)


MOST_ROUNDS = 30
"""Until the walks have been everywhere: two or three are usual."""
WALKS = settings(max_examples=150, stateful_step_count=40, deadline=None, derandomize=False)
"""Every round walks elsewhere. CI's own choice, the same examples each time, would walk one round thirty times."""


def test_random_walks() -> None:
    REACHED.clear()
    for _ in range(MOST_ROUNDS):
        run_state_machine_as_test(KioskWalk, settings=WALKS)
        if all(REACHED[far.__name__] for far in FAR):
            break
    assert [far for far in FAR if not REACHED[far.__name__]] == [], REACHED


def at(stage: states.Stage) -> Situation:
    return Situation(stage=stage, session=b"s")


MENU = a_menu()
ORDER = states.Order(menu=MENU, kind=MENU.kinds[0], year=MENU.kinds[0].years[0], copies=2)
PRICE = Price(fee_yen=FEE, copies=2, pages=1)


def test_a_fifth_digit_is_refused() -> None:
    with pytest.raises(MadoguchiError, match=r"kiosk\.nonsense"):
        step(at(states.EnteringPin(ORDER, 3, digits=4)), events.Digit(1))


def test_a_pin_is_presented_with_four_digits_only() -> None:
    for digits in range(4):
        with pytest.raises(MadoguchiError, match=r"kiosk\.nonsense"):
            step(at(states.EnteringPin(ORDER, 3, digits=digits)), events.Confirm())


def test_the_digit_is_in_no_repr() -> None:
    assert "Digit(" not in repr(events.Digit(7))
    assert "Digit(" not in repr(effects.KeepDigit(7))


def test_a_full_price_in_escrow_is_journalled_before_it_is_taken() -> None:
    _, wanted = step(at(states.Paying(ORDER, PRICE, 500)), events.MoneyIn(600))
    assert wanted == (effects.RecordPaid(600), effects.TakeMoney(b"s", 600))


def test_a_certificate_free_of_charge_needs_no_coin() -> None:
    free = Price(fee_yen=0, copies=1, pages=1)
    after, wanted = step(at(states.Preparing(ORDER, free)), events.PreflightPassed(b"s"))
    assert isinstance(after.stage, states.Taking)
    assert wanted == (effects.RecordAsked(free), effects.RecordPaid(0), effects.TakeMoney(b"s", 0))


def test_nobody_is_served_while_a_card_or_paper_of_somebody_else_lies_there() -> None:
    for situation, code in ((Situation(card_in=True), "card_left"), (Situation(tray_sheets=1), "tray_not_free")):
        with pytest.raises(MadoguchiError, match=code):
            step(situation, events.Begin(b"s", OFFERS))


def test_the_card_goes_back_before_the_application_leaves() -> None:
    signing = Situation(stage=states.Signing(ORDER, 3), session=b"s", card_in=True)
    after, wanted = step(signing, events.CardSigned(b"s"))
    assert isinstance(after.stage, states.ReturningCard)
    assert not any(isinstance(effect, effects.Apply) for effect in wanted)
    after, wanted = step(after, events.CardTaken())
    assert wanted == (effects.Apply(b"s"),)


def test_a_job_that_was_not_seen_gone_puts_the_machine_out_of_service() -> None:
    after, _ = step(at(states.Finished(Balance(), job_gone=False)), events.Finish())
    assert isinstance(after.stage, states.Stopped)


@pytest.mark.parametrize("sheets", [0, 1, 2, 3, 4])
def test_money_is_judged_by_the_whole_copy(sheets: int) -> None:
    price = Price(fee_yen=FEE, copies=2, pages=2)
    owing = due(price, sheets_after(4, out=sheets, rest="not_printed"))
    assert owing.printed_yen == FEE * (sheets // 2)
    assert owing.refund_yen == price.total_yen - owing.printed_yen
    unknown = due(price, sheets_after(4, out=sheets, rest="unknown"))
    assert unknown.unknown_yen == price.total_yen - unknown.printed_yen
    assert result_of(sheets_after(4, out=sheets, rest="not_printed")) == (
        {0: "not_printed", 4: "printed"}.get(sheets, "partly_printed")
    )


@pytest.mark.parametrize("amounts", [(300, 300, 300, 0), (300, 0, 0, 0), (0, 0, 0, 300), (300, 400, 0, -100)])
def test_money_that_does_not_balance_cannot_be_written(amounts: tuple[int, int, int, int]) -> None:
    paid, printed, refunded, owed = amounts
    with pytest.raises(ValueError, match="paid is not"):
        Balance(paid_yen=paid, printed_yen=printed, refunded_yen=refunded, owed_yen=owed)

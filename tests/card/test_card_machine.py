"""PIN, reset, SELECT and SIGN in any order, against a model of a few lines."""

import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from madoguchi.card import apdu
from madoguchi.card.algorithm import SHA256_DIGEST_INFO
from madoguchi.card.apdu import Command, Response
from tests.jpki.authorities import PIN, card


class CardMachine(RuleBasedStateMachine):
    """The model: tries, whether the PIN was accepted in this session, what is selected."""

    def __init__(self) -> None:
        super().__init__()
        self.card = card()
        self.tries = 3
        self.open = False
        self.application = False
        self.selected: int | None = None

    def send(self, command: Command) -> Response:
        return Response.decode(self.card.transmit(command.encode()))

    @rule()
    def reset(self) -> None:
        self.card.reset()
        self.open, self.application, self.selected = False, False, None

    @rule()
    def select_application(self) -> None:
        assert self.send(apdu.select_application(apdu.JPKI_AID)).sw == apdu.SW_OK
        self.open, self.application, self.selected = False, True, None

    @rule()
    def select_other_application(self) -> None:
        assert self.send(apdu.select_application(b"\xa0\x00\x00\x00\x03")).sw == apdu.SW_NOT_FOUND

    def select(self, fid: int) -> None:
        sw = self.send(apdu.select_file(fid)).sw
        assert sw == (apdu.SW_OK if self.application else apdu.SW_NOT_FOUND)
        if self.application:
            self.selected = fid

    @rule()
    def select_pin(self) -> None:
        self.select(apdu.EF_AUTHENTICATION_PIN)

    @rule()
    def select_key(self) -> None:
        self.select(apdu.EF_AUTHENTICATION_KEY)

    @rule()
    def select_certificate(self) -> None:
        self.select(apdu.EF_AUTHENTICATION_CERTIFICATE)

    def verify(self, pin: bytes) -> int:
        return Response.decode(self.card.transmit(apdu.verify_header(len(pin)) + pin)).sw

    @rule()
    def present_right_pin(self) -> None:
        sw = self.verify(PIN.encode())
        if self.selected != apdu.EF_AUTHENTICATION_PIN:
            assert sw in {apdu.SW_NO_CURRENT_EF, apdu.SW_NO_REFERENCE_DATA}
        elif self.tries == 0:
            assert sw == apdu.SW_PIN_INVALIDATED
        else:
            assert sw == apdu.SW_OK
            self.tries, self.open = 3, True

    @rule()
    def present_wrong_pin(self) -> None:
        sw = self.verify(b"0000")
        if self.selected != apdu.EF_AUTHENTICATION_PIN:
            assert sw in {apdu.SW_NO_CURRENT_EF, apdu.SW_NO_REFERENCE_DATA}
        elif self.tries == 0:
            assert sw == apdu.SW_PIN_INVALIDATED
        else:
            self.tries, self.open = self.tries - 1, False
            assert sw == apdu.SW_TRIES_LEFT | self.tries

    @rule()
    def sign(self) -> None:
        answer = self.send(apdu.compute_signature(SHA256_DIGEST_INFO + bytes(32)))
        signs = self.selected == apdu.EF_AUTHENTICATION_KEY and self.open
        assert (answer.sw == apdu.SW_OK) == signs
        assert len(answer.data) == (256 if signs else 0)

    @invariant()
    def the_counter_is_the_models(self) -> None:
        assert self.card.contents.pin_tries == self.tries
        if self.selected == apdu.EF_AUTHENTICATION_PIN:
            assert self.send(apdu.ask_tries_left()).tries_left == self.tries


TestCard = CardMachine.TestCase
TestCard.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)


@pytest.mark.long
def test_card_for_long() -> None:
    run_state_machine_as_test(CardMachine, settings=settings(max_examples=2000, stateful_step_count=60, deadline=None))

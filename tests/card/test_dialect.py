"""The kiosk's side, against the virtual card and against cards that misbehave."""

import hashlib
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from madoguchi.card import CardDialect, CardTransport, JpkiCard, PinWrongError, VirtualCard, algorithm_of_certificate
from madoguchi.errors import MadoguchiError
from tests.jpki.authorities import PIN, card, card_key


class Recorder:
    """A transport that notes what passes and may change an answer."""

    def __init__(
        self, to: VirtualCard, change: Callable[[bytes, bytes], bytes] = lambda _command, answer: answer
    ) -> None:
        self.card = to
        self.change = change
        self.headers: list[str] = []
        self.commands: list[bytes | bytearray] = []

    def transmit(self, command: bytes | bytearray) -> bytes:
        self.headers.append(bytes(command[:4]).hex())
        self.commands.append(command)
        return self.change(bytes(command), self.card.transmit(command))

    def reset(self) -> None:
        self.card.reset()


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(MadoguchiError) as refused:
        act()
    return refused.value.code


def test_a_whole_session() -> None:
    mine = card()
    transport: CardTransport = Recorder(mine)
    dialect: CardDialect = JpkiCard(transport)
    assert dialect.tries_left() == 3
    dialect.verify_pin(bytearray(PIN.encode()))
    certificate = dialect.read_certificate()
    assert certificate == mine.certificate
    digest = algorithm_of_certificate(certificate).digest(b"transcript")
    signature = dialect.sign(digest)
    card_key().public_key().verify(signature, b"transcript", padding.PKCS1v15(), hashes.SHA256())
    dialect.reset()
    assert code_of(lambda: dialect.sign(digest)) == "card.pin_needed"


def test_each_wrong_pin_says_how_many_are_left_until_it_is_locked() -> None:
    dialect = JpkiCard(card())
    for left in (2, 1):
        with pytest.raises(PinWrongError) as refused:
            dialect.verify_pin(bytearray(b"0000"))
        assert refused.value.tries_left == left
        assert refused.value.code == "card.pin_wrong"
    assert code_of(lambda: dialect.verify_pin(bytearray(b"0000"))) == "card.pin_locked"
    assert code_of(lambda: dialect.verify_pin(bytearray(PIN.encode()))) == "card.pin_locked"
    assert dialect.tries_left() == 0


@pytest.mark.parametrize("pin", [b"1234", b"0000", b"12", b"", b"12a4", b"12345678"])
def test_the_pin_is_wiped_everywhere_whatever_happens(pin: bytes) -> None:
    transport = Recorder(card())
    buffer = bytearray(pin)
    try:
        JpkiCard(transport).verify_pin(buffer)
    except MadoguchiError as refused:
        assert pin.decode() not in str(refused) or not pin  # noqa: PT017
    assert buffer == bytes(len(pin))
    assert all(not pin or pin not in bytes(command) for command in transport.commands)


def test_the_pin_is_wiped_when_the_reader_breaks() -> None:
    class Broken(Recorder):
        def transmit(self, command: bytes | bytearray) -> bytes:
            if command[1] == 0x20:
                self.commands.append(command)
                raise OSError("reader gone")
            return super().transmit(command)

    transport, buffer = Broken(card()), bytearray(b"1234")
    with pytest.raises(OSError, match="reader gone"):
        JpkiCard(transport).verify_pin(buffer)
    assert buffer == bytes(4)
    assert transport.commands[-1] == bytes(9)


@pytest.mark.parametrize("pin", [b"123", b"12345", b"12a4", "１２３４".encode()])
def test_what_is_no_pin_never_reaches_the_card(pin: bytes) -> None:
    transport = Recorder(card())
    assert code_of(lambda: JpkiCard(transport).verify_pin(bytearray(pin))) == "card.pin_malformed"
    assert transport.headers == []


def test_a_pin_is_presented_once_and_never_repeated() -> None:
    transport = Recorder(card())
    with pytest.raises(PinWrongError):
        JpkiCard(transport).verify_pin(bytearray(b"0000"))
    assert transport.headers.count("00200080") == 1


def test_a_strangers_card_is_recognised_by_its_refusal() -> None:
    transport = Recorder(card(), lambda command, answer: b"\x6a\x82" if command[1] == 0xA4 else answer)
    dialect = JpkiCard(transport)
    assert code_of(dialect.tries_left) == "card.unknown"
    assert code_of(dialect.read_certificate) == "card.unknown"


@pytest.mark.parametrize("status", ["6983", "6984", "63C0"])
def test_every_word_for_locked_is_understood(status: str) -> None:
    transport = Recorder(card(), lambda command, answer: bytes.fromhex(status) if command[1] == 0x20 else answer)
    assert JpkiCard(transport).tries_left() == 0
    assert code_of(lambda: JpkiCard(transport).verify_pin(bytearray(b"1234"))) == "card.pin_locked"


@pytest.mark.parametrize("answer", [b"", b"\x90", b"\x6f\x00", bytes(300), b"\x90\x00"])
def test_strange_answers_to_a_question_are_refused(answer: bytes) -> None:
    transport = Recorder(card(), lambda command, real: answer if command[1] == 0x20 else real)
    assert code_of(JpkiCard(transport).tries_left) == "card.answer"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"\x30\x82\xff\xff\x90\x00", id="a certificate that does not end"),
        pytest.param(b"\x30\x03\x02\x01\x90\x00", id="a short sequence"),
        pytest.param(b"\x00\x00\x00\x00\x90\x00", id="no sequence"),
        pytest.param(b"\x30\x82\x90\x00", id="half a header"),
        pytest.param(b"\x30\x82\x01\x90\x00\x90\x00", id="more than asked"),
        pytest.param(b"\x69\x82", id="closed"),
    ],
)
def test_a_card_that_lies_about_its_certificate_is_refused(answer: bytes) -> None:
    transport = Recorder(card(), lambda command, real: answer if command[1] == 0xB0 else real)
    assert code_of(JpkiCard(transport).read_certificate) == "card.answer"
    assert len(transport.headers) < 20


def test_a_signature_of_another_length_is_refused() -> None:
    transport = Recorder(card(), lambda command, real: real[1:] if command[1] == 0x2A else real)
    dialect = JpkiCard(transport)
    dialect.verify_pin(bytearray(b"1234"))
    assert code_of(lambda: dialect.sign(bytes(32))) == "card.answer"


def test_a_digest_of_another_algorithm_is_refused() -> None:
    assert code_of(lambda: JpkiCard(card()).sign(hashlib.sha384(b"").digest())) == "card.algorithm"


def test_a_certificate_that_cannot_be_read_has_no_algorithm() -> None:
    assert code_of(lambda: algorithm_of_certificate(b"\x30\x82")) == "card.algorithm"

"""Phones as tokens: what they are is asked first, and what has no PIN is never sent a VERIFY."""

import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.card import JpkiCard, Token, VirtualCard, algorithm_of_certificate, load_card, save_card, token_in
from madoguchi.card.apdu import EF_TOKEN_INFORMATION, TOKEN_INFORMATION_OCTETS
from madoguchi.card.token import token_of
from madoguchi.errors import MadoguchiError
from tests.card.test_dialect import Recorder, code_of
from tests.jpki.authorities import PIN, card, card_key

VERIFY = "00200080"
FIRST = ["00a4040c", "00a4020c", "00b00000"]
"""SELECT the application, SELECT EF 0006, READ BINARY."""


def token(kind: Token) -> VirtualCard:
    mine = card()
    mine.contents.token = kind
    return mine


def signed(dialect: JpkiCard) -> None:
    digest = algorithm_of_certificate(dialect.read_certificate()).digest(b"transcript")
    signature = dialect.sign(digest)
    card_key().public_key().verify(signature, b"transcript", padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize("kind", list(Token))
@pytest.mark.parametrize("act", ["tries_left", "read_certificate", "verify_pin", "sign"])
def test_whatever_is_wanted_the_token_information_is_read_first(kind: Token, act: str) -> None:
    mine = token(kind)
    mine.confirmation.answer(accepted=False)
    transport = Recorder(mine)
    arguments = {"verify_pin": (bytearray(PIN.encode()),), "sign": (bytes(32),)}.get(act, ())
    try:
        getattr(JpkiCard(transport), act)(*arguments)
    except MadoguchiError as refused:
        assert kind is Token.IPHONE or act == "sign", refused.code  # noqa: PT017
    assert transport.headers[:3] == FIRST
    assert bytes(transport.commands[1][-2:]) == EF_TOKEN_INFORMATION.to_bytes(2, "big")


@pytest.mark.parametrize("kind", [Token.PLASTIC, Token.ANDROID])
def test_an_android_phone_is_used_as_the_card_is(kind: Token) -> None:
    dialect = JpkiCard(token(kind))
    assert dialect.token() is kind
    assert dialect.tries_left() == 3
    dialect.verify_pin(bytearray(PIN.encode()))
    signed(dialect)


def test_an_iphone_signs_when_its_holder_confirms_and_waits_until_then() -> None:
    phone = token(Token.IPHONE)
    transport = Recorder(phone)
    dialect = JpkiCard(transport)
    assert dialect.token() is Token.IPHONE
    signing = threading.Thread(target=signed, args=(dialect,))
    signing.start()
    signing.join(0.2)
    assert signing.is_alive()
    phone.confirmation.answer(accepted=True)
    signing.join(10)
    assert not signing.is_alive()
    assert VERIFY not in transport.headers
    phone.confirmation.answer(accepted=False)
    assert code_of(lambda: dialect.sign(bytes(32))) == "card.not_confirmed"  # one answer served one signature


@pytest.mark.parametrize("sw", ["6982", "6985"])
def test_a_refusal_on_the_phone_is_not_confirmed(sw: str) -> None:
    phone = token(Token.IPHONE)
    phone.confirmation.answer(accepted=True)
    transport = Recorder(phone, lambda command, answer: bytes.fromhex(sw) if command[1] == 0x2A else answer)
    assert code_of(lambda: JpkiCard(transport).sign(bytes(32))) == "card.not_confirmed"


def test_nothing_of_ins_20_ever_reaches_an_iphone() -> None:
    transport = Recorder(token(Token.IPHONE))
    dialect = JpkiCard(transport)
    pin = bytearray(PIN.encode())
    assert code_of(dialect.tries_left) == "card.pin_malformed"
    assert code_of(lambda: dialect.verify_pin(pin)) == "card.pin_malformed"
    assert pin == bytes(4)
    assert not any(header[2:4] == "20" for header in transport.headers)


def test_the_kind_is_asked_again_in_another_session() -> None:
    changing = token(Token.PLASTIC)
    dialect = JpkiCard(changing)
    assert dialect.tries_left() == 3
    dialect.reset()
    changing.contents.token = Token.IPHONE
    assert code_of(dialect.tries_left) == "card.pin_malformed"


def test_an_unknown_kind_is_asked_nothing_more() -> None:
    information = b"JPKIAPWATCHTOKEN".ljust(TOKEN_INFORMATION_OCTETS, b"\x00") + b"\x90\x00"
    transport = Recorder(card(), lambda command, answer: information if command[1] == 0xB0 else answer)
    dialect = JpkiCard(transport)
    pin = bytearray(PIN.encode())
    for act in (dialect.tries_left, dialect.read_certificate, lambda: dialect.verify_pin(pin)):
        assert code_of(act) == "card.token_unknown"
    assert not set(transport.headers) - set(FIRST)


@given(st.binary(max_size=TOKEN_INFORMATION_OCTETS))
def test_only_the_three_beginnings_are_known(information: bytes) -> None:
    known = [kind for kind in Token if information.startswith(kind.information)]
    if known:
        assert token_of(information) in known
    else:
        assert code_of(lambda: token_of(information)) == "card.token_unknown"


@pytest.mark.parametrize("kind", list(Token))
def test_a_card_file_keeps_what_it_plays(kind: Token, tmp_path: Path) -> None:
    save_card(token(kind), tmp_path / "a.json")
    assert token_in(tmp_path / "a.json") is kind
    assert load_card(tmp_path / "a.json").contents.token is kind

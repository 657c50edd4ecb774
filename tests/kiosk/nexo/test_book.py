"""One reference is sent once, whatever life of the process asks."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.devices.nexo import book as books
from madoguchi.kiosk.devices.nexo.book import Book, Entry, NotTaken, Reversal, Taken, payment_id, reversal_id
from madoguchi.kiosk.money import Declined

REFERENCE = bytes(16) + b"charge\0"
OTHER = bytes(16) + b"charge\1"
TAKEN = Taken(slip="slip.1", at="2026-11-27T00:00:01Z")
NOT_TAKEN = NotTaken(why=Declined.CANCELLED)


def test_it_is_sent_once_in_all_lives(tmp_path: Path) -> None:
    book = Book(tmp_path)
    assert book.entry(REFERENCE) is None
    entry = book.send(REFERENCE, yen=600)
    for each in (book, Book(tmp_path)):
        assert each.entry(REFERENCE) == entry == Entry(service_id=payment_id(REFERENCE), yen=600)
        assert each.entry(OTHER) is None
        with pytest.raises(MadoguchiError):
            each.send(REFERENCE, yen=600)
    assert Book(tmp_path).send(OTHER, yen=300).service_id != entry.service_id


def test_two_references_never_share_a_service_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "payment_id", lambda _reference: "PAAAAAAAAA")
    book = Book(tmp_path)
    book.send(REFERENCE, yen=600)
    with pytest.raises(MadoguchiError):
        book.send(OTHER, yen=600)
    assert book.entry(OTHER) is None


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_what_cannot_be_noted_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def full(*_args: object) -> None:
        raise OSError

    book = Book(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(os if call == "fsync" else Path, call, full)
        with pytest.raises(MadoguchiError):
            book.send(REFERENCE, yen=600)
    assert book.entry(REFERENCE) is None
    assert Book(tmp_path).entry(REFERENCE) is None


def test_a_damaged_book_is_not_an_empty_one(tmp_path: Path) -> None:
    Book(tmp_path).send(REFERENCE, yen=600)
    file = tmp_path / "nexo.json"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(ValueError, match="damaged"):
        Book(tmp_path)


def test_what_was_said_first_stays(tmp_path: Path) -> None:
    book = Book(tmp_path)
    with pytest.raises(MadoguchiError):
        book.settle(REFERENCE, TAKEN)
    book.send(REFERENCE, yen=600)
    assert book.settle(REFERENCE, NOT_TAKEN).result == NOT_TAKEN
    assert book.settle(REFERENCE, TAKEN).result == NOT_TAKEN
    with pytest.raises(MadoguchiError):
        book.send_reversal(REFERENCE, yen=600)


def test_it_is_reversed_once_in_all_lives(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.send(REFERENCE, yen=600)
    for call in (lambda: book.send_reversal(REFERENCE, yen=300), lambda: book.settle_reversal(REFERENCE, given=300)):
        with pytest.raises(MadoguchiError):
            call()
    book.settle(REFERENCE, TAKEN)
    sent = book.send_reversal(REFERENCE, yen=300)
    assert sent == Reversal(service_id=reversal_id(REFERENCE), yen=300)
    for each in (book, Book(tmp_path)):
        with pytest.raises(MadoguchiError):
            each.send_reversal(REFERENCE, yen=300)
    assert Book(tmp_path).settle_reversal(REFERENCE, given=300) == 300
    assert Book(tmp_path).settle_reversal(REFERENCE, given=0) == 300


def test_only_the_last_payment_may_still_wait(tmp_path: Path) -> None:
    book = Book(tmp_path)
    assert book.open_payment() is None
    first = book.send(REFERENCE, yen=600)
    assert book.open_payment() == first
    book.settle(REFERENCE, TAKEN)
    assert book.open_payment() is None
    second = book.send(OTHER, yen=300)
    assert Book(tmp_path).open_payment() == second


def test_it_forgets_only_what_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "_KEPT", 2)
    book = Book(tmp_path)
    names = [bytes([number]) for number in range(6)]
    for number, name in enumerate(names):
        book.send(name, yen=300)
        if number > 1:
            book.settle(name, NOT_TAKEN)
    assert [book.entry(name) is not None for name in names] == [True, True, False, False, False, True]


@given(reference=st.binary(min_size=1, max_size=40))
def test_a_service_id_is_what_nexo_allows(reference: bytes) -> None:
    for named in (payment_id, reversal_id):
        made = named(reference)
        assert made == named(reference)
        assert len(made) == 10
        assert made.isascii()
        assert made.isalnum()
    assert payment_id(reference) != reversal_id(reference)

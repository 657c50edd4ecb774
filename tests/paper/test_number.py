"""The paper number and its one printed text."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.errors import MadoguchiError
from madoguchi.paper.number import SYMBOLS, new_paper_number, paper_number_text, parse_paper_number

NUMBERS = st.binary(min_size=16, max_size=16)
SYMBOLS_OF_TEXT = 27


@given(NUMBERS)
def test_text_reads_back(number: bytes) -> None:
    text = paper_number_text(number)
    assert parse_paper_number(text) == number
    assert [len(group) for group in text.split("-")] == [4, 4, 4, 4, 4, 4, 3]
    assert parse_paper_number(text.lower().replace("-", " ")) == number


def test_a_known_number() -> None:
    assert paper_number_text(bytes(16)) == "0000-0000-0000-0000-0000-0000-000"
    # Crockford's own example: 1234 is 16J with the check symbol D.
    assert paper_number_text((1234).to_bytes(16, "big")) == "0000-0000-0000-0000-0000-0001-6JD"
    assert parse_paper_number("7ZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZ*") == b"\xff" * 16
    with pytest.raises(MadoguchiError, match="more than 128 bits"):
        parse_paper_number("8" + "0" * 26)


@given(NUMBERS, st.integers(0, SYMBOLS_OF_TEXT - 1), st.sampled_from(SYMBOLS))
def test_one_wrong_symbol_is_caught(number: bytes, place: int, symbol: str) -> None:
    symbols = list(paper_number_text(number).replace("-", ""))
    if symbols[place] == symbol:
        return
    symbols[place] = symbol
    with pytest.raises(MadoguchiError, match="number_malformed"):
        parse_paper_number("".join(symbols))


@given(NUMBERS, st.integers(0, SYMBOLS_OF_TEXT - 3))
def test_two_neighbours_swapped_are_caught(number: bytes, place: int) -> None:
    symbols = list(paper_number_text(number).replace("-", ""))
    if symbols[place] == symbols[place + 1]:
        return
    symbols[place], symbols[place + 1] = symbols[place + 1], symbols[place]
    with pytest.raises(MadoguchiError, match="number_malformed"):
        parse_paper_number("".join(symbols))


@given(st.text(max_size=60))
def test_any_other_text_is_refused_or_reads_back(text: str) -> None:
    with contextlib.suppress(MadoguchiError):
        assert len(parse_paper_number(text)) == 16


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    text = paper_number_text(bytes(16)).replace("0", "O")
    assert parse_paper_number(text) == bytes(16)


def test_numbers_are_random_and_of_one_length() -> None:
    assert len({new_paper_number() for _ in range(1000)}) == 1000
    with pytest.raises(MadoguchiError, match="number_malformed"):
        paper_number_text(b"short")

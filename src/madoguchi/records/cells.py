"""One cell: its canonical text, and nothing but it. What is written reads back as the same value."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date

from madoguchi.errors import Problem
from madoguchi.records.columns import Column, Kind
from madoguchi.records.problems import CHARACTER, CHOICE, FORMAT, LENGTH, NEGATIVE, RANGE, REQUIRED

Parser = Callable[[str], object]

_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Controls, invisible format characters (bidirectional overrides), surrogates, line separators. Private-use 外字 and
characters newer than this program are taken: whether they can be drawn is for the issuer, person by person."""


class CellError(Exception):
    """A cell that cannot be read. Holds the reason and never the text."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


class Cells(dict[str, object]):
    """The cells of one column read so far: most columns repeat a few texts millions of times."""

    _MOST = 20_000

    def __init__(self, column: Column) -> None:
        super().__init__()
        self._parse = parser(column)

    def __missing__(self, text: str) -> object:
        """Read a text not seen before. Raises `CellError`."""
        value = self._parse(text)
        if len(self) < self._MOST:
            self[text] = value
        return value


def parser(column: Column) -> Parser:
    """A function from a cell's text to its value. It raises `CellError`."""
    read = _PARSERS[column.kind](column)
    if column.kind is Kind.TEXT:
        return read

    absent = column.optional

    def parse(text: str) -> object:
        if text:
            return read(text)
        if absent:
            return None
        raise CellError(REQUIRED)

    return parse


def _flag(_column: Column) -> Parser:
    def read(text: str) -> bool:
        if text == "0":
            return False
        if text == "1":
            return True
        raise CellError(FORMAT)

    return read


def _integer(column: Column) -> Parser:
    lowest, highest = column.at_least, column.at_most

    def read(text: str) -> int:
        if _INTEGER.fullmatch(text) is None:
            raise CellError(FORMAT)
        value = int(text)
        if lowest is not None and value < lowest:
            raise CellError(NEGATIVE if value < 0 else RANGE)
        if highest is not None and value > highest:
            raise CellError(RANGE)
        return value

    return read


def _iso_date(text: str) -> date:
    if _DATE.fullmatch(text) is None:
        raise CellError(FORMAT)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CellError(FORMAT) from None


def _date(_column: Column) -> Parser:
    return _iso_date


def _choice(column: Column) -> Parser:
    known = {str(each.value): each for each in column.choice_type or ()}

    def read(text: str) -> object:
        try:
            return known[text]
        except KeyError:
            raise CellError(CHOICE) from None

    return read


def _text(column: Column) -> Parser:
    pattern = re.compile(column.pattern) if column.pattern else None
    lowest, highest = column.min_length, column.max_length

    def read(text: str) -> str:
        if pattern is not None:
            if not text:
                raise CellError(REQUIRED)
            if pattern.match(text) is None:
                raise CellError(FORMAT)
            return text
        if len(text) < lowest:
            raise CellError(REQUIRED)
        if len(text) > highest:
            raise CellError(LENGTH)
        check_printable(text)
        return text

    return read


def check_printable(text: str) -> None:
    """Raise `CellError` if the text holds an unprintable character, or begins or ends with a blank."""
    # `isprintable` knows all of it in one step, but refuses the blank of full width (U+3000) that stands in every name.
    if text.replace("\u3000", "x").isprintable() and text == text.strip():
        return
    if text != text.strip() or any(unicodedata.category(each) in _UNPRINTABLE for each in text):
        raise CellError(CHARACTER)


_PARSERS: dict[Kind, Callable[[Column], Parser]] = {
    Kind.TEXT: _text,
    Kind.FLAG: _flag,
    Kind.INTEGER: _integer,
    Kind.DATE: _date,
    Kind.CHOICE: _choice,
}

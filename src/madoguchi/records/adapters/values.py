"""One cell of theirs, as a cell of ours. What comes out is checked again like any cell of our own files."""

from __future__ import annotations

import re
from collections.abc import Callable

from madoguchi.records.adapters.gaiji import Gaiji
from madoguchi.records.adapters.mapping import ColumnMap, Mapping
from madoguchi.records.cells import CellError
from madoguchi.records.problems import CHOICE, FORMAT

Value = Callable[[str], str]
"""From the text of theirs to the text of ours. Raises `CellError`."""

_PADDING = " \u3000"
_DIGITS = re.compile(r"[0-9]+")
_DATES = {
    "yyyymmdd": re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})"),
    "yyyy-mm-dd": re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"),
    "yyyy/mm/dd": re.compile(r"([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})"),
}
_ERA_DATE = re.compile(r"([0-9A-Z])([0-9]{2})([0-9]{2})([0-9]{2})")
_ZONE = {chr(ord("p") + digit): str(digit) for digit in range(10)}
"""JIS X 0201 0x70 to 0x79: the negative zone of a last digit, as COBOL of Japanese hosts leaves it after conversion."""


def value_of(column: ColumnMap, mapping: Mapping, gaiji: Gaiji) -> Value:
    """How to read one column."""
    read = _KINDS[column.type](column, mapping, gaiji)
    empty = frozenset(column.empty)

    def value(text: str) -> str:
        bare = text.strip(_PADDING)
        return "" if not bare or bare in empty else read(bare)

    return value


def _text(_column: ColumnMap, _mapping: Mapping, gaiji: Gaiji) -> Value:
    return gaiji.replaced


def _digits(column: ColumnMap, _mapping: Mapping, _gaiji: Gaiji) -> Value:
    width = column.width or 0

    def read(text: str) -> str:
        if _DIGITS.fullmatch(text) is None:
            raise CellError(FORMAT)
        return text.rjust(width, "0")

    return read


def _amount(column: ColumnMap, _mapping: Mapping, _gaiji: Gaiji) -> Value:
    def read(text: str) -> str:
        digits, negative = _signed(text, column.sign)
        if _DIGITS.fullmatch(digits) is None:
            raise CellError(FORMAT)
        amount = int(digits) * column.unit
        return str(-amount if negative else amount)

    return read


def _signed(text: str, sign: str) -> tuple[str, bool]:
    """The digits, and whether they are negative."""
    if sign == "zone" and text[-1] in _ZONE:
        return text[:-1] + _ZONE[text[-1]], True
    if sign == "leading" and text[0] in "+-":
        return text[1:].lstrip(_PADDING), text[0] == "-"
    if sign == "trailing" and text[-1] in "+-":
        return text[:-1].rstrip(_PADDING), text[-1] == "-"
    return text, False


def _date(column: ColumnMap, mapping: Mapping, _gaiji: Gaiji) -> Value:
    if column.format == "gyymmdd":
        return _era_date(mapping)
    pattern = _DATES[column.format]

    def read(text: str) -> str:
        found = pattern.fullmatch(text)
        if found is None:
            raise CellError(FORMAT)
        return f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}"

    return read


def _era_date(mapping: Mapping) -> Value:
    def read(text: str) -> str:
        found = _ERA_DATE.fullmatch(text)
        if found is None or found[1] not in mapping.eras or found[2] == "00":
            raise CellError(FORMAT)
        return f"{mapping.eras[found[1]] + int(found[2]) - 1:04}-{found[3]}-{found[4]}"

    return read


def _code(column: ColumnMap, mapping: Mapping, _gaiji: Gaiji) -> Value:
    table = mapping.codes[column.codes or ""]

    def read(text: str) -> str:
        try:
            return table[text]
        except KeyError:
            raise CellError(CHOICE) from None

    return read


_KINDS: dict[str, Callable[[ColumnMap, Mapping, Gaiji], Value]] = {
    "text": _text,
    "digits": _digits,
    "amount": _amount,
    "date": _date,
    "code": _code,
}

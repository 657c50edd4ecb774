"""What a column is: its name, its kind and its words, all read from the Struct that a row becomes.

The Structs of this room are the one description of the files. The reader, the writer and `docs/records.md` are derived
from it, so that none of them can say something else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, StrEnum
from typing import Annotated

from msgspec import Meta, Struct, inspect

AddresseeNumber = Annotated[str, Meta(pattern=r"^[0-9]{10}\Z")]
"""宛名番号: ten ASCII digits as text. Leading zeros count; it is never an integer."""

FiscalYear = Annotated[int, Meta(ge=2000, le=2099)]
"""年度: the Gregorian year in which April 1 falls."""

MOST_YEN = 999_999_999_999
"""The range of every money column, and of no other."""

Yen = Annotated[int, Meta(ge=0, le=MOST_YEN)]
"""Whole yen, never negative."""

SignedYen = Annotated[int, Meta(ge=-MOST_YEN, le=MOST_YEN)]
"""Whole yen; a loss is negative (and prints with △)."""

Count = Annotated[int, Meta(ge=0, le=99)]
"""How many people."""

ShortText = Annotated[str, Meta(min_length=1, max_length=200)]
"""Text of one line that must be there. Code points are kept exactly as received, variation selectors too."""

OptionalText = Annotated[str, Meta(max_length=400)]
"""Text of one line that may be empty."""


class Kind(StrEnum):
    """How a cell is written."""

    TEXT = "text"
    FLAG = "flag"
    INTEGER = "integer"
    DATE = "date"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of one file."""

    name: str
    kind: Kind
    optional: bool
    """Whether an empty cell is allowed, and means None (for text: the empty text)."""
    title: str
    """The Japanese name that ward staff know."""
    description: str
    choices: tuple[str, ...] = ()
    choice_type: type[Enum] | None = None
    at_least: int | None = None
    at_most: int | None = None
    min_length: int = 0
    max_length: int = 400
    pattern: str | None = None


def described(title: str, description: str = "") -> Meta:
    """The words of a column: its Japanese name, and what an integrator must know beyond it."""
    return Meta(title=title, description=description or title)


def columns(row: type[Struct]) -> tuple[Column, ...]:
    """The columns of a row type, in the order in which the header names them."""
    info = inspect.type_info(row)
    if not isinstance(info, inspect.StructType):
        msg = f"{row.__name__} is not a Struct"
        raise TypeError(msg)
    return tuple(_column(field) for field in info.fields)


def _column(field: inspect.Field) -> Column:
    declared, title, description = field.type, "", ""
    if isinstance(declared, inspect.Metadata):
        schema = declared.extra_json_schema or {}
        title, description = schema.get("title", ""), schema.get("description", "")
        declared = declared.type
    optional = False
    if isinstance(declared, inspect.UnionType):
        optional = any(isinstance(each, inspect.NoneType) for each in declared.types)
        (declared,) = (each for each in declared.types if not isinstance(each, inspect.NoneType))
    if isinstance(declared, inspect.Metadata):
        declared = declared.type
    base = Column(name=field.encode_name, kind=Kind.TEXT, optional=optional, title=title, description=description)
    return _of_kind(base, declared)


def _of_kind(column: Column, declared: inspect.Type) -> Column:
    if isinstance(declared, inspect.BoolType):
        return replace(column, kind=Kind.FLAG)
    if isinstance(declared, inspect.DateType):
        return replace(column, kind=Kind.DATE)
    if isinstance(declared, inspect.IntType):
        return replace(column, kind=Kind.INTEGER, at_least=declared.ge, at_most=declared.le)
    if isinstance(declared, inspect.EnumType):
        return replace(
            column,
            kind=Kind.CHOICE,
            choices=tuple(str(each.value) for each in declared.cls),
            choice_type=declared.cls,
        )
    if isinstance(declared, inspect.StrType):
        lowest = declared.min_length or 0
        needs = lowest > 0 or declared.pattern is not None
        return replace(
            column,
            optional=not needs,
            min_length=lowest,
            max_length=declared.max_length or column.max_length,
            pattern=declared.pattern,
        )
    msg = f"column {column.name}: no cell is defined for {type(declared).__name__}"
    raise TypeError(msg)

"""The independent reader: whose paper is this? It knows the printed PDF and the ward's records, and nothing in between.

It uses neither the composer nor the clerk: pdfium's plain text of each front, and the names of everybody who applied.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pypdfium2

_SPACES = re.compile(r"[\s　]+")
_SELECTORS = re.compile("[︀-️󠄀-󠇯]")
_SIDES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the fronts of one paper say."""

    sheets: int
    crossed: int
    """Fronts that do not carry the expected name, or carry another applicant's."""


def read_paper(pdf: Path, *, expected: str, everybody: Mapping[str, str]) -> Found:
    """Read every front of a two-sided paper. `everybody` maps addressee numbers to names; `expected` is one of them."""
    return judge(fronts_of(pdf), expected=expected, everybody=everybody)


def fronts_of(pdf: Path) -> tuple[str, ...]:
    """The plain text of every front."""
    with pypdfium2.PdfDocument(pdf) as document:
        texts = [document[number].get_textpage().get_text_range() for number in range(0, len(document), _SIDES)]
    return tuple(map(plain, texts))


def judge(fronts: tuple[str, ...], *, expected: str, everybody: Mapping[str, str]) -> Found:
    """Whose these fronts are, `expected` and `everybody` as in `read_paper`."""
    mine = plain(everybody[expected])
    others = {plain(name) for who, name in everybody.items() if who != expected}
    crossed = sum(1 for front in fronts if not _is_mine(front, mine=mine, others=others))
    return Found(sheets=len(fronts), crossed=crossed)


def plain(text: str) -> str:
    """Without spaces and variation selectors, which pdfium may set apart or drop."""
    return _SELECTORS.sub("", _SPACES.sub("", text))


def _is_mine(front: str, *, mine: str, others: set[str]) -> bool:
    # A name inside another's (田 in 田中) is not a stranger's name; only names that mine does not contain count.
    return mine in front and not any(other in front for other in others if other not in mine)

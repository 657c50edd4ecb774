"""Reading residents' names from a file and telling a clerk which of them no certificate can carry.

What is told holds personal data: it goes to the clerk's own terminal or file, and to no log.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final, TextIO

from madoguchi.certificate.names import Field, Finding, NameChecker, Reason, code_points, findings
from madoguchi.records import RESIDENTS
from madoguchi.records.directory import read_stream
from madoguchi.records.reader import Faults

_FIRST_COLUMN: Final = b"addressee_number"
_BOM: Final = b"\xef\xbb\xbf"
_WHY: Final = {
    Reason.MISSING: "正確に表示できない文字 / not drawn exactly",
    Reason.UNPRINTABLE: "印字できない文字 / unprintable",
    Reason.TOO_LONG: "枠に収まらない / does not fit",
}
HEADINGS: Final = ("行 line", "宛名番号 number", "項目 field", "理由 reason", "文字 characters")


class NotTextError(Exception):
    """A line that is not UTF-8."""


@dataclass(frozen=True, slots=True)
class Person:
    """One line of the file: its number from 1, the addressee number where the file has one, and the texts."""

    line: int
    number: str
    texts: tuple[tuple[Field, str], ...]


def people(data: bytes, wanted: Collection[Field]) -> Iterator[Person]:
    """`residents.csv`, told by its first column, or a plain text file with a name per line (empty lines are skipped).

    Raises `records.refused` (for faults, at the end of the file) or `NotTextError`.
    """
    return _residents(data, wanted) if is_records(data) else _lines(data, wanted)


def is_records(data: bytes) -> bool:
    """Whether this is, or is meant to be, a `residents.csv`."""
    return data.removeprefix(_BOM).startswith(_FIRST_COLUMN)


def _residents(data: bytes, wanted: Collection[Field]) -> Iterator[Person]:
    faults = Faults()
    for line, row in enumerate(read_stream(io.BytesIO(data), RESIDENTS, faults=faults), start=2):
        yield Person(line, row.addressee_number, tuple((each, getattr(row, each)) for each in wanted))
    faults.refuse()


def _lines(data: bytes, wanted: Collection[Field]) -> Iterator[Person]:
    for line, raw in enumerate(data.removeprefix(_BOM).splitlines(), start=1):
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            raise NotTextError(f"line {line} is not UTF-8") from None
        if text:
            yield Person(line, "", tuple((each, text) for each in wanted))


@dataclass(slots=True)
class Report:
    """Counts what was found, and writes each finding as one line of tab-separated columns."""

    out: TextIO
    checked: int = 0
    refused: int = 0
    characters: Counter[str] = field(default_factory=Counter)

    def take(self, people_of_file: Iterator[Person], checker: NameChecker) -> None:
        """Check everybody. Raises what reading raises; what was found before is written by then."""
        for person in people_of_file:
            self.checked += 1
            found = list(findings(checker, person.texts))
            if found:
                self._write(person, found)

    def _write(self, person: Person, found: list[Finding]) -> None:
        if not self.refused:
            self.out.write("\t".join(HEADINGS) + "\n")
        self.refused += 1
        for each in found:
            self.characters.update(set(each.characters))
            shown = ", ".join(_shown(character) for character in each.characters) or each.box
            columns = (str(person.line), person.number, each.field, _WHY[each.reason], shown)
            self.out.write("\t".join(columns) + "\n")

    def summarise(self) -> None:
        """Every character that was found, the most frequent first: what to ask a font's maker for."""
        if self.characters:
            self.out.write("\n文字 character\t件数 lines\n")
        for character, count in sorted(self.characters.items(), key=lambda item: (-item[1], item[0])):
            self.out.write(f"{_shown(character)}\t{count}\n")

    def total(self) -> str:
        """The counts alone: no personal data."""
        return f"{self.checked:,}件中{self.refused:,}件 / {self.refused:,} of {self.checked:,} cannot be printed"


def _shown(character: str) -> str:
    """`U+8FBB U+E0100 辻󠄀`; what a terminal could not show, or would obey, by its number alone."""
    return f"{code_points(character)} {character}" if character.isprintable() else code_points(character)

"""Checks across rows and files: nobody unknown, no row twice, instalments that add up to the tax.

The pieces of a file come in its order, however many workers read them, so what is found is the same for one and many.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import Any, cast

from madoguchi.errors import Problem
from madoguchi.records.facts import FIRST_YEAR, NO_TAX, YEARS, Facts
from madoguchi.records.files import INSTALMENTS, RESIDENTS, TAXES, RecordFile
from madoguchi.records.pieces import Lines
from madoguchi.records.problems import DUPLICATE, OTHER_YEAR, SCATTERED, TOTAL, UNKNOWN_PERSON, Fault

_Found = tuple[int, str, Problem]
"""Row, column, reason."""


class Across:
    """What was seen so far in one hand-over.

    In a package (`together`) the instalments of a person's year stand together, so that they can be sealed as one.
    `years` are the fiscal years that it covers; None allows all.
    """

    def __init__(self, *, together: bool = False, years: frozenset[int] | None = None) -> None:
        self._together = together
        self._years = years
        self._people: frozenset[Hashable] | None = None
        self._seen: set[Hashable] = set()
        self._tax_pieces: list[tuple[Facts, Lines]] = []
        self._due: dict[Hashable, int] = {}
        self._parts: list[Sequence[int]] = []
        self._all_parts: set[int] | None = None

    def take(self, file: RecordFile[Any], facts: Facts, lines: Lines) -> list[Fault]:
        """Learn what a piece says; the faults that it adds."""
        found = [(row, file.key[-1], DUPLICATE) for row in facts.doubles]
        found += self._strangers(facts)
        if file is INSTALMENTS:
            found += self._other_years(facts)
            found += self._scattered(facts)
        else:
            found += self._repeated(file, facts)
        if file is TAXES:
            found += self._other_years(facts)
            self._tax_pieces.append((facts, lines))
        return [
            Fault(file=file.name, line=lines.of(row), column=column, problem=problem)
            for row, column, problem in sorted(found, key=lambda each: each[0])
        ]

    def end_of(self, file: RecordFile[Any], *, faultless: bool) -> None:
        """A file is read. Whoever is not in a faultless `residents.csv` is unknown from now on.

        With faulty people every other row would look like one of a stranger: only what is certain is said.
        """
        if file is RESIDENTS and faultless:
            self._people = frozenset(self._seen)
        self._seen = set()

    def sums(self) -> Iterator[Fault]:
        """Where a year has instalments they add up to its tax: the two certificates must not disagree."""
        for facts, lines in self._tax_pieces:
            for row, (key, tax) in enumerate(zip(facts.keys, facts.amounts, strict=True)):
                due = self._due.get(key)
                if due is not None and tax not in (NO_TAX, due):
                    yield Fault(file=TAXES.name, line=lines.of(row), column="annual_tax", problem=TOTAL)

    def _strangers(self, facts: Facts) -> Iterator[_Found]:
        if self._people is not None and not self._people.issuperset(facts.people):
            for start, person in zip(facts.starts, facts.people, strict=True):
                if person not in self._people:
                    yield start, "addressee_number", UNKNOWN_PERSON

    def _other_years(self, facts: Facts) -> Iterator[_Found]:
        if self._years is not None and not facts.years <= self._years:
            for start, key in zip(facts.starts, cast("Sequence[int]", facts.keys), strict=True):
                if key % YEARS + FIRST_YEAR not in self._years:
                    yield start, "fiscal_year", OTHER_YEAR

    def _repeated(self, file: RecordFile[Any], facts: Facts) -> Iterator[_Found]:
        if not self._seen.isdisjoint(facts.keys):
            for start, key in zip(facts.starts, facts.keys, strict=True):
                if key in self._seen and start not in facts.doubles:
                    yield start, file.key[-1], DUPLICATE
        self._seen.update(facts.keys)

    def _scattered(self, facts: Facts) -> Iterator[_Found]:
        """Instalments of a year that was there before: only then are single instalments compared."""
        due = self._due
        if self._all_parts is None and due.keys().isdisjoint(facts.keys) and len(set(facts.keys)) == len(facts.keys):
            due.update(zip(facts.keys, facts.amounts, strict=True))
            self._parts.append(facts.parts)
            return
        if self._all_parts is None:
            self._all_parts = {part for parts in self._parts for part in parts}
        yield from ((row, INSTALMENTS.key[-1], DUPLICATE) for row in self._repeated_parts(facts))
        for start, key, amount in zip(facts.starts, facts.keys, facts.amounts, strict=True):
            if key in due and self._together:
                yield start, "fiscal_year", SCATTERED
            due[key] = due.get(key, 0) + amount

    def _repeated_parts(self, facts: Facts) -> list[int]:
        seen = self._all_parts if self._all_parts is not None else set()
        rows = [row for row, part in enumerate(facts.parts) if part in seen and row not in facts.doubles]
        seen.update(facts.parts)
        return rows

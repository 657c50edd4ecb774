"""Write a dummy ward's records directory: the cast first, then households until there are enough residents."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from madoguchi.dummy.cast import Entry, cast, give_cards
from madoguchi.dummy.instalments import instalments
from madoguchi.dummy.people import Household, Person
from madoguchi.dummy.population import random_household
from madoguchi.dummy.serials import usual_cards
from madoguchi.dummy.taxes import address_on, tax_records
from madoguchi.records import INSTALMENTS, RESIDENTS, SERIALS, TAXES, Resident
from madoguchi.records.files import RecordFile
from madoguchi.records.writer import RowWriter
from madoguchi.tax.assessment import FISCAL_YEARS

AS_OF = date(2026, 11, 23)
"""The day on which the dummy ward exports, unless told otherwise: fixed, so that a seed always gives the same bytes."""

LEAST_RESIDENTS = 60
"""The cast is in every ward and needs this many."""

CASES_FILE = "cases.json"
_FIRST_HOUSEHOLD = 5_000_000_001
Progress = Callable[[int], None]


@dataclass(slots=True, kw_only=True)
class _Register:
    """Gives out numbers in the order of registration."""

    people: int = 0
    households: int = 0

    def enrol(self, household: Household) -> None:
        household.number = f"{_FIRST_HOUSEHOLD + self.households:010d}"
        self.households += 1
        for person in household.members:
            self.people += 1
            person.number = f"{self.people:010d}"


class _Files:
    """The four open files of a records directory."""

    def __init__(self, directory: Path, stack: contextlib.ExitStack) -> None:
        def opened(file: RecordFile[Any]) -> RowWriter[Any]:
            out = stack.enter_context((directory / file.name).open("w", encoding="utf-8", newline=""))
            return RowWriter(out, file)

        self.residents, self.taxes = opened(RESIDENTS), opened(TAXES)
        self.instalments, self.serials = opened(INSTALMENTS), opened(SERIALS)

    def write(self, household: Household, *, as_of: date) -> None:
        """Write one household with all that belongs to it."""
        people = household.members
        self.residents.write(_resident(household, each, as_of) for each in people)
        self.serials.write(serial for each in people for serial in each.serials)
        for year in FISCAL_YEARS:
            records = list(tax_records(household, year))
            self.taxes.write(record for _, record in records)
            for person, record in records:
                self.instalments.write(instalments(person, record, as_of=as_of))


def write_ward(
    directory: Path, *, residents: int, seed: int, as_of: date = AS_OF, progress: Progress | None = None
) -> dict[str, str]:
    """Write the four CSV files and `cases.json` into an existing directory; gives case → 宛名番号.

    Exactly `residents` people (at least `LEAST_RESIDENTS`); the same arguments give the same bytes.
    """
    if residents < LEAST_RESIDENTS:
        msg = f"a dummy ward has at least {LEAST_RESIDENTS} residents"
        raise ValueError(msg)
    rng, register = Random(seed), _Register()  # noqa: S311 - invented people, no secret
    entries = list(cast(as_of=as_of))
    for entry in entries:
        register.enrol(entry.household)
    give_cards(rng, entries, as_of=as_of)
    with contextlib.ExitStack() as stack:
        files = _Files(directory, stack)
        for entry in entries:
            files.write(entry.household, as_of=as_of)
        for household in _crowd(rng, register, residents, as_of):
            files.write(household, as_of=as_of)
            if progress is not None:
                progress(register.people)
    cases = _cases(entries)
    (directory / CASES_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(cases)) + b"\n")
    return cases


def _crowd(rng: Random, register: _Register, residents: int, as_of: date) -> Iterator[Household]:
    """Random households until the register holds exactly `residents`; the last one is cut to what still fits."""
    while register.people < residents:
        household = random_household(rng, as_of=as_of)
        _fit(household, residents - register.people)
        register.enrol(household)
        for person in household.members:
            person.serials = usual_cards(rng, person, as_of=as_of)
        yield household


def _fit(household: Household, places: int) -> None:
    if len(household.members) > places:
        household.parents, household.children = [], household.children[: max(0, places - 2)]
        if places == 1:
            household.spouse = None


def _resident(household: Household, person: Person, as_of: date) -> Resident:
    return Resident(
        addressee_number=person.number,
        name=person.name,
        name_kana=person.kana,
        alias=person.alias,
        birth_date=person.birth,
        sex=person.sex,
        address=address_on(household, person, as_of),
        foreign=person.foreign,
        household_number=household.number,
        suppression=person.suppression,
        removal=person.removal,
        removal_date=person.removal_date,
    )


def _cases(entries: list[Entry]) -> dict[str, str]:
    return {case: person.number for entry in entries for case, person in entry.cases.items()}

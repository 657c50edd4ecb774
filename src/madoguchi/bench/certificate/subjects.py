"""Whose certificates are composed: generated residents of a dummy ward, every year, both kinds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from typing import Final

from madoguchi.certificate.facts import Facts, Heading
from madoguchi.certificate.kinds import PAYMENT, TAXATION
from madoguchi.certificate.payment import payment_facts
from madoguchi.certificate.taxation import taxation_facts
from madoguchi.dummy import write_ward
from madoguchi.records import Instalment, RecordSet, Resident, TaxRecord, TaxStatus

_CERTIFIABLE: Final = (TaxStatus.DECLARED, TaxStatus.DEPENDANT_UNDECLARED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One record that a certificate can be made from."""

    kind: str
    resident: Resident = field(repr=False)
    tax: TaxRecord = field(repr=False)
    instalments: tuple[Instalment, ...] = field(repr=False)
    certificate_number: str

    def facts(self, heading: Heading) -> Facts:
        """What is printed. Raises what the kind's builder raises."""
        if self.kind == PAYMENT.code:
            return payment_facts(self.resident, self.tax, self.instalments, heading, as_of=heading.issued_on)
        return taxation_facts(self.resident, self.tax, heading)


def ward_records(directory: Path, *, residents: int, seed: int, as_of: date) -> RecordSet:
    """A dummy ward, written and read as a ward's export is."""
    write_ward(directory, residents=residents, seed=seed, as_of=as_of)
    return RecordSet.read(directory)


def subjects(records: RecordSet, *, seed: int) -> Iterator[Subject]:
    """Every record that could be certified, in an order where as many people as possible come before one comes again.

    Whether the ward may give it to the person is the issuer's question and not asked here.
    """
    rng = Random(seed)  # noqa: S311 - an order, no secret
    terms: dict[tuple[str, int], list[Instalment]] = defaultdict(list)
    for row in records.instalments:
        terms[row.addressee_number, row.fiscal_year].append(row)
    people = {each.addressee_number: each for each in records.residents}
    own: dict[str, list[Subject]] = defaultdict(list)
    for tax in records.taxes:
        person = people[tax.addressee_number]
        due = tuple(terms[tax.addressee_number, tax.fiscal_year])
        own[tax.addressee_number] += _of_year(person, tax, due, rng)
    heaps = list(own.values())
    rng.shuffle(heaps)
    for heap in heaps:
        rng.shuffle(heap)
    while heaps:
        yield from (heap.pop() for heap in heaps if heap)
        heaps = [heap for heap in heaps if heap]


def _of_year(person: Resident, tax: TaxRecord, due: tuple[Instalment, ...], rng: Random) -> Iterator[Subject]:
    if not tax.levied_here or tax.status not in _CERTIFIABLE:
        return
    kinds = [TAXATION.code]
    if due and tax.status is TaxStatus.DECLARED and not tax.non_taxable:
        kinds.append(PAYMENT.code)
    for kind in kinds:
        number = f"R8-{rng.randrange(10**10):010d}"
        yield Subject(kind=kind, resident=person, tax=tax, instalments=due, certificate_number=number)

"""What a clerk of the tax section does to one person, each act in one transaction with what must go out at once.

A stop (suppression, removal, 更正中) goes out as a signed notice, which the issuing servers put in force before
anything else. Every other change goes out as a delta of that one person, made in the same transaction once there was
a first snapshot. Doing the same again changes nothing where the act has one outcome (moving out, a receipt).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from msgspec.structs import replace

from madoguchi.records import Collection, Instalment, Removal, Resident, TaxRecord, TaxStatus
from madoguchi.runtime.clock import JST
from madoguchi.runtime.database import Connection
from madoguchi.statement import Signer
from madoguchi.tax import ledger, outbox
from madoguchi.tax.assessment.reassess import reassess
from madoguchi.tax.outbox import Stop
from madoguchi.tax.problems import NO_SUCH_INSTALMENT, NOT_ASSESSED
from madoguchi.tax.terms import adjusted, paid, refunded

_CORRECTABLE = frozenset({TaxStatus.DECLARED, TaxStatus.UNDER_CORRECTION})


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """Which instalment."""

    addressee_number: str
    fiscal_year: int
    collection: Collection
    instalment: int

    def names(self, row: Instalment) -> bool:
        """Whether it is this one of the person's year."""
        return (row.collection, row.instalment) == (self.collection, self.instalment)


class Desk:
    """One clerk's act, in the caller's transaction."""

    def __init__(self, connection: Connection, *, signer: Signer, ward: str, at: datetime) -> None:
        self._connection = connection
        self._signer = signer
        self._ward = ward
        self._at = at

    async def suppress(self, addressee_number: str, *, suppressed: bool) -> None:
        """発行抑止 (支援措置), or its end."""
        await ledger.suppress(self._connection, addressee_number, suppressed=suppressed)
        await self._stop(addressee_number, "suppression", stopped=suppressed)

    async def remove(self, addressee_number: str, removal: Removal, *, on: date, address: str | None = None) -> bool:
        """転出, 死亡 or 職権消除, from a day on; whether that was news."""
        person = await ledger.person(self._connection, addressee_number)
        gone = replace(person, removal=removal, removal_date=on, address=address or person.address)
        return await self._write_person(person, gone, stopped=True)

    async def take_back(self, addressee_number: str) -> bool:
        """The person is in the register again (転入, or the removal was an error); whether that was news."""
        person = await ledger.person(self._connection, addressee_number)
        return await self._write_person(person, replace(person, removal=None, removal_date=None), stopped=False)

    async def _write_person(self, before: Resident, after: Resident, *, stopped: bool) -> bool:
        if after == before:
            return False
        await ledger.put_person(self._connection, after)
        await self._stop(after.addressee_number, "removal", stopped=stopped)
        await self._send()
        return True

    async def correct(self, addressee_number: str, fiscal_year: int, *, ended: bool) -> bool:
        """更正中 from now on, or its end; whether that was news. The stop ends with the last such year."""
        person = await ledger.person(self._connection, addressee_number)
        record = await self._assessed(addressee_number, fiscal_year)
        status = TaxStatus.DECLARED if ended else TaxStatus.UNDER_CORRECTION
        if record.status is status:
            return False
        await ledger.put_tax(self._connection, replace(record, status=status))
        await ledger.put_person(self._connection, person)
        records = await ledger.taxes_of(self._connection, addressee_number)
        still = any(each.status is TaxStatus.UNDER_CORRECTION for each in records)
        if still is not ended:
            await self._stop(addressee_number, "correction", stopped=still)
        await self._send()
        return True

    async def amend(
        self, addressee_number: str, fiscal_year: int, changes: Mapping[str, int | None], *, remarks: str | None = None
    ) -> TaxRecord:
        """更正 of a year's items: tax and instalments follow. Raises `tax.not_amendable` or `tax.not_traceable`."""
        person = await ledger.person(self._connection, addressee_number)
        record = await self._assessed(addressee_number, fiscal_year)
        made = reassess(record, person, changes) if changes else record
        made = made if remarks is None else replace(made, remarks=remarks)
        if made == record:
            return made
        terms = await ledger.terms_of(self._connection, addressee_number, fiscal_year)
        await ledger.put_tax(self._connection, made)
        if made.annual_tax != record.annual_tax:
            today = self._at.astimezone(JST).date()
            await ledger.put_terms(self._connection, made, adjusted(terms, made, today=today))
        await ledger.put_person(self._connection, person)
        await self._send()
        return made

    async def pay(self, term: Term, amount: int, *, on: date, receipt: str | None = None) -> bool:
        """Post a payment; whether it was news: a receipt is posted once."""
        found = await self._terms(term)
        posting = f"{term.fiscal_year} {term.collection} {term.instalment}: {amount} {on}"
        if receipt is not None and not await ledger.receipt_is_new(
            self._connection, receipt, addressee_number=term.addressee_number, posting=posting
        ):
            return False
        await self._write_term(term, found, paid(_the(found, term), amount, on=on))
        return True

    async def refund(self, term: Term, amount: int) -> None:
        """Give back so much of an overpayment. Raises `tax.not_overpaid`."""
        found = await self._terms(term)
        await self._write_term(term, found, refunded(_the(found, term), amount))

    async def _terms(self, term: Term) -> tuple[Instalment, ...]:
        await ledger.person(self._connection, term.addressee_number)
        await ledger.tax(self._connection, term.addressee_number, term.fiscal_year)
        return await ledger.terms_of(self._connection, term.addressee_number, term.fiscal_year)

    async def _write_term(self, term: Term, found: tuple[Instalment, ...], made: Instalment) -> None:
        record = await ledger.tax(self._connection, term.addressee_number, term.fiscal_year)
        rows = [
            made if (each.collection, each.instalment) == (term.collection, term.instalment) else each for each in found
        ]
        await ledger.put_terms(self._connection, record, rows)
        await ledger.put_person(self._connection, await ledger.person(self._connection, term.addressee_number))
        await self._send()

    async def _assessed(self, addressee_number: str, fiscal_year: int) -> TaxRecord:
        record = await ledger.tax(self._connection, addressee_number, fiscal_year)
        if record.status not in _CORRECTABLE or not record.levied_here:
            raise NOT_ASSESSED.error()
        return record

    async def _stop(self, addressee_number: str, stop: Stop, *, stopped: bool) -> None:
        await outbox.make_stop(
            self._connection,
            addressee_number,
            stop=stop,
            stopped=stopped,
            signer=self._signer,
            ward=self._ward,
            at=self._at,
        )

    async def _send(self) -> None:
        """The delta of this person, with this transaction. Before the first snapshot there is nothing to add to."""
        if await outbox.has_packages(self._connection):
            await outbox.make_package(self._connection, signer=self._signer, ward=self._ward, at=self._at)


def _the(terms: tuple[Instalment, ...], term: Term) -> Instalment:
    for each in terms:
        if term.names(each):
            return each
    raise NO_SUCH_INSTALMENT.error()

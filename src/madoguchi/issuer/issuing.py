"""From an issue request to a signed paper, or to a signed refusal that costs nobody anything.

 1. The request is the center's (role `forward`), and of this minute.
 2. The card proof holds, verified here with our own pinned CAs: who applied is nobody's word.
 3. The proof is of this transaction, for this ward.
 4. The transaction is claimed in a unique row, and `held` is recorded; both are committed before any plaintext exists.
 5. The rules are judged; an unknown card is asked about on the spot.
 6. The certificate is composed, off the event loop, under fresh random numbers.
 7. The clerk reads the finished file against the record, and gives a one-time release.
 8. One database transaction holds off every change of received data, judges the rules again on what it reads, compares
    the record's version with the clerk's, redeems the release, and writes state, papers and evidence. *Its commit is
    the moment of issue*: a stop committed before it prevents the paper.
 9. The statement is signed, from the redeemed release alone, and its digest recorded.
10. The answer goes out; after its last byte the plaintext is gone, and `erased` is recorded (`issuer.afterwards`).

The record moved between 5 and 8: once more from 5, then a refusal. Whatever else happens is a refusal. All refusals
are answered on a multiple of one floor, so that their duration tells nothing about the person.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from madoguchi import custody
from madoguchi.cardproof.proof import ProvenApplication, verify_card_proof
from madoguchi.errors import MadoguchiError
from madoguchi.evidence.log import Plain
from madoguchi.issuer import issuances
from madoguchi.issuer.afterwards import Task
from madoguchi.issuer.case import Asked, Case, Pair
from madoguchi.issuer.clerk import RecordMoved, Redeemed, Release, Wanted
from madoguchi.issuer.composing import Composed, Order
from madoguchi.issuer.issuances import Claim
from madoguchi.issuer.kept import note
from madoguchi.issuer.parts import Parts, Taken
from madoguchi.issuer.problems import ALARM, MOVED, OTHER_APPLICATION, REQUEST_TIME, UNKNOWN_SERIAL
from madoguchi.issuer.refusing import Refuser
from madoguchi.issuer.rules import composer_refusal, judge
from madoguchi.issuer.statement import sign_issuance
from madoguchi.issuer.trusted import Believed
from madoguchi.runtime import metrics
from madoguchi.runtime.database import Connection, transaction
from madoguchi.runtime.steps import measured
from madoguchi.statement import verify
from madoguchi.statement.kinds import ISSUE_REQUEST
from madoguchi.wire.identifiers import CENTER_CODE, RawStatement, sha256
from madoguchi.wire.transaction import IssueAnswer, Issued, IssueRequest

ATTEMPTS: Final = 2
"""Compose, and once more when the record moved."""
MAX_REQUEST_AGE: Final = timedelta(seconds=60)
STEP: Final = 5
"""The number of this step in the architecture's list: 作成と発行."""

Later = Callable[[Task], None]


class Issuing:
    """Answers issue requests. Two issuers on one database are the normal case: nothing is true in memory."""

    def __init__(self, parts: Parts) -> None:
        self._p = parts
        self._refuser = Refuser(parts)

    async def issue(self, raw: bytes, *, later: Later) -> IssueAnswer:
        """Answer one request. `later` takes what is to be done once the answer has been sent.

        Raises only for what cannot be answered with a signature: a request that is not the center's (`statement.*`).
        """
        began = self._p.clock.monotonic()
        now = self._p.clock.now()
        believed = self._p.trust.current()
        request = verify(raw, ISSUE_REQUEST, keys=believed.keys, code=CENTER_CODE, at=now).body  # 1
        taken = self._taken(request, now)
        try:
            return await self._issue(taken, believed, later)
        except Exception as error:  # any failure is a signed refusal
            return await self._refuser.refuse(taken, error, began=began)

    def _taken(self, request: IssueRequest, now: datetime) -> Taken:
        claim = Claim(
            transaction=request.transaction,
            application_digest=sha256(request.proof.application),
            replica=self._p.config.name,
            process=self._p.process,
            at=now,
        )
        return Taken(request, claim)

    async def _issue(self, taken: Taken, believed: Believed, later: Later) -> Issued:
        with measured("card proof verified by the ward", number=STEP, transaction=taken.claim.transaction):
            proven = self._prove(taken, believed)
        with measured("claimed, held", number=STEP, transaction=taken.claim.transaction):
            await self._claim(taken, proven)
        asked = Asked.of(proven.transcript)
        for _ in range(ATTEMPTS):
            try:
                return await self._attempt(taken, believed, proven, asked, later)
            except RecordMoved:
                continue
        raise MOVED.error(f"{ATTEMPTS} attempts")

    def _prove(self, taken: Taken, believed: Believed) -> ProvenApplication:
        """Steps 1 (the minute), 2 and 3."""
        at, now = datetime.fromtimestamp(taken.request.at, UTC), taken.claim.at
        if abs(now - at) > MAX_REQUEST_AGE:
            raise REQUEST_TIME.error(f"{(now - at).total_seconds():.0f} s")
        proven = verify_card_proof(
            taken.request.proof,
            keys=believed.keys,
            pinned=believed.pinned,
            ward=self._p.config.ward.code,
            at=now,
        )
        if proven.transcript.transaction != taken.request.transaction:
            raise OTHER_APPLICATION.error("transaction")
        return proven

    async def _claim(self, taken: Taken, proven: ProvenApplication) -> None:
        """Step 4. The composer has not been called: no plaintext exists before this commit."""
        async with transaction(self._p.pool) as connection:
            await issuances.claim(connection, taken.claim, transcript=proven.transcript)
            await custody.hold(connection, taken.claim.transaction, holder=self._p.config.name, process=self._p.process)
        taken.claimed = True

    async def _attempt(
        self,
        taken: Taken,
        believed: Believed,
        proven: ProvenApplication,
        asked: Asked,
        later: Later,
    ) -> Issued:
        """Steps 5 to 10, once."""
        name = taken.claim.transaction
        pair = Pair(ca_key_digest=proven.holder.ca_key_digest, serial=proven.holder.serial)
        with measured("rules", number=STEP, transaction=name):
            case = await self._judged(taken, pair, asked)  # 5
        order = Order.of(case)
        with measured("composed", number=STEP, transaction=name):
            composed = await self._compose(order)  # 6
        with measured("read by the clerk", number=STEP, transaction=name):
            release = await self._p.clerk.read(  # 7
                composed.pdf,
                pair=pair,
                transaction=name,
                wanted=_wanted(order, composed, secret=proven.secret),
                keys=believed.keys,
            )
        with measured("moment of issue", number=STEP, transaction=name):
            redeemed, case = await self._commit(taken, order, pair, composed, release)  # 8
        with measured("signed", number=STEP, transaction=name):
            issuance = await self._state(taken, redeemed, proven, case)  # 9
        later(lambda: self._erased(name))  # 10
        metrics.count_issued(order.asked.kind)
        return Issued(
            pdf=composed.pdf,
            page_description=composed.page_description,
            front_codes=composed.front_codes,
            issuance=issuance,
        )

    async def _judged(self, taken: Taken, pair: Pair, asked: Asked) -> Case:
        self._p.require()
        if self._refuser.alarm_unrecorded:
            raise ALARM.error("an alarm of this process could not be recorded yet")
        case = await self._read(pair, asked)
        try:
            judge(case)
        except MadoguchiError as refused:
            self._name(taken, case)
            if refused.code != UNKNOWN_SERIAL.code:
                raise
            await self._p.registry.ask(pair)
            case = await self._read(pair, asked)
            self._name(taken, case)
            judge(case)
        self._name(taken, case)
        return case

    async def _read(self, pair: Pair, asked: Asked) -> Case:
        async with transaction(self._p.pool) as connection:
            return await self._p.cases.read(connection, pair=pair, asked=asked, now=self._p.clock.now())

    def _name(self, taken: Taken, case: Case) -> None:
        if case.person is not None:
            taken.pseudonym = self._p.pseudonyms.of(case.person.addressee_number, at=case.now)

    async def _compose(self, order: Order) -> Composed:
        try:
            return await asyncio.to_thread(self._p.composer.compose, order)
        except MadoguchiError as refused:
            raise composer_refusal(refused) from None

    async def _commit(
        self, taken: Taken, order: Order, pair: Pair, composed: Composed, release: Release
    ) -> tuple[Redeemed, Case]:
        """Step 8. Any exception rolls everything back: no evidence, no issue. The case is that moment's."""
        async with transaction(self._p.pool) as connection:
            now = self._p.clock.now()
            case = await self._p.cases.read(connection, pair=pair, asked=order.asked, now=now)
            self._p.require()
            judge(case)
            whose = case.someone
            if (whose.addressee_number, whose.version) != (release.addressee_number, release.version):
                raise RecordMoved
            if case.today != order.day:
                raise RecordMoved
            redeemed = release.redeem(transaction=taken.claim.transaction, pdf=composed.pdf)
            await issuances.issued(connection, taken.claim, redeemed.reading, at=now)
            await self._note_issued(connection, taken, redeemed, at=now)
        return redeemed, case

    async def _note_issued(self, connection: Connection, taken: Taken, redeemed: Redeemed, *, at: datetime) -> None:
        reading = redeemed.reading
        period, person = self._p.pseudonyms.of(reading.addressee_number, at=at)
        papers = b"".join(sheet.paper_number for sheet in reading.sheets)
        body: dict[str, Plain] = {
            "transaction": reading.transaction,
            "application": taken.claim.application_digest,
            "period": period,
            "person": person,
            "kind": reading.kind,
            "fiscal_year": reading.fiscal_year,
            "copies": reading.copies,
            "sheets": len(reading.sheets),
            "certificate_number": reading.certificate_number,
            "papers": sha256(papers),
            "pdf": reading.pdf_digest,
            "record": reading.record_version,
            "layout": reading.layout,
        }
        await note(connection, "certificate.issued", body, at=at)

    async def _state(self, taken: Taken, redeemed: Redeemed, proven: ProvenApplication, case: Case) -> RawStatement:
        """Step 9. The digest is recorded before the statement leaves: the outcome will name it."""
        issuance = sign_issuance(
            redeemed, signer=self._p.signer, proven=proven, menu_revision=case.menu.revision, at=case.now
        )
        async with transaction(self._p.pool) as connection:
            await issuances.stated(connection, taken.claim, issuance_digest=sha256(issuance))
        return issuance

    async def _erased(self, name: bytes) -> None:
        try:
            await self._erase(name)
        except MadoguchiError:
            self._p.loose_ends.add("erase", name, lambda: self._erase(name))
            raise

    async def _erase(self, name: bytes) -> None:
        async with transaction(self._p.pool) as connection:
            await custody.erase(connection, name, holder=self._p.config.name, how="wiped")


def _wanted(order: Order, composed: Composed, *, secret: bytes) -> Wanted:
    return Wanted(
        kind=order.asked.kind,
        fiscal_year=order.asked.fiscal_year,
        copies=order.asked.copies,
        certificate_number=order.certificate_number,
        paper_numbers=tuple(order.numbers.drawn),
        composed_from=order.person.version,
        page_description=composed.page_description,
        at=order.at,
        secret=secret,
    )

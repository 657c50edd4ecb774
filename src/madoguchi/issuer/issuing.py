"""From an issue request to a signed paper, or to a signed refusal that costs nobody anything.

 1. The request is the center's (role `forward`), and of this minute.
 2. The card proof holds, verified here with our own pinned CAs: who applied is nobody's word.
 3. The proof is of this transaction, for this ward.
 4. The transaction is claimed in a unique row, and `held` is recorded; both are committed before any plaintext exists.
 5. The rules are judged; an unknown card is asked about on the spot.
 6. The certificate is composed, off the event loop, under fresh random numbers.
 7. The clerk reads the finished file against the record, and gives a one-time release.
 8. One database transaction locks the rows of card and person, judges the rules again on what it then reads, compares
    the record's version with the clerk's, redeems the release, and writes state, papers and evidence. *Its commit is
    the moment of issue*: a stop committed before it prevents the paper.
 9. The statement is signed, from the redeemed release alone, and its digest recorded.
10. The answer goes out; after its last byte the plaintext is gone, and `erased` is recorded (`issuer.afterwards`).

The record moved between 5 and 8: once more from 5, then a refusal. Whatever else happens is a refusal. All refusals
are answered on a multiple of one floor, so that their duration tells nothing about the person.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from madoguchi import custody
from madoguchi.cardproof.proof import ProvenApplication, verify_card_proof
from madoguchi.errors import MadoguchiError
from madoguchi.evidence.log import Plain
from madoguchi.issuer import issuances
from madoguchi.issuer.afterwards import Task
from madoguchi.issuer.case import Asked, Case, Pair
from madoguchi.issuer.clerk import Clerk, ClerkStopped, RecordMoved, Redeemed, Release, Wanted
from madoguchi.issuer.composing import Composed, MakesCertificates, Order, PaperNumbers
from madoguchi.issuer.config import IssuerConfig
from madoguchi.issuer.issuances import Claim
from madoguchi.issuer.kept import note
from madoguchi.issuer.problems import (
    ALARM,
    CLAIMED_ALREADY,
    FAILED,
    MOVED,
    OTHER_APPLICATION,
    REQUEST_TIME,
    UNKNOWN_SERIAL,
)
from madoguchi.issuer.reading_cases import CaseReader
from madoguchi.issuer.registry import Registry
from madoguchi.issuer.rules import composer_refusal, judge
from madoguchi.issuer.secrets_at_rest import Pseudonyms
from madoguchi.issuer.statement import sign_issuance, sign_refusal
from madoguchi.issuer.stopping import clerk_stopped
from madoguchi.issuer.trusted import Believed, TrustSource
from madoguchi.runtime import log
from madoguchi.runtime.clock import Clock
from madoguchi.runtime.database import Connection, Pool, transaction
from madoguchi.runtime.steps import measured
from madoguchi.statement import Signer, verify
from madoguchi.statement.kinds import ISSUE_REQUEST
from madoguchi.wire.identifiers import CENTER_CODE, sha256
from madoguchi.wire.transaction import IssueAnswer, Issued, IssueRequest, Refused

ATTEMPTS: Final = 2
"""Compose, and once more when the record moved."""
MAX_REQUEST_AGE: Final = timedelta(seconds=60)

ISSUED = log.event("issuer.issued", "transaction", "milliseconds")
REFUSED = log.event("issuer.refused", "transaction", "code")
UNEXPECTED = log.event("issuer.unexpected", "transaction", "kind", "place")
NOT_RECORDED = log.event("issuer.refusal_not_recorded", "transaction", "kind", "place")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What issuing is made of; the composer is a part like any other."""

    pool: Pool
    config: IssuerConfig
    trust: TrustSource
    registry: Registry
    cases: CaseReader
    composer: MakesCertificates
    clerk: Clerk
    signer: Signer
    pseudonyms: Pseudonyms
    clock: Clock
    process: bytes
    """16 random octets of this run of the program, under its process lock."""


class _Taken:
    """One application on its way, as this process holds it."""

    def __init__(self, request: IssueRequest, claim: Claim) -> None:
        self.request = request
        self.claim = claim
        self.claimed = False
        self.held = False
        self.pseudonym: tuple[str, bytes] | None = None


class Issuing:
    """Answers issue requests. Two issuers on one database are the normal case: nothing is true in memory."""

    def __init__(self, parts: Parts) -> None:
        self._p = parts
        self._alarm_unrecorded = False

    async def issue(self, raw: bytes, *, later: Callable[[Task], None]) -> IssueAnswer:
        """Answer one request. `later` takes what is to be done once the answer has been sent.

        Raises only for what cannot be answered with a signature: a request that is not the center's (`statement.*`).
        """
        began = self._p.clock.monotonic()
        now = self._p.clock.now()
        believed = self._p.trust.current()
        request = verify(raw, ISSUE_REQUEST, keys=believed.keys, code=CENTER_CODE, at=now).body  # 1
        taken = self._taken(request, now)
        try:
            answer = await self._issue(taken, believed, later)
        except Exception as error:
            return await self._refuse(taken, error, began=began)
        spent = round(1000 * (self._p.clock.monotonic() - began))
        log.get_log().info(ISSUED, transaction=request.transaction.hex(), milliseconds=spent)
        return answer

    def _taken(self, request: IssueRequest, now: datetime) -> _Taken:
        claim = Claim(
            transaction=request.transaction,
            application_digest=sha256(request.proof.application),
            replica=self._p.config.name,
            process=self._p.process,
            at=now,
        )
        return _Taken(request, claim)

    async def _issue(self, taken: _Taken, believed: Believed, later: Callable[[Task], None]) -> Issued:
        number = taken.request.transaction
        with measured("card proof verified by the ward", number=5, transaction=number):
            proven = self._prove(taken, believed)
        asked = Asked.of(proven.transcript)
        with measured("claimed, held", number=5, transaction=number):
            await self._claim(taken, proven)
        for _ in range(ATTEMPTS):
            try:
                return await self._attempt(taken, believed, proven, asked, later)
            except RecordMoved:
                continue
        raise MOVED.error(f"{ATTEMPTS} attempts")

    def _prove(self, taken: _Taken, believed: Believed) -> ProvenApplication:
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

    async def _claim(self, taken: _Taken, proven: ProvenApplication) -> None:
        """Step 4. The composer has not been called: no plaintext exists before this commit."""
        async with transaction(self._p.pool) as connection:
            await issuances.claim(connection, taken.claim, transcript=proven.transcript)
            await custody.hold(connection, taken.claim.transaction, holder=self._p.config.name, process=self._p.process)
        taken.claimed = taken.held = True

    async def _attempt(
        self,
        taken: _Taken,
        believed: Believed,
        proven: ProvenApplication,
        asked: Asked,
        later: Callable[[Task], None],
    ) -> Issued:
        """Steps 5 to 10, once."""
        pair = Pair(ca_key_digest=proven.holder.ca_key_digest, serial=proven.holder.serial)
        number = taken.claim.transaction
        with measured("rules", number=5, transaction=number):
            case = await self._judged(taken, pair, asked)  # 5
        order = Order(
            person=case.someone,
            record=case.levied,
            instalments=case.instalments,
            asked=asked,
            certificate_number=issuances.new_certificate_number(),
            numbers=PaperNumbers(),
            at=case.now,
        )
        with measured("composed", number=5, transaction=number):
            composed = await self._compose(order)  # 6
        wanted = Wanted(
            kind=asked.kind,
            fiscal_year=asked.fiscal_year,
            copies=asked.copies,
            certificate_number=order.certificate_number,
            paper_numbers=tuple(order.numbers.drawn),
            composed_from=order.person.version,
            page_description=composed.page_description,
            at=order.at,
            secret=proven.secret,
        )
        with measured("read by the clerk", number=5, transaction=number):
            release = await self._p.clerk.read(  # 7
                composed.pdf, pair=pair, transaction=number, wanted=wanted, keys=believed.keys
            )
        with measured("moment of issue", number=5, transaction=number):
            redeemed, at = await self._commit(taken, order, pair, composed, release)  # 8
        issuance = sign_issuance(  # 9
            redeemed,
            signer=self._p.signer,
            proven=proven,
            menu_revision=self._p.config.menu.revision,
            at=at,
        )
        async with transaction(self._p.pool) as connection:
            await issuances.stated(connection, taken.claim, issuance_digest=sha256(issuance))
        later(lambda: self._erase(taken.claim.transaction))  # 10
        return Issued(pdf=composed.pdf, page_description=composed.page_description, issuance=issuance)

    async def _judged(self, taken: _Taken, pair: Pair, asked: Asked) -> Case:
        if self._alarm_unrecorded:
            raise ALARM.error("an alarm of this process could not be recorded; restart after the inquiry")
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
            return await self._p.cases.read(connection, pair=pair, asked=asked, now=self._p.clock.now(), lock=False)

    def _name(self, taken: _Taken, case: Case) -> None:
        if case.person is not None:
            taken.pseudonym = self._p.pseudonyms.of(case.person.addressee_number, at=case.now)

    async def _compose(self, order: Order) -> Composed:
        try:
            return await asyncio.to_thread(self._p.composer.compose, order)
        except MadoguchiError as refused:
            raise composer_refusal(refused) from None

    async def _commit(
        self, taken: _Taken, order: Order, pair: Pair, composed: Composed, release: Release
    ) -> tuple[Redeemed, datetime]:
        """Step 8. Any exception rolls everything back: no evidence, no issue."""
        async with transaction(self._p.pool) as connection:
            now = self._p.clock.now()
            case = await self._p.cases.read(connection, pair=pair, asked=order.asked, now=now, lock=True)
            judge(case)
            whose = case.someone
            if (whose.addressee_number, whose.version) != (release.addressee_number, release.version):
                raise RecordMoved
            if case.today != order.day:
                raise RecordMoved
            redeemed = release.redeem(transaction=taken.claim.transaction, pdf=composed.pdf)
            await issuances.issued(connection, taken.claim, redeemed.reading, at=now)
            await self._note_issued(connection, taken, redeemed, at=now)
        return redeemed, now

    async def _note_issued(self, connection: Connection, taken: _Taken, redeemed: Redeemed, *, at: datetime) -> None:
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

    async def _erase(self, name: bytes) -> None:
        async with transaction(self._p.pool) as connection:
            await custody.erase(connection, name, holder=self._p.config.name, how="wiped")

    async def _refuse(self, taken: _Taken, error: Exception, *, began: float) -> Refused:
        """Record and sign a refusal; answered on the next multiple of the floor."""
        name = taken.claim.transaction.hex()
        if not isinstance(error, MadoguchiError):
            log.get_log().error(UNEXPECTED, transaction=name, kind=type(error).__name__, place=log.place_of(error))
        refused = error if isinstance(error, MadoguchiError) else FAILED.error(type(error).__name__)
        _forget(error)
        log.get_log().info(REFUSED, transaction=name, code=refused.code)
        try:
            await self._record_refusal(taken, refused)
        except Exception as failure:
            self._alarm_unrecorded |= isinstance(refused, ClerkStopped)
            log.get_log().error(
                NOT_RECORDED, transaction=name, kind=type(failure).__name__, place=log.place_of(failure)
            )
        statement = sign_refusal(
            refused.problem.public_reason,
            signer=self._p.signer,
            ward=self._p.config.ward,
            answers=taken.claim.application_digest,
            transaction=taken.claim.transaction,
            at=self._p.clock.now(),
        )
        await self._wait_for_floor(began)
        return Refused(refusal=statement)

    async def _record_refusal(self, taken: _Taken, refused: MadoguchiError) -> None:
        if refused.code == CLAIMED_ALREADY.code:
            return
        at = self._p.clock.now()
        if isinstance(refused, ClerkStopped):
            async with transaction(self._p.pool) as connection:
                await clerk_stopped(
                    connection,
                    refused,
                    transaction=taken.claim.transaction,
                    settings=self._p.config.clerk,
                    at=at,
                )
        async with transaction(self._p.pool) as connection:
            if not taken.claimed:
                await issuances.claim(connection, taken.claim, transcript=None)
            state = "failed" if refused.code == FAILED.code else "refused"
            await issuances.ended(connection, taken.claim, state=state, code=refused.code)
            if taken.held:
                await custody.erase(connection, taken.claim.transaction, holder=self._p.config.name, how="wiped")
        # Apart, so that a log that cannot be written does not leave the receipt open: the plaintext is gone.
        async with transaction(self._p.pool) as connection:
            body: dict[str, Plain] = {"transaction": taken.claim.transaction, "code": refused.code}
            if taken.pseudonym is not None:
                body["period"], body["person"] = taken.pseudonym
            await note(connection, "certificate.refused", body, at=at)

    async def _wait_for_floor(self, began: float) -> None:
        floor = self._p.config.refusal_floor_milliseconds / 1000
        if not floor:
            return
        elapsed = self._p.clock.monotonic() - began
        await asyncio.sleep(max(1, math.ceil(elapsed / floor)) * floor - elapsed)


def _forget(error: BaseException | None) -> None:
    """Let go of the frames that an exception holds: they hold plaintext, and `erased` is recorded next."""
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__

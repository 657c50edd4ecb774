"""Step 4 and what follows from it: from the sealed application to the sealed answer, each step at most once.

1. The challenge is used up and the receipt `held` is written, in one commit, before anything is opened. A replay, a
   repeated delivery and an application after the deadline end here.
2. The seal opens under the key of the transaction's day, for exactly this transaction and this kiosk's key.
3. The application verifies: kiosk, transcript, the card's certificate and signature.
4. The card authority says that the certificate is good, at most 15 minutes ago.
5. The card is claimed: one live transaction per card. From this commit on the ward may be asked, once.
6. The ward's answer fits this application (`issuing`).
7. The marks are made and checked, the delivery is signed (`protecting`).
8. Everything is sealed to the kiosk's key of this transaction. Here ends the plaintext.
9. State `delivered`, `erased` and the evidence are one commit; only then the answer goes out.

Before the kiosk's own key is known from its signed application, a refusal is signed but not sealed; afterwards both.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from madoguchi import custody, evidence
from madoguchi.cardproof import ocsp_request, verify_ocsp
from madoguchi.cardproof.proof import ProvenApplication, verify_application
from madoguchi.center import incidents, transactions
from madoguchi.center.issuing import Certificate, ask_ward
from madoguchi.center.parts import Parts
from madoguchi.center.problems import (
    APPLICATION_DOES_NOT_OPEN,
    GIVEN_UP,
    ISSUANCE_DOES_NOT_FIT,
    MARKS_FAILED,
    OCSP_UNAVAILABLE,
    OTHER_KIOSK,
)
from madoguchi.center.protecting import Protected
from madoguchi.center.transactions import Row
from madoguchi.errors import MadoguchiError
from madoguchi.evidence.log import Plain
from madoguchi.runtime import log, metrics
from madoguchi.runtime.caller import CallError
from madoguchi.runtime.database import Connection, transaction
from madoguchi.runtime.steps import measured
from madoguchi.seal import Purpose, seal
from madoguchi.seal.hpke import sealing_key_id
from madoguchi.statement import Statement, verify, verify_by_kiosk, verify_enrolment
from madoguchi.statement.kinds import APPLICATION, DELIVERY, OPENED
from madoguchi.wire.codec import decode, encode
from madoguchi.wire.identifiers import CENTER_CODE, sha256
from madoguchi.wire.transaction import (
    Application,
    ApplyAnswer,
    CardProof,
    Issuance,
    Opened,
    Refusal,
    Refused,
    SealedAnswer,
    SealedMessage,
    SignedByKiosk,
)

REFUSED = log.event("center.apply_refused", "code", "cause", "transaction", "ward")
DELIVERED = log.event("center.delivered", "transaction", "ward", "sheets")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Applied:
    """An opened, kiosk-signed application: from here on a refusal can be sealed."""

    opened: Statement[Opened]
    application: Statement[Application]
    enrolment: bytes


async def apply(parts: Parts, message: SealedMessage, *, operator: str) -> ApplyAnswer:
    """Answer a sealed application that came through `operator`'s ec. Every answer is signed, refusals too."""
    try:
        row = await _use_up_challenge(parts, message.transaction, operator=operator)  # 1
    except MadoguchiError as why:
        _say(why, message.transaction, ward="")
        return parts.refuser.refuse(why, answers=sha256(message.ciphertext), transaction=message.transaction)
    try:
        return await _answer(parts, row, message.ciphertext)
    except Exception:
        await _fail(parts, row)
        raise


async def _answer(parts: Parts, row: Row, ciphertext: bytes) -> ApplyAnswer:
    try:
        with measured("seal opened", number=4, transaction=row.id):
            applied = await _open(parts, row, ciphertext)  # 2
    except MadoguchiError as why:
        _say(why, row.id, ward=row.ward)
        await _end_refused(parts, row, reason=why.problem.public_reason, how="never_opened")
        return parts.refuser.refuse(why, answers=row.request_digest, transaction=row.id)
    try:
        return await _certificate(parts, row, applied)
    except MadoguchiError as why:
        _say(why, row.id, ward=row.ward)
        refused = parts.refuser.refuse(
            why, answers=applied.application.digest, transaction=row.id, contact=parts.menus.contact(row.ward)
        )
        sealed = _seal(parts, row, applied, refused)
        if why.problem in {ISSUANCE_DOES_NOT_FIT, MARKS_FAILED}:
            await _note_incident(parts, row, why)
        await _end_refused(parts, row, reason=why.problem.public_reason, how="wiped")
        return sealed


async def _certificate(parts: Parts, row: Row, applied: _Applied) -> ApplyAnswer:
    with measured("card verified, OCSP asked", number=4, transaction=row.id):
        proven, ocsp = await _prove(parts, applied)  # 3, 4
        await _claim(parts, row, proven)  # 5
    proof = CardProof(opened=row.opened, enrolment=applied.enrolment, application=applied.application.raw, ocsp=ocsp)
    with measured("answer of the ward verified", number=5, transaction=row.id):
        answer = await ask_ward(parts, proof, proven)  # 6
    if isinstance(answer, Statement):
        return await _pass_on_refusal(parts, row, applied, answer)
    issuance = answer.issuance
    with measured("marks made, sealed to the kiosk", number=6, transaction=row.id):
        sealed, delivery = await _protect_and_seal(parts, row, applied, answer)  # 7, 8
    del answer  # the last reference to the certificate in plain, before its erasure is written
    await _commit_delivered(parts, row, issuance=issuance, delivery=delivery)  # 9
    return sealed


async def _use_up_challenge(parts: Parts, id_: bytes, *, operator: str) -> Row:
    async with transaction(parts.pool) as connection:
        row = await transactions.use_up_challenge(
            connection, id_, operator=operator, applied_by=parts.holder, seconds=parts.config.lifetimes.applying
        )
        await custody.hold(connection, id_, holder=parts.holder, process=parts.process)
    return row


async def _open(parts: Parts, row: Row, ciphertext: bytes) -> _Applied:
    """Step 2, and as much of step 3 as makes the kiosk's key of this transaction known."""
    async with transaction(parts.pool) as connection:
        key = await parts.sealing.by_id(connection, row.sealing_key_id)
    at, keys = parts.clock.now(), parts.trusted.current()
    purpose = Purpose(
        environment=parts.environment,
        direction="kiosk-to-center",
        message_type="application",
        transaction=row.id,
        prior=sha256(row.opened),
        sender_key_id=row.kiosk_key_id,
        receiver_key_id=key.key_id,
    )
    try:
        signed = decode(key.open(ciphertext, purpose=purpose), type=SignedByKiosk)
        kiosk = verify_enrolment(signed.enrolment, keys=keys, operator=row.operator, at=at)
        application = verify_by_kiosk(signed.statement, APPLICATION, kiosk=kiosk, at=at)
    except MadoguchiError as failure:
        raise APPLICATION_DOES_NOT_OPEN.error(failure.code) from failure
    if application.signer.key_id != row.kiosk_key_id:
        raise OTHER_KIOSK.error("another kiosk applies than the one that opened")
    opened = verify(row.opened, OPENED, keys=keys, code=CENTER_CODE, at=at)
    return _Applied(opened=opened, application=application, enrolment=signed.enrolment)


async def _prove(parts: Parts, applied: _Applied) -> tuple[ProvenApplication, bytes]:
    """Steps 3 and 4. Raises `cardproof.*`, `statement.*`, `wire.malformed` or `center.ocsp_unavailable`."""
    proven = verify_application(
        applied.application.raw,
        opened=applied.opened,
        enrolment=applied.enrolment,
        keys=parts.trusted.current(),
        pinned=parts.trusted.pinned(),
        at=parts.clock.now(),
    )
    try:
        answer = await parts.lines.ocsp(ocsp_request(proven.holder))
    except CallError as failure:
        raise OCSP_UNAVAILABLE.error(failure.code) from failure
    verify_ocsp(answer, holder=proven.holder, at=parts.clock.now())
    return proven, answer


async def _claim(parts: Parts, row: Row, proven: ProvenApplication) -> None:
    pseudonyms = parts.pseudonyms.of_card(
        ca_key_digest=proven.holder.ca_key_digest, serial=proven.holder.serial, at=parts.clock.now()
    )
    async with transaction(parts.pool) as connection:
        await transactions.claim_card(
            connection,
            row.id,
            pseudonyms=pseudonyms,
            digest=proven.application.digest,
            transcript=proven.transcript,
        )


async def _protect_and_seal(
    parts: Parts, row: Row, applied: _Applied, certificate: Certificate
) -> tuple[SealedMessage, bytes]:
    """Steps 7 and 8: the sealed answer and the raw delivery statement. The issuance is on record before."""
    issuance = certificate.issuance
    async with transaction(parts.pool) as connection:
        await transactions.note_issuance(
            connection, row.id, issuance_digest=issuance.digest, sheets=len(issuance.body.sheets)
        )
    protected = Protected(
        pdf=certificate.pdf,
        page_description=certificate.page_description,
        front_codes=certificate.front_codes,
        issuance=issuance,
        secret=applied.application.body.secret,
        operator=row.operator,
        kiosk=applied.opened.body.kiosk,
    )
    delivered = await parts.protect(protected)
    return _seal(parts, row, applied, delivered), delivered.delivery


async def _commit_delivered(parts: Parts, row: Row, *, issuance: Statement[Issuance], delivery: bytes) -> None:
    """Step 9. Raises `center.given_up` when the transaction ended meanwhile; the receipt is written either way."""
    at = parts.clock.now()
    # What `protect` signed is believed no more than anybody's statement: a broken step must not become a record.
    digest = verify(delivery, DELIVERY, keys=parts.trusted.current(), code=CENTER_CODE, at=at).digest
    async with transaction(parts.pool) as connection:
        await custody.erase(connection, row.id, holder=parts.holder, how="wiped")
        if not await transactions.deliver(
            connection, row.id, delivery=delivery, digest=digest, seconds=parts.config.lifetimes.delivered
        ):
            late = True
        else:
            late = False
            body: dict[str, Plain] = {"transaction": row.id, "issuance": issuance.digest, "delivery": digest}
            await evidence.append(connection, "certificate.delivered", body, at=at)
    if late:
        raise GIVEN_UP.error()
    metrics.count_issued(issuance.body.kind)
    log.get_log().info(DELIVERED, transaction=row.id.hex(), ward=row.ward, sheets=len(issuance.body.sheets))


async def _pass_on_refusal(parts: Parts, row: Row, applied: _Applied, refusal: Statement[Refusal]) -> ApplyAnswer:
    """The ward's refusal goes to the kiosk as the ward signed it."""
    metrics.count_passed_on(refusal.body.reason)
    sealed = _seal(parts, row, applied, Refused(refusal=refusal.raw))
    await _end_refused(parts, row, reason=refusal.body.reason, how="wiped")
    return sealed


def _seal(parts: Parts, row: Row, applied: _Applied, answer: SealedAnswer) -> SealedMessage:
    receiver = applied.application.body.kiosk_key
    purpose = Purpose(
        environment=parts.environment,
        direction="center-to-kiosk",
        message_type="answer",
        transaction=row.id,
        prior=applied.application.digest,
        sender_key_id=row.sealing_key_id,
        receiver_key_id=sealing_key_id(receiver),
    )
    return SealedMessage(transaction=row.id, ciphertext=seal(encode(answer), receiver=receiver, purpose=purpose))


async def _end_refused(parts: Parts, row: Row, *, reason: str, how: custody.ErasedHow) -> None:
    """State, receipt and evidence in one commit. A transaction that ended meanwhile keeps its end."""
    async with transaction(parts.pool) as connection:
        await _erase(parts, connection, row.id, how=how)
        if await transactions.refuse(connection, row.id, reason=reason):
            body: dict[str, Plain] = {"transaction": row.id, "reason": str(reason)}
            await evidence.append(connection, "application.refused", body, at=parts.clock.now())


async def _fail(parts: Parts, row: Row) -> None:
    """No signed answer goes back, and the plaintext is gone with the exception. Without a database, later."""
    try:
        async with transaction(parts.pool) as connection:
            await _erase(parts, connection, row.id, how="wiped")
            await transactions.fail(connection, row.id)
    except MadoguchiError:
        parts.loose_ends.add(row.id)


async def _erase(parts: Parts, connection: Connection, id_: bytes, *, how: custody.ErasedHow) -> None:
    """Write the receipt; a transaction that gave up after `_commit_delivered` has it already."""
    with suppress(MadoguchiError):
        await custody.erase(connection, id_, holder=parts.holder, how=how)


async def tie_loose_ends(parts: Parts) -> None:
    """What could not be written while the database was away: the receipts of applications that ended here."""
    for id_ in tuple(parts.loose_ends):
        async with transaction(parts.pool) as connection:
            await _erase(parts, connection, id_, how="wiped")
            await transactions.fail(connection, id_)
        parts.loose_ends.discard(id_)


async def _note_incident(parts: Parts, row: Row, why: MadoguchiError) -> None:
    async with transaction(parts.pool) as connection:
        await incidents.note(connection, ward=row.ward, id_=row.id, code=why.code)


def _say(why: MadoguchiError, id_: bytes, *, ward: str) -> None:
    metrics.count_refused(why.problem)
    cause = why.cause.encode("ascii", "replace").decode()[:150]
    log.get_log().warning(REFUSED, code=why.code, cause=cause, transaction=id_.hex(), ward=ward)

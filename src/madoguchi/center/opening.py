"""Step 2: a kiosk asks for a transaction, before any card is set.

1. The enrolment is by the operator whose ec is calling, and the request is signed with the enrolled key.
2. The request speaks of that kiosk and that operator.
3. The ward takes part and has consented to the operator; its menu is known, and it is open now.
4. A random id and a random challenge are made, and signed with the sealing key of the day and a duration.
5. The transaction is committed; only then the answer goes out. The same request never opens twice.

A refusal is signed too. It answers the digest of the bytes that were received, whatever was wrong with them.
"""

from __future__ import annotations

import secrets
import time

from madoguchi.center import transactions
from madoguchi.center.menus import check_open
from madoguchi.center.parts import Parts
from madoguchi.center.problems import OPERATOR_NOT_ACCEPTED, OTHER_KIOSK
from madoguchi.errors import MadoguchiError
from madoguchi.runtime import log, metrics
from madoguchi.runtime.clock import epoch
from madoguchi.runtime.database import transaction
from madoguchi.runtime.steps import tell
from madoguchi.seal import SealingKey
from madoguchi.statement import Statement, verify_by_kiosk, verify_enrolment
from madoguchi.statement.kinds import OPEN_REQUEST, OPENED
from madoguchi.wire.identifiers import new_transaction_id, sha256
from madoguchi.wire.transaction import (
    OpenAnswer,
    Opened,
    OpenedAnswer,
    OpenRequest,
    SignedByKiosk,
)

REFUSED = log.event("center.open_refused", "code", "cause", "operator")

_CHALLENGE_OCTETS = 32


async def open_transaction(parts: Parts, request: SignedByKiosk, *, operator: str) -> OpenAnswer:
    """Open a transaction for a kiosk of `operator` (the code of the ec that called). Never raises for a bad request."""
    try:
        return await _open(parts, request, operator=operator)
    except MadoguchiError as why:
        metrics.count_refused(why.problem)
        log.get_log().warning(REFUSED, code=why.code, cause=why.cause[:100], operator=operator)
        return parts.refuser.refuse(why, answers=sha256(request.statement), transaction=None)


async def _open(parts: Parts, request: SignedByKiosk, *, operator: str) -> OpenAnswer:
    began = time.perf_counter()
    at = parts.clock.now()
    kiosk = verify_enrolment(request.enrolment, keys=parts.trusted.current(), operator=operator, at=at)  # 1
    asked = verify_by_kiosk(request.statement, OPEN_REQUEST, kiosk=kiosk, at=at)
    if (asked.body.kiosk, asked.body.operator) != (kiosk.enrolment.body.kiosk, operator):  # 2
        raise OTHER_KIOSK.error("the request speaks of another kiosk or operator")
    section = parts.config.wards.get(asked.body.ward)  # 3
    if section is None or operator not in section.operators:
        raise OPERATOR_NOT_ACCEPTED.error(f"ward {asked.body.ward}")
    check_open(await parts.menus.menu(asked.body.ward), operator=operator, at=at)
    async with transaction(parts.pool) as connection:
        sealing_key = await parts.sealing.of_today(connection)
        opened = _opened(parts, asked, sealing_key)  # 4
        raw = parts.signer.sign(OPENED, opened)
        begun = transactions.Begun(
            id=opened.transaction,
            ward=opened.ward,
            operator=operator,
            kiosk=opened.kiosk,
            kiosk_key_id=asked.signer.key_id,
            request_digest=asked.digest,
            opened=raw,
            challenge=opened.challenge,
            sealing_key_id=opened.sealing_key_id,
            lifetime_seconds=opened.lifetime_seconds,
        )
        await transactions.begin(connection, begun)  # 5
    tell("id, challenge, sealing key", number=2, transaction=begun.id, seconds=time.perf_counter() - began)
    return OpenedAnswer(opened=raw)


def _opened(parts: Parts, asked: Statement[OpenRequest], sealing_key: SealingKey) -> Opened:
    return Opened(
        request_digest=asked.digest,
        transaction=new_transaction_id(),
        challenge=secrets.token_bytes(_CHALLENGE_OCTETS),
        ward=asked.body.ward,
        operator=asked.body.operator,
        kiosk=asked.body.kiosk,
        lifetime_seconds=parts.config.lifetimes.opened,
        sealing_key_id=sealing_key.key_id,
        sealing_key=sealing_key.public,
        at=epoch(parts.clock.now()),
    )

"""Step 5 as the center sees it: one request to one of the ward's servers, and an answer that must fit.

The ward's answer is believed when

1. the issuance is signed by a key of that ward with the role `issue`,
2. it names this transaction, this application, this ward, the card and the kiosk key that were verified here,
3. kind, year, copies and fee are the applied ones,
4. its sheets are every page of every copy, once each, with a paper number of their own,
5. the PDF and the page description are the ones it names, page by page,
6. the front codes are signed by that ward, one for each of these sheets, about this page description; a description
   that is absent is absent everywhere, and only then the codes may be absent too.

A refusal is believed when the ward signed it, about this application; it goes on to the kiosk as the ward signed it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from madoguchi.cardproof.proof import ProvenApplication
from madoguchi.center.digests import check_digests
from madoguchi.center.fronting import check_front_codes
from madoguchi.center.parts import Parts
from madoguchi.center.problems import ISSUANCE_DOES_NOT_FIT, WARD_UNAVAILABLE
from madoguchi.errors import MadoguchiError
from madoguchi.runtime.caller import CallError
from madoguchi.runtime.clock import epoch
from madoguchi.statement import Statement, verify
from madoguchi.statement.kinds import ISSUANCE, ISSUE_REQUEST, REFUSAL
from madoguchi.trust import TrustList
from madoguchi.wire.transaction import CardProof, Issuance, Issued, IssueRequest, Refusal, Refused, Sheet

_MAX_AGE_SECONDS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What the ward issued, verified against the application. Plaintext: it lives under a custody receipt."""

    issuance: Statement[Issuance]
    pdf: bytes = field(repr=False)
    page_description: bytes | None = field(repr=False)
    """None when the front is not our own layout."""
    front_codes: tuple[bytes, ...] | None = field(repr=False)
    """Of the sheets of the issuance, in order; none when the front has no code."""


async def ask_ward(parts: Parts, proof: CardProof, proven: ProvenApplication) -> Certificate | Statement[Refusal]:
    """Ask one issuing server, once. Raises `center.ward_unavailable` or `center.issuance_does_not_fit`."""
    ward = proven.opened.body.ward
    at = parts.clock.now()
    request = IssueRequest(transaction=proven.opened.body.transaction, proof=proof, at=epoch(at))
    try:
        answer = await parts.lines.issue(ward, parts.signer.sign(ISSUE_REQUEST, request))
    except CallError as failure:
        raise WARD_UNAVAILABLE.error(f"{failure.code} {failure.cause}"[:150]) from failure
    keys, now = parts.trusted.current(), parts.clock.now()
    try:
        if isinstance(answer, Refused):
            return verify_refusal(answer.refusal, proven=proven, keys=keys, at=now)
        return await asyncio.to_thread(verify_issued, answer, proven=proven, keys=keys, at=now)
    except MadoguchiError as failure:
        raise ISSUANCE_DOES_NOT_FIT.error(f"{failure.code} {failure.cause}"[:150]) from failure


def verify_refusal(raw: bytes, *, proven: ProvenApplication, keys: TrustList, at: datetime) -> Statement[Refusal]:
    """Believe the ward's refusal of this application. Raises `statement.*` or `center.issuance_does_not_fit`."""
    refusal = verify(raw, REFUSAL, keys=keys, code=proven.opened.body.ward, at=at)
    _same("answers", refusal.body.answers, proven.application.digest)
    _same("transaction", refusal.body.transaction, proven.opened.body.transaction)
    return refusal


def verify_issued(issued: Issued, *, proven: ProvenApplication, keys: TrustList, at: datetime) -> Certificate:
    """Steps 1 to 6. Raises `statement.*`, `certificate.*` or `center.issuance_does_not_fit`."""
    ward, transcript = proven.opened.body.ward, proven.transcript
    issuance = verify(issued.issuance, ISSUANCE, keys=keys, code=ward, at=at)  # 1
    body = issuance.body
    _same("transaction", body.transaction, proven.opened.body.transaction)  # 2
    _same("application", body.application_digest, proven.application.digest)
    _same("ward", body.ward, ward)
    _same("card", body.card_commitment, proven.card_commitment)
    _same("kiosk key", body.kiosk_key_digest, transcript.kiosk_key_digest)
    _same("kind", body.kind, transcript.kind)  # 3
    _same("year", body.fiscal_year, transcript.fiscal_year)
    _same("copies", body.copies, transcript.copies)
    _same("fee", body.fee_yen, transcript.fee_yen)
    if abs(epoch(at) - body.at) > _MAX_AGE_SECONDS:
        raise ISSUANCE_DOES_NOT_FIT.error("time")
    _check_sheets(body.sheets, copies=body.copies)  # 4
    check_digests(issued, body, secret=proven.secret)  # 5
    check_front_codes(issued, body, keys=keys, at=at)  # 6
    return Certificate(
        issuance=issuance,
        pdf=issued.pdf,
        page_description=issued.page_description,
        front_codes=issued.front_codes,
    )


def _check_sheets(sheets: tuple[Sheet, ...], *, copies: int) -> None:
    """Every page of every copy, in order, each with its own paper number; all copies have the same pages."""
    pages = sheets[0].pages
    expected = [(copy, page, pages) for copy in range(1, copies + 1) for page in range(1, pages + 1)]
    _same("sheets", [(sheet.copy, sheet.page, sheet.pages) for sheet in sheets], expected)
    _same("paper numbers", len({sheet.paper_number for sheet in sheets}), len(sheets))


def _same(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise ISSUANCE_DOES_NOT_FIT.error(what)

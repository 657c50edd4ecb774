"""Only a signed refusal is the ward's or the center's word; everything else is a network error in neutral words."""

from __future__ import annotations

from datetime import datetime

from madoguchi.errors import MadoguchiError, PublicReason, Text, problem
from madoguchi.kiosk.machine.reasons import Reason, reason_of, title_of
from madoguchi.kiosk.memory import TransactionMemory
from madoguchi.kiosk.problems import LINE, OTHER_TRANSACTION
from madoguchi.statement import KeySource, Statement, verify
from madoguchi.statement.kinds import REFUSAL
from madoguchi.wire.identifiers import CENTER_CODE
from madoguchi.wire.transaction import Refusal, Refused

SIGNED = problem(
    "kiosk.refused_by_signature",
    status=403,
    public_reason=PublicReason.TRY_LATER,
    resident=Text(
        "お金はかかっていません。画面の案内をご覧ください。",
        "You have not been charged. Please read what the screen says.",
    ),
    clerk=Text("区市町村またはセンターが交付できないと答えました。", "The municipality or the center refused."),
    engineer="a verified refusal statement; its public reason is all that leaves the ward",
)


class RefusedBySignature(MadoguchiError):  # noqa: N818 - it is an answer, named as the wire names it
    """A verified refusal. `reason` is what the screen may say."""

    def __init__(self, refusal: Statement[Refusal]) -> None:
        super().__init__(SIGNED, cause=refusal.body.reason)
        self.statement = refusal
        body = refusal.body
        self.reason = Reason(
            code=f"refused.{body.reason}",
            title=title_of(PublicReason(body.reason)),
            next_step=body.text,
            contact=body.contact,
        )


def verify_refusal(answer: Refused, *, memory: TransactionMemory, keys: KeySource, at: datetime) -> RefusedBySignature:
    """The refusal that answers this very application, as an exception to raise; raises itself when it is none.

    Only the ward that was asked and the center can refuse. A refusal of another application, a repeated or an invented
    one is discarded like any other message.
    """
    opened = memory.expect_opened()
    if memory.application_digest is None:
        raise OTHER_TRANSACTION.error("nothing was applied for")
    refusal = _verified(answer.refusal, keys=keys, ward=memory.order.menu.ward, at=at)
    _expect(refusal.body, answers=(memory.application_digest,), transaction=opened.transaction)
    return RefusedBySignature(refusal)


def verify_open_refusal(answer: Refused, *, request_digest: bytes, keys: KeySource, at: datetime) -> RefusedBySignature:
    """The center's refusal to open a transaction: it must answer this very request."""
    refusal = verify(answer.refusal, REFUSAL, keys=keys, code=CENTER_CODE, at=at)
    _expect(refusal.body, answers=(request_digest,), transaction=None)
    return RefusedBySignature(refusal)


def verify_unsealed_refusal(
    answer: Refused, *, answers: tuple[bytes, ...], transaction: bytes, keys: KeySource, at: datetime
) -> RefusedBySignature:
    """The center's refusal outside a seal, given when it could not open the application.

    It then knows only the sealed bytes or the open request; naming either of this transaction binds it as well.
    """
    refusal = verify(answer.refusal, REFUSAL, keys=keys, code=CENTER_CODE, at=at)
    _expect(refusal.body, answers=answers, transaction=transaction)
    return RefusedBySignature(refusal)


def _verified(raw: bytes, *, keys: KeySource, ward: str, at: datetime) -> Statement[Refusal]:
    try:
        return verify(raw, REFUSAL, keys=keys, code=ward, at=at)
    except MadoguchiError:
        return verify(raw, REFUSAL, keys=keys, code=CENTER_CODE, at=at)


def _expect(body: Refusal, *, answers: tuple[bytes, ...], transaction: bytes | None) -> None:
    if body.answers not in answers:
        raise OTHER_TRANSACTION.error("the refusal answers something else")
    if body.transaction != transaction:
        raise OTHER_TRANSACTION.error("the refusal names another transaction")


_OWN = ("kiosk.", "card.", "cardproof.")
"""Problems that this machine found itself and may explain; any other is a message that was not believed."""


def screen_reason(error: MadoguchiError) -> Reason:
    """What the screen says: the signer's words, this machine's own, or neutral ones. Never an unsigned sender's."""
    if isinstance(error, RefusedBySignature):
        return error.reason
    if error.code.startswith(_OWN):
        return reason_of(error.problem)
    neutral = reason_of(LINE)
    return Reason(code=error.code, title=neutral.title, next_step=neutral.next_step)

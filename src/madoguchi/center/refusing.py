"""The center's refusals: signed, with one public reason and what the resident can do next."""

from __future__ import annotations

from dataclasses import dataclass

from madoguchi.errors import MadoguchiError, Problem, PublicReason, Text
from madoguchi.runtime.clock import Clock, epoch
from madoguchi.statement import Signer
from madoguchi.statement.kinds import REFUSAL
from madoguchi.wire.menu import Wording
from madoguchi.wire.transaction import Refusal, Refused

NEUTRAL = Text(
    "お住まいの区市町村の窓口にお問い合わせください。お金はかかっていません。",
    "Please contact the counter of your municipality. You have not been charged.",
)
"""One sentence for every reason of a person (支援措置): a bystander learns nothing."""


@dataclass(frozen=True, slots=True)
class Refuser:
    """Signs refusals in the center's name."""

    signer: Signer
    clock: Clock

    def refuse(
        self,
        why: MadoguchiError | Problem,
        *,
        answers: bytes,
        transaction: bytes | None,
        contact: Wording | None = None,
    ) -> Refused:
        """A refusal that answers the statement with digest `answers` (32 octets)."""
        problem = why if isinstance(why, Problem) else why.problem
        text = NEUTRAL if problem.public_reason is PublicReason.ASK_YOUR_WARD else problem.resident
        body = Refusal(
            answers=answers,
            transaction=transaction,
            reason=problem.public_reason.value,
            text=Wording(ja=text.ja, en=text.en),
            contact=contact,
            at=epoch(self.clock.now()),
        )
        return Refused(refusal=self.signer.sign(REFUSAL, body))

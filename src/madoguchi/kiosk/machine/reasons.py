"""Why it does not go on, as a public screen may say it."""

from __future__ import annotations

from dataclasses import dataclass

from madoguchi.errors import Problem, PublicReason
from madoguchi.wire.menu import Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why it does not go on, as a public screen may say it."""

    code: str
    title: Wording
    next_step: Wording
    contact: Wording | None = None


_TITLES = {
    PublicReason.NOT_OFFERED: Wording(
        ja="この証明書は、いまこちらではお取りいただけません。", en="This certificate is not available here now."
    ),
    PublicReason.CARD: Wording(ja="このカードではご利用いただけません。", en="This card cannot be used."),
    PublicReason.ASK_YOUR_WARD: Wording(
        ja="この証明書はこちらでは交付できません。", en="This certificate cannot be issued here."
    ),
    PublicReason.TRY_LATER: Wording(ja="ただいまお取り扱いできません。", en="This service is not available right now."),
    PublicReason.NOT_ACCEPTED_HERE: Wording(
        ja="この店舗ではお取り扱いできません。", en="This service is not available at this store."
    ),
}


def title_of(reason: PublicReason) -> Wording:
    """The heading of a refusal: by its public reason only, so that two reasons of a person look alike."""
    return _TITLES[reason]


def reason_of(problem: Problem) -> Reason:
    """A refusal screen for a problem of the catalogue; only the kiosk's own problems say what happened."""
    own = problem.code.startswith("kiosk.")
    return Reason(
        code=problem.code,
        title=Wording(ja=problem.clerk.ja, en=problem.clerk.en) if own else title_of(problem.public_reason),
        next_step=Wording(ja=problem.resident.ja, en=problem.resident.en),
    )

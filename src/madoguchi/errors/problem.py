"""What a problem is, and the registry that keeps every code unique."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PublicReason(StrEnum):
    """The few reasons that may leave the ward and be shown on a public screen.

    Everything about the person is `ASK_YOUR_WARD`: one neutral sentence, so that a bystander (or an abuser who
    threatens at the kiosk, 支援措置) learns nothing.
    """

    NOT_OFFERED = "not_offered"
    CARD = "card"
    ASK_YOUR_WARD = "ask_your_ward"
    TRY_LATER = "try_later"
    NOT_ACCEPTED_HERE = "not_accepted_here"


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in Japanese and in English."""

    ja: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One kind of failure. `code` is stable for ever: `area.what`, lower case."""

    code: str
    status: int
    """HTTP status with which a server answers it."""
    public_reason: PublicReason
    resident: Text
    """What the resident should do next."""
    clerk: Text
    """What happened, for the ward's or the store's staff."""
    engineer: str
    """What to look at."""

    def error(self, cause: str = "") -> MadoguchiError:
        """Make the exception: `raise STALE.error("feed age 93000 s")`. `cause` holds no personal data."""
        return MadoguchiError(self, cause=cause)


_PROBLEMS: dict[str, Problem] = {}


def problem(
    code: str,
    *,
    status: int,
    public_reason: PublicReason,
    resident: Text,
    clerk: Text,
    engineer: str,
) -> Problem:
    """Register a problem of the catalogue. A code used twice is a programming error and raises ValueError."""
    if code in _PROBLEMS:
        msg = f"problem code {code} is registered twice"
        raise ValueError(msg)
    made = Problem(
        code=code,
        status=status,
        public_reason=public_reason,
        resident=resident,
        clerk=clerk,
        engineer=engineer,
    )
    _PROBLEMS[code] = made
    return made


def all_problems() -> tuple[Problem, ...]:
    """Every problem registered so far, by code."""
    return tuple(_PROBLEMS[code] for code in sorted(_PROBLEMS))


class MadoguchiError(Exception):
    """The one error family. Carries the problem of the catalogue and an engineer's cause without personal data."""

    def __init__(self, problem: Problem, *, cause: str = "") -> None:
        super().__init__(f"{problem.code}: {cause or problem.engineer}")
        self.problem = problem
        self.cause = cause

    @property
    def code(self) -> str:
        """The stable code of the problem."""
        return self.problem.code

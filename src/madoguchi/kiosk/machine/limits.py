"""Which time ends a stage by itself."""

from __future__ import annotations

from enum import StrEnum

from madoguchi.kiosk.machine.states import (
    Applying,
    AwaitingCard,
    ChoosingKind,
    ChoosingWard,
    ChoosingYear,
    Confirming,
    ConfirmingOnPhone,
    EnteringPin,
    Finished,
    Offering,
    Opening,
    Paying,
    Printing,
    ReadingCard,
    Refused,
    Repairing,
    ReturningCard,
    Signing,
    Stage,
    Touching,
)


class Limit(StrEnum):
    """Which duration of the configuration ends a stage by itself."""

    IDLE = "idle"
    CARD = "card"
    WHOLE = "whole"
    SHEET = "sheet"
    REPAIR = "repair"
    FAREWELL = "farewell"


_IDLE = (ChoosingWard, ChoosingKind, ChoosingYear, Confirming, Offering, Paying, Touching)
_CARD = (AwaitingCard, EnteringPin, ConfirmingOnPhone)
_WHOLE = (Opening, ReadingCard, Signing, ReturningCard, Applying)
_SHEET = (Printing,)
_FAREWELL = (Finished, Refused)


def limit_of(stage: Stage) -> Limit | None:
    """Which time ends this stage by itself; None where a device or a person must act first."""
    for kinds, limit in (
        (_IDLE, Limit.IDLE),
        (_CARD, Limit.CARD),
        (_WHOLE, Limit.WHOLE),
        (_SHEET, Limit.SHEET),
        ((Repairing,), Limit.REPAIR),
        (_FAREWELL, Limit.FAREWELL),
    ):
        if isinstance(stage, kinds):
            return limit
    return None

"""遺失物: what was left in the machine, as the kiosk says it to its operator. It names nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from madoguchi.kiosk.applying import Identity
from madoguchi.kiosk.machine.states import Thing
from madoguchi.runtime.clock import epoch
from madoguchi.statement.kinds import LOST_PROPERTY
from madoguchi.wire.lost import LostProperty


@dataclass(frozen=True, slots=True, kw_only=True)
class Lying:
    """What the journal knows of something that lies in the machine."""

    transaction: bytes | None
    """Of the paper; never of a card, which says itself whose it is."""
    ward: str | None
    papers: tuple[bytes, ...]
    """Numbers of the sheets that were about to come out; some of them may have been taken."""
    lost: bool
    """It is on record as lost property already."""


def lost_property(
    id_: bytes, thing: Thing, *, lying: Lying | None, identity: Identity, at: datetime
) -> tuple[LostProperty, bytes]:
    """The notice and its signed bytes. A card, and paper of which nothing is known, go without a transaction."""
    known = lying if thing is Thing.PAPER else None
    body = LostProperty(
        id=id_,
        kiosk=identity.kiosk,
        operator=identity.operator,
        thing=thing.value,
        transaction=None if known is None else known.transaction,
        ward=None if known is None else known.ward,
        papers=() if known is None else known.papers,
        noticed_at=epoch(at),
    )
    return body, identity.signer.sign(LOST_PROPERTY, body)

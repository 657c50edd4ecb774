"""`serials.csv`: which card certificates belong to which resident, as 住基ネットCS answers."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from madoguchi.records.columns import AddresseeNumber, described

SerialNumber = Annotated[str, Meta(pattern=r"^[1-9A-F][0-9A-F]{0,39}\Z")]
"""Upper-case hex of the certificate's serial number, no leading zero, at most 40 digits."""


class CaGeneration(StrEnum):
    """Which generation of the user-authentication CA issued it. Both may hold the same serial number."""

    G1 = "g1"
    G2 = "g2"


class Medium(StrEnum):
    """What holds the key."""

    CARD = "card"
    PHONE = "phone"


class SerialStatus(StrEnum):
    """Whether the certificate may be used."""

    VALID = "valid"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    """Replaced by a renewal."""


class CardSerial(Struct, frozen=True, gc=False):
    """One user-authentication certificate of one person; a person may hold several valid ones."""

    addressee_number: Annotated[AddresseeNumber, described("宛名番号")]
    ca_generation: Annotated[
        CaGeneration, described("認証局世代", "a serial means something only together with its CA; the pair is unique")
    ]
    serial: Annotated[SerialNumber, described("シリアル番号", "upper-case hex, no leading zero, at most 40 digits")]
    medium: Annotated[Medium, described("格納媒体")]
    status: Annotated[SerialStatus, described("状態")]
    valid_from: Annotated[date, described("有効期間の開始日")]
    valid_until: Annotated[date, described("有効期間の満了日", "not before `valid_from`")]

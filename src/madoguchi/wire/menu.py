"""The ward's signed menu (public data): what it offers at kiosks, when, and for how much."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from madoguchi.wire.codec import Message
from madoguchi.wire.identifiers import Epoch, FiscalYear, KindName, OperatorCode, WardCode, Yen


class Wording(Message, frozen=True, kw_only=True):
    """One text in Japanese and in English."""

    ja: str
    en: str


class MenuYear(Message, frozen=True, kw_only=True):
    """One offered fiscal year, named alike on screen and paper (one ward's screen and paper disagreed)."""

    fiscal_year: FiscalYear
    label: Wording
    income_label: Wording
    """Which calendar year's income the certificate shows."""


class MenuKind(Message, frozen=True, kw_only=True):
    """One kind of certificate with its unit fee (per copy, 通) and years."""

    kind: KindName
    title: Wording
    fee_yen: Yen
    max_copies: Annotated[int, Meta(ge=1, le=20)]
    years: tuple[MenuYear, ...]


class ServiceHours(Message, frozen=True, kw_only=True):
    """Daily hours in Japanese time, minutes after midnight: open <= t < close."""

    opens_minute: Annotated[int, Meta(ge=0, le=1439)]
    closes_minute: Annotated[int, Meta(ge=1, le=1440)]
    closed_days: tuple[Annotated[str, Meta(pattern="^[0-9]{2}-[0-9]{2}$")], ...]
    """Month-day of the days without service, such as 12-29."""


class Menu(Message, frozen=True, kw_only=True):
    """A ward's signed public offer. A kiosk refuses an older revision than the last seen, and one past its life."""

    ward: WardCode
    ward_name: Wording
    contact: Wording
    """Where a resident calls."""
    revision: Annotated[int, Meta(ge=1)]
    issued_at: Epoch
    life_seconds: Annotated[int, Meta(ge=1, le=86_400)]
    open: bool
    closed_reason: Wording | None
    hours: ServiceHours
    operators: tuple[OperatorCode, ...]
    kinds: tuple[MenuKind, ...]

"""The configuration of one replica of the issuing server."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from madoguchi.certificate.layout import Layouts, all_layouts, layouts_digest, ward_layouts
from madoguchi.runtime.config import PartyConfig, Section
from madoguchi.wire.identifiers import FiscalYear, KindName, OperatorCode, WardCode, Yen
from madoguchi.wire.menu import ServiceHours, Wording

Channel = Literal["kiosk", "counter"]
"""Where a certificate is sold: wards charge less at the kiosk than over the counter."""
Unpaid = Literal["print", "refuse_if_overdue", "refuse_if_unpaid"]
"""What the ward does about a payment certificate of a year with an unpaid balance."""


class WardSection(Section, frozen=True, kw_only=True):
    """Which ward this is."""

    code: WardCode
    name: Wording
    contact: Wording
    """Where a resident calls: the one thing that a refusal says besides its sentence."""


class OfferedYear(Section, frozen=True, kw_only=True):
    """A fiscal year at the kiosks, from the day the ward opens it (a new year opens in June)."""

    fiscal_year: FiscalYear
    opens: date | None = None
    stopped: bool = False


class FeeTerm(Section, frozen=True, kw_only=True):
    """A fee per copy (通) for some days, first and last included; without a last day until another begins."""

    begins: date
    ends: date | None = None
    channel: Channel = "kiosk"
    fee_yen: Yen


class OfferedKind(Section, frozen=True, kw_only=True):
    """A kind of certificate with its fee per copy (通) in yen, and the terms in which the fee is another."""

    kind: KindName
    fee_yen: Yen
    max_copies: Annotated[int, Meta(ge=1, le=20)]
    years: tuple[OfferedYear, ...]
    fees: tuple[FeeTerm, ...] = ()
    stopped: bool = False

    def fee_on(self, day: date, *, channel: Channel = "kiosk") -> int:
        """Yen per copy on a day: of the term that began last among those in force, else `fee_yen`."""
        terms = [term for term in self.fees if term.channel == channel and term.begins <= day]
        running = [term for term in terms if term.ends is None or day <= term.ends]
        return max(running, key=lambda term: term.begins).fee_yen if running else self.fee_yen


class Closure(Section, frozen=True, kw_only=True):
    """A stretch of time without service: maintenance, the days of a year's change. `begins <= t < ends`."""

    begins: datetime
    ends: datetime


class MenuSection(Section, frozen=True, kw_only=True):
    """What the ward offers; becomes the signed menu, and is checked again at every request.

    The ward's staff change it by `issuer offer …` (`issuer.offers`); of that and the configuration's own the higher
    revision is in force.
    """

    revision: Annotated[int, Meta(ge=1)]
    life_seconds: Annotated[int, Meta(ge=1, le=86_400)] = 3600
    hours: ServiceHours
    closures: tuple[Closure, ...] = ()
    operators: tuple[OperatorCode, ...]
    kinds: tuple[OfferedKind, ...]


class DataKeys(Section, frozen=True, kw_only=True):
    """Secrets of the ward at rest: files of exactly 32 octets, the same for every replica (checked at start)."""

    kek: Path
    """Wraps the data keys. While it is being exchanged the next one lies beside it, with `.new` added."""
    index: Path
    """Of the keyed index under which persons and cards are found."""
    pseudonyms: Path
    """Root of the per-period keys of the pseudonyms in evidence."""


class FeedLimits(Section, frozen=True, kw_only=True):
    """How old what we know may be, in seconds; older, and issuing stops."""

    tax_seconds: Annotated[int, Meta(ge=1)] = 26 * 3600
    jukinet_seconds: Annotated[int, Meta(ge=1)] = 600
    pull_seconds: Annotated[float, Meta(gt=0)] = 20.0
    """How often jukinet's list is pulled."""


class RetentionSection(Section, frozen=True, kw_only=True):
    """How many fiscal years are kept, the present one counted; a year that is offered is kept in any case.

    Why eight: `issuer.store.retention`.
    """

    records_years: Annotated[int, Meta(ge=1, le=100)] = 8
    instalments_years: Annotated[int, Meta(ge=1, le=100)] = 8


class AuthorityTerm(Section, frozen=True, kw_only=True):
    """Who certifies, and whose seal it is, from a day on (inclusive), until the next term begins."""

    begins: date
    title: str
    name: str
    seal_text: str


class PaperSection(Section, frozen=True, kw_only=True):
    """What the ward decides about its paper."""

    fonts: tuple[Path, ...] = ()
    """In order of preference; empty for those that the program finds (`runtime.fonts`)."""
    authorities: tuple[AuthorityTerm, ...]
    show_current_address: bool = False
    show_sex: bool = False
    show_fixed_sum_reduction: bool = True


class ClerkSection(Section, frozen=True, kw_only=True):
    """When wrong values stop everything: so many findings within so many minutes."""

    stop_after: Annotated[int, Meta(ge=1)] = 3
    within_minutes: Annotated[int, Meta(ge=1)] = 10
    two_clear_an_alarm: bool = True
    """Whether clearing the alarm takes the names of two people."""


class IssuerConfig(PartyConfig, frozen=True, kw_only=True):
    """One replica of the ward's issuing server."""

    ward: WardSection
    menu: MenuSection
    data_keys: DataKeys
    paper: PaperSection
    feeds: FeedLimits = FeedLimits()
    clerk: ClerkSection = ClerkSection()
    layouts: Path | None = None
    """A directory with the ward's own layouts, each in place of one of the program's (docs/operations/layouts.md)."""
    unpaid: Unpaid = "print"
    refusal_floor_milliseconds: Annotated[int, Meta(ge=0, le=10_000)] = 700
    """Every refusal is answered on a multiple of this time after the request, so that its duration says nothing."""
    undelivered_after_seconds: Annotated[int, Meta(ge=60)] = 3600
    """An issuance without an outcome for this long is counted as one that reached no kiosk."""

    replica_fields: ClassVar[frozenset[str]] = PartyConfig.replica_fields | {"data_keys", "layouts"}

    def shared_files(self) -> Mapping[str, str]:
        """Two replicas with different pages under one name would be two wards: what the layouts say must be alike."""
        return {} if self.layouts is None else {"layouts": layouts_digest(self.layouts)}

    def own_layouts(self) -> Layouts:
        """The program's layouts, with the ward's in their place. Raises `certificate.layout_invalid`, file and line."""
        return all_layouts() if self.layouts is None else ward_layouts(self.layouts)

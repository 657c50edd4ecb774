"""The configuration of the page that receivers of papers use."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from madoguchi.runtime.config import PartyConfig, Section
from madoguchi.wire.identifiers import WardCode


class WardNames(Section, frozen=True, kw_only=True):
    """A ward whose papers may be asked about, and its issuing servers' peer names."""

    code: WardCode
    ja: str
    en: str
    issuers: tuple[str, ...]


class LookingSection(Section, frozen=True, kw_only=True):
    """Limits of one look at an upload, which runs in a process of its own."""

    seconds: Annotated[float, Meta(gt=0, le=120)] = 20.0
    """Wall clock and processor time of one upload; a sheet takes 1 to 5."""
    memory_mib: Annotated[int, Meta(ge=512, le=16384)] = 3072
    """Address space of that process."""
    at_once: Annotated[int, Meta(ge=1, le=64)] = 1
    """Looks at the same time: as many as processors may be spent."""
    waiting_seconds: Annotated[float, Meta(ge=0, le=60)] = 10.0
    """How long an upload may wait for its turn before `verify.busy`."""


class LimitsSection(Section, frozen=True, kw_only=True):
    """How often anybody may ask."""

    per_minute: Annotated[float, Meta(gt=0)] = 12.0
    """Checks of one address."""
    burst: Annotated[int, Meta(ge=1)] = 12
    """Checks of one address at once."""
    all_per_minute: Annotated[float, Meta(gt=0)] = 240.0
    """Checks of everybody together, of this process."""
    address_header: Annotated[str, Meta(min_length=1)] | None = None
    """The header in which a reverse proxy on this machine names the caller (`X-Real-IP`). It must set it, never pass
    it on; without one, everybody behind the proxy counts as one address."""


class VerifyConfig(PartyConfig, frozen=True, kw_only=True):
    """The page, and the wards it can ask."""

    wards: tuple[WardNames, ...]
    status_seconds: Annotated[float, Meta(gt=0, le=30)] = 3.0
    """How long a ward may take to say what became of a paper; later, the page says that it could not ask."""
    looking: LookingSection = LookingSection()
    limits: LimitsSection = LimitsSection()

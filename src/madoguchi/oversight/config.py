"""The configuration of the ward's desk."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from madoguchi.runtime.config import PartyConfig, Section
from madoguchi.wire.identifiers import WardCode


class WardSection(Section, frozen=True, kw_only=True):
    """Which ward's desk this is."""

    code: WardCode
    ja: str
    en: str


class OversightConfig(PartyConfig, frozen=True, kw_only=True):
    """The desk asks the ward's issuing servers and the center."""

    ward: WardSection
    ask_seconds: Annotated[float, Meta(gt=0, le=60)] = 5.0

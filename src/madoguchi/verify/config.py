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


class VerifyConfig(PartyConfig, frozen=True, kw_only=True):
    """The page, and the wards it can ask."""

    wards: tuple[WardNames, ...]
    status_seconds: Annotated[float, Meta(gt=0, le=30)] = 3.0
    """How long a ward may take to say what became of a paper; later, the page says that it could not ask."""

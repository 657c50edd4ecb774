"""The configuration of one intake of the issuing server."""

from __future__ import annotations

from typing import ClassVar

from madoguchi.issuer.config import DataKeys, FeedLimits, MenuSection, RetentionSection, WardSection
from madoguchi.runtime.config import PartyConfig


class IntakeConfig(PartyConfig, frozen=True, kw_only=True):
    """One process that takes in; `ward`, `menu` and `data_keys` are those of the issuers."""

    ward: WardSection
    menu: MenuSection
    """Which years are offered: they are kept."""
    data_keys: DataKeys
    feeds: FeedLimits = FeedLimits()
    retention: RetentionSection = RetentionSection()

    replica_fields: ClassVar[frozenset[str]] = PartyConfig.replica_fields | {"data_keys"}

"""The configuration of one intake of the issuing server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar

from msgspec import Meta

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
    drop_directory: Path | None = None
    """Where packages are dropped as directories (docs/operations/feed.md). One intake of the ward looks there."""
    look_seconds: Annotated[float, Meta(gt=0)] = 2.0
    """How often it looks."""
    package_workers: Annotated[int, Meta(ge=1, le=64)] = 2
    """Processes that read and seal a large package, behind whoever issues on the same machine."""

    replica_fields: ClassVar[frozenset[str]] = PartyConfig.replica_fields | {
        "data_keys",
        "drop_directory",
        "package_workers",
    }

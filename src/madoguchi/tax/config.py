"""The tax system's configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from msgspec import Meta

from madoguchi.runtime.config import PartyConfig
from madoguchi.wire.identifiers import WardCode


class TaxConfig(PartyConfig, frozen=True, kw_only=True):
    """What a tax system's process needs beyond the common parts. Its peers are the ward's issuers."""

    ward: WardCode
    heartbeat_seconds: Annotated[float, Meta(gt=0)] = 60.0
    """An empty delta goes out this often, so that the issuer knows how old its data is."""
    watch_seconds: Annotated[float, Meta(gt=0)] = 0.2
    """How often the outbox is looked at; a stop flag reaches the issuer within this time."""
    retry_seconds: Annotated[float, Meta(gt=0)] = 2.0
    """How long to wait after something could not be sent."""
    nightly_at: Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")] | None = None
    """When everything goes out whole once a day, `HH:MM` in Japanese time; without it only when the ledger is new."""
    drop_directory: Path | None = None
    """Where packages are written instead of being pushed to an issuer; stops are pushed all the same."""

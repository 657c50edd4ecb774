"""The configuration of a jpki process."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from madoguchi.runtime.config import PartyConfig


class JpkiConfig(PartyConfig, frozen=True, kw_only=True):
    """One replica of the certificate authority's online service."""

    authority_dir: Path
    """Keys and certificates of both generations, as `jpki.authority.save_authority` writes them."""

    replica_fields: ClassVar[frozenset[str]] = PartyConfig.replica_fields | {"authority_dir", "peers"}
    """Replicas may keep their key files elsewhere and see peers at other addresses."""

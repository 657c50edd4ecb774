"""The registry server's configuration."""

from __future__ import annotations

from madoguchi.runtime.config import PartyConfig
from madoguchi.wire.identifiers import WardCode


class JukinetConfig(PartyConfig, frozen=True, kw_only=True):
    """What the registry server needs beyond the common parts."""

    ward: WardCode

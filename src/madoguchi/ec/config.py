"""The configuration of one store operator's EC center."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from madoguchi.runtime.config import PartyConfig, Section
from madoguchi.wire.identifiers import OperatorCode

KioskHex = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]


class Limits(Section, frozen=True, kw_only=True):
    """How long anything may take or be kept, in seconds."""

    open: Annotated[float, Meta(gt=0, le=60)] = 10.0
    apply: Annotated[float, Meta(gt=0, le=600)] = 45.0
    """Longer than the center takes at its longest; the kiosk's own deadline is the shorter one."""
    outcome: Annotated[float, Meta(gt=0, le=60)] = 10.0
    fetch: Annotated[float, Meta(gt=0, le=60)] = 5.0
    probe: Annotated[float, Meta(gt=0, le=60)] = 2.0
    """Between two probes of the center's replicas."""
    probe_answer: Annotated[float, Meta(gt=0, le=60)] = 5.0
    """How long a probe may take: a busy replica is not a dead one, whose connection is refused at once."""
    cache: Annotated[float, Meta(ge=0, le=600)] = 10.0
    """How long the bytes of the trust list and of a menu are handed on without asking again."""
    retry: Annotated[float, Meta(gt=0, le=600)] = 1.0
    """Before the second attempt to relay an outcome; doubled from attempt to attempt, up to `retry_longest`."""
    retry_longest: Annotated[float, Meta(gt=0, le=3600)] = 60.0
    lost_alarm: Annotated[float, Meta(gt=0, le=24 * 30)] = 24.0
    """Hours that something lost may be open before it is an alarm."""
    keep_days: Annotated[int, Meta(ge=1, le=400)] = 90
    """How long counts of acknowledged outcomes stay in the journal, in days."""


class EcConfig(PartyConfig, frozen=True, kw_only=True):
    """The one EC center of an operator."""

    operator: OperatorCode
    centers: Annotated[tuple[str, ...], Meta(min_length=1)]
    """Names of the peers that are replicas of the national center."""
    kiosks: dict[str, KioskHex]
    """This operator's kiosks: peer name (whose TLS fingerprint stands in `peers`) to opaque kiosk id in hex."""
    limits: Limits = Limits()

    def url(self, name: str) -> str:
        """Where the peer of that name is called. Raises KeyError."""
        for peer in self.peers:
            if peer.name == name and peer.url is not None:
                return peer.url
        raise KeyError(name)

"""The configuration of the center: which wards it serves, where they answer, how long anything may take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar

from msgspec import Meta, field

from madoguchi.center.printers import Printers, PrinterSection
from madoguchi.runtime.config import PartyConfig, Peer, Section
from madoguchi.wire.identifiers import OperatorCode, WardCode


class WardSection(Section, frozen=True, kw_only=True):
    """One ward that takes part."""

    issuers: tuple[str, ...]
    """Names of the peers that are this ward's issuing servers; any one of them serves any transaction."""
    operators: tuple[OperatorCode, ...]
    """Store operators to which the ward has consented (contract annex, A10). Nobody else opens a transaction for it."""


class Lifetimes(Section, frozen=True, kw_only=True):
    """How long a transaction may stay in a state, in seconds on the database's clock, and how long we wait."""

    opened: Annotated[int, Meta(ge=10, le=3600)] = 180
    """From the open answer to the application: the time to set a card and enter a PIN."""
    applying: Annotated[int, Meta(ge=5, le=600)] = 60
    """From the application to its answer. Longer than `issue` plus the center's own work."""
    delivered: Annotated[int, Meta(ge=10, le=86_400)] = 900
    """From the answer to the kiosk's outcome; then the issuance counts as `undelivered` and the card is free again."""
    issue: Annotated[float, Meta(gt=0, le=300)] = 20.0
    """How long one issuing server may take."""
    ocsp: Annotated[float, Meta(gt=0, le=60)] = 5.0
    menu: Annotated[float, Meta(gt=0, le=60)] = 5.0
    outcome: Annotated[float, Meta(gt=0, le=60)] = 10.0
    menu_refresh: Annotated[float, Meta(gt=0, le=3600)] = 30.0
    housekeeping: Annotated[float, Meta(gt=0, le=3600)] = 5.0


class CenterConfig(PartyConfig, frozen=True, kw_only=True):
    """One replica of the national center."""

    wards: dict[WardCode, WardSection]
    jpki: str
    """Name of the peer that answers OCSP."""
    kek: Path
    """32 octets: wraps the sealing keys of the day in the database. The same for all replicas."""
    pseudonym_key: Path
    """32 octets: makes card pseudonyms. The same for all replicas."""
    back_font: Path
    """The font file with which the backs are set."""
    printers: dict[str, PrinterSection] = field(default_factory=dict)
    """By name of the model. Part of what all replicas share: a sheet looks alike, whichever center made its marks."""
    lifetimes: Lifetimes = Lifetimes()

    replica_fields: ClassVar[frozenset[str]] = PartyConfig.replica_fields | {
        "kek",
        "pseudonym_key",
        "back_font",
        "peers",
    }
    """Replicas may keep their key files elsewhere and see peers at other addresses; the rest is shared."""

    def __post_init__(self) -> None:
        """ValueError, which the reader of the file turns into a refusal, for two models that claim the same kiosks."""
        Printers(self.printers)

    def peer(self, name: str) -> Peer:
        """The peer of that name. Raises KeyError."""
        for peer in self.peers:
            if peer.name == name:
                return peer
        raise KeyError(name)

    def url(self, name: str) -> str:
        """Where the peer of that name is called. Raises KeyError when it is not configured or has no address."""
        url = self.peer(name).url
        if url is None:
            raise KeyError(name)
        return url

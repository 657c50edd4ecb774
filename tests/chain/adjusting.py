"""What differs from service in a town of the tests: short times, and a monitor at every party."""

from __future__ import annotations

import msgspec
from cryptography import x509

from madoguchi.center.config import CenterConfig
from madoguchi.center.config import Lifetimes as CenterTimes
from madoguchi.deployment.tls import fingerprint
from madoguchi.ec.config import EcConfig
from madoguchi.ec.config import Limits as EcTimes
from madoguchi.issuer.config import IssuerConfig
from madoguchi.issuer.intake.config import IntakeConfig
from madoguchi.kiosk.config import KioskConfig, Timeouts
from madoguchi.runtime.config import PartyConfig, Peer

KIOSK_TIMES = Timeouts(call=12.0, whole=60.0, retry=1.0, refresh=1.0)
CENTER_TIMES = CenterTimes(issue=8.0, applying=15, housekeeping=1.0, menu_refresh=1.0)
EC_TIMES = EcTimes(apply=14.0, probe=0.5, cache=0.5, retry=0.2, retry_longest=1.0)
PULL_SECONDS = 1.0
"""Shorter than in service, in the same order of length: center before kiosk before ec."""


def for_tests(config: PartyConfig) -> PartyConfig:
    """Short times, and a monitor that reads the counters of every party."""
    return with_monitor(short_times(config))


def with_monitor(config: PartyConfig) -> PartyConfig:
    """Where the ward's desk is no peer already, its certificate serves as the monitor's."""
    if config.party == "oversight" or any(peer.party == "oversight" for peer in config.peers):
        return config
    shown = config.tls.certificate.parent.parent / "oversight-1" / "tls.pem"
    certificate = x509.load_pem_x509_certificate(shown.read_bytes())
    monitor = Peer(party="monitor", name="monitor-1", fingerprints=(fingerprint(certificate),))
    return msgspec.structs.replace(config, peers=(*config.peers, monitor))


def short_times(config: PartyConfig) -> PartyConfig:
    """Nobody in a test waits as long as a resident would."""
    match config:
        case KioskConfig():
            return msgspec.structs.replace(config, timeouts=KIOSK_TIMES)
        case CenterConfig():
            return msgspec.structs.replace(config, lifetimes=CENTER_TIMES)
        case EcConfig():
            return msgspec.structs.replace(config, limits=EC_TIMES)
        case IssuerConfig() | IntakeConfig():
            return msgspec.structs.replace(
                config, feeds=msgspec.structs.replace(config.feeds, pull_seconds=PULL_SECONDS)
            )
        case _:
            return config

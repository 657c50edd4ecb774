"""Authorities and keys that tests share: making RSA keys is what takes time."""

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa

from madoguchi.card.virtual import VirtualCard
from madoguchi.jpki.authority import Authority, create_authority, make_card, new_rsa_key
from madoguchi.wire.identifiers import Environment

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SERIAL = "3AC40F77"
PIN = "1234"


@cache
def authority(environment: Environment = Environment.DEMO, which: int = 0) -> Authority:
    """An authority; `which` tells apart authorities of one environment."""
    assert which >= 0
    return create_authority(environment=environment, at=NOW)


@cache
def card_key(which: int = 0) -> rsa.RSAPrivateKey:
    """The key of a card."""
    assert which >= 0
    return new_rsa_key()


def card(
    *, generation: str = "g1", serial: str = SERIAL, pin: str = PIN, issued_by: Authority | None = None
) -> VirtualCard:
    """A card as it came from the ward's counter."""
    return make_card(
        issued_by or authority(),
        generation=generation,
        serial=serial,
        not_before=NOW - timedelta(days=700),
        not_after=NOW + timedelta(days=1000),
        pin=pin,
        private_key=card_key(),
    )

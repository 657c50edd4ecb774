"""A virtual card in a small file: the demo's cards keep their retry counter across restarts.

The file holds a private key and a PIN, so it is readable by its owner only. Such cards are for demo and test; a real
card's key never leaves its chip.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from madoguchi.card.apdu import AUTHENTICATION_PIN_TRIES
from madoguchi.card.token import Token
from madoguchi.card.virtual import CardContents, VirtualCard


class CardFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file's JSON; octets are base64."""

    version: int = 1
    private_key: bytes
    """PKCS#8 DER."""
    certificate: bytes
    ca_certificate: bytes
    pin: bytes
    pin_tries: int
    token: Token


def save_card(card: VirtualCard, path: Path) -> None:
    """Write the card's file whole and durably: a crash leaves the old one or the new one."""
    contents = card.contents
    key = contents.private_key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    octets = msgspec.json.encode(
        CardFile(
            private_key=key,
            certificate=contents.certificate,
            ca_certificate=contents.ca_certificate,
            pin=contents.pin,
            pin_tries=contents.pin_tries,
            token=contents.token,
        )
    )
    _replace(path, octets)


def load_card(path: Path) -> VirtualCard:
    """The card of a file; its counter is written back at every change. Raises ValueError for a file that is no card."""
    file = msgspec.json.decode(path.read_bytes(), type=CardFile)
    # The file is one that save_card wrote: proving again that its factors are prime costs 70 ms at every touch.
    key = serialization.load_der_private_key(file.private_key, password=None, unsafe_skip_rsa_key_validation=True)
    tries_fit = 0 <= file.pin_tries <= AUTHENTICATION_PIN_TRIES
    if file.version != 1 or not tries_fit or not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("not a card file of version 1")
    contents = CardContents(
        private_key=key,
        certificate=file.certificate,
        ca_certificate=file.ca_certificate,
        pin=file.pin,
        pin_tries=file.pin_tries,
        token=file.token,
    )
    return VirtualCard(contents, on_change=lambda card: save_card(card, path))


def token_in(path: Path) -> Token:
    """What a card file plays: a plastic card or a phone. Raises ValueError for a file that is no card."""
    return msgspec.json.decode(path.read_bytes(), type=CardFile).token


def _replace(path: Path, octets: bytes) -> None:
    # mkstemp makes the file with mode 0600.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)

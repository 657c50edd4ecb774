"""Virtual cards for residents of an export: the certificate carries the very serial that the registry knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import msgspec

from madoguchi.card import Token, VirtualCard, save_card
from madoguchi.jpki.authority import Authority, make_card
from madoguchi.records import CardSerial, RecordSet
from madoguchi.records.serial import Medium
from madoguchi.runtime.clock import JST

DEMO_PIN = "1234"
LABELS_FILE = "labels.json"


_TOKENS = {Medium.CARD: (Token.PLASTIC,), Medium.PHONE: (Token.ANDROID, Token.IPHONE)}


@dataclass(frozen=True, slots=True, kw_only=True)
class CardLabel:
    """What a kiosk's device panel says of a card."""

    label: str
    """Whose it is."""
    note: str = ""
    """What it is there to show; empty for a resident like any other."""


def card_of(
    authority: Authority, serial: CardSerial, *, pin: str = DEMO_PIN, token: Token | None = None
) -> VirtualCard:
    """The card or phone that holds this certificate. About 0.1 s: it has an RSA key of its own.

    What it is follows from the registry's medium; `token` says which phone (Android unless given). Raises ValueError
    for a token that the medium is not.
    """
    fitting = _TOKENS[serial.medium]
    played = token or fitting[0]
    if played not in fitting:
        msg = f"a certificate on a {serial.medium} is not on {played.name}"
        raise ValueError(msg)
    return make_card(
        authority,
        generation=serial.ca_generation,
        serial=serial.serial,
        not_before=_midnight(serial.valid_from),
        not_after=_midnight(serial.valid_until) + timedelta(days=1),
        pin=pin,
        token=played,
    )


def current_serials(records: RecordSet, *, medium: Medium = Medium.CARD) -> dict[str, CardSerial]:
    """Addressee number to the certificate that this person would hold today on this medium, valid if there is one.

    Card and phone have certificates of their own.
    """
    held: dict[str, CardSerial] = {}
    for serial in records.serials:
        known = held.get(serial.addressee_number)
        if serial.medium != medium:
            continue
        if known is None or (known.status != "valid" and serial.status == "valid"):
            held[serial.addressee_number] = serial
    return held


def save_cards(
    authority: Authority,
    holders: Mapping[str, CardSerial],
    directory: Path,
    *,
    labels: Mapping[str, CardLabel],
    tokens: Mapping[str, Token] | None = None,
) -> None:
    """Write one card file per name, `NAME.json`, and the labels that a kiosk's device panel shows for them.

    A label may be there before its card.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    (directory / LABELS_FILE).write_bytes(msgspec.json.encode(dict(labels)))
    for _ in save_more_cards(authority, holders, directory, tokens=tokens):
        pass


def save_more_cards(
    authority: Authority,
    holders: Mapping[str, CardSerial],
    directory: Path,
    *,
    tokens: Mapping[str, Token] | None = None,
) -> Iterator[str]:
    """Write these too, and name each that is there."""
    for name, serial in holders.items():
        save_card(card_of(authority, serial, token=(tokens or {}).get(name)), directory / f"{name}.json")
        yield name


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=JST)

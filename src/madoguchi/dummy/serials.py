"""Card certificates of invented people: random-looking serials of varying length, renewals, phones."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from madoguchi.dummy import shares
from madoguchi.dummy.people import Person
from madoguchi.records import CaGeneration, CardSerial, Medium, SerialStatus

_G2_BEGAN = date(2025, 4, 1)
"""From here on the dummy jpki issues with its second CA key."""


def serial_number(rng: Random) -> str:
    """16 to 20 octets in upper-case hex, the first digit 1 to 7 (a positive DER integer without padding)."""
    digits = 2 * rng.randrange(16, 21)
    return f"{rng.randrange(1, 8)}{rng.getrandbits(4 * (digits - 1)):0{digits - 1}X}"


def card(
    rng: Random,
    person: Person,
    *,
    issued: date,
    medium: Medium = Medium.CARD,
    status: SerialStatus = SerialStatus.VALID,
    generation: CaGeneration | None = None,
    serial: str | None = None,
) -> CardSerial:
    """One certificate; it ends on the fifth birthday after its issue."""
    return CardSerial(
        addressee_number=person.number,
        ca_generation=generation or (CaGeneration.G2 if issued >= _G2_BEGAN else CaGeneration.G1),
        serial=serial or serial_number(rng),
        medium=medium,
        status=status,
        valid_from=issued,
        valid_until=fifth_birthday(person.birth, issued),
    )


def fifth_birthday(born: date, issued: date) -> date:
    """The fifth birthday after `issued`; someone born on February 29 has it on the 28th of a common year."""
    passed = (issued.month, issued.day) >= (born.month, born.day)
    year = issued.year + (5 if passed else 4)
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def usual_cards(rng: Random, person: Person, *, as_of: date) -> list[CardSerial]:
    """What most people hold: nothing, a card, a renewed card, a card and a phone."""
    chance, age = rng.random(), person.age_for(as_of.year + 1)
    if chance < (shares.NO_CARD_AS_CHILD if age < shares.CHILD_UNDER else shares.NO_CARD):
        return []
    issued = max(as_of - timedelta(days=rng.randrange(20, 1_400)), person.birth + timedelta(days=10))
    held = [card(rng, person, issued=issued)]
    if chance > shares.RENEWED_FROM:
        before = max(issued - timedelta(days=1_500), person.birth + timedelta(days=5))
        held.insert(0, card(rng, person, issued=before, status=SerialStatus.SUPERSEDED))
    elif chance > shares.PHONE_FROM and age >= shares.PHONE_FROM_AGE:
        held.append(card(rng, person, issued=issued + timedelta(days=12), medium=Medium.PHONE))
    elif chance > shares.REVOKED_FROM:
        held[0] = card(rng, person, issued=issued, status=SerialStatus.REVOKED)
    return held

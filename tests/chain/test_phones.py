"""Phones before the whole chain: their certificates are certificates of their own."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from madoguchi.card import Token
from madoguchi.demo.cases.stage import Stage as Staff
from madoguchi.demo.cast import Holder
from madoguchi.deployment.cards import current_serials
from madoguchi.records import CardSerial, SerialStatus
from tests.chain.resident import Resident
from tests.chain.town import Town

KIOSK = "kiosk-7"


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """One resident's card and phone, and how the register lists them."""

    card: Holder
    phone: Holder
    rows: dict[str, CardSerial]
    """By the name of the card or phone."""


async def card_and_phone(town: Town, token: Token) -> Both:
    """A resident who has registered a phone as well."""
    card = town.someone()
    number = card.addressee_number
    made = await Staff(town.running).new_card(number, token=token)
    phone = Holder(card=made.name, addressee_number=number, label=made.name, token=token)
    serial = current_serials(town.running.records)[number]
    return Both(card=card, phone=phone, rows={card.card: serial, phone.card: made.row})


@pytest.mark.parametrize("token", [Token.ANDROID, Token.IPHONE])
async def test_a_phone_ends_in_paper(town: Town, token: Token) -> None:
    both = await card_and_phone(town, token)

    recorded = await town.visit_well(KIOSK, both.phone)

    asked = {"pin", "phone"} & {name for name, _ in recorded.visit.screens}
    assert asked == {"pin" if token.asks_pin else "phone"}
    assert recorded.visit.end["paid_yen"] == 300


async def test_the_holder_refuses_on_the_iphone(town: Town) -> None:
    both = await card_and_phone(town, Token.IPHONE)
    applied = _applications(town)

    async with Resident(town.running.page_url(KIOSK)) as hand:

        async def refuse(_shown: object) -> None:
            await hand.operate("refuse_on_phone")
            async for shown in hand.screens():
                if shown["name"] != "phone":
                    return

        recorded = await town.visit(KIOSK, both.phone, instead={"phone": refuse})

    assert recorded.end == "refusal card.not_confirmed"
    assert recorded.visit.end["money"] is None
    assert not recorded.papers
    assert _applications(town) == applied, "the ward was asked"
    await town.visit_well(KIOSK, both.phone)


@pytest.mark.parametrize("token", [Token.ANDROID, Token.IPHONE])
@pytest.mark.parametrize("revoked", ["phone", "card"])
async def test_what_is_revoked_takes_nothing_else_along(town: Town, revoked: str, token: Token) -> None:
    """The card authority revokes one of the two certificates of a resident; the other still opens the ward's door."""
    both = await card_and_phone(town, token)
    bad, good = (both.phone, both.card) if revoked == "phone" else (both.card, both.phone)
    row, applied = both.rows[bad.card], _applications(town)
    town.command("jpki-1", "revoke", "--generation", row.ca_generation, "--serial", row.serial)

    refused = await town.visit(KIOSK, bad)

    assert refused.end == "refusal refused.card"
    assert refused.visit.end["money"] is None
    assert not refused.papers
    assert _applications(town) == applied, "the ward was asked"
    await town.visit_well(KIOSK, good)
    assert (await town.visit(KIOSK, bad)).end == "refusal refused.card", "the visit of the other one gave it life"


async def test_a_phone_that_the_ward_no_longer_lists(town: Town) -> None:
    """The register has it revoked, and the card authority has not heard of it: the ward itself refuses."""
    both = await card_and_phone(town, Token.ANDROID)
    await Staff(town.running).list_at_jukinet(both.rows[both.phone.card], status=SerialStatus.REVOKED)

    refused = await town.visit(KIOSK, both.phone)

    assert refused.end.startswith("refusal refused.")
    assert refused.visit.end["money"] is None
    assert not refused.papers
    await town.visit_well(KIOSK, both.card)


def _applications(town: Town) -> int:
    """How many the ward has been asked."""
    with town.database("issuer") as database:
        row = database.execute("SELECT count(*) AS n FROM issuances").fetchone()
    assert row is not None
    number: int = row["n"]
    return number

"""Who has a card or a phone in the demonstration, and who takes the certificate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from madoguchi.card import Token
from madoguchi.deployment.cards import current_serials
from madoguchi.records import RecordSet
from madoguchi.records.serial import Medium

_CARDS = {
    "plain": "給与の人 Wages",
    "yoshida_u20bb7": "𠮷（外字） A rare character",
    "ivs_tsuji": "辻（異体字） A variant character",
    "long_latin_name": "長い名前 A long name",
    "alias": "通称がある人 An alias",
    "non_taxable": "非課税の人 No tax",
    "overdue": "未納がある人 Tax in arrears",
    "suppressed": "支援措置の人 Protected",
    "revoked_card": "失効したカード Revoked card",
}
"""Named cases of the dummy ward that have a card to play with, and what each is there to show; the first one takes the
certificate."""
_WITH_PHONE = "hashigo_taka"
"""Named case that holds a card and a phone."""
_PHONES = (
    ("iphone", "スマートフォン iPhone", Token.IPHONE),
    ("android", "スマートフォン Android", Token.ANDROID),
)
_OWN_CARDS = 8
"""With a ward's own records: so many people get a card."""
_OTHER_CARDS = 1_000
"""So many others get one while the demonstration stays: a ward's own records may name hundreds of thousands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A card of the demonstration: its name, whose it is, and what the device panel calls it."""

    card: str
    addressee_number: str
    label: str
    note: str = ""
    """What this card is there to show; empty for a resident like any other."""
    token: Token = Token.PLASTIC

    @property
    def medium(self) -> Medium:
        """As the registry calls it."""
        return Medium.PHONE if self.token.is_phone else Medium.CARD


def holders(records: RecordSet, cases: dict[str, str]) -> tuple[Holder, ...]:
    """Who has a card: the cast of the dummy ward, or the first people of a ward's own records who can have one."""
    names = {each.addressee_number: each.name for each in records.residents}
    phones = _phones(records, cases, names)
    if cases:
        cards = tuple(
            Holder(card=case, addressee_number=cases[case], label=names[cases[case]], note=note)
            for case, note in _CARDS.items()
            if case in cases
        )
        return (*cards, *phones)
    serials = current_serials(records)
    able = [who for who, serial in serials.items() if serial.status == "valid"][:_OWN_CARDS]
    cards = tuple(
        Holder(card=f"resident-{number}", addressee_number=who, label=names[who])
        for number, who in enumerate(able, start=1)
    )
    return (*cards, *phones)


def _phones(records: RecordSet, cases: dict[str, str], names: dict[str, str]) -> tuple[Holder, ...]:
    """An iPhone and an Android phone, each with the certificate that its holder has on a phone: as far as there are."""
    levied = {each.addressee_number for each in records.taxes if each.levied_here}
    valid = {who for who, each in current_serials(records, medium=Medium.PHONE).items() if each.status == "valid"}
    others = [who for who in current_serials(records, medium=Medium.PHONE) if who in valid & levied]
    named = [cases[_WITH_PHONE]] if _WITH_PHONE in cases else []
    able = list(dict.fromkeys([*named, *(who for who in others if who not in cases.values())]))
    return tuple(
        Holder(card=card, addressee_number=who, label=names[who], note=note, token=token)
        for (card, note, token), who in zip(_PHONES, able, strict=False)
    )


def everybody_else(records: RecordSet, known: Iterable[Holder]) -> tuple[Holder, ...]:
    """Every other resident who can hold a valid card, to be played with as well."""
    names = {each.addressee_number: each.name for each in records.residents}
    seen = {each.addressee_number for each in known if not each.token.is_phone}
    able = [who for who, serial in current_serials(records).items() if serial.status == "valid" and who not in seen]
    return tuple(
        Holder(card=f"other-{number}", addressee_number=who, label=names[who])
        for number, who in enumerate(able[:_OTHER_CARDS], start=1)
    )


def newest_levied_year(records: RecordSet, addressee_number: str) -> int:
    """The newest fiscal year in which this person is levied by the ward. Raises ValueError when there is none."""
    return max(
        each.fiscal_year for each in records.taxes if each.addressee_number == addressee_number and each.levied_here
    )

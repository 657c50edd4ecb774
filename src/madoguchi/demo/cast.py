"""Who has a card in the demonstration, and who takes the certificate."""

from __future__ import annotations

from dataclasses import dataclass

from madoguchi.deployment.cards import current_serials
from madoguchi.records import RecordSet

_CARDS = (
    "plain",
    "yoshida_u20bb7",
    "ivs_tsuji",
    "long_latin_name",
    "alias",
    "non_taxable",
    "overdue",
    "suppressed",
    "revoked_card",
)
"""Named cases of the dummy ward that have a card to play with; the first one takes the certificate."""
_OWN_CARDS = 8
"""With a ward's own records: so many people get a card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A card of the demonstration: its name, whose it is, and what the device panel calls it."""

    card: str
    addressee_number: str
    label: str


def holders(records: RecordSet, cases: dict[str, str]) -> tuple[Holder, ...]:
    """Who has a card: the cast of the dummy ward, or the first people of a ward's own records who can have one."""
    names = {each.addressee_number: each.name for each in records.residents}
    if cases:
        return tuple(
            Holder(card=case, addressee_number=cases[case], label=f"{names[cases[case]]}（{case}）")
            for case in _CARDS
            if case in cases
        )
    serials = current_serials(records)
    able = [who for who, serial in serials.items() if serial.status == "valid"][:_OWN_CARDS]
    return tuple(
        Holder(card=f"resident-{number}", addressee_number=who, label=names[who])
        for number, who in enumerate(able, start=1)
    )


def newest_levied_year(records: RecordSet, addressee_number: str) -> int:
    """The newest fiscal year in which this person is levied by the ward. Raises ValueError when there is none."""
    return max(
        each.fiscal_year for each in records.taxes if each.addressee_number == addressee_number and each.levied_here
    )

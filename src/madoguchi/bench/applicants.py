"""Who applies in a measurement: residents of a dummy ward who can be issued to, with names that differ."""

from __future__ import annotations

from datetime import date

from madoguchi.bench.reader import plain
from madoguchi.demo.cast import Holder
from madoguchi.deployment.cards import current_serials
from madoguchi.records import RecordSet
from madoguchi.records.tax import TaxStatus

FISCAL_YEAR = 2026
_LEAST_AGE = 20
_DRAWN_BY_EVERY_FONT = 0x9FFF


def applicants(records: RecordSet, *, number: int, today: date) -> tuple[Holder, ...]:
    """So many people: in the register, declared and levied this year, adults, a valid card, no stop, distinct names.

    Raises ValueError when the ward has too few.
    """
    declared = {
        each.addressee_number
        for each in records.taxes
        if each.fiscal_year == FISCAL_YEAR and each.levied_here and each.status is TaxStatus.DECLARED
    }
    valid = {
        who
        for who, serial in current_serials(records).items()
        if serial.status == "valid" and serial.valid_from <= today <= serial.valid_until
    }
    chosen: dict[str, Holder] = {}
    for each in records.residents:
        able = each.addressee_number in declared & valid and not each.suppression and each.removal is None
        adult = today.year - each.birth_date.year > _LEAST_AGE
        simple = all(ord(character) <= _DRAWN_BY_EVERY_FONT for character in each.name)
        if able and adult and simple and plain(each.name) not in chosen:
            card = f"card-{each.addressee_number}"
            chosen[plain(each.name)] = Holder(card=card, addressee_number=each.addressee_number, label=card)
        if len(chosen) == number:
            return tuple(chosen.values())
    msg = f"the ward has {len(chosen)} residents who can apply, {number} are needed"
    raise ValueError(msg)

"""Which values a kind of certificate has: what a layout may show, and what it must show.

The lists of amounts and counts are those of the builders (`taxation`, `payment`); what stands here beside them is the
rest. A test holds the whole against what the builders really give.
"""

from __future__ import annotations

from typing import Final

from madoguchi.certificate.kinds import PAYMENT, TAXATION, kind_of
from madoguchi.certificate.layout import SHEET_FIELDS
from madoguchi.certificate.payment import ROWS
from madoguchi.certificate.taxation import COUNT_FIELDS, MONEY_FIELDS

_HEADING: Final = frozenset(("certificate_number", "issued_on", "authority", "seal_text", "title", "year_title"))
_PERSON: Final = frozenset(("name", "alias", "birth_date", "address"))
_FAMILY: Final = frozenset(
    (
        "spouse_general", "spouse_elderly", "spouse_same_livelihood", "own_disability", "own_widowhood", "own_student",
        "own_minor",
    )
)  # fmt: skip
_BALANCE: Final = ("amount", "paid", "overdue", "upcoming")
_PAYMENT: Final = frozenset(
    (
        "taxes", "annual_tax", "paid", "overdue", "upcoming",
        *(f"{way}_{part}" for way in ("ordinary", "special", "pension") for part in _BALANCE),
        *(f"row{number:02}_{part}" for number in range(1, ROWS + 1) for part in ("label", "due_date", *_BALANCE)),
    )
)  # fmt: skip
_OF_KIND: Final = {
    TAXATION.code: _HEADING | _PERSON | {"address_on_assessment_date", "sex"} | MONEY_FIELDS | COUNT_FIELDS | _FAMILY,
    PAYMENT.code: _HEADING | _PERSON | _PAYMENT,
}
_ALWAYS: Final = frozenset(
    ("certificate_number", "issued_on", "authority", "title", "year_title", "name", "birth_date")
)


def fields_of(kind: str) -> frozenset[str]:
    """Every value of a kind, those of some years only included. KeyError for a kind that nobody registered."""
    return _OF_KIND[kind]


def required_fields(kind: str) -> frozenset[str]:
    """What page 1 cannot be without.

    Who, what, when and by whom, and what the signed front code repeats; of a payment certificate everything that
    counts money, because an instalment without a line would simply not be there. KeyError for an unknown kind.
    """
    needed = _ALWAYS | frozenset(kind_of(kind).main_fields) | SHEET_FIELDS
    return needed | (_PAYMENT if kind == PAYMENT.code else frozenset())


CONTINUATION_FIELDS: Final = SHEET_FIELDS | {"certificate_number", "name"}
"""What every following page cannot be without: whose page it is, and which."""

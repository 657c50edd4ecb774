"""The kinds of certificate, as registered data.

Center, EC center and kiosk hold no list of kinds: they carry the code and the names that the ward's signed menu gives
them. Another kind (住民票の写し and others share the server later) is one more registration here, values (`fields`),
a builder (`builders`), a layout (`layout.choosing`), and at the ward the clerk's own expectation
(`issuer.clerk.expecting`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from madoguchi.errors import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of certificate."""

    code: str
    """What crosses a wire: lower case ASCII, stable for ever."""
    name: Text
    """What the menu shows."""
    title: Text
    """What the paper is called."""
    exempt_title: Text | None = None
    """What the paper is called when the year's tax is 0; None where that makes no difference."""
    main_fields: tuple[str, ...]
    """The values that the signed front code repeats, in its order (`docs/front-code.md`)."""
    main_labels: tuple[Text, ...]
    """What whoever checks a paper is shown for each of them."""
    certifies_payments: bool = False
    """Made from payment data: none for a year that is 非課税, and the ward's setting `unpaid` applies."""


_KINDS: dict[str, Kind] = {}


def register_kind(kind: Kind) -> Kind:
    """Add a kind. ValueError when its code is taken, or a main value has no label."""
    if len(kind.main_fields) != len(kind.main_labels):
        msg = f"kind {kind.code} needs a label for each main value"
        raise ValueError(msg)
    if kind.code in _KINDS:
        msg = f"kind {kind.code} is registered twice"
        raise ValueError(msg)
    _KINDS[kind.code] = kind
    return kind


def kind_of(code: str) -> Kind:
    """The kind with this code. KeyError when nobody registered it."""
    return _KINDS[code]


def all_kinds() -> tuple[Kind, ...]:
    """Every registered kind, by code."""
    return tuple(_KINDS[code] for code in sorted(_KINDS))


TAXATION: Final = register_kind(
    Kind(
        code="taxation",
        name=Text("課税（非課税）証明書", "Taxation certificate"),
        title=Text("課税証明書", "Certificate of Taxation"),
        exempt_title=Text("非課税証明書", "Certificate of Tax Exemption"),
        main_fields=("total_income", "gross_income", "annual_tax"),
        main_labels=(
            Text("合計所得金額", "Total income"),
            Text("総所得金額等", "Gross income"),
            Text("年税額", "Tax for the year"),
        ),
    )
)
PAYMENT: Final = register_kind(
    Kind(
        code="payment",
        name=Text("納税証明書", "Tax payment certificate"),
        title=Text("納税証明書", "Certificate of Tax Payment"),
        main_fields=("annual_tax", "paid", "overdue", "upcoming"),
        main_labels=(
            Text("年税額", "Tax for the year"),
            Text("納付済額", "Paid"),
            Text("未納額（納期到来分）", "Unpaid, due"),
            Text("未納額（納期未到来分）", "Unpaid, not yet due"),
        ),
        certifies_payments=True,
    )
)

"""What a certificate of a kind says, made from one person's rows: one builder per kind, registered.

Beside its `Kind`, its layout and its fields this is all that the composer needs of another kind. The clerk has its own
registry (`issuer.clerk.expecting`), so that nothing of a builder is believed there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from madoguchi.certificate.facts import Facts, Heading
from madoguchi.certificate.kinds import PAYMENT, TAXATION, Kind
from madoguchi.certificate.payment import payment_facts
from madoguchi.certificate.taxation import taxation_facts
from madoguchi.records import Instalment, Resident, TaxRecord


class Builder(Protocol):
    """Makes the facts of one kind."""

    def __call__(
        self, resident: Resident, tax: TaxRecord, instalments: Sequence[Instalment], heading: Heading, *, as_of: date
    ) -> Facts:
        """Everything that is printed, as final text. Raises the problems of `madoguchi.certificate`."""
        ...


_BUILDERS: dict[str, Builder] = {}


def register_builder(kind: Kind, builder: Builder) -> None:
    """Say how a kind's facts are made. ValueError when it was said before."""
    if kind.code in _BUILDERS:
        msg = f"kind {kind.code} has a builder"
        raise ValueError(msg)
    _BUILDERS[kind.code] = builder


def build_facts(
    kind: str,
    resident: Resident,
    tax: TaxRecord,
    instalments: Sequence[Instalment],
    heading: Heading,
    *,
    as_of: date,
) -> Facts:
    """The facts of a certificate of this kind on the day `as_of` (Japanese time). KeyError for an unknown kind.

    Raises what the kind's builder raises: the problems of `madoguchi.certificate`.
    """
    return _BUILDERS[kind](resident, tax, instalments, heading, as_of=as_of)


def _taxation(
    resident: Resident,
    tax: TaxRecord,
    instalments: Sequence[Instalment],  # noqa: ARG001 - the paper has none
    heading: Heading,
    *,
    as_of: date,  # noqa: ARG001 - nor a day of its own
) -> Facts:
    return taxation_facts(resident, tax, heading)


register_builder(TAXATION, _taxation)
register_builder(PAYMENT, payment_facts)

"""Everything that one application is judged by, as one frozen value: the rules read it and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from madoguchi.issuer.config import IssuerConfig, MenuSection
from madoguchi.issuer.store.layouts import PersonColumns
from madoguchi.records import Instalment, TaxRecord
from madoguchi.runtime.clock import JST
from madoguchi.wire.transaction import Transcript


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Whose card: digest of the issuing CA's key, and serial. Never the serial alone: generations share a name."""

    ca_key_digest: bytes = field(repr=False)
    serial: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the card signed that it wants."""

    kind: str
    fiscal_year: int
    copies: int
    fee_yen: int
    operator: str

    @classmethod
    def of(cls, transcript: Transcript) -> Asked:
        """From the transcript that the card signed."""
        return cls(
            kind=transcript.kind,
            fiscal_year=transcript.fiscal_year,
            copies=transcript.copies,
            fee_yen=transcript.fee_yen,
            operator=transcript.operator,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialRow:
    """What jukinet said of the card's certificate."""

    person: bytes = field(repr=False)
    """The keyed name of its holder (`issuer.store.index`)."""
    status: Literal["valid", "revoked", "superseded"]
    ambiguous: bool
    valid_from: date
    valid_until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """A person of the tax data, with every flag that stops a paper."""

    version: int
    stops: frozenset[str]
    """Stop notices in force: suppression, removal, correction."""
    suspended: bool
    """The clerk found a wrong value in a paper of this record."""
    columns: PersonColumns = field(repr=False)

    @property
    def addressee_number(self) -> str:
        """宛名番号, which stands nowhere in the clear."""
        return self.columns.addressee_number


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The state of the whole ward's service, on the database."""

    alarm: bool
    suspended: bool
    tax_as_of: datetime | None
    jukinet_as_of: datetime | None
    menu: MenuSection = field(repr=False)
    """The offer in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """The whole service at one moment."""

    now: datetime
    config: IssuerConfig = field(repr=False)
    house: House

    @property
    def today(self) -> date:
        """The date in Japan."""
        return self.now.astimezone(JST).date()

    @property
    def menu(self) -> MenuSection:
        """What the ward offers at this moment."""
        return self.house.menu


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(Situation):
    """One application at one moment."""

    asked: Asked
    serial: SerialRow | None
    person: PersonRow | None
    record: TaxRecord | None = field(repr=False)
    """The tax record of the year that was asked for."""
    instalments: tuple[Instalment, ...] = field(repr=False)

    @property
    def someone(self) -> PersonRow:
        """The person, after the rule that there is one."""
        if self.person is None:
            msg = "asked about nobody"
            raise ValueError(msg)
        return self.person

    @property
    def levied(self) -> TaxRecord:
        """The year's record, after the rule that there is one."""
        if self.record is None:
            msg = "asked about no record"
            raise ValueError(msg)
        return self.record

"""The configuration with which an issuing server begins: complete, and offering nothing until the ward has decided."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from madoguchi.certificate.kinds import all_kinds
from madoguchi.issuer.config import (
    AuthorityTerm,
    DataKeys,
    IssuerConfig,
    MenuSection,
    OfferedKind,
    PaperSection,
    WardSection,
)
from madoguchi.runtime.config import declare, write_config
from madoguchi.runtime.first_config import first_sections
from madoguchi.wire.identifiers import Environment
from madoguchi.wire.menu import ServiceHours, Wording

_OPENS_MINUTE, _CLOSES_MINUTE = 6 * 60 + 30, 23 * 60
"""The hours of the certificates service in convenience stores."""
_NEW_YEAR: Final = ("12-29", "12-30", "12-31", "01-01", "01-02", "01-03")


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """What somebody must say about a ward before there is a configuration."""

    name: str
    replicas: tuple[str, ...]
    environment: Environment
    ward: str
    ward_name: Wording
    contact: Wording
    fee_yen: int
    port: int
    database_url: str
    certifiers: tuple[AuthorityTerm, ...]
    """In the order of their terms; none yet is possible, and then nothing is issued."""


def write_first_config(first: First, file: Path) -> IssuerConfig:
    """Write it beside the keys that it names. No operator, no year and no peer: nobody is served yet."""
    home = file.absolute().parent
    sections = first_sections(
        home,
        party="issuer",
        name=first.name,
        replicas=first.replicas,
        environment=first.environment,
        port=first.port,
        database_url=first.database_url,
    )
    sections["signing_keys"]["front_code"] = home / "front-code.key"
    made = declare(
        IssuerConfig(
            **sections,
            data_keys=DataKeys(kek=home / "kek.key", index=home / "index.key", pseudonyms=home / "pseudonyms.key"),
            ward=WardSection(code=first.ward, name=first.ward_name, contact=first.contact),
            menu=MenuSection(
                revision=1,
                hours=ServiceHours(opens_minute=_OPENS_MINUTE, closes_minute=_CLOSES_MINUTE, closed_days=_NEW_YEAR),
                operators=(),
                kinds=tuple(
                    OfferedKind(kind=kind.code, fee_yen=first.fee_yen, max_copies=5, years=()) for kind in all_kinds()
                ),
            ),
            paper=PaperSection(authorities=first.certifiers),
        )
    )
    write_config(made, file)
    return made

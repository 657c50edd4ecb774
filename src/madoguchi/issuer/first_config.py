"""The configuration with which an issuing server begins: complete, and offering nothing until the ward has decided."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from madoguchi import __version__
from madoguchi.certificate.kinds import all_kinds
from madoguchi.issuer.config import DataKeys, IssuerConfig, MenuSection, OfferedKind, PaperSection, WardSection
from madoguchi.runtime.config import Database, Listen, TlsFiles, Topology, TrustFiles, declare, write_config
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


def write_first_config(first: First, file: Path) -> IssuerConfig:
    """Write it beside the keys that it names. No operator, no year, no certifier and no peer: nobody is served yet."""
    home = file.absolute().parent
    made = declare(
        IssuerConfig(
            party="issuer",
            name=first.name,
            environment=first.environment,
            version_expected=__version__,
            listen=Listen(host="0.0.0.0", port=first.port),  # noqa: S104  the firewall says who comes (mutual TLS)
            tls=TlsFiles(certificate=home / "tls.pem", key=home / "tls.key", ca=home / "ca.pem"),
            topology=Topology(replicas=first.replicas, fingerprint=""),
            trust=TrustFiles(list=home / "trust-list.cose", root_key=home / "root.pem"),
            signing_keys={"default": home / "signing.key", "front_code": home / "front-code.key"},
            database=Database(url=first.database_url),
            state_dir=home / "state",
            log_file=home / "log.jsonl",
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
            paper=PaperSection(authorities=()),
        )
    )
    write_config(made, file)
    return made

"""One configuration file for every process of a plan, all declaring the same deployment."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from madoguchi import __version__
from madoguchi.center.config import CenterConfig
from madoguchi.center.config import WardSection as CenterWard
from madoguchi.deployment.identities import (
    ENROLMENT_FILE,
    FRONT_CODE_KEY,
    ROOT_FILE,
    SIGNING_KEY,
    TRUST_LIST_FILE,
    Identities,
)
from madoguchi.deployment.lines import Addresses, peers_of
from madoguchi.deployment.plan import Plan, Process
from madoguchi.deployment.ward_settings import issuer_sections
from madoguchi.ec.config import EcConfig
from madoguchi.issuer.config import DataKeys, IssuerConfig
from madoguchi.issuer.intake.config import IntakeConfig
from madoguchi.jpki.config import JpkiConfig
from madoguchi.jukinet.config import JukinetConfig
from madoguchi.kiosk.config import Devices, Faults, KioskConfig
from madoguchi.kiosk.devices.door import DEMO_KEY, key_digest
from madoguchi.oversight.config import OversightConfig
from madoguchi.oversight.config import WardSection as OversightWard
from madoguchi.runtime.config import Database, PartyConfig, TlsFiles, Topology, TrustFiles, declare, write_config
from madoguchi.runtime.provision import PartyDatabase
from madoguchi.tax.config import TaxConfig
from madoguchi.verify.config import VerifyConfig, WardNames
from madoguchi.wire.identifiers import Environment

CONFIG_FILE = "config.toml"
DATABASE_PARTIES = ("tax", "jukinet", "jpki", "issuer", "center")
"""Parties whose truth lies in PostgreSQL."""
BULK_ROLES = {"issuer": "intake"}
"""Parties with a second process that has a role of its own in the party's database."""
NO_FAULTS = Faults()
_KEY_OCTETS = 32
_WARD_KEYS = {"kek": "issuer-kek.key", "index": "issuer-index.key", "pseudonyms": "issuer-pseudonyms.key"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the configurations of one deployment are made from."""

    plan: Plan
    identities: Identities
    addresses: Addresses
    databases: Mapping[str, PartyDatabase]
    """By party."""
    fonts: tuple[Path, ...]
    papers: Path
    """Where the kiosks' trays lie: one directory per kiosk."""
    cards: Path
    faults: Faults = NO_FAULTS

    @property
    def directory(self) -> Path:
        """The directory that `make_identities` filled."""
        return self.identities.directory

    def config_file(self, process: Process) -> Path:
        """Where a process's configuration lies."""
        return self.directory / process.name / CONFIG_FILE


Adjust = Callable[[PartyConfig], PartyConfig]
"""Changes a configuration before it is declared, for example to shorter time limits in a test."""


def as_planned(config: PartyConfig) -> PartyConfig:
    """Change nothing."""
    return config


def database_url(databases: Mapping[str, PartyDatabase], party: str) -> str | None:
    """Where a process of this party reaches its database, as its own role; None without one."""
    for owner, process in BULK_ROLES.items():
        if party == process and owner in databases:
            return databases[owner].others[process]
    return databases[party].url if party in databases else None


def write_configs(site: Site, *, adjust: Adjust = as_planned, processes: Sequence[Process] | None = None) -> None:
    """Write the configuration of every process, or of these, and the secrets that replicas of a party share."""
    _write_shared_keys(site.directory)
    for process in site.plan.processes if processes is None else processes:
        made = declare(adjust(_MAKERS[process.party](site, process, _common(site, process))))
        write_config(made, site.config_file(process))


def _write_shared_keys(directory: Path) -> None:
    for name in (*_WARD_KEYS.values(), "center-kek.key", "center-pseudonyms.key"):
        path = directory / name
        path.touch(mode=0o600)
        path.write_bytes(secrets.token_bytes(_KEY_OCTETS))


def _common(site: Site, process: Process) -> dict[str, Any]:
    home = site.directory / process.name
    keys = {"default": home / SIGNING_KEY} if process.roles or process.party == "kiosk" else {}
    if process.party == "issuer":
        keys["front_code"] = home / FRONT_CODE_KEY
    database = database_url(site.databases, process.party)
    return {
        "party": process.party,
        "name": process.name,
        "environment": site.plan.environment,
        "version_expected": __version__,
        "listen": site.addresses.listen(process),
        "pages": site.addresses.page(process),
        "tls": TlsFiles(certificate=home / "tls.pem", key=home / "tls.key", ca=home / "ca.pem"),
        "topology": Topology(replicas=tuple(each.name for each in site.plan.of(process.party)), fingerprint=""),
        "trust": TrustFiles(list=site.directory / TRUST_LIST_FILE, root_key=site.directory / ROOT_FILE),
        "signing_keys": keys,
        "database": None if database is None else Database(url=database),
        "state_dir": home / "state",
        "log_file": home / "log.jsonl",
        "peers": peers_of(process, site.plan, addresses=site.addresses, fingerprints=site.identities.fingerprints),
    }


def _tax(site: Site, _process: Process, common: dict[str, Any]) -> PartyConfig:
    return TaxConfig(ward=site.plan.ward.code, **common)


def _jukinet(site: Site, _process: Process, common: dict[str, Any]) -> PartyConfig:
    return JukinetConfig(ward=site.plan.ward.code, **common)


def _jpki(site: Site, _process: Process, common: dict[str, Any]) -> PartyConfig:
    return JpkiConfig(authority_dir=site.directory / "jpki", **common)


def _issuer(site: Site, _process: Process, common: dict[str, Any]) -> PartyConfig:
    sections = issuer_sections(site.plan, fonts=site.fonts)
    return IssuerConfig(data_keys=_data_keys(site), **sections, **common)


def _intake(site: Site, _process: Process, common: dict[str, Any]) -> PartyConfig:
    sections = issuer_sections(site.plan, fonts=site.fonts)
    return IntakeConfig(data_keys=_data_keys(site), ward=sections["ward"], menu=sections["menu"], **common)


def _data_keys(site: Site) -> DataKeys:
    return DataKeys(**{field: site.directory / name for field, name in _WARD_KEYS.items()})


def _center(site: Site, _process: Process, common: dict[str, Any]) -> PartyConfig:
    ward = CenterWard(issuers=tuple(each.name for each in site.plan.of("issuer")), operators=site.plan.operators)
    return CenterConfig(
        wards={site.plan.ward.code: ward},
        jpki=site.plan.of("jpki")[0].name,
        kek=site.directory / "center-kek.key",
        pseudonym_key=site.directory / "center-pseudonyms.key",
        back_font=site.fonts[0],
        **common,
    )


def _ec(site: Site, process: Process, common: dict[str, Any]) -> PartyConfig:
    own = [each for each in site.plan.of("kiosk") if each.code == process.code]
    return EcConfig(
        operator=process.code,
        centers=tuple(each.name for each in site.plan.of("center")),
        kiosks={each.name: site.identities.kiosk_ids[each.name].hex() for each in own},
        **common,
    )


def _kiosk(site: Site, process: Process, common: dict[str, Any]) -> PartyConfig:
    home = site.directory / process.name
    relay = next(each.name for each in site.plan.of("ec") if each.code == process.code)
    devices = Devices(
        paper_dir=site.papers / process.name,
        cards_dir=site.cards,
        machine_dir=home / "machine",
        door_keys=(key_digest(DEMO_KEY),) if site.plan.environment is Environment.DEMO else (),
        faults=site.faults,
    )
    return KioskConfig(
        kiosk=site.identities.kiosk_ids[process.name].hex(),
        operator=process.code,
        enrolment=home / ENROLMENT_FILE,
        ec=relay,
        wards=(site.plan.ward.code,),
        devices=devices,
        **common,
    )


def _verify(site: Site, _process: Process, common: dict[str, Any]) -> PartyConfig:
    ward = site.plan.ward
    names = WardNames(
        code=ward.code, ja=ward.name_ja, en=ward.name_en, issuers=tuple(each.name for each in site.plan.of("issuer"))
    )
    return VerifyConfig(wards=(names,), **common)


def _oversight(site: Site, _process: Process, common: dict[str, Any]) -> PartyConfig:
    ward = site.plan.ward
    return OversightConfig(ward=OversightWard(code=ward.code, ja=ward.name_ja, en=ward.name_en), **common)


_MAKERS: dict[str, Callable[[Site, Process, dict[str, Any]], PartyConfig]] = {
    "tax": _tax,
    "jukinet": _jukinet,
    "jpki": _jpki,
    "issuer": _issuer,
    "intake": _intake,
    "center": _center,
    "ec": _ec,
    "kiosk": _kiosk,
    "verify": _verify,
    "oversight": _oversight,
}

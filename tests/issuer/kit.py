"""Keys, fonts, cards and configurations of one test run."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa

from madoguchi import __version__
from madoguchi.card import VirtualCard
from madoguchi.cardproof import PinnedCas, verify_card_certificate
from madoguchi.certificate.compose import Composer
from madoguchi.certificate.fonts import FontSet
from madoguchi.deployment.identities import ROOT_FILE, TRUST_LIST_FILE, Identities, make_identities
from madoguchi.deployment.plan import Plan
from madoguchi.deployment.ward_settings import issuer_sections
from madoguchi.issuer.config import DataKeys, IssuerConfig
from madoguchi.issuer.intake.config import IntakeConfig
from madoguchi.issuer.store.index import BlindIndex
from madoguchi.jpki.authority import make_card, new_rsa_key
from madoguchi.records import Resident
from madoguchi.runtime.config import Database, Listen, TlsFiles, Topology, TrustFiles, declare
from madoguchi.runtime.fonts import find_fonts
from madoguchi.statement import FileKey, Signer
from madoguchi.trust import TrustList
from madoguchi.trust.file import read_root_key
from madoguchi.wire.feed import (
    SerialEntry,
)
from madoguchi.wire.identifiers import Environment
from tests.issuer.people import NOW, PIN


@dataclass(slots=True)
class Kit:
    """Keys, fonts and cards of one test run. Expensive, so made once; holds no state of any transaction."""

    directory: Path
    plan: Plan
    identities: Identities
    card_key: rsa.RSAPrivateKey
    typesetter: Composer
    keys: TrustList

    @classmethod
    def make(cls, directory: Path) -> Kit:
        plan = Plan(environment=Environment.TEST, kiosks=2, intakes=2)
        identities = make_identities(plan, directory / "pki", at=NOW)
        for name in ("kek", "index", "pseudonyms"):
            (directory / name).write_bytes(secrets.token_bytes(32))
        pki = directory / "pki"
        keys = TrustList.load(
            (pki / TRUST_LIST_FILE).read_bytes(),
            root=read_root_key(pki / ROOT_FILE),
            environment=plan.environment,
            at=NOW,
        )
        return cls(directory, plan, identities, new_rsa_key(), Composer(FontSet(find_fonts())), keys)

    @property
    def ward(self) -> str:
        return self.plan.ward.code

    def signer(self, name: str, *, party: str, code: str, shown: str | None = None) -> Signer:
        return Signer(
            key=FileKey.load(self.directory / "pki" / name / "signing.key"),
            party=party,
            code=code,
            name=shown or name,
            environment=self.plan.environment,
        )

    def config(self, name: str, *, database: Database, **changes: Any) -> IssuerConfig:
        pki, home = self.directory / "pki", self.directory / "pki" / name
        made = IssuerConfig(
            party="issuer",
            name=name,
            environment=self.plan.environment,
            version_expected=__version__,
            listen=Listen(),
            tls=TlsFiles(certificate=home / "tls.pem", key=home / "tls.key", ca=home / "ca.pem"),
            topology=Topology(replicas=("issuer-1", "issuer-2"), fingerprint=""),
            trust=TrustFiles(list=pki / TRUST_LIST_FILE, root_key=pki / ROOT_FILE),
            signing_keys={"default": home / "signing.key", "front_code": home / "front-code.key"},
            database=database,
            state_dir=self.directory,
            data_keys=self.data_keys,
            refusal_floor_milliseconds=0,
            **issuer_sections(self.plan, fonts=()),
        )
        return declare(msgspec.structs.replace(made, **changes))

    @property
    def data_keys(self) -> DataKeys:
        return DataKeys(**{name: self.directory / name for name in ("kek", "index", "pseudonyms")})

    @property
    def index(self) -> BlindIndex:
        return BlindIndex((self.directory / "index").read_bytes())

    def intake_config(self, name: str, *, database: Database, **changes: Any) -> IntakeConfig:
        issuer, home = self.config("issuer-1", database=database), self.directory / "pki" / name
        made = IntakeConfig(
            party="intake",
            name=name,
            environment=issuer.environment,
            version_expected=__version__,
            listen=Listen(),
            tls=TlsFiles(certificate=home / "tls.pem", key=home / "tls.key", ca=home / "ca.pem"),
            topology=Topology(replicas=("intake-1", "intake-2"), fingerprint=""),
            trust=issuer.trust,
            database=database,
            state_dir=self.directory,
            ward=issuer.ward,
            menu=issuer.menu,
            data_keys=issuer.data_keys,
        )
        return declare(msgspec.structs.replace(made, **changes))

    def card(self, *, generation: str = "g1", serial: str | None = None) -> VirtualCard:
        return make_card(
            self.identities.authority,
            generation=generation,
            serial=serial or f"{secrets.randbits(150) | 1:X}",
            not_before=NOW - timedelta(days=700),
            not_after=NOW + timedelta(days=1000),
            pin=PIN,
            private_key=self.card_key,
        )

    def entry(self, card: VirtualCard, person: Resident, **changes: Any) -> SerialEntry:
        """What jukinet says of a card."""
        certificates = [each.certificate for each in self.keys.body.card_authorities]
        pinned = PinnedCas.load(certificates, environment=self.plan.environment)
        holder = verify_card_certificate(card.certificate, pinned=pinned, at=NOW)
        made = SerialEntry(
            addressee_number=person.addressee_number,
            ca_key_digest=holder.ca_key_digest,
            serial=holder.serial,
            medium="card",
            status="valid",
            valid_from="2024-12-24",
            valid_until="2029-02-28",
        )
        return msgspec.structs.replace(made, **changes)

"""The ward of a measurement: keys, configurations, a real database, and a card list as long as the ward is large."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path
from typing import Final, NoReturn

import msgspec
import psycopg

from madoguchi import __version__
from madoguchi.bench.problems import FEED_WRONG
from madoguchi.deployment.identities import ROOT_FILE, TRUST_LIST_FILE, Identities, make_identities
from madoguchi.deployment.plan import Plan
from madoguchi.deployment.ward_settings import issuer_sections
from madoguchi.issuer.case import Pair
from madoguchi.issuer.config import DataKeys, IssuerConfig
from madoguchi.issuer.intake.config import IntakeConfig
from madoguchi.issuer.store.index import BlindIndex
from madoguchi.runtime.cluster import Cluster
from madoguchi.runtime.config import Database, Listen, TlsFiles, Topology, TrustFiles, declare
from madoguchi.runtime.fonts import find_fonts
from madoguchi.runtime.migrate import migrate
from madoguchi.statement import FileKey, Signer
from madoguchi.wire.feed import SerialQuestion

_VALID: Final = (date(2020, 1, 1), date(2040, 1, 1))
_CA: Final = bytes(32)
"""In place of the digest of a CA's key, for cards that nobody holds."""


class NoLine:
    """The registry server is not asked: every card is listed."""

    async def page(self, *, after: int) -> NoReturn:
        """Raise `bench.feed_wrong`: the intake's loops do not run here."""
        raise FEED_WRONG.error(f"the registry was asked for what is new after {after}")

    async def question(self, question: SerialQuestion) -> NoReturn:
        """Raise `bench.feed_wrong`: a card that was not found by its serial."""
        raise FEED_WRONG.error(f"the registry was asked for a card in {len(question.serial)} characters")


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchWard:
    """One ward on one database."""

    directory: Path
    plan: Plan
    identities: Identities = field(repr=False)
    serving_url: str = field(repr=False)
    intake_url: str = field(repr=False)
    owner_url: str = field(repr=False)

    @property
    def code(self) -> str:
        """The ward's."""
        return self.plan.ward.code

    @property
    def index(self) -> BlindIndex:
        """The keyed names of persons and cards."""
        return BlindIndex(self.data_keys.index.read_bytes())

    @property
    def data_keys(self) -> DataKeys:
        """Where its keys lie."""
        return DataKeys(**{name: self.directory / name for name in ("kek", "index", "pseudonyms")})

    def signer(self, name: str, *, party: str, code: str, shown: str | None = None) -> Signer:
        """The key of one process of the plan."""
        key = FileKey.load(self.directory / "pki" / name / "signing.key")
        return Signer(key=key, party=party, code=code, name=shown or name, environment=self.plan.environment)

    def issuer_config(self) -> IssuerConfig:
        """Of the one issuer."""
        pki, home = self.directory / "pki", self.directory / "pki" / "issuer-1"
        made = IssuerConfig(
            party="issuer",
            name="issuer-1",
            environment=self.plan.environment,
            version_expected=__version__,
            listen=Listen(),
            tls=TlsFiles(certificate=home / "tls.pem", key=home / "tls.key", ca=home / "ca.pem"),
            topology=Topology(replicas=("issuer-1",), fingerprint=""),
            trust=TrustFiles(list=pki / TRUST_LIST_FILE, root_key=pki / ROOT_FILE),
            signing_keys={"default": home / "signing.key", "front_code": home / "front-code.key"},
            database=Database(url=self.serving_url),
            state_dir=self.directory,
            data_keys=self.data_keys,
            **issuer_sections(self.plan, fonts=find_fonts()),
        )
        return declare(made)

    def intake_config(self, *, workers: int) -> IntakeConfig:
        """Of the one intake."""
        issuer, home = self.issuer_config(), self.directory / "pki" / "intake-1"
        made = IntakeConfig(
            party="intake",
            name="intake-1",
            environment=issuer.environment,
            version_expected=__version__,
            listen=Listen(),
            tls=msgspec.structs.replace(issuer.tls, certificate=home / "tls.pem", key=home / "tls.key"),
            topology=Topology(replicas=("intake-1",), fingerprint=""),
            trust=issuer.trust,
            database=Database(url=self.intake_url),
            state_dir=self.directory,
            ward=issuer.ward,
            menu=issuer.menu,
            data_keys=issuer.data_keys,
            package_workers=workers,
        )
        return declare(made)


def make_ward(cluster: Cluster, directory: Path) -> BenchWard:
    """Keys and an empty database with its three roles."""
    plan = Plan(issuers=1, centers=1, kiosks=1)
    directory.mkdir()
    for name in ("kek", "index", "pseudonyms"):
        (directory / name).write_bytes(secrets.token_bytes(32))
    database = cluster.add_party("issuer")
    ward = BenchWard(
        directory=directory,
        plan=plan,
        identities=make_identities(plan, directory / "pki", at=datetime.now(UTC)),
        serving_url=database.url,
        intake_url=cluster.add_bulk_role("issuer", "intake"),
        owner_url=database.owner_url,
    )
    migrate("issuer", ward.owner_url)
    return ward


def pair_of(number: str) -> Pair:
    """The card of a resident in the list."""
    return Pair(ca_key_digest=_CA, serial=f"{int(number) + 1:X}")


def list_cards(ward: BenchWard, numbers: Iterator[str], held: Sequence[tuple[Pair, str]]) -> None:
    """One card for each resident, and those that somebody holds, as after a pull of the registry's list."""
    index = ward.index
    with psycopg.connect(ward.intake_url) as connection, connection.cursor() as cursor:
        with cursor.copy(
            "COPY serials (serial, person, medium, status, valid_from, valid_until) FROM STDIN (FORMAT binary)"
        ) as copy:
            copy.set_types(["bytea", "bytea", "text", "text", "date", "date"])
            for pair, number in chain(held, ((pair_of(number), number) for number in numbers)):
                copy.write_row((index.serial(pair), index.person(number), "card", "valid", *_VALID))
        cursor.execute(
            "UPDATE feeds SET as_of = clock_timestamp(), applied_at = clock_timestamp() WHERE feed = 'jukinet'"
        )
    with psycopg.connect(ward.owner_url, autocommit=True) as connection:
        connection.execute("ANALYZE serials")

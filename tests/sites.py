"""A small deployment as `madoguchi.deployment` makes it: real keys and configurations, for tests of single parties."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from madoguchi.center.config import CenterConfig
from madoguchi.deployment.configs import Site, write_configs
from madoguchi.deployment.identities import ROOT_FILE, TRUST_LIST_FILE, Identities
from madoguchi.deployment.lines import Addresses
from madoguchi.deployment.plan import Plan
from madoguchi.ec.config import EcConfig
from madoguchi.issuer.config import IssuerConfig
from madoguchi.issuer.intake.config import IntakeConfig
from madoguchi.jpki.config import JpkiConfig
from madoguchi.jukinet.config import JukinetConfig
from madoguchi.kiosk.config import KioskConfig
from madoguchi.oversight.config import OversightConfig
from madoguchi.runtime.config import PartyConfig, load_config
from madoguchi.runtime.endpoint import Endpoint, application
from madoguchi.runtime.ports import reserve
from madoguchi.runtime.provision import PartyDatabase
from madoguchi.runtime.server import Listener
from madoguchi.statement import FileKey, Signer
from madoguchi.tax.config import TaxConfig
from madoguchi.trust import TrustList
from madoguchi.trust.file import read_root_key
from madoguchi.verify.config import VerifyConfig
from madoguchi.wire.identifiers import Environment
from tests.runtime.serving import serving_all

ConfigT = TypeVar("ConfigT", bound=PartyConfig)
PLAN = Plan(environment=Environment.TEST, intakes=2)
CONFIGS: dict[str, type[PartyConfig]] = {
    "tax": TaxConfig,
    "jukinet": JukinetConfig,
    "jpki": JpkiConfig,
    "issuer": IssuerConfig,
    "intake": IntakeConfig,
    "center": CenterConfig,
    "ec": EcConfig,
    "kiosk": KioskConfig,
    "verify": VerifyConfig,
    "oversight": OversightConfig,
}
"""Each party's own configuration type."""
MADE_AT = datetime.now(UTC).replace(microsecond=0)


@contextmanager
def small_site(
    identities: Identities, directory: Path, *, databases: Mapping[str, PartyDatabase] | None = None
) -> Iterator[Site]:
    """Configurations for every process, each with a port that is this test's own."""
    names = [process.name for process in PLAN.processes]
    paged = [process.name for process in PLAN.processes if process.party in {"kiosk", "verify", "oversight"}]
    with ExitStack() as held:

        def port() -> int:
            number: int = held.enter_context(reserve()).getsockname()[1]
            return number

        site = Site(
            plan=PLAN,
            identities=identities,
            addresses=Addresses(lines={name: port() for name in names}, pages={name: port() for name in paged}),
            databases=databases or {},
            fonts=(directory / "font.ttf",),
            papers=directory / "papers",
            cards=directory / "cards",
        )
        write_configs(site)
        yield site


def config_of(site: Site, name: str, kind: type[ConfigT]) -> ConfigT:
    """The configuration of one process, read back from its file."""
    return load_config(site.directory / name / "config.toml", kind)


def signer_of(identities: Identities, name: str, *, code: str, key_file: str = "signing.key") -> Signer:
    """The signer of one process, speaking for `code`."""
    process = next(each for each in PLAN.processes if each.name == name)
    key = FileKey.load(identities.directory / name / key_file)
    return Signer(key=key, party=process.party, code=code, name=name, environment=PLAN.environment)


def trust_of(identities: Identities) -> TrustList:
    """The deployment's trust list, verified."""
    raw = (identities.directory / TRUST_LIST_FILE).read_bytes()
    root = read_root_key(identities.directory / ROOT_FILE)
    return TrustList.load(raw, root=root, environment=PLAN.environment, at=MADE_AT)


@asynccontextmanager
async def answering(site: Site, answers: Mapping[str, Sequence[Endpoint]]) -> AsyncIterator[None]:
    """Let processes of the site answer with these endpoints, over real mutual TLS, until the block ends."""
    listeners = []
    for name, endpoints in answers.items():
        config = config_of(site, name, CONFIGS[name.partition("-")[0]])
        app = application(endpoints, config=config)
        listeners.append(Listener(app=app, listen=config.listen, tls=config.tls))
    async with serving_all(listeners):
        yield

"""The authority's process: OCSP and CRL over mutual TLS."""

from __future__ import annotations

from starlette.applications import Starlette

from madoguchi.jpki.authority import Authority, load_authority
from madoguchi.jpki.config import JpkiConfig
from madoguchi.jpki.problems import FILES_UNUSABLE
from madoguchi.jpki.service import Service
from madoguchi.runtime.clock import Clock
from madoguchi.runtime.config import Database
from madoguchi.runtime.database import connect
from madoguchi.runtime.endpoint import application
from madoguchi.runtime.schema import migrations_of, refuse_other_schema
from madoguchi.runtime.server import Listener, serve
from madoguchi.wire.identifiers import Environment


async def serve_jpki(config: JpkiConfig, *, database: Database, clock: Clock) -> None:
    """Run until SIGTERM. Raises `jpki.files_unusable` for keys of another environment."""
    authority = own_authority(config)
    async with connect(database, application_name=config.name) as pool:
        await refuse_other_schema(pool, migrations=migrations_of("jpki"))
        service = Service(authority, pool=pool, clock=clock)
        app = application(service.endpoints(), config=config, ready=service.ready)
        await serve([_listener(app, config)])


def _listener(app: Starlette, config: JpkiConfig) -> Listener:
    # Outside production the demo holds the port for us, so that no other process takes it meanwhile.
    share_port = config.environment is not Environment.PRODUCTION
    return Listener(app=app, listen=config.listen, tls=config.tls, share_port=share_port)


def own_authority(config: JpkiConfig) -> Authority:
    """The authority of this environment."""
    authority = load_authority(config.authority_dir)
    if authority.environment is not config.environment:
        raise FILES_UNUSABLE.error(f"keys of {authority.environment} in {config.environment}")
    return authority

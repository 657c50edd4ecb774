"""What the first configuration of every party with a database has in common, and `PARTY init` for the plain ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from madoguchi import __version__
from madoguchi.runtime.config import (
    Database,
    Listen,
    PartyConfig,
    TlsFiles,
    Topology,
    TrustFiles,
    declare,
    write_config,
)
from madoguchi.runtime.operating import CONFIG_OPTION, OWNER_URL_FILE
from madoguchi.runtime.provision import provision
from madoguchi.wire.identifiers import Environment, WardCode

ENVIRONMENT_OPTION: Final = click.option(
    "--environment", type=click.Choice([each.value for each in Environment]), default=Environment.PRODUCTION.value
)
_Make = Callable[..., PartyConfig]


WARD_HELP: Final = "Municipality code (全国地方公共団体コード), six digits with check digit."


def ward_code(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    """Callback of an option: six digits, or nothing."""
    if value is None:
        return None
    try:
        return msgspec.convert(value, WardCode)
    except msgspec.ValidationError as error:
        raise click.BadParameter("six digits") from error


def first_sections(
    home: Path,
    *,
    party: str,
    name: str,
    replicas: Sequence[str],
    environment: Environment,
    port: int,
    database_url: str,
) -> dict[str, Any]:
    """The common sections of a process whose keys lie beside its configuration, in `home`. No peer yet."""
    return {
        "party": party,
        "name": name,
        "environment": environment,
        "version_expected": __version__,
        "listen": Listen(host="0.0.0.0", port=port),  # noqa: S104  the firewall says who comes (mutual TLS)
        "tls": TlsFiles(certificate=home / "tls.pem", key=home / "tls.key", ca=home / "ca.pem"),
        "topology": Topology(replicas=tuple(replicas), fingerprint=""),
        "trust": TrustFiles(list=home / "trust-list.cose", root_key=home / "root.pem"),
        "signing_keys": {"default": home / "signing.key"},
        "database": Database(url=database_url),
        "state_dir": home / "state",
        "log_file": home / "log.jsonl",
    }


def write_private(file: Path, content: bytes) -> None:
    """A file that only its owner reads, from its first moment."""
    file.touch(mode=0o600)
    file.write_bytes(content)


def init_command(party: str, make: _Make, *, port: int) -> click.Command:
    """`PARTY init` of a ward's system: `make(ward=…, **sections)` is its configuration, `port` where it listens."""

    @click.command("init")
    @CONFIG_OPTION
    @click.option("--admin-url", required=True, help="The database server's administrator.")
    @click.option("--database", default=party, show_default=True, help="Its name, and that of the serving role.")
    @click.option("--name", default=f"{party}-1", show_default=True, help="This process.")
    @ENVIRONMENT_OPTION
    @click.option("--ward", required=True, callback=ward_code, help=WARD_HELP)
    @click.option("--port", type=click.IntRange(1, 65_535), default=port, show_default=True)
    def init(  # noqa: PLR0917  click hands over by name
        config_file: Path, admin_url: str, database: str, name: str, environment: str, ward: str, port: int
    ) -> None:
        """Make database, roles, schema and a first configuration. What is there already stays as it is."""
        from madoguchi.runtime.migrate import migrate  # Alembic is loaded where somebody migrates

        home = config_file.absolute().parent
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not config_file.exists():
            made = provision(admin_url, database)
            write_private(home / OWNER_URL_FILE, made.owner_url.encode())
            sections = first_sections(
                home,
                party=party,
                name=name,
                replicas=(name,),
                environment=Environment(environment),
                port=port,
                database_url=made.url,
            )
            write_config(declare(make(ward=ward, **sections)), config_file)
            click.echo(f"made    {config_file}, database {database}, {OWNER_URL_FILE}")
        migrate(party, (home / OWNER_URL_FILE).read_text("utf-8").strip())
        click.echo("ok      the schema is the newest")

    return init

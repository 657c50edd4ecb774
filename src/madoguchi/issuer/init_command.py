"""`issuer init`: from an empty directory and an empty database server to a replica that `check` can look at.

Safe to run twice: what is there stays as it is. Keys that were ever used are never made anew.
"""

from __future__ import annotations

import asyncio
import getpass
import secrets
from datetime import date
from pathlib import Path
from typing import Final

import click
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from madoguchi.issuer.checks import issuer_checks
from madoguchi.issuer.config import AuthorityTerm, IssuerConfig
from madoguchi.issuer.first_config import First, write_first_config
from madoguchi.issuer.problems import KEY_UNUSABLE
from madoguchi.issuer.starting import database_of
from madoguchi.runtime import replicas
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.config import load_config
from madoguchi.runtime.database import connect, transaction
from madoguchi.runtime.first_config import ENVIRONMENT_OPTION, WARD_HELP, ward_code, write_private
from madoguchi.runtime.operating import CONFIG_OPTION, OWNER_URL_FILE, run_or_exit
from madoguchi.runtime.provision import provision, provision_bulk_role
from madoguchi.runtime.replicas import Program
from madoguchi.statement import FileKey
from madoguchi.wire.identifiers import Environment
from madoguchi.wire.menu import Wording

DATABASE: Final = "issuer"
INTAKE: Final = "intake"
INTAKE_URL_FILE: Final = "intake.url"
"""`database.url` of the intake's configuration: a role of its own."""
_KEY_OCTETS = 32


@click.command("init")
@CONFIG_OPTION
@click.option("--admin-url", help="The database server's administrator; only while there is no configuration yet.")
@click.option("--database", default=DATABASE, show_default=True, help="Its name, and that of the serving role.")
@click.option("--name", default="issuer-1", show_default=True, help="This process.")
@click.option("--replica", "replicas_", multiple=True, help="Every process of this party; by default issuer-1, -2.")
@ENVIRONMENT_OPTION
@click.option("--ward", callback=ward_code, help=WARD_HELP)
@click.option("--ward-name", nargs=2, metavar="JA EN")
@click.option("--contact", nargs=2, metavar="JA EN", help="Where a resident calls.")
@click.option("--fee", type=click.IntRange(0, 10_000), help="Yen per copy.")
@click.option(
    "--certifier",
    "certifiers",
    nargs=4,
    multiple=True,
    metavar="BEGINS TITLE NAME SEAL",
    help="Who certifies from a day on (YYYY-MM-DD), and what the seal reads; each term in turn.",
)
@click.option("--port", type=click.IntRange(1, 65_535), default=8443, show_default=True)
@click.option("--by", default=getpass.getuser, show_default="who is logged in", help="Who declares this program.")
def init_command(  # noqa: PLR0917  click hands over by name
    config_file: Path,
    admin_url: str | None,
    database: str,
    name: str,
    replicas_: tuple[str, ...],
    environment: str,
    ward: str | None,
    ward_name: tuple[str, str] | None,
    contact: tuple[str, str] | None,
    fee: int | None,
    certifiers: tuple[tuple[str, str, str, str], ...],
    port: int,
    by: str,
) -> None:
    """Make what is missing of database, configuration and keys, declare this program, and check everything."""
    home = config_file.absolute().parent
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not config_file.exists():
        if admin_url is None or ward is None or ward_name is None or contact is None or fee is None:
            msg = "there is no configuration yet: --admin-url, --ward, --ward-name, --contact and --fee are needed"
            raise click.UsageError(msg)
        made = provision(admin_url, database)
        write_private(home / OWNER_URL_FILE, made.owner_url.encode())
        write_private(home / INTAKE_URL_FILE, provision_bulk_role(admin_url, database, INTAKE).encode())
        first = First(
            name=name,
            replicas=replicas_ or ("issuer-1", "issuer-2"),
            environment=Environment(environment),
            ward=ward,
            ward_name=Wording(ja=ward_name[0], en=ward_name[1]),
            contact=Wording(ja=contact[0], en=contact[1]),
            fee_yen=fee,
            port=port,
            database_url=made.url,
            certifiers=tuple(_term(*each) for each in certifiers),
        )
        write_first_config(first, config_file)
        click.echo(f"made    {config_file}, database {database}, {OWNER_URL_FILE}, {INTAKE_URL_FILE}")
    config = load_config(config_file, IssuerConfig)
    _migrate(home)
    written = asyncio.run(_declare_first(config, by=by))
    _make_data_keys(config, written=written)
    _make_signing_keys(config)
    _make_tls_request(config)
    run_or_exit(issuer_checks(config, clock=SystemClock()))


def _term(begins: str, title: str, name: str, seal_text: str) -> AuthorityTerm:
    try:
        day = date.fromisoformat(begins)
    except ValueError as error:
        raise click.BadParameter(f"{begins} is not YYYY-MM-DD", param_hint="--certifier") from error
    return AuthorityTerm(begins=day, title=title, name=name, seal_text=seal_text)


def _migrate(home: Path) -> None:
    from madoguchi.runtime.migrate import migrate  # Alembic is loaded where somebody migrates

    owner = home / OWNER_URL_FILE
    if owner.is_file():
        migrate("issuer", owner.read_text("utf-8").strip())
        click.echo("ok      the schema is the newest")


async def _declare_first(config: IssuerConfig, *, by: str) -> frozenset[str]:
    """Declare this program where none is declared yet. The names of the data keys that rows were written with."""
    async with connect(database_of(config)) as pool, transaction(pool) as connection:
        if not await replicas.declared(connection, party=config.party):
            await replicas.declare(connection, Program.of(config, by=by, at=SystemClock().now()))
            click.echo("made    the declaration of this program")
        cursor = await connection.execute("SELECT name FROM key_checks")
        return frozenset(row["name"] for row in await cursor.fetchall())


def _make_data_keys(config: IssuerConfig, *, written: frozenset[str]) -> None:
    """32 random octets each; never a second time for one database: its rows would be unreadable."""
    keys = config.data_keys
    for name, file in (("kek", keys.kek), ("index", keys.index), ("pseudonyms", keys.pseudonyms)):
        if file.exists():
            continue
        if name in written:
            raise KEY_UNUSABLE.error(
                f"{file} is missing, and this database was written with it: copy it from a replica"
            )
        write_private(file, secrets.token_bytes(_KEY_OCTETS))
        click.echo(f"made    {file}: copy it to every other replica, and into the safe")


def _make_signing_keys(config: IssuerConfig) -> None:
    for role, file in config.signing_keys.items():
        if not file.exists():
            key = FileKey.generate()
            key.save(file)
            click.echo(f"made    {file} ({role}): public key for the trust list {key.public_bytes().hex()}")


def _make_tls_request(config: IssuerConfig) -> None:
    """A TLS key and a request for its certificate, which the CA of the lines answers with `tls.pem`."""
    if config.tls.key.exists():
        return
    key = ec.generate_private_key(ec.SECP256R1())
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    write_private(config.tls.key, key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain))
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, config.name)])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    file = config.tls.key.with_suffix(".csr")
    file.write_bytes(request.public_bytes(encoding))
    click.echo(f"made    {config.tls.key}: have {file} signed, and put the answer at {config.tls.certificate}")

"""`./madoguchi pki …`: the keys and the trust list of a deployment."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from madoguchi.deployment.identities import OFFLINE, TRUST_LIST_FILE, make_identities, renew_trust_list
from madoguchi.deployment.plan import DUMMY_OPERATORS, DUMMY_WARD, Plan, ward_of
from madoguchi.deployment.problems import NOT_EMPTY
from madoguchi.runtime.first_config import WARD_HELP, ward_code
from madoguchi.wire.identifiers import Environment

_OUT = click.option("--out", "directory", required=True, type=click.Path(path_type=Path, file_okay=False))


@click.group()
def pki() -> None:
    """Keys, certificates, enrolments and the trust list of every party."""


@pki.command()
@_OUT
@click.option("--environment", type=click.Choice([each.value for each in Environment]), default="demo")
@click.option("--ward", default=DUMMY_WARD.code, show_default=True, callback=ward_code, help=WARD_HELP)
@click.option(
    "--operator", "operators", multiple=True, help="A store operator's code; by default two that do not exist."
)
@click.option("--issuers", type=click.IntRange(1, 16), default=2, show_default=True)
@click.option("--intakes", type=click.IntRange(1, 16), default=1, show_default=True)
@click.option("--centers", type=click.IntRange(1, 16), default=2, show_default=True)
@click.option("--kiosks", type=click.IntRange(1, 1000), default=2, show_default=True)
def init(*, directory: Path, environment: str, ward: str, operators: tuple[str, ...], **counts: int) -> None:
    """Make everything anew in an empty or missing directory."""
    if directory.exists() and any(directory.iterdir()):
        raise NOT_EMPTY.error(str(directory))
    plan = Plan(
        environment=Environment(environment), ward=ward_of(ward), operators=operators or DUMMY_OPERATORS, **counts
    )
    made = make_identities(plan, directory, at=datetime.now(UTC))
    click.echo(f"{len(made.fingerprints)} processes, {len(made.kiosk_ids)} enrolled kiosks: {directory}")
    click.echo(
        f"{directory / OFFLINE}: keep this on no serving machine; the trust list lives 24 hours, then `pki renew`"
    )


@pki.command()
@_OUT
def renew(directory: Path) -> None:
    """Sign the present trust list anew with the offline root, one number higher, for the next 24 hours."""
    number = renew_trust_list(directory, at=datetime.now(UTC))
    click.echo(f"{directory / TRUST_LIST_FILE}: number {number}")

"""`./madoguchi ec lost-property list | complete`: what the store does with what was left in a kiosk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from madoguchi.ec import lost_journal as kept
from madoguchi.ec.config import EcConfig
from madoguchi.ec.journal import SCHEMA
from madoguchi.ec.lost_journal import Found
from madoguchi.ec.problems import NOT_CONFIGURED
from madoguchi.paper.number import paper_number_text
from madoguchi.runtime.clock import JST, SystemClock, epoch
from madoguchi.runtime.config import load_config
from madoguchi.runtime.journal import Journal
from madoguchi.wire.lost import LostEnd

_RECEIPT = re.compile("[0-9A-Za-z-]{1,40}")
_CONFIG = click.option("--config", "config_file", required=True, type=click.Path(path_type=Path, dir_okay=False))


@click.group("lost-property")
def group() -> None:
    """遺失物: what residents left in this operator's kiosks."""


@group.command("list")
@_CONFIG
@click.option("--all", "ended_too", is_flag=True, help="Also what is settled.")
@click.pass_context
def list_command(context: click.Context, *, config_file: Path, ended_too: bool) -> None:
    """Show what is open. Exit code 1 when something has been open for longer than `limits.lost_alarm` hours."""
    config = load_config(config_file, EcConfig)
    now, late = epoch(SystemClock().now()), False
    with _journal(config) as journal:
        for found in kept.listed(journal, ended_too=ended_too):
            hours = (now - found.noticed_at) / 3600
            overdue = found.end is None and hours >= config.limits.lost_alarm
            late |= overdue
            for line in _lines(found, overdue=overdue):
                click.echo(line)
    if late:
        context.exit(1)


@group.command()
@_CONFIG
@click.argument("id_", metavar="ID")
@click.option("--receipt", help="Number of the police receipt (拾得物件預り書).")
@click.option("--returned", is_flag=True, help="Given back to whoever came for it.")
def complete(*, config_file: Path, id_: str, receipt: str | None, returned: bool) -> None:
    """Settle one: handed to the police, or returned."""
    if (receipt is not None) == returned:
        raise click.UsageError("say either --receipt NUMBER or --returned")
    if receipt is not None and not _RECEIPT.fullmatch(receipt):
        raise click.UsageError("a receipt number has up to 40 letters, digits and hyphens")
    try:
        number = bytes.fromhex(id_)
    except ValueError:
        raise click.UsageError("ID is the hexadecimal number that `list` shows") from None
    end: LostEnd = "returned" if returned else "police"
    config = load_config(config_file, EcConfig)
    with _journal(config) as journal:
        found = kept.complete(journal, number, end=end, receipt=receipt, at=SystemClock().now())
    for line in _lines(found, overdue=False):
        click.echo(line)


@contextmanager
def _journal(config: EcConfig) -> Iterator[Journal]:
    """The journal beside a serving process: SQLite lets both write. Raises `ec.not_configured`."""
    path = None if config.state_dir is None else config.state_dir / f"{config.name}.sqlite"
    if path is None or not path.exists():
        raise NOT_CONFIGURED.error("no journal: has this EC center served?")
    with closing(Journal(path, schema=SCHEMA)) as journal:
        yield journal


def _lines(found: Found, *, overdue: bool) -> Iterator[str]:
    things = {"card": "カード card", "paper": "紙 paper"}
    mark = "  ** 長く開いたままです overdue **" if overdue else ""
    yield f"{found.id.hex()}  {_time(found.noticed_at)}  {things[found.thing]}  kiosk {found.kiosk.hex()}{mark}"
    if found.transaction is not None:
        yield f"    取引 transaction {found.transaction.hex()}  区 ward {found.ward}"
    for paper in found.papers:
        yield f"    用紙番号 paper {paper_number_text(paper)}"
    if found.ended_at is not None:
        how = f"警察 police, 預り書 receipt {found.receipt}" if found.end == "police" else "返却 returned"
        yield f"    {_time(found.ended_at)}  {how}"


def _time(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).astimezone(JST).strftime("%Y-%m-%d %H:%M")

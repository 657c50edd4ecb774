"""`./madoguchi rehearse`: one paper from a ward's own issuing server, before the national side is connected to it.

Card authority, center, operator's relay and kiosk run here for a moment, with the keys of the same `pki init`; the
issuing server is the ward's own, already serving, and cannot tell them from others. The card is made for a serial that
the ward's registry lists: only the test environment's card authority can do that.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from madoguchi.certificate.kinds import all_kinds
from madoguchi.demo.logs import Logs
from madoguchi.demo.papers import carry_home
from madoguchi.demo.problems import NO_CARD, NO_PAPER
from madoguchi.demo.processes import Processes
from madoguchi.demo.site import database_of_party, in_order, own_directory, reserved_addresses, start_group
from madoguchi.demo.story import Narrator, watch_visit
from madoguchi.demo.visitor import Visit, Wish
from madoguchi.deployment.cards import DEMO_PIN, CardLabel, save_cards
from madoguchi.deployment.configs import Site, write_configs
from madoguchi.deployment.identities import OFFLINE, load_identities
from madoguchi.deployment.plan import Process
from madoguchi.issuer.config import IssuerConfig
from madoguchi.jpki import registry
from madoguchi.jpki.loading import registrations
from madoguchi.records import SERIALS, CardSerial, SerialStatus
from madoguchi.records.directory import read_serials
from madoguchi.runtime import log
from madoguchi.runtime.cluster import start_cluster
from madoguchi.runtime.config import Database, load_config
from madoguchi.runtime.database import connect, transaction
from madoguchi.runtime.fonts import find_fonts
from madoguchi.runtime.migrate import migrate

_NATIONAL: Final = ("jpki", "center", "ec", "kiosk")
_WITH_DATABASE: Final = ("jpki", "center")
_CARD: Final = "rehearsal"
_KIOSK: Final = "kiosk-1"
_FILE = click.Path(path_type=Path, dir_okay=False)
_DIRECTORY = click.Path(path_type=Path, file_okay=False, exists=True)


@click.command()
@click.option("--pki", "keys", required=True, type=_DIRECTORY, help="What `pki init` made.")
@click.option("--issuer", "issuers", required=True, multiple=True, type=_FILE, help="Configuration of each issuer.")
@click.option("--registry", "export", required=True, type=_DIRECTORY, help="Holds the registry's serials.csv.")
@click.option("--serial", required=True, metavar="HEX", help="Whose card applies: one of that list.")
@click.option("--kind", default="taxation", show_default=True, type=click.Choice([each.code for each in all_kinds()]))
@click.option("--year", required=True, type=int, help="年度: the Gregorian year in which April 1 falls.")
@click.option("--copies", type=click.IntRange(1, 5), default=1, show_default=True)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("out"), show_default=True)
def command(
    *,
    keys: Path,
    issuers: tuple[Path, ...],
    export: Path,
    serial: str,
    kind: str,
    year: int,
    copies: int,
    out: Path,
) -> None:
    """Let one resident of the ward's own data take a certificate from the ward's own issuing server.

    The issuers must serve, name the center among their peers, offer the year, and accept the operator. Nothing else
    of the national side is needed, and nothing of it stays.
    """
    serials = read_serials(export / SERIALS.name)
    card = _card(serials, serial)
    configs = [load_config(file, IssuerConfig) for file in issuers]
    narrator = Narrator()
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mado-rehearsal-")))
        log.configure(party="demo", name="rehearsal", strict=True, file=work / "log.jsonl")
        site = stack.enter_context(_national_side(keys, configs, papers=work / "papers", narrator=narrator))
        _give_out(site, serials, card=card)
        _start(site, stack, narrator=narrator)
        wish = Wish(card=_CARD, pin=DEMO_PIN, ward=site.plan.ward.code, kind=kind, fiscal_year=year, copies=copies)
        page = site.addresses.page_url(_kiosk(site))
        visit = asyncio.run(watch_visit(page, wish, logs=Logs(site.directory), narrator=narrator))
        _require_done(visit)
        paper = carry_home(work / "papers", out)
    click.echo(f"\n  paper  {paper.pdf}\n  front  {paper.front}\n  back   {paper.back}")


def _card(serials: Sequence[CardSerial], serial: str) -> CardSerial:
    found = [each for each in serials if each.serial == serial.upper()]
    valid = [each for each in found if each.status is SerialStatus.VALID]
    if len(valid) != 1:
        raise NO_CARD.error(f"{len(found)} entries with this serial, {len(valid)} of them valid")
    return valid[0]


@contextmanager
def _national_side(keys: Path, configs: Sequence[IssuerConfig], *, papers: Path, narrator: Narrator) -> Iterator[Site]:
    """Its keys without the offline ones, databases, addresses and configurations; gone afterwards."""
    with ExitStack() as stack:
        directory = stack.enter_context(own_directory())
        copied = directory / "site"
        shutil.copytree(keys, copied, ignore=shutil.ignore_patterns(OFFLINE))
        plan, identities = load_identities(copied, at=datetime.now(UTC))
        narrator.report("PostgreSQL for the card authority and the center")
        cluster = start_cluster(directory / "pg")
        stack.callback(cluster.stop)
        databases = {party: database_of_party(cluster, party) for party in _WITH_DATABASE}
        for party, database in databases.items():
            migrate(party, database.owner_url)
        addresses = stack.enter_context(reserved_addresses(plan))
        own = {config.name: config.listen.port for config in configs}
        site = Site(
            plan=plan,
            identities=identities,
            addresses=replace(addresses, lines={**addresses.lines, **own}),
            databases=databases,
            fonts=find_fonts(),
            papers=papers,
            cards=directory / "cards",
        )
        write_configs(site, processes=_processes(site))
        yield site


def _processes(site: Site) -> list[Process]:
    """The national side with one kiosk and that kiosk's operator."""
    kiosk = _kiosk(site)
    return [
        process
        for process in site.plan.processes
        if process.party in _NATIONAL
        and (process.party not in {"ec", "kiosk"} or process.code == kiosk.code)
        and (process.party != "kiosk" or process == kiosk)
    ]


def _kiosk(site: Site) -> Process:
    return next(process for process in site.plan.of("kiosk") if process.name == _KIOSK)


def _give_out(site: Site, serials: Sequence[CardSerial], *, card: CardSerial) -> None:
    """The authority knows every certificate of the list, and the one that applies lies beside the kiosk."""

    async def known() -> None:
        async with connect(Database(url=site.databases["jpki"].url)) as pool, transaction(pool) as connection:
            await registry.load(connection, registrations(serials))

    asyncio.run(known())
    save_cards(site.identities.authority, {_CARD: card}, site.cards, labels={_CARD: CardLabel(label=_CARD)})


def _start(site: Site, stack: ExitStack, *, narrator: Narrator) -> None:
    processes = Processes(site.directory)
    stack.callback(processes.stop)
    for members in in_order(_processes(site)):
        start_group(members, processes, report=narrator.report)


def _require_done(visit: Visit) -> None:
    if visit.ended_on != "done":
        raise NO_PAPER.error(f"the kiosk ended on {visit.ended_on}: {visit.end.get('code', '')}")

"""The whole deployment on this machine: keys, database server, configurations, records, processes; and its end.

Everything lies in one directory of ours under the system's temporary directory and is gone afterwards.
"""

from __future__ import annotations

import json
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from madoguchi.demo.cast import Holder, everybody_else
from madoguchi.demo.loading import load_records, wait_until_fed
from madoguchi.demo.processes import START_SECONDS, Processes, the_program
from madoguchi.deployment.cards import CardLabel, current_serials, save_cards, save_more_cards
from madoguchi.deployment.configs import (
    BULK_ROLES,
    DATABASE_PARTIES,
    NO_FAULTS,
    Adjust,
    Site,
    as_planned,
    write_configs,
)
from madoguchi.deployment.identities import ROOT_FILE, TRUST_LIST_FILE, Identities, make_identities
from madoguchi.deployment.lines import Addresses
from madoguchi.deployment.plan import Plan, Process
from madoguchi.dummy.generate import CASES_FILE
from madoguchi.kiosk.config import Faults
from madoguchi.records import RecordSet
from madoguchi.records.serial import Medium
from madoguchi.runtime.cluster import Cluster, start_cluster
from madoguchi.runtime.fonts import find_fonts
from madoguchi.runtime.migrate import migrate
from madoguchi.runtime.ports import reserve
from madoguchi.runtime.provision import PartyDatabase
from madoguchi.trust import TrustList
from madoguchi.trust.file import read_root_key

PAGE_PARTIES = ("kiosk", "verify", "oversight")
_STAGES = (("jpki", "jukinet", "tax", "intake", "issuer"), ("center",), ("ec", "verify", "oversight"), ("kiosk",))
"""Whoever is called starts before who calls."""

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningSite:
    """A deployment whose processes listen."""

    site: Site
    processes: Processes
    records: RecordSet = field(repr=False)
    """A whole ward: not to be spelled out wherever somebody prints this."""
    holders: tuple[Holder, ...]
    trust: TrustList = field(repr=False)
    database_pid: int

    def page_url(self, name: str) -> str:
        """The page of one process."""
        process = next(each for each in self.site.plan.processes if each.name == name)
        return self.site.addresses.page_url(process)


@contextmanager
def running_site(
    plan: Plan,
    *,
    records_dir: Path,
    papers: Path,
    choose_holders: Callable[[RecordSet, dict[str, str]], tuple[Holder, ...]],
    report: Report,
    faults: Faults | None = None,
    adjust: Adjust = as_planned,
    module_of: Callable[[Process], str] = the_program,
) -> Iterator[RunningSite]:
    """Build and start everything, run the block, and leave nothing behind.

    `choose_holders` picks who has a card, from the records and the named cases (empty for a ward's own export).
    `adjust` changes configurations before they are declared, `module_of` what a process runs; both are for tests.
    Raises MadoguchiError naming the process that did not start.
    """
    with ExitStack() as stack:
        directory = stack.enter_context(own_directory())
        report("keys and certificates of every party")
        identities = make_identities(plan, directory / "site", at=datetime.now(UTC))
        report("PostgreSQL: one server, a database and a role per party")
        cluster = start_cluster(directory / "pg")
        stack.callback(cluster.stop)
        databases = _databases(cluster)
        addresses = stack.enter_context(reserved_addresses(plan))
        site = Site(
            plan=plan,
            identities=identities,
            addresses=addresses,
            databases=databases,
            fonts=find_fonts(),
            papers=papers,
            cards=directory / "cards",
            faults=faults or NO_FAULTS,
        )
        write_configs(site, adjust=adjust)
        report("records of the ward, and cards of its residents")
        records = RecordSet.read(records_dir)
        trust = _trust(identities)
        load_records(records, databases=databases, trust=trust)
        chosen = choose_holders(records, _cases(records_dir))
        _make_cards(site, records, chosen)
        processes = Processes(site.directory, module_of=module_of)
        stack.callback(processes.stop)
        _start(site, processes, report=report)
        yield RunningSite(
            site=site,
            processes=processes,
            records=records,
            holders=chosen,
            trust=trust,
            database_pid=cluster.pid,
        )


def _make_cards(site: Site, records: RecordSet, chosen: tuple[Holder, ...]) -> None:
    serials = {medium: current_serials(records, medium=medium) for medium in Medium}
    save_cards(
        site.identities.authority,
        {each.card: serials[each.medium][each.addressee_number] for each in chosen},
        site.cards,
        labels={
            each.card: CardLabel(label=each.label, note=each.note)
            for each in (*chosen, *everybody_else(records, chosen))
        },
        tokens={each.card: each.token for each in chosen},
    )


def save_other_cards(running: RunningSite, *, going_on: Callable[[], bool]) -> None:
    """Cards of all who have none yet. A key takes 0.1 s to make, so nobody waits for it; ends when told to."""
    serials, site = current_serials(running.records), running.site
    others = {each.card: serials[each.addressee_number] for each in everybody_else(running.records, running.holders)}
    for _ in save_more_cards(site.identities.authority, others, site.cards):
        if not going_on():
            return


def plugged_in_again(running: RunningSite) -> list[str]:
    """Plug in again every kiosk whose plug was pulled at its panel; name whoever else ended by itself.

    Raises `demo.not_started`.
    """
    kiosks = {process.name for process in running.site.plan.of("kiosk")}
    for name in kiosks.intersection(running.processes.ended()):
        running.processes.start_again(name)
    return running.processes.ended()


def in_order(processes: Iterable[Process]) -> Iterator[list[Process]]:
    """Groups to be started one after the other: whoever is called comes before who calls."""
    chosen = list(processes)
    for stage in _STAGES:
        if members := [process for process in chosen if process.party in stage]:
            yield members


def _start(site: Site, processes: Processes, *, report: Report) -> None:
    for members in in_order(site.plan.processes):
        start_group(members, processes, report=report)
        if any(process.party == "issuer" for process in members):
            wait_until_fed(site.databases["issuer"], timeout=START_SECONDS)


def start_group(members: list[Process], processes: Processes, *, report: Report) -> None:
    """Start them together and wait until all listen. Raises `demo.not_started`."""
    report("starting " + ", ".join(process.name for process in members))
    for process in members:
        processes.start(process)
    processes.wait_ready([process.name for process in members])


@contextmanager
def own_directory() -> Iterator[Path]:
    """A short path of our own; others may pass through it (the database runs as another account) but not look."""
    directory = Path(tempfile.mkdtemp(prefix="mado-"))
    directory.chmod(0o711)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _databases(cluster: Cluster) -> dict[str, PartyDatabase]:
    databases = {party: database_of_party(cluster, party) for party in DATABASE_PARTIES}
    for party, database in databases.items():
        migrate(party, database.owner_url)
    return databases


def database_of_party(cluster: Cluster, party: str) -> PartyDatabase:
    """An empty database of this party, with the roles that its processes have."""
    made, process = cluster.add_party(party), BULK_ROLES.get(party)
    return replace(made, others={process: cluster.add_bulk_role(party, process)}) if process else made


@contextmanager
def reserved_addresses(plan: Plan) -> Iterator[Addresses]:
    """A port for every process and page of the plan, held until the end."""
    held: list[socket.socket] = []

    def port() -> int:
        held.append(reserve())
        number: int = held[-1].getsockname()[1]
        return number

    try:
        yield Addresses(
            lines={process.name: port() for process in plan.processes},
            pages={process.name: port() for process in plan.processes if process.party in PAGE_PARTIES},
        )
    finally:
        for each in held:
            each.close()


def _trust(identities: Identities) -> TrustList:
    return TrustList.load(
        (identities.directory / TRUST_LIST_FILE).read_bytes(),
        root=read_root_key(identities.directory / ROOT_FILE),
        environment=identities.authority.environment,
        at=datetime.now(UTC),
    )


def _cases(records_dir: Path) -> dict[str, str]:
    """The named cases of a generated ward; a ward's own export has none."""
    path = records_dir / CASES_FILE
    if not path.is_file():
        return {}
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return found

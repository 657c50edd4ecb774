"""A running deployment for the tests of this folder: who lives there, who visits which kiosk, what was printed.

One town serves many tests: fresh residents stand for a fresh start. Every visit is recorded with the paper that came of
it, because the ledger (`ledger.py`) asks for the owner of each sheet that any printer ever let go of.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from madoguchi.bench.applicants import applicants
from madoguchi.card import save_card
from madoguchi.demo.cast import Holder
from madoguchi.demo.processes import the_program
from madoguchi.demo.site import RunningSite, plugged_in_again, running_site
from madoguchi.demo.visitor import Wish
from madoguchi.deployment.cards import DEMO_PIN, card_of, current_serials
from madoguchi.deployment.plan import Plan, Process
from madoguchi.dummy import write_ward
from madoguchi.dummy.generate import CASES_FILE
from madoguchi.issuer.store.index import BlindIndex
from madoguchi.kiosk.config import Faults
from madoguchi.runtime.clock import JST
from tests.chain.adjusting import for_tests
from tests.chain.resident import Act, Recorded, Resident, until_served

ROOT = Path(__file__).resolve().parents[2]
FISCAL_YEAR = 2026
KIOSKS = 8
PAPER_SHEETS = 10_000
"""Nobody puts paper in between the ten thousand pairs."""
_RESIDENTS, _SEED = 900, 11
_APPLICANTS = 300
END_SECONDS = 25.0
"""Draining, and a machine that does ten other things."""
VISIT_SECONDS = 40.0
"""A visit takes less than a second; this is for a machine that does ten other things."""


@dataclass(slots=True, repr=False)
class Town:
    """A deployment whose processes run, and everybody who lives there.

    Without a `repr` of them all: asyncio spells out the task of every test four times over.
    """

    running: RunningSite
    base: Path
    """Everything that anybody wrote: `t` (temporary files and the site), `papers`, `records`."""
    people: list[Holder]
    """Residents who can be issued to; whoever comes to a kiosk goes to the end."""
    cases: dict[str, str]
    visits: list[Recorded] = field(default_factory=list)
    _at: dict[str, Resident] = field(default_factory=dict)
    owners: dict[Path, str] = field(default_factory=dict)
    """Paper that nobody's visit took home (its kiosk was killed) and whose it must be."""
    fronts: dict[tuple[Path, int, int], tuple[str, ...]] = field(default_factory=dict)
    """What the ledger has read: path, time and size of a paper, and the text of its fronts."""

    @property
    def site(self) -> Path:
        """Where each process has its directory."""
        return self.running.site.directory

    def home(self, name: str) -> Path:
        """The directory of one process."""
        return self.site / name

    def papers(self, kiosk: str) -> Path:
        """Where a kiosk's tray lies."""
        return self.running.site.papers / kiosk

    def process(self, name: str) -> Process:
        """A process of the plan."""
        return next(each for each in self.running.site.plan.processes if each.name == name)

    def names(self, party: str) -> list[str]:
        """The processes of one party."""
        return [each.name for each in self.running.site.plan.of(party)]

    def ec_of(self, kiosk: str) -> str:
        """The relay of a kiosk's operator."""
        code = self.process(kiosk).code
        return next(each.name for each in self.running.site.plan.of("ec") if each.code == code)

    # -- who lives here

    def someone(self) -> Holder:
        """A resident with a card, who was at no kiosk yet or longest ago."""
        holder = self.people.pop(0)
        self.people.append(holder)
        return self._with_card(holder)

    def taxpayer(self) -> Holder:
        """Like `someone`, who owes tax this year: a payment certificate of an exempt year does not exist."""
        owing = {
            each.addressee_number
            for each in self.running.records.taxes
            if each.fiscal_year == FISCAL_YEAR and not each.non_taxable
        }
        holder = next(each for each in self.people if each.addressee_number in owing)
        self.people.remove(holder)
        self.people.append(holder)
        return self._with_card(holder)

    def case(self, name: str) -> Holder:
        """A person of the cast."""
        number = self.cases[name]
        return self._with_card(Holder(card=name, addressee_number=number, label=name))

    def _with_card(self, holder: Holder) -> Holder:
        path = self.running.site.cards / f"{holder.card}.json"
        if not path.exists():
            serial = current_serials(self.running.records)[holder.addressee_number]
            save_card(card_of(self.running.site.identities.authority, serial), path)
        return holder

    def name_of(self, number: str) -> str:
        """What a person is called."""
        return next(each.name for each in self.running.records.residents if each.addressee_number == number)

    # -- processes

    def kill(self, name: str) -> None:
        """SIGKILL."""
        self.running.processes.kill(name)

    async def end(self, name: str) -> None:
        """SIGTERM, and wait until it has drained and ended, as a supervisor does."""
        running = self.running.processes.running.pop(name)
        running.child.send_signal(signal.SIGTERM)
        await asyncio.to_thread(running.child.wait, END_SECONDS)
        assert running.child.returncode == 0, f"{name} ended with {running.child.returncode}"
        os.close(running.ready)

    async def start(self, *names: str) -> None:
        """Start processes and wait until they listen.

        Not from a thread: a child dies with the thread that started it (PR_SET_PDEATHSIG), and the threads of a test
        end with it.
        """
        with _environment(self.base):
            for name in names:
                self.running.processes.start(self.process(name))
        await asyncio.to_thread(self.running.processes.wait_ready, names)

    def plug_in(self) -> list[str]:
        """As the demonstration does when a kiosk's plug was pulled at its panel: who else ended by itself."""
        with _environment(self.base):
            return plugged_in_again(self.running)

    def command(self, name: str, *words: str) -> str:
        """Run a command of a process's party with its configuration, as its staff would."""
        party, config = self.process(name).party, self.home(name) / "config.toml"
        arguments = [sys.executable, "-m", "madoguchi.cli", party, words[0], "--config", str(config), *words[1:]]
        with _environment(self.base):
            finished = subprocess.run(arguments, capture_output=True, text=True, check=False)
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    async def until_stopped(self, holder: Holder) -> None:
        """Wait until the ward's issuing database knows of a stop for this person."""

        index = BlindIndex((self.site / "issuer-index.key").read_bytes())

        def stopped() -> bool:
            with self.database("issuer") as database:
                query = "SELECT FROM stops WHERE person = %s AND stopped"
                return bool(database.execute(query, (index.person(holder.addressee_number),)).fetchall())

        await eventually(stopped)

    def database(self, party: str) -> psycopg.Connection[dict[str, Any]]:
        """A connection as the owner of a party's tables."""
        url = self.running.site.databases[party].owner_url
        return psycopg.connect(url, row_factory=psycopg.rows.dict_row, autocommit=True)

    def lines(self, name: str) -> list[dict[str, Any]]:
        """What a process told its log."""
        path = self.home(name) / "log.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    # -- visits

    async def offer_at(self, kiosk: str, *, offered: bool = False) -> dict[str, Any]:
        """How a kiosk shows the taxation certificate, once it is offered there, or is not any more."""
        async with Resident(self.running.page_url(kiosk)) as resident, asyncio.timeout(30):
            while True:
                shown = await self._look_at_offers(resident)
                if shown["offered"] is offered:
                    return shown
                await asyncio.sleep(0.2)

    async def _look_at_offers(self, resident: Resident) -> dict[str, Any]:
        await until_served(resident)
        ward = self.running.site.plan.ward.code
        kind: dict[str, Any] = {}
        touches = {"start": ("begin", None), "municipality": ("choose", ward)}
        async for shown in resident.screens():
            if shown["name"] == "kind":
                kind = next(each for each in shown["data"]["options"] if each["kind"] == "taxation")
                await resident.touch("kind", "stop")
                break
            action, value = touches[shown["name"]]
            await resident._tolerant(resident.touch(shown["name"], action, value))
        return kind

    def wish(self, holder: Holder, *, kind: str = "taxation", year: int = FISCAL_YEAR, **wish: Any) -> Wish:
        """What this person wants."""
        ward = self.running.site.plan.ward.code
        return Wish(card=holder.card, pin=DEMO_PIN, ward=ward, kind=kind, fiscal_year=year, **wish)

    async def visit(
        self, kiosk: str, holder: Holder, *, instead: dict[str, Act] | None = None, pin: str = DEMO_PIN, **wish: Any
    ) -> Recorded:
        """One visit from the first touch to the last screen."""
        taken = self.papers(kiosk) / "taken"
        async with Resident(self.running.page_url(kiosk), instead=instead) as resident:
            await until_served(resident)
            seen = set(taken.iterdir())
            self._at[kiosk] = resident
            wanted = replace(self.wish(holder, **wish), pin=pin)
            try:
                visit = await resident.take_certificate(wanted, timeout=VISIT_SECONDS)
            except TimeoutError:
                raise AssertionError(f"no end after {resident.seen[-30:]}") from None
        recorded = Recorded(kiosk=kiosk, holder=holder, visit=visit, papers=tuple(sorted(set(taken.iterdir()) - seen)))
        self.visits.append(recorded)
        return recorded

    def seen_at(self, kiosk: str) -> list[str]:
        """The screens at which the last visitor of a kiosk did something, for whoever must explain a failure."""
        return self._at[kiosk].seen[-20:] if kiosk in self._at else []

    async def visit_once_offered(self, kiosk: str, holder: Holder) -> Recorded:
        """A visit after the ward opened again: the centers hear of it one after the other, within a second or two."""
        async with asyncio.timeout(30):
            while True:
                recorded = await self.visit(kiosk, holder)
                if recorded.end != "refusal refused.not_offered":
                    return recorded

    async def visit_well(self, kiosk: str, holder: Holder | None = None, **wish: Any) -> Recorded:
        """An honest visit that ends in paper: whatever went before, the next resident is served."""
        recorded = await self.visit(kiosk, holder or self.someone(), **wish)
        assert recorded.end == "done", recorded.end
        assert len(recorded.papers) == 1
        return recorded


async def eventually(what: Callable[[], bool], *, seconds: float = 30.0) -> None:
    """Wait until something is so. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not what():  # noqa: ASYNC110 - other processes tell no event
            await asyncio.sleep(0.05)


@contextmanager
def a_town(*, module_of: Callable[[Process], str] = the_program, kiosks: int = KIOSKS) -> Iterator[Town]:
    """Build and start a town, and leave nothing behind."""
    with ExitStack() as stack:
        base = Path(tempfile.mkdtemp(prefix="mc-"))
        stack.callback(shutil.rmtree, base, ignore_errors=True)
        base.chmod(0o711)
        for each in ("t", "records", "papers"):
            (base / each).mkdir(mode=0o711)
        today = datetime.now(UTC).astimezone(JST).date()
        write_ward(base / "records", residents=_RESIDENTS, seed=_SEED, as_of=today)
        with _environment(base):
            running = stack.enter_context(
                running_site(
                    Plan(kiosks=kiosks),
                    records_dir=base / "records",
                    papers=base / "papers",
                    choose_holders=lambda _records, _cases: (),  # cards are made when somebody needs one
                    report=lambda _what: None,
                    faults=Faults(paper_sheets=PAPER_SHEETS),
                    adjust=for_tests,
                    module_of=module_of,
                )
            )
        cases: dict[str, str] = json.loads((base / "records" / CASES_FILE).read_text(encoding="utf-8"))
        able = applicants(running.records, number=_APPLICANTS, today=today)
        people = [each for each in able if each.addressee_number not in cases.values()]
        yield Town(running=running, base=base, people=people, cases=cases)


@contextmanager
def _environment(base: Path) -> Iterator[None]:
    """Children find the tests, and put whatever is temporary where we look for traces."""
    wanted = {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "TMPDIR": str(base / "t")}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    tempfile.tempdir = None
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        tempfile.tempdir = None

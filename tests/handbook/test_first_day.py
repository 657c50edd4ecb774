"""docs/operations/first-day.md does what it says: its commands, in a shell, against PostgreSQL and over TLS."""

from __future__ import annotations

import os
import random
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from madoguchi.bench.applicants import applicants
from madoguchi.deployment.cards import current_serials
from madoguchi.dummy.generate import LEAST_RESIDENTS, write_ward
from madoguchi.records import SERIALS, RecordSet
from madoguchi.records.adapters.mapping import load_mapping
from madoguchi.runtime.clock import JST
from madoguchi.runtime.cluster import cluster
from tests.records.foreign import EXAMPLES, ForeignSystem

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "operations" / "first-day.md"
MAPPING = EXAMPLES / "vendor" / "mapping.toml"
_BLOCK = re.compile(r"^```sh (first-day(?:-settings)?)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_NAME = re.compile(r"(?:^|(?<=\d )) *([A-Z_]+)=", re.MULTILINE)
_PORTS = ("ISSUER_PORT", "INTAKE_PORT", "TAX_PORT", "JUKINET_PORT")
WARD = "132990"
"""Of no municipality, and not the one that the demonstration uses."""
_GUARD_SECONDS = 500
"""Only so that a mistake in the page does not hang the run."""


@pytest.fixture
def machine() -> Iterator[Path]:
    """An empty machine: a short path (the database's socket), with the launcher where the page expects it."""
    base = Path(tempfile.mkdtemp(prefix="mado-"))
    base.chmod(0o711)
    launcher = base / "madoguchi"
    launcher.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m madoguchi.cli "$@"\n', encoding="utf-8")
    launcher.chmod(0o755)
    yield base
    shutil.rmtree(base, ignore_errors=True)


def blocks(kind: str) -> list[str]:
    """The page's shell blocks of one mark, in order."""
    return [text for mark, text in _BLOCK.findall(PAGE.read_text(encoding="utf-8")) if mark == kind]


def free_ports(number: int) -> list[str]:
    """Below the range from which other tests' port 0 is served, so that nobody takes them before the processes do."""
    found: list[str] = []
    for port in random.SystemRandom().sample(range(20_000, 30_000), 200):
        with socket.socket() as trial:
            if len(found) < number and trial.connect_ex(("127.0.0.1", port)) != 0:
                found.append(str(port))
    return found


def exports(base: Path) -> dict[str, str]:
    """What the ward's systems wrote: the tax system in its own columns, the registry in ours; and somebody's card."""
    ours, theirs = base / "ours", base / "theirs"
    ours.mkdir()
    theirs.mkdir()
    today = datetime.now(UTC).astimezone(JST).date()
    write_ward(ours, residents=LEAST_RESIDENTS, seed=4, as_of=today)
    records = RecordSet.read(ours)
    ForeignSystem(load_mapping(MAPPING)).write(theirs, without_private_characters(records))
    person = applicants(records, number=1, today=today)[0]
    serial = current_serials(records)[person.addressee_number].serial
    registry = base / "registry"
    registry.mkdir()
    shutil.copyfile(ours / SERIALS.name, registry / SERIALS.name)
    return {"TAX_EXPORT": str(theirs), "MAPPING": str(MAPPING), "REGISTRY_EXPORT": str(registry), "SERIAL": serial}


def without_private_characters(records: RecordSet) -> RecordSet:
    """Without the dummy resident whose name an export with no table of private characters is refused for."""
    kept = tuple(each for each in records.residents if not re.search("[\ue000-\uf8ff]", each.name))
    numbers = {each.addressee_number for each in kept}
    return replace(
        records,
        residents=kept,
        taxes=tuple(each for each in records.taxes if each.addressee_number in numbers),
        instalments=tuple(each for each in records.instalments if each.addressee_number in numbers),
    )


def name_of_the_applicant(base: Path, serial: str) -> str:
    """Whose certificate the card of this serial stands for, by the records that the ward's systems exported."""
    records = RecordSet.read(base / "ours")
    (who,) = {each.addressee_number for each in records.serials if each.serial == serial}
    (name,) = (each.name for each in records.residents if each.addressee_number == who)
    return name


def run(script: str, base: Path) -> subprocess.CompletedProcess[str]:
    """Run it as one shell, which stops at the first failure; what it started in the background ends with it."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    with (base / "said").open("w+", encoding="utf-8") as said:
        shell = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=base,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = shell.wait(_GUARD_SECONDS)
        finally:
            with suppress(ProcessLookupError):  # nothing was in the background
                os.killpg(shell.pid, signal.SIGKILL)
            shell.wait()
        said.seek(0)
        return subprocess.CompletedProcess(shell.args, code, stdout=said.read())


def test_a_ward_goes_from_an_empty_machine_to_a_paper_by_the_page_alone(machine: Path) -> None:
    with cluster(machine / "pg") as server:
        settings = {
            "WARD": WARD,
            "WARD_HOME": str(machine / "ward"),
            "DATABASE_ADMIN": server.admin_url,
            **dict(zip(_PORTS, free_ports(len(_PORTS)), strict=True)),
            **exports(machine),
        }
        (stated,) = blocks("first-day-settings")
        assert set(_NAME.findall(stated)) == set(settings), "the page's settings are those that are replaced"
        told = "".join(f"{name}={shlex.quote(value)}\n" for name, value in settings.items())
        done = run(told + "\n".join(blocks("first-day")), machine)
    assert done.returncode == 0, done.stdout[-6000:]
    for expected in (
        r"feed tax  sequence 1 .* too_old False",
        r"feed jukinet .* too_old False",
        r"A kiosk would issue",
        r"issued_today: 1",
    ):
        assert re.search(expected, done.stdout), done.stdout[-6000:]
    paper = (machine / "ward" / "rehearsal" / "paper.pdf").read_bytes()
    document = pdfium.PdfDocument(paper)
    try:
        front = document[0].get_textpage().get_text_bounded()
        assert len(document) == 2
    finally:
        document.close()
    assert name_of_the_applicant(machine, settings["SERIAL"]) in front

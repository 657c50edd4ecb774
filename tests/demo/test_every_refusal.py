"""Every refusal of the ward, at the kiosk of one running deployment: what shows outside, and what the ward knows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from madoguchi.demo.cases import CASES, Case
from madoguchi.demo.cases.playing import Played, case_site, play
from madoguchi.demo.cases.stage import Stage
from madoguchi.demo.cases.telling import told
from madoguchi.demo.papers import taken_papers
from madoguchi.demo.site import RunningSite
from madoguchi.dummy import write_ward
from madoguchi.errors import PublicReason
from madoguchi.evidence.log import Entry, entries
from madoguchi.issuer.public_text import PUBLIC_TEXT
from madoguchi.runtime.clock import JST

pytestmark = pytest.mark.chain
SHARED = [each for each in CASES.values() if each.shares]
WARD = [each for each in SHARED if each.code.startswith("issuer.")]
SOURCE = Path(__file__).resolve().parents[2] / "src"
FLOOR_SECONDS = 0.7
"""`refusal_floor_milliseconds` of the issuer."""


@pytest.fixture(scope="module")
def site() -> Iterator[RunningSite]:
    with ExitStack() as stack:
        base = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mc-")))
        base.chmod(0o711)
        records, papers = base / "records", base / "papers"
        records.mkdir()
        today = datetime.now(UTC).astimezone(JST).date()
        write_ward(records, residents=60, seed=5, as_of=today)
        before = os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = str(SOURCE)
        yield stack.enter_context(case_site(SHARED, records_dir=records, papers=papers, report=lambda _what: None))
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


@pytest.mark.parametrize("case", SHARED, ids=lambda each: each.code)
async def test_it_is_refused_for_this_reason_and_says_the_public_one(site: RunningSite, case: Case) -> None:
    played = await play(site, case)
    assert played.code == case.code
    assert taken_papers(site.site.papers) == []
    assert played.screen["money"] is None
    _check_screen(site, played)
    assert case.code in "\n".join(told(played))
    if case in WARD:
        await _check_ward(site, played)


def _check_screen(site: RunningSite, played: Played) -> None:
    """Of a signed refusal the screen says the public reason, one of five sentences and where to call; no more."""
    screen, reason = played.screen, played.case.problem.public_reason
    if played.party in {"issuer", "center"}:
        assert screen["code"] == f"refused.{reason}"
    if played.party == "issuer":
        assert screen["next_step"] == {"ja": PUBLIC_TEXT[reason].ja, "en": PUBLIC_TEXT[reason].en}
        assert screen.keys() <= {
            "screen",
            "title",
            "next_step",
            "code",
            "transaction",
            "contact",
            "money",
            "no_receipt",
        }
    shown = json.dumps(screen, ensure_ascii=False)
    who = next((each for each in site.records.residents if each.addressee_number == _number(site, played)), None)
    for secret in (who.name, who.addressee_number) if who else ():
        assert secret not in shown
    if played.party != "kiosk":
        assert played.code not in shown


def _number(site: RunningSite, played: Played) -> str:
    return next(each.addressee_number for each in site.holders if each.card == played.case.who)


async def _check_ward(site: RunningSite, played: Played) -> None:
    """The true code is in the ward's evidence under this transaction, and in nobody else's log."""
    name = bytes.fromhex(played.screen["transaction"])
    refused = [each.body for each in await _evidence(site) if each.event == "certificate.refused"]
    assert [body["code"] for body in refused if body["transaction"] == name] == [played.code]
    assert await Stage(site).ask("issuer", "SELECT FROM papers WHERE transaction = %s", name) == []
    for process in site.site.plan.processes:
        if process.party not in {"issuer", "tax", "jukinet"}:
            log = (site.site.directory / process.name / "log.jsonl").read_text(encoding="utf-8")
            assert played.code not in log, process.name
    if played.case.problem.public_reason is PublicReason.ASK_YOUR_WARD:
        assert FLOOR_SECONDS <= played.seconds < 2 * FLOOR_SECONDS, "another time than other reasons of a person"


async def _evidence(site: RunningSite) -> list[Entry]:
    async def work(connection: Any) -> list[Entry]:
        return [each async for each in entries(connection)]

    return await Stage(site).at("issuer", work)


@pytest.mark.parametrize(
    "code",
    [
        "kiosk.printer_failed",
        *(
            pytest.param(each.code, marks=pytest.mark.long)
            for each in CASES.values()
            if not each.shares and each.code != "kiosk.printer_failed"
        ),
    ],
)
def test_a_case_with_settings_of_its_own(tmp_path: Path, code: str) -> None:
    """By the command, as somebody at a terminal plays it."""
    words = [sys.executable, "-m", "madoguchi.cli", "demo", "--case", code, "--out", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / f"{code}.txt").read_text(encoding="utf-8")
    assert text.startswith(f"{code}  →  {CASES[code].problem.public_reason}\n")
    assert text in done.stdout

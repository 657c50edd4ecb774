"""Nothing goes wrong: the ordinary visit, and the people of the cast."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pypdfium2
from click.testing import CliRunner

from madoguchi.demo.papers import PAPER_FILE
from madoguchi.verify.command import group as verify
from tests.chain.town import Town


async def test_a_visit_ends_in_paper(town: Town) -> None:
    recorded = await town.visit_well("kiosk-1")

    assert recorded.visit.end["paid_yen"] == 300


async def test_three_copies_of_a_payment_certificate(town: Town) -> None:
    recorded = await town.visit_well("kiosk-2", town.taxpayer(), copies=3, kind="payment")

    assert recorded.visit.end["paid_yen"] == 900


async def test_the_back_of_a_printed_paper_gives_its_front_again(town: Town, tmp_path: Path) -> None:
    """Printed by a real kiosk, scanned at 300 dpi and upside down, restored under the deployment's own trust list."""
    recorded = await town.visit_well("kiosk-1")
    with pypdfium2.PdfDocument(recorded.papers[0] / PAPER_FILE) as paper:
        front = paper[0].get_textpage().get_text_bounded()
        scan = paper[1].render(scale=300 / 72, grayscale=True).to_pil().rotate(180)
    picture, said = tmp_path / "back.png", tmp_path / "said.json"
    scan.save(picture)
    config = town.home("verify-1") / "config.toml"
    arguments = [str(picture), "--config", str(config), "--json", str(said)]
    result = await asyncio.to_thread(CliRunner().invoke, verify, arguments)
    assert result.exit_code == 0, result.output
    (restored,) = json.loads(said.read_text(encoding="utf-8"))["sheets"]
    person = next(
        each for each in town.running.records.residents if each.addressee_number == recorded.holder.addressee_number
    )
    assert restored["values"]["name"] == person.name
    assert (restored["status"], restored["finding"]) == ("issued", "no_front")
    assert restored["content"]["paper_number"] in front
    assert restored["values"]["certificate_number"] in front

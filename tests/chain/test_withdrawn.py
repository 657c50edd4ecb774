"""A paper in somebody's hands that the ward takes back: whoever checks it is told at once."""

from __future__ import annotations

import asyncio
import io
import json
import urllib.request
from typing import Any

import pypdfium2
from click.testing import CliRunner

from madoguchi.demo.papers import PAPER_FILE
from madoguchi.issuer.command import group as issuer
from madoguchi.runtime.config import load_config
from madoguchi.verify.config import VerifyConfig
from tests.chain.town import Town


async def test_the_next_question_is_answered_by_the_wards_decision(town: Town) -> None:
    recorded = await town.visit_well("kiosk-1")
    with pypdfium2.PdfDocument(recorded.papers[0] / PAPER_FILE) as paper:
        scan = io.BytesIO()
        paper[0].render(scale=200 / 72, grayscale=True).to_pil().save(scan, format="PNG")
    before = await asyncio.to_thread(_checked, town, scan.getvalue())
    assert before["status"] == "issued"
    number = before["content"]["paper_number"]

    config = str(town.home("issuer-1") / "config.toml")
    words = ["paper", "revoke", "--config", config, number, "--why", "wrong_content", "--yes"]
    told = await asyncio.to_thread(CliRunner().invoke, issuer, words)
    assert told.exit_code == 0, told.output

    after = await asyncio.to_thread(_checked, town, scan.getvalue())
    assert (after["verdict"], after["status"]) == ("signed", "revoked")


def _checked(town: Town, picture: bytes) -> dict[str, Any]:
    """What the page for receivers answers to a picture, asked anew."""
    pages = load_config(town.home("verify-1") / "config.toml", VerifyConfig).pages
    assert pages is not None
    request = urllib.request.Request(
        f"http://{pages.host}:{pages.port}/v1/check", data=picture, headers={"Content-Type": "image/png"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        (sheet,) = json.load(answer)["sheets"]
        assert isinstance(sheet, dict)
        return sheet

"""`bench verify` measures what it says, and notices a look that saw nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from madoguchi.bench.verify import run as measuring
from madoguchi.bench.verify.report import Report, Times
from madoguchi.bench.verify.scanner import scan
from madoguchi.errors import MadoguchiError


def test_a_sheet_is_looked_at_in_three_ways(tmp_path: Path) -> None:
    report = measuring.run(seconds=0.1, work=tmp_path, report=lambda _what: None)
    figures = report.as_json()
    assert figures["sheets"] == 1
    assert (
        0 < figures["front_s_median"] < figures["back_s_median"] < figures["both_s_median"] <= figures["both_s_slowest"]
    )
    said = report.text()
    for row in ("front alone", "back alone", "both sides"):
        assert f"| {row}" in said


def test_a_sheet_that_is_not_compared_voids_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_front(document: bytes, *, page: int, noise: np.random.Generator) -> bytes:
        return scan(BLANK if page == 0 else document, page=page, noise=noise)

    monkeypatch.setattr("madoguchi.bench.verify.run.scan", without_front)
    with pytest.raises(MadoguchiError, match="wrong_sheet"):
        measuring.run(seconds=0.1, work=tmp_path, report=lambda _what: None)


def test_the_slowest_is_told_beside_the_median() -> None:
    times = Times(processor=[1.0, 4.0, 2.0], wall=[1.0, 4.0, 2.0])
    figures = Report(front=times, back=times, both=times, pinned=True).as_json()
    assert (figures["both_s_median"], figures["both_s_slowest"]) == (2.0, 4.0)


BLANK = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>"
)

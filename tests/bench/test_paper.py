"""`bench paper` measures what it says, and notices a sheet that says something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from madoguchi.bench.paper.naive import NaiveWay
from madoguchi.bench.paper.report import Report
from madoguchi.bench.paper.run import IN_A_ROW, run
from madoguchi.errors import MadoguchiError
from madoguchi.paper.scramble.content import SealedFront


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return run(seconds=0.1, work=tmp_path_factory.mktemp("bench"), report=lambda _what: None)


def test_every_step_is_counted_per_sheet(report: Report) -> None:
    assert len(report.marks.milliseconds) >= len(report.laying.milliseconds) == IN_A_ROW
    assert len(report.check.milliseconds) == len(report.naive.milliseconds) == len(report.raster.milliseconds) == 1
    assert all(each > 0 for times in (report.marks, report.laying, report.naive) for each in times.wall)
    # The job holds the ward's page too; the marks alone are smaller.
    assert 200_000 < min(report.marks.octets) < min(report.laying.octets) < 400_000


def test_the_figures_are_those_that_are_asked_for(report: Report) -> None:
    figures = report.as_json()
    assert {
        "ms_per_sheet_median",
        "size_kb",
        "naive_ms_per_sheet_median",
        "raster_ms_per_sheet_median",
    } <= figures.keys()
    assert figures["raster_ms_per_sheet_median"] > figures["ms_per_sheet_median"]
    assert figures["size_kb"] < 400
    assert figures["raster_kb"] + figures["job_kb"] - figures["size_kb"] < 400
    assert figures["naive_ms_per_sheet_median"] > figures["ms_per_sheet_median"] + figures["laying_ms_per_sheet_median"]
    said = report.text()
    assert figures["machine"] in said
    for row in ("center: marks of a page", "center: marks of a raster", "kiosk: laying", "the naive way"):
        assert f"| {row}" in said


def test_a_naive_back_that_is_wrong_voids_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = NaiveWay.sheet

    def wrong(self: NaiveWay, ward_pdf: bytes, *, page: int, paper_number: bytes, front: SealedFront) -> bytes:
        other = SealedFront(front_code=front.front_code[:-1], page_description=front.page_description)
        return real(self, ward_pdf, page=page, paper_number=paper_number, front=other)

    monkeypatch.setattr(NaiveWay, "sheet", wrong)
    with pytest.raises(MadoguchiError, match="wrong_sheet"):
        run(seconds=0.1, work=tmp_path, report=lambda _what: None)

"""`verify FILE …` at a terminal: whose trust list counts, what is said, and the exit code."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from madoguchi.deployment.identities import Identities
from madoguchi.runtime.clock import FrozenClock
from madoguchi.verify import check_command
from madoguchi.verify.command import group
from tests.paper.drawn import poppler
from tests.paper.printscan import HARSH, scanned
from tests.sites import MADE_AT, PLAN, signer_of
from tests.verify.papers import BLANK, PAPER, WARD, as_file, as_picture, signed
from tests.verify.sheets import Press


@pytest.fixture(autouse=True)
def at_the_day_of_issue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_command, "SystemClock", lambda: FrozenClock(MADE_AT))


def run(*words: str | Path, identities: Identities | None = None) -> Result:
    trust = ["--trust", str(identities.directory), "--environment", PLAN.environment.value] if identities else []
    return CliRunner().invoke(group, [*trust, *map(str, words)] if not trust else [*map(str, words), *trust])


def kept(directory: Path, *files: bytes) -> Sequence[Path]:
    made = [directory / f"page{number}.png" for number in range(len(files))]
    for file, octets in zip(made, files, strict=True):
        file.write_bytes(octets)
    return made


def test_a_signed_code(site_identities: Identities, tmp_path: Path) -> None:
    told = run(*kept(tmp_path, as_file(as_picture(signed(site_identities)))), identities=site_identities)
    assert told.exit_code == 0, told.output
    assert "区の電子署名 The ward's signature: 正しい valid" in told.output
    assert "原本であることの証明ではありません" in told.output


def test_a_code_of_nobody_ends_with_1(site_identities: Identities, tmp_path: Path) -> None:
    strange = signed(site_identities, key_file="signing.key")
    told = run(*kept(tmp_path, as_file(as_picture(strange))), identities=site_identities)
    assert told.exit_code == 1
    assert "窓口 花子" not in told.output


def test_nothing_found_ends_with_1_and_accuses_nobody(site_identities: Identities, tmp_path: Path) -> None:
    told = run(*kept(tmp_path, as_file(BLANK)), identities=site_identities)
    assert (told.exit_code, "まだ何も分かりません" in told.output) == (1, True)


def test_a_whole_print_job_compared_by_itself(site_identities: Identities, tmp_path: Path) -> None:
    """Both sides in one PDF, as the demo leaves it, with one digit changed."""
    sheet = Press.of(signer_of(site_identities, "issuer-1", code=WARD, key_file="front-code.key")).sheet(PAPER)
    value = sheet.facts.values["annual_tax"]
    (tmp_path / "forged.pdf").write_bytes(sheet.job(annual_tax="9" + value[1:]))
    said, marked, restored = (tmp_path / name for name in ("said.json", "marked.png", "restored.png"))
    options: list[str | Path] = ["--json", said, "--marked", marked, "--restored", restored]
    told = run(tmp_path / "forged.pdf", *options, identities=site_identities)
    assert told.exit_code == 1, told.output
    (found,) = json.loads(said.read_text(encoding="utf-8"))["sheets"]
    assert (found["finding"], {place["field"] for place in found["places"]}) == ("changed", {"annual_tax"})
    assert found["values"]["annual_tax"] == value
    for picture in (marked, restored):
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert picture.stat().st_mode & 0o077 == 0, "somebody's certificate"


@pytest.mark.parametrize("forged", [False, True], ids=["genuine", "one digit changed"])
def test_a_sheet_that_was_printed_scanned_and_sent_as_a_pdf(
    site_identities: Identities, tmp_path: Path, *, forged: bool
) -> None:
    """Print job → another program's picture at 600 dpi → toner, paper, scanner → one PDF with both sides → command."""
    sheet = Press.of(signer_of(site_identities, "issuer-1", code=WARD, key_file="front-code.key")).sheet(PAPER)
    value = sheet.facts.values["annual_tax"]
    job = sheet.job(annual_tax=value[:-1] + ("3" if value[-1] != "3" else "8")) if forged else sheet.job()
    sides = [Image.fromarray(scanned(poppler(job, tmp_path, page=page), HARSH, seed=page), mode="L") for page in (1, 2)]
    scan, said, restored = (tmp_path / name for name in ("scan.pdf", "said.json", "restored.png"))
    sides[0].save(scan, save_all=True, append_images=sides[1:], resolution=HARSH.dpi, quality=80)
    told = run(scan, "--json", said, "--restored", restored, identities=site_identities)
    assert told.exit_code == int(forged), told.output
    (found,) = json.loads(said.read_text(encoding="utf-8"))["sheets"]
    assert (found["verdict"], found["values"]["annual_tax"]) == ("signed", value)
    places = {place["field"] for place in found["places"] if place["kind"] == "changed"}
    assert (found["finding"], places) == (("changed", {"annual_tax"}) if forged else ("same", set()))
    with Image.open(restored) as picture:
        assert min(picture.size) > 1000


def test_whose_list_counts_must_be_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trust list beside the paper is the bearer's, not ours."""
    monkeypatch.chdir(tmp_path)
    told = run(*kept(tmp_path, as_file(BLANK)))
    assert (told.exit_code, "whose trust list counts" in told.output) == (2, True)


def test_a_list_of_another_environment_is_none(site_identities: Identities, tmp_path: Path) -> None:
    (file,) = kept(tmp_path, as_file(as_picture(signed(site_identities))))
    told = CliRunner().invoke(group, [str(file), "--trust", str(site_identities.directory)])
    assert told.exit_code != 0
    assert getattr(told.exception, "code", None) == "verify.not_now"

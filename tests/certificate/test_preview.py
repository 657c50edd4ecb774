"""Looking at a layout: what comes out shows the record and can never be taken for a certificate."""

from __future__ import annotations

import io
from importlib import resources
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pytest
from PIL import Image

from madoguchi import cli
from madoguchi.certificate.compose import Composer
from madoguchi.certificate.sample import compose_sample
from madoguchi.certificate.taxation import taxation_facts
from madoguchi.cli.certificate.preview import picture
from madoguchi.dummy.generate import LEAST_RESIDENTS, write_ward
from madoguchi.errors import MadoguchiError
from madoguchi.paper.frontcode import parse_unverified, read_front_code
from tests.certificate.people import HEADING, ISSUED_AT, resident, tax

LAYOUT = resources.files("madoguchi.certificate").joinpath("layouts", "taxation-2024.toml").read_text("utf-8")
DPI = 100


@pytest.fixture
def ward(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("ward")
    write_ward(directory, residents=LEAST_RESIDENTS, seed=3)
    return directory


def _preview(*options: str | Path, kind: str = "taxation", year: int = 2025, record: str = "plain") -> int:
    asked = ["--kind", kind, "--year", str(year), "--record", record]
    return cli.main(["certificate", "preview", *asked, *(str(option) for option in options)])


def _text(pdf: bytes) -> str:
    with pdfium.PdfDocument(pdf) as document:
        return "".join(page.get_textpage().get_text_range() for page in document)


def test_a_picture_and_a_pdf_where_told_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert _preview("--png", "a.png", "--pdf", "a.pdf", "--dpi", str(DPI), record="hashigo_taka") == cli.OK
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.pdf", "a.png"]
    assert capsys.readouterr() == ("", "")
    text = _text((tmp_path / "a.pdf").read_bytes())
    assert "髙橋　誠" in text
    assert "4,200,000" in text
    with Image.open(tmp_path / "a.png") as drawn:
        assert drawn.size == (827, 1170)


def test_every_page_is_marked_and_its_square_is_no_statement(composer: Composer) -> None:
    facts = taxation_facts(resident(), tax(remarks="長い備考。" * 200), HEADING)
    pdf = compose_sample(composer, facts, at=ISSUED_AT)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        pages = len(document.pages)
        assert "/Metadata" not in document.Root
        assert "/OutputIntents" not in document.Root
        assert "見本" in str(document.docinfo["/Title"])
    assert pages > 1
    whole = Image.open(io.BytesIO(picture(pdf, dpi=200))).convert("RGB")
    height = whole.height // pages
    for page in range(pages):
        drawn = np.asarray(whole.crop((0, page * height, whole.width, (page + 1) * height)))
        middle = drawn[height // 4 : height * 3 // 4].astype(int)
        reddish = (middle[..., 0] - middle[..., 1] > 20) & (middle[..., 0] > 200)
        assert 0.03 < reddish.mean() < 0.3
        with pytest.raises(MadoguchiError, match="front_code_malformed"):
            parse_unverified(read_front_code(drawn))


def test_a_wards_own_records(ward: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.pdf"
    assert _preview("--records", ward, "--pdf", file, kind="payment", record="0000000002") == cli.OK
    assert "𠮷田　葵" in _text(file.read_bytes())
    file.unlink()
    for record, year, what in (
        ("9999999999", 2025, "no resident has this addressee number"),
        ("0000000001", 2001, "no tax record of 2001"),
    ):
        assert _preview("--records", ward, "--pdf", file, record=record, year=year) == cli.USAGE
        told = capsys.readouterr().err
        assert what in told
        assert record not in told
    (ward / "taxes.csv").write_bytes(b"no,columns\n")
    assert _preview("--records", ward, "--pdf", file) == cli.PROBLEM
    assert "records.refused" in capsys.readouterr().err
    assert not file.exists()


def test_a_changed_layout_shows_without_a_programmer(tmp_path: Path) -> None:
    layout, pdf = tmp_path / "ours.toml", tmp_path / "a.pdf"
    layout.write_text(LAYOUT.replace('["医療費",', '["医療費（区の表記）",'), "utf-8")
    assert _preview("--layout", layout, "--pdf", pdf) == cli.OK
    assert "医療費（区の表記）" in _text(pdf.read_bytes())
    assert _preview("--pdf", pdf) == cli.OK
    assert "医療費（区の表記）" not in _text(pdf.read_bytes())


@pytest.mark.parametrize(
    ("old", "new", "code", "what"),
    [
        ("@total_income", "@totl_income", cli.PROBLEM, "no value totl_income; did you mean total_income?"),
        ("last_year = 2025", "last_year = 2024", cli.USAGE, "is for taxation 2024-2024, not for taxation 2025"),
        ('id = "taxation-2024/1"\n', "", cli.USAGE, "ours.toml is for no kind"),
        ("所得の種類", "\udc80", cli.PROBLEM, "is not UTF-8"),
    ],
)  # fmt: skip
def test_a_wrong_layout_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, code: int, what: str
) -> None:
    layout, pdf = tmp_path / "ours.toml", tmp_path / "a.pdf"
    layout.write_text(LAYOUT.replace(old, new), "utf-8", errors="surrogateescape")
    assert _preview("--layout", layout, "--pdf", pdf) == code
    assert what in capsys.readouterr().err
    assert not pdf.exists()


def test_somewhere_to_write_must_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert _preview() == cli.USAGE
    assert "--png FILE" in capsys.readouterr().err


def test_check_layout_tells_every_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad, furniture = tmp_path / "good.toml", tmp_path / "bad.toml", tmp_path / "frame.toml"
    good.write_text(LAYOUT, "utf-8")
    bad.write_text(LAYOUT.replace('name = "continued"\nx = 151', 'name = "continued"\nx = 171'), "utf-8")
    assert cli.main(["certificate", "check-layout", str(good)]) == cli.OK
    assert capsys.readouterr().out == f"{good}: taxation-2024/1, taxation 2024-2025: well\n"
    assert cli.main(["certificate", "check-layout", str(bad), str(good)]) == cli.PROBLEM
    told = capsys.readouterr()
    line = bad.read_text("utf-8").splitlines().index('name = "continued"')
    assert f"bad.toml line {line}: box continued is off the page" in told.err
    assert "good.toml" in told.out
    furniture.write_text("[both]\n", "utf-8")
    assert cli.main(["certificate", "check-layout", str(furniture)]) == cli.PROBLEM
    assert "every page needs one square" in capsys.readouterr().err
    furniture.rename(tmp_path / "unused.toml")
    assert cli.main(["certificate", "check-layout", str(tmp_path / "unused.toml")]) == cli.PROBLEM
    assert "no layout uses it" in capsys.readouterr().err

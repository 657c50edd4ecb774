"""Telling in advance which names cannot be printed: as the composer does, and as the font itself says."""

from __future__ import annotations

import csv
import io
import stat
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi import cli
from madoguchi.certificate.compose import Composer
from madoguchi.certificate.facts import Facts, SheetFacts, printed
from madoguchi.certificate.fronting import front_code_body
from madoguchi.certificate.layout import all_layouts
from madoguchi.certificate.names import Field, NameChecker, Reason, code_points
from madoguchi.certificate.payment import payment_facts
from madoguchi.certificate.setting import Setter
from madoguchi.certificate.taxation import taxation_facts
from madoguchi.dummy.generate import LEAST_RESIDENTS, write_ward
from madoguchi.errors import MadoguchiError
from madoguchi.paper.frontcode import FRONT_CODE, MAX_OCTETS
from madoguchi.statement import FileKey, Signer
from tests.certificate.people import HEADING, ISSUED_AT, four_terms, resident, tax
from tests.certificate.variant_names import CORPUS, COUNT, OtherReader, corpus, written

SIGNER = Signer(key=FileKey.generate(), party="issuer", code="131130", name="issuer-1", environment="production")
PIECES = [
    "髙",
    "山田",
    "　",
    " ",
    "JOSE",
    "de",
    "𠮷",
    "辻\U000e0102",
    "辻\U000e0100",
    "\ue000",
    "ー",
    "か\u3099",
    "\u00a0",
]


@pytest.fixture(scope="module")
def checker(composer: Composer) -> NameChecker:
    return NameChecker(composer.fonts, all_layouts())


def _compose(composer: Composer, facts: Facts) -> None:
    body = front_code_body(facts, paper_number=bytes(16), page=1, pages=1)
    code = SIGNER.sign(FRONT_CODE, body)
    assert len(code) <= MAX_OCTETS
    composer.compose(facts, (SheetFacts(copy=1, page=1, paper_number=bytes(16), front_code=code),), issued_at=ISSUED_AT)


def _payment(name: str) -> Facts:
    return payment_facts(resident(name=name), tax(), four_terms(), HEADING, as_of=date(2026, 11, 23))


def _verdicts() -> list[tuple[str, str, str]]:
    """Verdict, name and what cannot be drawn of it, as the file has them."""
    lines = CORPUS.read_text("utf-8").splitlines()
    return [(verdict, name, undrawn) for verdict, name, undrawn in (line.split("\t") for line in lines)]


def test_the_corpus_is_what_its_rules_make_and_what_the_font_says(composer: Composer) -> None:
    reader = OtherReader(composer.fonts.faces[0].path)
    verdicts = _verdicts()
    assert len(verdicts) == COUNT == len({name for _, name, _ in verdicts})
    for name, (verdict, shown, undrawn) in zip(corpus(), verdicts, strict=True):
        assert shown == written(name)
        assert undrawn == " ".join(written(piece) for piece in reader.undrawn(name))
        assert verdict == ("refused" if undrawn else "drawn")


def test_every_name_of_the_corpus_has_its_verdict(checker: NameChecker) -> None:
    for name, (verdict, _, undrawn) in zip(corpus(), _verdicts(), strict=True):
        found = checker.check(Field.NAME, name)
        cannot_be_drawn = found is not None and found.reason is not Reason.TOO_LONG
        assert cannot_be_drawn == (verdict == "refused"), written(name)
        if found is not None and found.reason is Reason.MISSING:
            assert " ".join(written(each) for each in found.characters) == undrawn


def test_the_composer_agrees_about_every_name_of_the_corpus(composer: Composer, checker: NameChecker) -> None:
    """The payment certificate has the narrowest box; every fifth name is also set on a taxation certificate."""
    for at, name in enumerate(corpus()):
        found = checker.check(Field.NAME, name)
        if found is None:
            if at % 3 == 0:
                _compose(composer, _payment(name))
            if at % 15 == 0:
                _compose(composer, taxation_facts(resident(name=name), tax(2019 + at % 8), HEADING))
        elif found.box != "front_code":
            with pytest.raises(MadoguchiError, match=r"(glyph_missing|text_too_long|text_unprintable): name"):
                _compose(composer, _payment(name))


def test_a_name_that_leaves_the_front_code_no_room(checker: NameChecker, composer: Composer) -> None:
    name = "辻\U000e0102" * 30
    found = checker.check(Field.NAME, name)
    assert found is not None
    assert (found.reason, found.box) == (Reason.TOO_LONG, "front_code")
    body = front_code_body(_payment(name), paper_number=bytes(16), page=1, pages=1)
    assert len(SIGNER.sign(FRONT_CODE, body)) > MAX_OCTETS
    assert checker.check(Field.ALIAS, name) is None


@given(
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
    | st.builds(str.__mul__, st.sampled_from(["髙", "W", "ｱ", "髙W"]), st.integers(0, 120)),
    st.sampled_from(list(Field)),
)
def test_a_verdict_is_that_of_the_setter_for_all_layouts(
    composer: Composer, checker: NameChecker, text: str, field: Field
) -> None:
    """Asked twice: the second time the checker knows the characters and goes its short way."""
    setter, refused = Setter(composer.fonts), False
    for layout in all_layouts():
        for name in ("address", "address_on_assessment_date") if field is Field.ADDRESS else (field.value,):
            try:
                if name in layout.first.boxes:
                    setter.box(layout.first.boxes[name], printed(text, field_name=field))
            except MadoguchiError:
                refused = True
    for _ in range(2):
        found = checker.check(field, text)
        in_front_code = found is not None and found.box == "front_code"
        assert (found is not None and not in_front_code) == refused


def test_characters_are_named_by_number() -> None:
    assert code_points("辻\U000e0100") == "U+8FBB U+E0100"


# ---- the command ----


def _check(*arguments: str | Path) -> int:
    return cli.main(["certificate", "check-names", *(str(each) for each in arguments)])


def test_a_plain_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "names.txt"
    file.write_text("髙橋　花子\n\n辻\U000e0100　亮\r\n山\ue000\n辻\U000e0100\u202e\n" + "髙" * 110 + "\n", "utf-8")
    assert _check(file) == 1
    told = capsys.readouterr()
    rows = [line.split("\t") for line in told.out.splitlines()]
    assert [row[0] for row in rows[1:5]] == ["3", "4", "5", "6"]
    assert rows[1][4] == "U+8FBB U+E0100 辻\U000e0100"
    assert rows[2][4] == "U+E000"
    assert rows[3][4] == "U+202E", "a mark that would turn the terminal's line is shown by number only"
    assert rows[4][3:] == ["枠に収まらない / does not fit", "payment-2019/1 name"]
    assert ["U+8FBB U+E0100 辻\U000e0100", "1"] in rows
    assert "4 of 5" in told.err


def test_nothing_to_tell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "names.txt"
    file.write_text("\ufeff髙橋　花子", "utf-8")
    assert _check(file) == 0
    assert capsys.readouterr().out == ""


def test_residents_of_an_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_ward(tmp_path, residents=LEAST_RESIDENTS, seed=1)
    file, out = tmp_path / "residents.csv", tmp_path / "report.tsv"
    assert _check(file, "--out", out) == 1
    told = capsys.readouterr()
    assert told.err == ""
    assert told.out == "50件中2件 / 2 of 50 cannot be printed\n"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    rows = [line.split("\t") for line in out.read_text("utf-8").splitlines()]
    lines = file.read_text("utf-8").splitlines()
    for line, number, field, _, characters in rows[1:3]:
        cells = next(csv.reader([lines[int(line) - 1]]))
        assert cells[0] == number
        assert field == "name"
        assert characters.split(" ")[0] in {"U+E7B5", "U+8FBB"}
    assert _check(file, "--column", "address", "--column", "alias") == 0


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("辻\U000e0100\n".encode())))
    assert _check("-") == 1
    assert "U+8FBB U+E0100" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\x8d\x82\x8b\xb4\n", "line 1 is not UTF-8"),
        (b"addressee_number,name\n", "records.missing_column"),
        (b"\xef\xbb\xbfaddressee_number,name\n", "records.bom"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes, what: str) -> None:
    file = tmp_path / "names.txt"
    file.write_bytes(data)
    assert _check(file) == cli.USAGE
    assert what in capsys.readouterr().err
    assert _check(tmp_path / "nowhere") == cli.USAGE


@pytest.mark.long
def test_three_hundred_thousand_names_in_half_a_minute(composer: Composer, checker: NameChecker) -> None:
    names = [name for name in corpus() if len(name) < 12] * 700
    began = time.monotonic()
    found = sum(checker.check(Field.NAME, name) is not None for name in names[:300_000])
    assert found > 1000
    assert time.monotonic() - began < 30

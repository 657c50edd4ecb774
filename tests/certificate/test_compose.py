"""The finished PDF, judged by other programs than the one that made it."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import unicodedata
from datetime import date, timedelta
from pathlib import Path

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pikepdf import pdfa

from madoguchi.certificate.compose import Composer
from madoguchi.certificate.facts import Facts
from madoguchi.certificate.fonts import FontSet
from madoguchi.certificate.payment import payment_facts
from madoguchi.certificate.reading import joined_remarks, read_certificate
from madoguchi.certificate.remarks import remarks_text
from madoguchi.certificate.taxation import taxation_facts
from madoguchi.errors import MadoguchiError
from tests.certificate.people import (
    HEADING,
    ISSUED_AT,
    four_terms,
    resident,
    sheets,
    tax,
    undeclared_dependant,
    with_values,
)

DEJAVU = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
NAMES = (
    "髙橋　花子",
    "山﨑　一",
    "𠮷田　太郎",
    "辻\U000e0102　葛\U000e0102子",
    "渡邊\U000e0108　邉\U000e010f太",
    "一",
    "SEYED MOHAMMAD REZA 髙橋 ABDOLRAHIM " + "HOSSEINZADEH " * 5 + "JR",
    "MARIA DE LOS ANGELES GUADALUPE FERNANDEZ RODRIGUEZ GUTIERREZ",
)
AMOUNTS = st.one_of(st.none(), st.just(0), st.integers(1, 99_999_999_999))


def _facts() -> Facts:
    return taxation_facts(resident(name=NAMES[3], alias="山田　太郎"), tax(), HEADING)


def _tool(*command: str | Path, **options: object) -> str:
    if shutil.which(str(command[0])) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run([str(part) for part in command], check=True, capture_output=True, timeout=60)
    return done.stdout.decode()


def test_same_inputs_same_bytes(composer: Composer) -> None:
    facts, two = _facts(), sheets(copies=2)
    made = composer.compose(facts, two, issued_at=ISSUED_AT)
    assert composer.compose(facts, two, issued_at=ISSUED_AT) == made
    assert Composer().compose(facts, two, issued_at=ISSUED_AT) == made
    assert composer.compose(facts, two, issued_at=ISSUED_AT + timedelta(seconds=1)) != made


def test_other_programs_judge_the_file(composer: Composer, tmp_path: Path) -> None:
    path = tmp_path / "certificate.pdf"
    path.write_bytes(composer.compose(_facts(), sheets(copies=3), issued_at=ISSUED_AT))
    assert "No syntax or stream encoding errors" in _tool("qpdf", "--check", path)
    fonts = _tool("pdffonts", path).splitlines()[2:]
    assert fonts
    for font in fonts:
        assert "IPAmjMincho" in font
        assert re.search(r"yes +yes +yes", font), "embedded, subset, with Unicode"


@pytest.mark.parametrize("copies", [1, 2])
def test_an_allow_list_validator_finds_pdf_a_2b(composer: Composer, copies: int) -> None:
    made = composer.compose(_facts(), sheets(copies=copies), issued_at=ISSUED_AT)
    with pikepdf.open(io.BytesIO(made)) as document:
        assert pdfa.check(document, "2b").findings == []


def test_nothing_but_the_pages_names_the_person(composer: Composer) -> None:
    facts = _facts()
    made = composer.compose(facts, sheets(), issued_at=ISSUED_AT)
    with pikepdf.open(io.BytesIO(made)) as document:
        assert set(document.Root.keys()) <= {
            "/Type", "/Pages", "/Metadata", "/OutputIntents", "/Lang", "/ViewerPreferences",
        }  # fmt: skip
        assert "/Info" not in document.trailer
        outside = document.Root.Metadata.read_bytes().decode()
    for secret in (facts.name, facts.certificate_number, facts.values["birth_date"]):
        assert secret not in outside
    assert "課税（非課税）証明書" in outside


def test_poppler_finds_every_value(composer: Composer, tmp_path: Path) -> None:
    facts = _facts()
    path = tmp_path / "certificate.pdf"
    path.write_bytes(composer.compose(facts, sheets(), issued_at=ISSUED_AT))
    text = "".join(_tool("pdftotext", "-raw", path, "-").split())
    for name, value in facts.values.items():
        if name != "seal_text":  # written in columns
            assert "".join(value.split()) in text, name


@pytest.mark.parametrize("name", NAMES)
def test_names_come_out_right_in_the_text_layer(composer: Composer, name: str) -> None:
    facts = taxation_facts(resident(name=name, alias="通称　太郎"), tax(), HEADING)
    (page,) = read_certificate(composer.compose(facts, sheets(), issued_at=ISSUED_AT))
    assert page.name == name
    assert page.fields == facts.values


@pytest.mark.skipif(not DEJAVU.exists(), reason="needs a second font")
@pytest.mark.parametrize("name", ["JOSÉ ÅNGSTRÖM　髙橋", "髙橋　JOSÉ", "　髙 É 橋", "ÉÉ ÉÉ"])
def test_two_fonts_share_a_line(composer: Composer, name: str) -> None:
    """The first font's accented letters are put together of others; each font has its own space."""
    both = Composer(FontSet((DEJAVU, composer.fonts.faces[0].path)))
    facts = taxation_facts(resident(name=name), tax(), HEADING)
    made = both.compose(facts, sheets(), issued_at=ISSUED_AT)
    (page,) = read_certificate(made)
    assert page.fields == facts.values
    with pikepdf.open(io.BytesIO(made)) as document:
        assert {str(font.BaseFont)[8:] for font in document.pages[0].Resources.Font.values()} == {
            "DejaVuSans",
            "IPAmjMincho",
        }
        assert pdfa.check(document, "2b").findings == []


@pytest.mark.parametrize("name", ["辻\U000e0100　子", "山田😀"])
def test_what_cannot_be_drawn_exactly_is_refused(composer: Composer, name: str) -> None:
    facts = taxation_facts(resident(name=name), tax(), HEADING)
    with pytest.raises(MadoguchiError, match=r"certificate\.glyph_missing: name$") as caught:
        composer.compose(facts, sheets(), issued_at=ISSUED_AT)
    assert caught.value.__cause__ is None


def test_text_longer_than_its_box_is_refused(composer: Composer) -> None:
    facts = taxation_facts(resident(name="髙" * 130), tax(), HEADING)
    with pytest.raises(MadoguchiError, match=r"certificate\.text_too_long: name$"):
        composer.compose(facts, sheets(), issued_at=ISSUED_AT)


def test_missing_and_unknown_fields_and_wrong_sheets_are_refused(composer: Composer) -> None:
    facts = _facts()
    fewer = Facts(
        kind=facts.kind,
        layout=facts.layout,
        fiscal_year=facts.fiscal_year,
        values={name: text for name, text in facts.values.items() if name != "annual_tax"},
    )
    first, second = sheets(copies=2)
    for wrong, papers in (
        (fewer, (first,)),
        (with_values(facts, bonus="1"), (first,)),
        (facts, ()),
        (facts, (second,)),
        (facts, (first, first)),
        (facts, sheets(pages=2)),
    ):
        with pytest.raises(MadoguchiError, match="facts_inconsistent"):
            composer.compose(wrong, papers, issued_at=ISSUED_AT)


@pytest.mark.parametrize("remark", ["更正" * 4000, "更　" * 400 + "正", "JOSE DE LA CRUZ " * 200 + "終", "一"])
def test_one_long_remark_is_read_back_whole(composer: Composer, remark: str) -> None:
    values = _facts().values
    facts = Facts(kind="taxation", layout=_facts().layout, fiscal_year=2025, values=values, remarks=(remark,))
    papers = sheets(pages=composer.page_count(facts))
    assert joined_remarks(read_certificate(composer.compose(facts, papers, issued_at=ISSUED_AT))) == remarks_text(
        (remark,)
    )


def test_remarks_run_on_to_a_second_page_that_is_bound_as_well(composer: Composer) -> None:
    remarks = tuple(f"{number}回目の更正により税額が変更されています。" + "備考" * 30 for number in range(30))
    facts = Facts(kind="taxation", layout=_facts().layout, fiscal_year=2025, values=_facts().values, remarks=remarks)
    pages = composer.page_count(facts)
    assert pages >= 2
    papers = sheets(copies=2, pages=pages)
    read = read_certificate(composer.compose(facts, papers, issued_at=ISSUED_AT))
    assert [(page.page, page.pages) for page in read] == [(n, pages) for _ in range(2) for n in range(1, pages + 1)]
    assert [page.paper_number for page in read] == [sheet.paper_number for sheet in papers]
    assert [page.front_code for page in read] == [sheet.front_code for sheet in papers]
    assert {page.name for page in read} == {facts.name}
    assert joined_remarks(read[:pages]) == remarks_text(remarks)


@given(data=st.data())
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_value_of_a_random_taxation_certificate_is_read_back(composer: Composer, data: st.DataObject) -> None:
    year = data.draw(st.integers(2019, 2026))
    money = {
        name: data.draw(AMOUNTS)
        for name in ("employment_revenue", "employment_income", "pension_revenue", "deduction_total", "tax_base")
    }
    money |= {
        "total_income": data.draw(st.integers(-(10**10), 10**10)),
        "annual_tax": data.draw(st.integers(0, 10**10)),
    }
    row = tax(year, dependants_general=data.draw(st.integers(0, 12)), **money)
    person = resident(name=data.draw(st.sampled_from(NAMES)), birth_date=data.draw(st.dates(date(1900, 1, 1))))
    facts = taxation_facts(person, data.draw(st.sampled_from([row, row, row, undeclared_dependant(year)])), HEADING)
    _read_back(composer, facts)


@given(st.lists(st.integers(0, 70_000), min_size=4, max_size=4), st.dates(date(2025, 4, 1), date(2027, 1, 1)))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_value_of_a_random_payment_certificate_is_read_back(
    composer: Composer, paid: list[int], as_of: date
) -> None:
    rows = four_terms((paid[0], paid[1], paid[2], paid[3]))
    _read_back(composer, payment_facts(resident(), tax(), rows, HEADING, as_of=as_of))


def _read_back(composer: Composer, facts: Facts) -> None:
    (sheet,) = sheets()
    (page,) = read_certificate(composer.compose(facts, (sheet,), issued_at=ISSUED_AT))
    assert page.fields == facts.values
    assert (page.layout, page.kind, page.title) == (facts.layout, facts.kind, facts.title)
    assert (page.paper_number, page.front_code) == (sheet.paper_number, sheet.front_code)
    assert page.remarks == remarks_text(facts.remarks)


@pytest.mark.parametrize("text", ["（令和）（元年）", "、。「」", "「かぎ」", "（", "）終"])
def test_brackets_keep_their_place(composer: Composer, text: str) -> None:
    facts = with_values(_facts(), address_on_assessment_date=text)
    _read_back(composer, facts)
    assert unicodedata.normalize("NFC", text) == text

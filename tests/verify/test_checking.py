"""What the verifier says about codes: signed only when the ward's own key signed these octets, here."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from madoguchi.deployment.identities import Identities
from madoguchi.errors import MadoguchiError
from madoguchi.paper.frontcode import FRONT_CODE
from madoguchi.runtime.clock import FrozenClock
from madoguchi.runtime.config import TrustFiles
from madoguchi.statement import FileKey, Signer
from madoguchi.trust.file import TrustFile
from madoguchi.verify import pictures
from madoguchi.verify.checking import Verifier
from madoguchi.verify.config import WardNames
from madoguchi.verify.page.contract import PaperStatus, SheetAnswer, Verdict
from madoguchi.verify.scans.looking import look
from madoguchi.verify.scans.process import Looked
from madoguchi.verify.scans.seen import Place, PlaceKind
from tests.sites import MADE_AT, PLAN
from tests.verify.papers import BLANK, BODY, PAPER, WARD, as_file, as_pdf, as_picture, as_text, signed

PLACE = Place(kind=PlaceKind.CHANGED, field=None, left=0, top=0, width=1, height=1)
NAMES = WardNames(code=WARD, ja="窓口区", en="Madoguchi", issuers=("issuer-1",))


class Here:
    """Looks in this process: what the look does in its own is tested in `test_looking`."""

    def look(self, documents: tuple[bytes, ...]) -> Looked:
        return Looked(seen=look(documents), octets=sum(map(len, documents)), ended_at=MADE_AT)


class Desk:
    """A verifier, and what it asked of the ward."""

    def __init__(self, identities: Identities) -> None:
        self.asked: list[tuple[str, bytes]] = []
        self.status = PaperStatus.ISSUED
        self.clock = FrozenClock(MADE_AT)
        files = TrustFiles(list=identities.directory / "trust-list.cose", root_key=identities.directory / "root.pem")
        self.trust = TrustFile(files, environment=PLAN.environment, clock=self.clock)
        self.verifier = Verifier(trust=self.trust, wards=(NAMES,), clock=self.clock, ask_status=self.ask, looks=Here())

    def ask(self, ward: WardNames, number: bytes) -> PaperStatus:
        self.asked.append((ward.code, number))
        return self.status

    def file(self, *upload: bytes) -> SheetAnswer:
        (sheet,) = self.verifier.check_documents(upload).sheets
        return sheet

    def text(self, text: str) -> SheetAnswer:
        (sheet,) = self.verifier.check_text(text).sheets
        return sheet


@pytest.fixture
def desk(site_identities: Identities) -> Desk:
    return Desk(site_identities)


@pytest.fixture
def genuine(site_identities: Identities) -> bytes:
    return signed(site_identities)


def test_a_genuine_code_says_what_the_ward_signed(desk: Desk, genuine: bytes) -> None:
    answer = desk.text(f"\n {as_text(genuine)} ")
    assert (answer.verdict, answer.status, answer.code) == (Verdict.SIGNED, PaperStatus.ISSUED, None)
    assert desk.asked == [(WARD, PAPER)]
    content = answer.content
    assert content is not None
    assert (content.ward.ja, content.name, content.certificate_number) == ("窓口区", "窓口 花子", "R8-000001")
    assert (content.issued_on, content.year.ja) == (date(2026, 11, 23), "令和8年度")
    assert [(line.label.en, line.value) for line in content.amounts] == [
        ("Total income", "2,760,000"),
        ("Gross income", "2,760,000"),
        ("Tax for the year", "175,500"),
    ]
    assert content.demo  # the environment of this deployment is not production


@pytest.mark.parametrize("status", list(PaperStatus))
def test_the_wards_word_about_the_paper_is_passed_on(desk: Desk, genuine: bytes, status: PaperStatus) -> None:
    desk.status = status
    assert desk.text(as_text(genuine)).status is status


def test_every_altered_octet_is_found(desk: Desk, genuine: bytes) -> None:
    for at in range(len(genuine)):
        altered = genuine[:at] + bytes([genuine[at] ^ 1]) + genuine[at + 1 :]
        assert desk.text(as_text(altered)).verdict is Verdict.NOT_SIGNED, at
    assert desk.asked == []


def test_codes_of_others_are_not_the_wards(desk: Desk, site_identities: Identities, genuine: bytes) -> None:
    unknown = FileKey.generate()
    stranger = Signer(key=unknown, party="issuer", code=WARD, name="issuer-1", environment=PLAN.environment)
    front_key = FileKey.load(site_identities.directory / "issuer-1" / "front-code.key")
    elsewhere = Signer(key=front_key, party="issuer", code=WARD, name="issuer-1", environment="production")
    forged = {
        "a key that nobody knows": stranger.sign(FRONT_CODE, BODY),
        "the same key in another environment": elsewhere.sign(FRONT_CODE, BODY),
        "another ward": signed(site_identities, ward="131016"),
        "a key of the ward with another role": signed(site_identities, key_file="signing.key"),
        "not a statement": b"\x80",
        "too long": genuine + bytes(400),
    }
    for what, raw in forged.items():
        answer = desk.text(as_text(raw))
        assert (answer.verdict, answer.content) == (Verdict.NOT_SIGNED, None), what
        assert answer.code, what


@pytest.mark.parametrize("odd", [{"issued_on": "令和99年13月40日"}, {"issued_on": "2026-11-23"}])
def test_a_date_that_no_certificate_has_is_no_crash(
    desk: Desk, site_identities: Identities, odd: dict[str, Any]
) -> None:
    answer = desk.text(as_text(signed(site_identities, **odd)))
    assert (answer.verdict, answer.content, answer.code) == (Verdict.NOT_SIGNED, None, "paper.front_code_malformed")


@pytest.mark.parametrize("text", ["", "HELLO", "MG1:", "MG1:abc", "MG2:AAA", "mg1:AAA", "MG1:AAAA", "令和八年"])
def test_text_that_is_no_code_of_ours(desk: Desk, text: str) -> None:
    answer = desk.text(text)
    assert answer.verdict in {Verdict.NO_CODE, Verdict.NOT_SIGNED}
    assert answer.content is None


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
@pytest.mark.parametrize("turned", [0, 90, 183])
def test_a_photo_in_any_rotation(desk: Desk, genuine: bytes, kind: str, turned: int) -> None:
    assert desk.file(as_file(as_picture(genuine, turned=turned), kind)).verdict is Verdict.SIGNED


def test_the_code_of_a_pdf_may_be_on_a_later_page(desk: Desk, genuine: bytes) -> None:
    assert desk.file(as_pdf([BLANK, BLANK, as_picture(genuine)])).verdict is Verdict.SIGNED
    assert desk.file(as_pdf([BLANK, BLANK])).verdict is Verdict.NO_CODE


def test_a_pdf_is_read_up_to_its_limit(desk: Desk, genuine: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_PAGES", 1)
    assert desk.file(as_pdf([BLANK, as_picture(genuine)])).verdict is Verdict.NO_CODE


def test_two_different_codes_on_one_picture_are_none(desk: Desk, site_identities: Identities, genuine: bytes) -> None:
    both = Image.new("L", (2400, 1400), 230)
    both.paste(as_picture(genuine, scale=5), (0, 0))
    both.paste(as_picture(signed(site_identities, name="別の 人"), scale=5), (1200, 0))
    assert desk.file(as_file(both)).verdict is Verdict.NO_CODE


def _bombs() -> Iterator[tuple[str, bytes]]:
    yield "a picture of many pixels in few bytes", as_file(Image.new("1", (8_000, 8_000)))
    yield "a picture beyond Pillow's own limit", as_file(Image.new("1", (14_000, 14_000)))
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(14_000, 14_000))
        held = io.BytesIO()
        document.save(held)
    yield "a page of five metres", held.getvalue()
    with pikepdf.new() as document:
        document.add_blank_page()
        locked = io.BytesIO()
        document.save(locked, encryption=pikepdf.Encryption(user="secret", owner="secret"))
    yield "a locked document", locked.getvalue()
    yield "a GIF", as_file(Image.new("L", (10, 10)), "GIF")
    yield "text", b"hello"
    yield "half a PDF", b"%PDF-1.7\n1 0 obj"
    yield "nothing", b""


@pytest.mark.parametrize(("what", "upload"), list(_bombs()), ids=lambda each: each if isinstance(each, str) else "")
def test_files_that_cannot_be_looked_at(desk: Desk, what: str, upload: bytes) -> None:
    answer = desk.file(upload)
    assert (answer.verdict, answer.code) == (Verdict.UNREADABLE, "verify.unreadable")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["PNG", "JPEG", "TIFF", "PDF"]),
    cuts=st.lists(st.tuples(st.integers(0, 4000), st.binary(min_size=1, max_size=8)), max_size=4),
    length=st.integers(1, 6000),
)
def test_no_file_makes_the_verifier_fail(desk: Desk, kind: str, cuts: list[tuple[int, bytes]], length: int) -> None:
    upload = bytearray(as_file(BLANK.resize((60, 80)), kind))
    for at, octets in cuts:
        upload[at % len(upload) : at % len(upload) + len(octets)] = octets
    answer = desk.file(bytes(upload[:length]))
    assert answer.verdict in {Verdict.UNREADABLE, Verdict.NO_CODE}


def test_our_own_stale_list_is_no_verdict_about_a_paper(desk: Desk, genuine: bytes) -> None:
    desk.clock.advance(seconds=timedelta(hours=25).total_seconds())
    with pytest.raises(MadoguchiError, match=r"verify\.not_now"):
        desk.text(as_text(genuine))


def test_a_ward_without_a_name_here_is_shown_by_its_code(site_identities: Identities, genuine: bytes) -> None:
    desk = Desk(site_identities)
    files = TrustFiles(
        list=site_identities.directory / "trust-list.cose", root_key=site_identities.directory / "root.pem"
    )
    trust = TrustFile(files, environment=PLAN.environment, clock=desk.clock)
    verifier = Verifier(
        trust=trust, wards=(), clock=desk.clock, ask_status=lambda *_: PaperStatus.NOT_ASKED, looks=Here()
    )
    (answer,) = verifier.check_text(as_text(genuine)).sheets
    assert answer.content is not None
    assert answer.content.ward.ja == WARD


def test_pdfium_and_the_page_limit_agree() -> None:
    """An A3 scan, the largest paper that anyone would send, is within the limits."""
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(842, 1191))
        held = io.BytesIO()
        document.save(held)
    (page,) = pictures.pictures(held.getvalue())
    assert page.width * page.height < pictures.MAX_PIXELS
    assert pypdfium2.PdfDocument(held.getvalue()).get_page_size(0) == (842, 1191)


def test_what_no_ward_signed_has_no_place_in_an_answer() -> None:
    shown: dict[str, Any]
    for shown in ({"values": {}}, {"places": (PLACE,)}, {}):
        with pytest.raises(ValueError, match=r"compared|exactly when"):
            SheetAnswer(verdict=Verdict.NOT_SIGNED if shown else Verdict.SIGNED, **shown)


def test_files_lie_nowhere(desk: Desk, genuine: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    desk.file(as_pdf([as_picture(genuine)]))
    assert list(tmp_path.iterdir()) == []

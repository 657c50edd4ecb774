"""What a look at pages finds: which is a front, which a back, which belong together; and whose word it is then."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image

from madoguchi.deployment.identities import Identities
from madoguchi.errors import MadoguchiError
from madoguchi.paper.frontcode import FRONT_CODE, description_digest
from madoguchi.paper.problems import SCRAMBLE_DAMAGED, SCRAMBLE_NOT_FOUND
from madoguchi.paper.scramble.content import SealedFront
from madoguchi.paper.scramble.restoring import Restored
from madoguchi.verify.comparison.differing import Difference
from madoguchi.verify.page.contract import Finding, Verdict
from madoguchi.verify.problems import NOT_ALIGNED
from madoguchi.verify.scans import looking
from madoguchi.verify.scans.seen import PlaceKind, Seen
from madoguchi.wire.codec import encode_plain
from tests.sites import signer_of
from tests.verify.papers import BLANK, BODY, PAPER, WARD, as_file, as_pdf, as_picture, signed
from tests.verify.test_checking import Desk

VALUES = {"name": "窓口 花子", "annual_tax": "175,500"}
WHOLE = {
    "v": 1,
    "layout": "taxation-2026/2",
    "kind": "taxation",
    "year": 2026,
    "values": VALUES,
    "remarks": ["備考です。"],
}
OTHER = bytes(range(1, 17))


def description(**changes: Any) -> bytes:
    return encode_plain({**WHOLE, **changes})


class Table:
    """Pages whose restoring and comparing is laid down; everything between them is the real look."""

    def __init__(self, identities: Identities, monkeypatch: pytest.MonkeyPatch) -> None:
        self.identities = identities
        self.backs: dict[int, Restored | MadoguchiError] = {}
        self.fits: set[int] = set()
        monkeypatch.setattr(looking, "restore", self._restore)
        monkeypatch.setattr(looking, "_drawn", lambda _restored: _Drawn())
        monkeypatch.setattr(looking, "align", self._align)
        monkeypatch.setattr(looking, "differences", lambda _drawn, _seen: ())
        monkeypatch.setattr(looking, "pictures_of", lambda *_pictures: None)

    def back(
        self, shade: int, *, number: bytes = PAPER, said: bytes | None = None, signs: bytes | None = None
    ) -> bytes:
        """A page of one grey that restores as the back of a paper."""
        said = description() if said is None else said
        signer = signer_of(self.identities, "issuer-1", code=WARD, key_file="front-code.key")
        digest = description_digest(signs or said)
        body = msgspec.structs.replace(BODY, description_digest=digest, paper_number=number)
        front = SealedFront(front_code=signer.sign(FRONT_CODE, body), page_description=said)
        self.backs[shade] = Restored(paper_number=number, front=front, markers=12, legible=0.5)
        return grey(shade)

    def damaged(self, shade: int) -> bytes:
        self.backs[shade] = SCRAMBLE_DAMAGED.error("strip")
        return grey(shade)

    def front_of(self, back: int) -> bytes:
        """The code that the back of this grey carries."""
        found = self.backs[back]
        assert isinstance(found, Restored)
        return as_file(as_picture(found.front.front_code))

    def covered_front(self, shade: int) -> bytes:
        """A page without a code that can be laid over whatever was restored."""
        self.fits.add(shade)
        return grey(shade)

    def _restore(self, picture: np.ndarray[Any, Any]) -> Restored:
        found = self.backs.get(int(picture[0, 0]), SCRAMBLE_NOT_FOUND.error("no"))
        if isinstance(found, MadoguchiError):
            raise found
        return found

    def _align(self, picture: np.ndarray[Any, Any], _drawn: object) -> object:
        shade = int(picture[0, 0])
        if shade in self.fits or picture.min() != picture.max():
            return picture
        raise NOT_ALIGNED.error("no points")


class _Drawn:
    picture = np.zeros((4, 4), dtype=np.uint8)


def grey(shade: int) -> bytes:
    return as_file(Image.new("L", (700, 900), shade))


@pytest.fixture
def table(site_identities: Identities, monkeypatch: pytest.MonkeyPatch) -> Table:
    return Table(site_identities, monkeypatch)


@pytest.fixture
def desk(site_identities: Identities) -> Desk:
    return Desk(site_identities)


def pairs(seen: Seen) -> list[tuple[bool, bool, bool]]:
    return [(sheet.has_front, sheet.back is not None, sheet.compared) for sheet in seen.sheets]


@pytest.mark.parametrize("swapped", [False, True])
def test_front_and_back_in_either_order(table: Table, desk: Desk, *, swapped: bool) -> None:
    back = table.back(10)
    sides = (table.front_of(10), back)
    answer = desk.file(*(reversed(sides) if swapped else sides))
    assert (answer.verdict, answer.finding) == (Verdict.SIGNED, Finding.SAME)
    assert (answer.values, answer.remarks, answer.page, answer.pages) == (VALUES, ("備考です。",), 1, 1)


def test_both_sides_in_one_pdf(table: Table) -> None:
    table.back(10)
    document = as_pdf([Image.new("L", (700, 900), 10), Image.open(io.BytesIO(table.front_of(10)))])
    assert pairs(looking.look((document,))) == [(True, True, True)]


def test_two_sheets_are_told_apart(table: Table) -> None:
    backs = (table.back(10), table.back(20, number=OTHER))
    seen = looking.look((*backs, table.front_of(20), table.front_of(10)))
    assert pairs(seen) == [(True, True, True)] * 2
    for sheet in seen.sheets:
        assert sheet.back is not None
        assert sheet.front_code == sheet.back.front_code


def test_front_and_back_of_two_sheets_are_not_one(table: Table, desk: Desk) -> None:
    back = table.back(10)
    table.back(20, number=OTHER)
    answer = desk.file(back, table.front_of(20))
    assert (answer.verdict, answer.finding) == (Verdict.SIGNED, Finding.ANOTHER_SHEET)


def test_a_front_with_a_covered_code_is_still_compared(table: Table, desk: Desk) -> None:
    """Whoever forges a front may cut its code off."""
    back = table.back(10)
    assert desk.file(back, table.covered_front(30)).finding is Finding.SAME
    assert desk.file(back, grey(40)).finding is Finding.NO_FRONT  # a page that fits onto nothing


def test_a_back_alone_and_a_damaged_one(table: Table, desk: Desk, site_identities: Identities) -> None:
    assert desk.file(table.back(10)).finding is Finding.NO_FRONT
    alone = desk.file(table.damaged(50))
    assert (alone.verdict, alone.finding, alone.code) == (
        Verdict.NO_CODE,
        Finding.BACK_DAMAGED,
        "paper.scramble_damaged",
    )
    beside = desk.file(table.damaged(50), as_file(as_picture(signed(site_identities))))
    assert (beside.verdict, beside.finding) == (Verdict.SIGNED, Finding.BACK_DAMAGED)


def test_more_sheets_than_are_looked_at(table: Table) -> None:
    backs = [table.back(shade, number=bytes([shade] * 16)) for shade in range(10, 16)]
    seen = looking.look(backs)
    assert (len(seen.sheets), seen.left_out) == (looking.MAX_SHEETS, True)


def test_more_pages_than_are_looked_at() -> None:
    small = Image.new("L", (80, 100), 255)
    seen = looking.look((as_pdf([small] * (looking.MAX_PAGES + 1)),))
    assert (seen.empty, seen.left_out) == (looking.MAX_PAGES, True)


@pytest.mark.parametrize(
    ("said", "signs", "why"),
    [
        (description(), description(remarks=[]), "verify.other_front"),
        (b"not a description", None, "verify.other_front"),
        (description(values={"name": 1}), None, "verify.other_front"),
    ],
)
def test_what_the_ward_did_not_sign_is_not_said(
    table: Table, desk: Desk, said: bytes, signs: bytes | None, why: str
) -> None:
    answer = desk.file(table.back(10, said=said, signs=signs))
    assert (answer.verdict, answer.code, answer.values, desk.asked) == (Verdict.NOT_SIGNED, why, None, [])


def test_a_page_of_a_wards_own_layout_is_restored(table: Table, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The values are named by the kind's fields: whoever restores needs no layout, the ward's or an older one."""
    monkeypatch.undo()
    own = table.back(10, said=description(layout="taxation-2026/mihon-1"))
    monkeypatch.setattr(looking, "restore", table._restore)
    answer = desk.file(own)
    assert (answer.values, answer.finding, answer.code) == (VALUES, Finding.NO_FRONT, "verify.layout_unknown")


def test_a_marked_front_is_not_called_false(table: Table, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    back = table.back(10)
    for kinds, finding in (
        ((PlaceKind.MARKED,), Finding.MARKED),
        ((PlaceKind.HIDDEN, PlaceKind.MARKED), Finding.MARKED),
        ((PlaceKind.MARKED, PlaceKind.CHANGED), Finding.CHANGED),
    ):
        found = tuple(Difference(kind=kind, box=(10, 10, 20, 20), field="name") for kind in kinds)
        monkeypatch.setattr(looking, "differences", lambda _drawn, _seen, found=found: found)
        answer = desk.file(back, table.front_of(10))
        assert (answer.finding, answer.hidden) == (finding, PlaceKind.HIDDEN in kinds)


def test_the_pages_process_loads_no_opencv() -> None:
    code = "import sys, madoguchi.verify.command; assert 'cv2' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_blank_page_is_nothing() -> None:
    assert looking.look((as_file(BLANK),)) == Seen(empty=1)

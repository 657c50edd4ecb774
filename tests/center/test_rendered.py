"""A ward whose issuer gives no page description: the center renders its pages, says so, and reads its backs again."""

from __future__ import annotations

import msgspec
import pytest

from madoguchi.center import marks
from madoguchi.center.parts import Parts
from madoguchi.paper.redrawn import redraw
from madoguchi.paper.scramble.raster import Raster, RasterFront, raster_digest
from madoguchi.paper.scramble.reading import read_cells
from madoguchi.paper.scramble.rendering import render_pages
from madoguchi.statement import verify
from madoguchi.statement.kinds import ISSUANCE, RENDERING
from madoguchi.wire.identifiers import CENTER_CODE
from madoguchi.wire.transaction import Delivered, Issuance, IssueAnswer, Issued, Refused
from tests.center.conftest import Steps
from tests.center.states import custody_of, state
from tests.center.stub_lines import StubLines
from tests.center.world import Kiosk, World


def _undescribed(issued: Issued, body: Issuance, stub: StubLines, *, coded: bool) -> IssueAnswer:
    said = msgspec.structs.replace(body, page_description_digest=None)
    codes = tuple(stub.front_code(said, sheet, None) for sheet in said.sheets) if coded else None
    return msgspec.structs.replace(
        issued, page_description=None, front_codes=codes, issuance=stub.issuer.sign(ISSUANCE, said)
    )


@pytest.mark.parametrize("coded", [True, False])
async def test_a_front_without_description_is_rendered(
    one: Parts, steps: Steps, kiosk: Kiosk, world: World, lines: StubLines, coded: bool
) -> None:
    lines.pages = 2
    lines.bend = lambda issued, body, stub: _undescribed(issued, body, stub, coded=coded)
    visit = await steps.open(one)
    delivered = kiosk.open(visit, await steps.apply(one, visit))
    assert isinstance(delivered, Delivered)
    at = one.clock.now()
    issuance = verify(delivered.issuance, ISSUANCE, keys=world.keys, code=world.ward, at=at)
    pages = render_pages(delivered.pdf)
    for sheet, made, page in zip(issuance.body.sheets, delivered.marks, pages, strict=True):
        header, front = read_cells(redraw(made.back).cells)
        assert isinstance(front, RasterFront)
        said = verify(front.rendering, RENDERING, keys=world.keys, code=CENTER_CODE, at=at).body
        assert header.paper_number == said.paper_number == sheet.paper_number
        assert (said.issuance_digest, said.page, said.ward) == (issuance.digest, sheet.page, world.ward)
        assert said.raster_digest == raster_digest(front.raster) == raster_digest(page)
        assert (front.front_code is not None) == coded
    assert await custody_of(one, visit) == "wiped"


async def test_a_raster_of_another_page_is_not_delivered(
    one: Parts, steps: Steps, kiosk: Kiosk, lines: StubLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drawn otherwise than it was signed: the back is read again."""
    made = marks.SheetMaker.marks

    def crossed(self: marks.SheetMaker, number: bytes, front: RasterFront) -> object:
        page = Raster.decode(front.raster)
        raster = Raster(dpi=page.dpi, width=8, height=1, ink=b"\x03\x00", colour=b"", coloured=b"").encode()
        return made(self, number, RasterFront(rendering=front.rendering, front_code=None, raster=raster))

    monkeypatch.setattr(marks.SheetMaker, "marks", crossed)
    lines.bend = lambda issued, body, stub: _undescribed(issued, body, stub, coded=False)
    visit = await steps.open(one)
    assert isinstance(kiosk.open(visit, await steps.apply(one, visit)), Refused)
    assert await state(one, visit) == "refused"


async def test_fewer_pages_rendered_than_sheets_is_not_delivered(
    one: Parts, steps: Steps, kiosk: Kiosk, lines: StubLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks, "render_pages", lambda _pdf: ())
    lines.bend = lambda issued, body, stub: _undescribed(issued, body, stub, coded=False)
    visit = await steps.open(one)
    assert isinstance(kiosk.open(visit, await steps.apply(one, visit)), Refused)
    assert await state(one, visit) == "refused"

"""A certificate as a picture, sealed into a back as the center does for a ward without page description."""

from __future__ import annotations

from functools import cache

from madoguchi.certificate.compose import Composer
from madoguchi.certificate.facts import SheetFacts
from madoguchi.certificate.fonts import FontSet
from madoguchi.certificate.taxation import taxation_facts
from madoguchi.paper.scramble.raster import RasterFront, raster_digest
from madoguchi.paper.scramble.rendering import render_pages
from madoguchi.runtime.fonts import find_fonts
from madoguchi.statement.cose import Signer
from madoguchi.statement.keys import FileKey
from madoguchi.statement.kinds import RENDERING
from madoguchi.wire.transaction import Rendering
from tests.certificate.people import HEADING, ISSUED_AT, resident, tax
from tests.paper.scramble.fronts import NUMBER, front

CENTER = Signer(key=FileKey.generate(), party="center", code="center", name="center-1", environment="test")


@cache
def page_pdf() -> bytes:
    """A taxation certificate with every value: text, rules, its code, and the red seal."""
    facts = taxation_facts(resident(), tax(), HEADING)
    sheets = (SheetFacts(copy=1, page=1, paper_number=NUMBER, front_code=front().front_code),)
    return Composer(FontSet(find_fonts())).compose(facts, sheets, issued_at=ISSUED_AT)


@cache
def raster_front() -> RasterFront:
    """The page as its back carries it."""
    (raster,) = render_pages(page_pdf())
    said = Rendering(
        issuance_digest=bytes(32),
        ward="131041",
        kind="taxation",
        fiscal_year=2026,
        certificate_number="R8-0000001",
        paper_number=NUMBER,
        page=1,
        pages=1,
        raster_digest=raster_digest(raster),
        at=0,
    )
    return RasterFront(rendering=CENTER.sign(RENDERING, said), front_code=front().front_code, raster=raster)

"""The center's word that a raster shows the page that the ward signed: per sheet a statement, sealed into its back."""

from __future__ import annotations

from madoguchi.center.problems import MARKS_FAILED
from madoguchi.paper.scramble.raster import RasterFront, raster_digest
from madoguchi.statement import Signer, Statement
from madoguchi.statement.kinds import RENDERING
from madoguchi.wire.transaction import Issuance, Rendering


def rendered(
    issuance: Statement[Issuance],
    rasters: tuple[bytes, ...],
    front_codes: tuple[bytes, ...] | None,
    *,
    signer: Signer,
    at: int,
) -> tuple[RasterFront, ...]:
    """The fronts of all sheets in order: page n of the PDF is sheet n, as `check_digests` saw.

    Raises `center.marks_failed` when there are not as many of each.
    """
    body = issuance.body
    codes = front_codes if front_codes is not None else (None,) * len(body.sheets)
    if not len(rasters) == len(codes) == len(body.sheets):
        raise MARKS_FAILED.error("pages and sheets do not match")
    fronts = []
    for sheet, raster, code in zip(body.sheets, rasters, codes, strict=True):
        said = Rendering(
            issuance_digest=issuance.digest,
            ward=body.ward,
            kind=body.kind,
            fiscal_year=body.fiscal_year,
            certificate_number=body.certificate_number,
            paper_number=sheet.paper_number,
            page=sheet.page,
            pages=sheet.pages,
            raster_digest=raster_digest(raster),
            at=at,
        )
        fronts.append(RasterFront(rendering=signer.sign(RENDERING, said), front_code=code, raster=raster))
    return tuple(fronts)

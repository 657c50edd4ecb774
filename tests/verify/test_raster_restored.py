"""A restored picture of a front is the center's word only with signature, raster, number, and the ward's code."""

from __future__ import annotations

import io
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image

from madoguchi.deployment.identities import Identities
from madoguchi.errors import MadoguchiError
from madoguchi.paper.frontcode import FRONT_CODE
from madoguchi.paper.scramble.raster import Raster, RasterFront, packed, raster_digest
from madoguchi.paper.scramble.restoring import Restored
from madoguchi.runtime.clock import epoch
from madoguchi.statement.kinds import RENDERING
from madoguchi.verify.page.contract import Finding, Verdict
from madoguchi.verify.restored import check_raster
from madoguchi.verify.scans import looking
from madoguchi.wire.identifiers import CENTER_CODE
from madoguchi.wire.transaction import Rendering
from tests.sites import MADE_AT, signer_of
from tests.verify.papers import BLANK, BODY, PAPER, WARD, as_file, as_picture, signed
from tests.verify.test_checking import Desk

BITS = np.eye(16, dtype=np.uint8)
RASTER = Raster(dpi=300, width=16, height=16, ink=packed(np.packbits(BITS, axis=1)), colour=b"", coloured=b"").encode()


@pytest.fixture
def desk(site_identities: Identities) -> Desk:
    return Desk(site_identities)


def found(
    identities: Identities,
    *,
    said: dict[str, Any] | None = None,
    code: dict[str, Any] | None = None,
    raster: bytes = RASTER,
    number: bytes = PAPER,
    by: tuple[str, str] = ("center-1", CENTER_CODE),
) -> Restored:
    body = Rendering(
        issuance_digest=bytes(32),
        ward=WARD,
        kind=BODY.kind,
        fiscal_year=BODY.fiscal_year,
        certificate_number=BODY.certificate_number,
        paper_number=PAPER,
        page=1,
        pages=1,
        raster_digest=raster_digest(RASTER),
        at=0,
    )
    signed = signer_of(identities, by[0], code=by[1]).sign(RENDERING, msgspec.structs.replace(body, **(said or {})))
    front_code = None
    if code is not None:
        ward = signer_of(identities, "issuer-1", code=WARD, key_file="front-code.key")
        front_code = ward.sign(FRONT_CODE, msgspec.structs.replace(BODY, **{"description_digest": None, **code}))
    front = RasterFront(rendering=signed, front_code=front_code, raster=raster)
    return Restored(paper_number=number, front=front, markers=12, legible=1.0)


def test_a_ward_without_codes_has_pictures_without_codes(site_identities: Identities) -> None:
    restored = found(site_identities, said={"at": epoch(MADE_AT), "ward": "139999"})
    assert isinstance(restored.front, RasterFront)
    keys = Desk(site_identities).trust.current()
    assert check_raster(restored.front, paper_number=PAPER, keys=keys, at=MADE_AT).ward == "139999"


@pytest.mark.parametrize("code", [None, {}])
def test_a_picture_that_the_center_vouches_for_is_shown(
    desk: Desk, site_identities: Identities, monkeypatch: pytest.MonkeyPatch, code: dict[str, Any] | None
) -> None:
    restored = found(site_identities, code=code)
    monkeypatch.setattr(looking, "restore", lambda _picture: restored)
    answer = desk.file(as_file(BLANK))
    assert (answer.verdict, answer.finding, answer.values) == (Verdict.SIGNED, Finding.PICTURE, None)
    assert answer.content is not None
    assert answer.content.name == (None if code is None else BODY.name)
    assert desk.asked == [(WARD, PAPER)]
    assert answer.pictures is not None
    shown = np.array(Image.open(io.BytesIO(answer.pictures.restored)).resize((16, 16), Image.Resampling.BOX))
    assert np.array_equal(shown < 128, BITS > 0)


def test_a_code_on_the_front_that_is_not_inside_is_another_sheet(
    desk: Desk, site_identities: Identities, monkeypatch: pytest.MonkeyPatch
) -> None:
    restored = found(site_identities)
    monkeypatch.setattr(looking, "restore", lambda _picture: restored)
    monkeypatch.setattr(looking, "align", lambda _page, drawn: drawn)
    front = as_file(as_picture(signed(site_identities)))
    assert desk.file(as_file(BLANK), front).finding is Finding.ANOTHER_SHEET


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"raster": RASTER + b"0"}, "other_front: raster"),
        ({"number": bytes(16)}, "other_front: paper number"),
        ({"said": {"paper_number": bytes(16)}}, "other_front: paper number"),
        ({"by": ("issuer-1", WARD)}, "statement"),
        ({"by": ("center-1", WARD)}, "statement"),
        ({"code": {"paper_number": bytes(16)}}, "front code of another sheet"),
        ({"code": {"page": 2, "pages": 2}}, "front code of another sheet"),
        ({"code": {"certificate_number": "another"}}, "front code of another sheet"),
        ({"code": {"description_digest": bytes(16)}}, "front code of another sheet"),
        ({"code": {}, "said": {"ward": "139999"}}, "statement"),
        ({"said": {"at": epoch(MADE_AT)}}, "of a ward that signs its fronts"),
    ],
)
def test_what_is_nobodys_word(
    desk: Desk,
    site_identities: Identities,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, Any],
    why: str,
) -> None:
    restored = found(site_identities, **changes)
    monkeypatch.setattr(looking, "restore", lambda _picture: restored)
    answer = desk.file(as_file(BLANK))
    assert (answer.verdict, answer.pictures, desk.asked) == (Verdict.NOT_SIGNED, None, [])
    front = restored.front
    assert isinstance(front, RasterFront)
    with pytest.raises(MadoguchiError, match=why):
        check_raster(front, paper_number=restored.paper_number, keys=desk.trust.current(), at=MADE_AT)

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
from madoguchi.paper.scramble import restoring
from madoguchi.paper.scramble.raster import Raster, RasterFront, packed, raster_digest
from madoguchi.paper.scramble.restoring import Restored
from madoguchi.runtime.clock import SystemClock
from madoguchi.statement.kinds import RENDERING
from madoguchi.verify.config import VerifyConfig
from madoguchi.verify.restore_command import restored_front
from madoguchi.verify.restored import described
from madoguchi.wire.identifiers import CENTER_CODE
from madoguchi.wire.transaction import Rendering
from tests.sites import config_of, signer_of, small_site
from tests.verify.papers import BLANK, BODY, PAPER, WARD, as_file

BITS = np.eye(16, dtype=np.uint8)
RASTER = Raster(dpi=300, width=16, height=16, ink=packed(np.packbits(BITS, axis=1)), colour=b"", coloured=b"").encode()


@pytest.fixture
def config(site_identities: Identities, tmp_path: Any) -> VerifyConfig:
    with small_site(site_identities, tmp_path, databases={}) as site:
        return config_of(site, "verify-1", VerifyConfig)


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


@pytest.mark.parametrize("code", [None, {}])
def test_a_picture_that_the_center_vouches_for_is_shown(
    config: VerifyConfig, site_identities: Identities, monkeypatch: pytest.MonkeyPatch, code: dict[str, Any] | None
) -> None:
    restored = found(site_identities, code=code)
    monkeypatch.setattr(restoring, "restore", lambda _picture: restored)
    front = restored_front(as_file(BLANK), config, clock=SystemClock())
    assert (front.layout, front.values, front.kind, front.issued_on) == ("raster", {}, BODY.kind, None)
    assert front.picture is not None
    shown = np.array(Image.open(io.BytesIO(front.picture)))
    assert np.array_equal(shown[..., 0] == 0, BITS > 0)
    with pytest.raises(MadoguchiError, match="layout_unknown"):
        described(restored)


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
    ],
)
def test_what_is_nobodys_word(
    config: VerifyConfig,
    site_identities: Identities,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, Any],
    why: str,
) -> None:
    restored = found(site_identities, **changes)
    monkeypatch.setattr(restoring, "restore", lambda _picture: restored)
    with pytest.raises(MadoguchiError, match=why):
        restored_front(as_file(BLANK), config, clock=SystemClock())

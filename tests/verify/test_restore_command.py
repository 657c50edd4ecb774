"""What the command says is read from the picture, and only what the ward signed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image

from madoguchi.deployment.identities import Identities
from madoguchi.errors import MadoguchiError
from madoguchi.paper.frontcode import FRONT_CODE, description_digest
from madoguchi.paper.scramble import restoring
from madoguchi.paper.scramble.content import SealedFront
from madoguchi.paper.scramble.restoring import Restored
from madoguchi.runtime.clock import SystemClock
from madoguchi.verify.config import VerifyConfig
from madoguchi.verify.restore_command import restored_front
from madoguchi.wire.codec import encode_plain
from tests.sites import config_of, signer_of, small_site
from tests.verify.papers import BLANK, BODY, PAPER, WARD, as_file, as_pdf

VALUES = {"name": "窓口 花子", "annual_tax": "175,500"}


def description(**changes: Any) -> bytes:
    return encode_plain({"v": 1, "layout": "taxation-2026/2", "values": VALUES, "remarks": ["備考です。"], **changes})


@pytest.fixture
def config(site_identities: Identities, tmp_path: Path) -> VerifyConfig:
    with small_site(site_identities, tmp_path, databases={}) as site:
        return config_of(site, "verify-1", VerifyConfig)


def found(identities: Identities, said: bytes, *, signed: bytes | None = None) -> Restored:
    signer = signer_of(identities, "issuer-1", code=WARD, key_file="front-code.key")
    body = msgspec.structs.replace(BODY, description_digest=description_digest(signed or said))
    front = SealedFront(front_code=signer.sign(FRONT_CODE, body), page_description=said)
    return Restored(paper_number=PAPER, front=front, markers=12, legible=0.5)


def test_a_page_of_a_wards_own_layout_is_restored(
    config: VerifyConfig, site_identities: Identities, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The values are named by the kind's fields: whoever restores needs no layout, the ward's or an older one."""
    said = description(layout="taxation-2026/mihon-1")
    monkeypatch.setattr(restoring, "restore", lambda _picture: found(site_identities, said))
    front = restored_front(as_file(BLANK), config, clock=SystemClock())
    assert (front.values, front.layout) == (VALUES, "taxation-2026/mihon-1")


def test_the_first_page_with_a_field_is_restored(
    config: VerifyConfig, site_identities: Identities, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, seen = restoring.restore, list[Any]()

    def second_page(picture: Image.Image) -> Restored:
        seen.append(picture)
        return real(picture) if len(seen) == 1 else found(site_identities, description())

    monkeypatch.setattr(restoring, "restore", second_page)
    front = restored_front(as_pdf([BLANK, BLANK]), config, clock=SystemClock())
    assert (front.values, front.remarks, front.layout) == (VALUES, ("備考です。",), "taxation-2026/2")
    assert (front.kind, front.fiscal_year, front.page, front.pages, front.legible) == ("taxation", 2026, 1, 1, 0.5)


@pytest.mark.parametrize(
    ("said", "signed", "why"),
    [
        (description(), description(remarks=[]), "verify.other_front"),
        (b"not a description", None, "verify.other_front"),
        (description(values={"name": 1}), None, "verify.other_front"),
    ],
)
def test_what_the_ward_did_not_sign_is_not_said(
    config: VerifyConfig,
    site_identities: Identities,
    monkeypatch: pytest.MonkeyPatch,
    said: bytes,
    signed: bytes | None,
    why: str,
) -> None:
    monkeypatch.setattr(restoring, "restore", lambda _picture: found(site_identities, said, signed=signed))
    with pytest.raises(MadoguchiError) as refused:
        restored_front(as_file(BLANK), config, clock=SystemClock())
    assert refused.value.code == why


def test_a_picture_of_no_back_is_told(config: VerifyConfig) -> None:
    with pytest.raises(MadoguchiError) as refused:
        restored_front(as_file(BLANK), config, clock=SystemClock())
    assert refused.value.code == "paper.scramble_not_found"


def test_the_pages_process_loads_no_opencv() -> None:
    code = "import sys, madoguchi.verify.command; assert 'cv2' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)

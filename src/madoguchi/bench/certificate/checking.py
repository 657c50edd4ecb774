"""Whether what was measured was right: nobody should be proud of a fast wrong page."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import pikepdf
import pypdfium2 as pdfium
from pikepdf import pdfa

from madoguchi.bench.certificate.engines import Engine
from madoguchi.bench.certificate.own_way import Made
from madoguchi.bench.certificate.pictures import difference, pictures
from madoguchi.bench.problems import WRONG_PAGE
from madoguchi.certificate.layout import all_layouts
from madoguchi.certificate.reading import read_certificate
from madoguchi.certificate.remarks import remarks_text

_SPACES = re.compile(r"\s+")
_CLAIM = re.compile(rb"pdfaid:part[=>\"']+(\d).*?pdfaid:conformance[=>\"']+([AB])", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What one peer's page is like, beside ours of the same facts."""

    values: int
    found: int
    """Values that its text layer holds, selectors and all."""
    strong_pixels: int
    """Pixels of 200 dpi whose ink is clearly not ours."""
    archival: bool
    """Whether the file says that it is PDF/A-2b."""


def check_own(kept: Iterable[Made]) -> int:
    """Read our PDFs back by the boxes of their layouts; gives how many values were compared.

    Raises `bench.wrong_page` when a value differs, or a file is not PDF/A-2b.
    """
    compared = 0
    for made in kept:
        pages = read_certificate(made.pdf)
        wrong = [name for page in pages for name, text in page.fields.items() if made.facts.values[name] != text]
        if wrong or pages[0].fields.keys() != made.facts.values.keys():
            raise WRONG_PAGE.error(f"{made.facts.layout}: {', '.join(wrong) or 'fields missing'}")
        if "".join(page.remarks for page in pages) != remarks_text(made.facts.remarks):
            raise WRONG_PAGE.error(f"{made.facts.layout}: remarks")
        with pikepdf.open(io.BytesIO(made.pdf)) as document:
            findings = pdfa.check(document, "2b").findings
        if findings:
            raise WRONG_PAGE.error(f"not PDF/A-2b: {len(findings)} findings")
        compared += sum(len(page.fields) for page in pages)
    return compared


def look_at(peer: Engine, made: Made, *, at: datetime) -> Looked:
    """Let a peer compose what we composed, and compare the first pages."""
    pdf = peer.compose(made.facts, made.sheets, issued_at=at)
    text = _text(pdf)
    values = {name: _SPACES.sub("", value) for name, value in made.facts.values.items() if name != "seal_text"}
    square = all_layouts().by_id(made.facts.layout).first.qr
    seen = difference(next(pictures(made.pdf)), next(pictures(pdf)), square=square)
    return Looked(
        values=len(values),
        found=sum(value in text for value in values.values()),
        strong_pixels=seen.strong,
        archival=_claims_archival(pdf),
    )


def _text(pdf: bytes) -> str:
    with pdfium.PdfDocument(pdf) as document:
        return _SPACES.sub("", document[0].get_textpage().get_text_range())


def _claims_archival(pdf: bytes) -> bool:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        if "/Metadata" not in document.Root:
            return False
        claim = _CLAIM.search(document.Root.Metadata.read_bytes())
    return claim is not None and claim.groups() == (b"2", b"B")

"""Whole printed sheets at 600 dpi, genuine and altered, and what people do to them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray

from madoguchi.certificate.compose import Composer
from madoguchi.certificate.facts import Facts, SheetFacts, page_description
from madoguchi.certificate.fonts import FontSet
from madoguchi.certificate.fronting import front_code_body
from madoguchi.certificate.taxation import taxation_facts
from madoguchi.paper.back import BackMaker
from madoguchi.paper.copywarning import CopyWarning, front_layer
from madoguchi.paper.frontcode import FRONT_CODE, FrontCode
from madoguchi.paper.lay import lay_out
from madoguchi.paper.scramble.content import SealedFront
from madoguchi.runtime.fonts import find_fonts
from madoguchi.statement import Signer
from madoguchi.verify.comparison.redrawn import Redrawn, redraw
from madoguchi.wire.transaction import SheetMarks
from tests.certificate.people import HEADING, ISSUED_AT, resident, tax

Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Press:
    """What prints: one composer, the marks, and whoever signs the front codes."""

    composer: Composer
    signer: Signer
    layer: bytes
    backs: BackMaker

    @classmethod
    def of(cls, signer: Signer) -> Press:
        """With the fonts of this machine."""
        font = find_fonts()[0]
        return cls(
            Composer(FontSet(find_fonts())), signer, front_layer(CopyWarning(), font), BackMaker(font, CopyWarning())
        )

    def sheet(self, number: bytes, facts: Facts | None = None, *, page: int = 1) -> PrintedSheet:
        """A genuine one: of the given certificate, or of a taxation certificate."""
        facts = facts or taxation_facts(resident(), tax(), HEADING)
        body = front_code_body(facts, paper_number=number, page=page, pages=self.composer.page_count(facts))
        return PrintedSheet(self, facts, body, self.signer.sign(FRONT_CODE, body))


@dataclass(frozen=True, slots=True)
class PrintedSheet:
    """One sheet of a certificate."""

    press: Press
    facts: Facts
    body: FrontCode
    code: bytes

    @property
    def sealed(self) -> SealedFront:
        """What its back carries."""
        return SealedFront(front_code=self.code, page_description=page_description(self.facts))

    def redrawn(self) -> Redrawn:
        """What its back restores."""
        made = redraw(page_description(self.facts), self.body, self.code, composer=self.press.composer)
        assert made is not None
        return made

    def front(self, **changed: str) -> Grey:
        """Its front at 600 dpi; `changed` values are a forger's, who keeps everything else, the code too."""
        return _drawn(self.job(**changed), 2 * (self.body.page - 1))

    def page(self, **changed: str) -> bytes:
        """The ward's PDF, without the center's marks."""
        facts = replace(self.facts, values={**self.facts.values, **changed})
        sheets = tuple(
            SheetFacts(copy=1, page=page, paper_number=self._number(page), front_code=self.code)
            for page in range(1, self.body.pages + 1)
        )
        return self.press.composer.compose(facts, sheets, issued_at=ISSUED_AT)

    def job(self, **changed: str) -> bytes:
        """The two-sided print job as the kiosk lays it out."""
        marks = SheetMarks(front=self.press.layer, back=self._back())
        return lay_out(self.page(**changed), (marks,) * self.body.pages)

    def back(self) -> Grey:
        """Its back at 600 dpi."""
        return _drawn(self._back(), 0)

    def _number(self, page: int) -> bytes:
        """The other sheets of the certificate have numbers of their own; nobody looks at them."""
        return self.body.paper_number if page == self.body.page else page.to_bytes(16, "big")

    def _back(self) -> bytes:
        return self.press.backs.back(self.body.paper_number, self.sealed)


def _drawn(pdf: bytes, page: int) -> Grey:
    document = pdfium.PdfDocument(pdf)
    try:
        rendered = document[page].render(scale=600 / 72, grayscale=True).to_numpy()
        return np.array(rendered.reshape(rendered.shape[:2]), dtype=np.uint8)
    finally:
        document.close()


def written_on(sheet: Grey) -> Grey:
    """A pen: a wave across the amounts, a word, a circle."""
    written = sheet.copy()
    steps = np.arange(0, 3600, 40)
    wave = np.stack([700 + steps, 2400 + 420 * np.sin(steps / 300)], axis=1).astype(np.int32)
    cv2.polylines(written, [wave], isClosed=False, color=60, thickness=10)
    cv2.putText(written, "OK 11/26", (2900, 700), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 5, 50, 10)
    cv2.circle(written, (3700, 5000), 260, 90, 8)
    return written


def stained(sheet: Grey) -> Grey:
    """A cup stood here: a ring that is darker than what it surrounds."""
    reach = 1200  # further out nothing of it is left
    place = np.s_[3300 - reach : 3300 + reach, 2200 - reach : 2200 + reach]
    down, across = np.ogrid[-reach:reach, -reach:reach]
    away = np.hypot(across, down)
    dark = np.exp(-(((away - 700) / 40) ** 2)) * 70 + (away < 700) * 18
    made = sheet.copy()
    made[place] = np.clip(made[place] - dark, 0, 255).astype(np.uint8)
    return made


def pasted(sheet: Grey, other: Grey, box: tuple[int, int, int, int]) -> Grey:
    """A strip of another sheet over this one, a little off, on whiter paper. The box is of pixels at 300 dpi."""
    left, top, right, bottom = (2 * side for side in box)
    forged = sheet.copy()
    strip = other[top + 9 : bottom - 11, left + 13 : right - 7]
    forged[top + 10 : bottom - 10, left + 10 : right - 10] = np.minimum(strip, 250)
    return forged


def covered(sheet: Grey, box: tuple[int, int, int, int]) -> Grey:
    """A dark sticker over a value."""
    left, top, right, bottom = (2 * side for side in box)
    hidden = sheet.copy()
    hidden[top - 10 : bottom + 10, left - 10 : right + 10] = 70
    return hidden

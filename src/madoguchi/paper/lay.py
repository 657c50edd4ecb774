"""Laying the marks around the ward's untouched pages: one two-sided print job, made at the kiosk.

The kiosk has hashed the ward's PDF against the ward's signature before. Here a page's own content, fonts and images
are not opened, decoded or written anew: the front layer goes *under* them as another content stream with names of its
own, the back becomes the next page. Front, back, front, back. Whatever does not fit exactly is refused.

The layer's top is laid on the page's top, because printers and viewers count their dots from there: A4 is not a whole
number of dots high, and the layer is made of dots.
"""

from __future__ import annotations

import hashlib
import io
from typing import Final

import pikepdf

from madoguchi.paper.problems import LAYING_REFUSED
from madoguchi.wire.transaction import SheetMarks

_A4_POINTS: Final = (595.276, 841.89)
_SLACK_POINTS: Final = 1.5
_LAYER_NAME: Final = "/MadoguchiFrontMarks"


def lay_out(front_pdf: bytes, marks: tuple[SheetMarks, ...]) -> bytes:
    """The print job: for sheet k the ward's page k with its front layer, then its back. Deterministic.

    `marks` has one entry per page of `front_pdf`, in order. Raises `paper.laying_refused`.
    """
    try:
        with pikepdf.open(io.BytesIO(front_pdf)) as fronts, pikepdf.new() as job:
            if len(fronts.pages) != len(marks) or not marks:
                raise LAYING_REFUSED.error(f"{len(fronts.pages)} pages, {len(marks)} marks")
            layers = _Layers(job)
            for page, mark in zip(fronts.pages, marks, strict=True):
                _check_a4(page)
                job.pages.append(page)
                if mark.front is not None:
                    _lay_under(job.pages[-1], *layers.form(mark.front))
                _append_back(job, mark.back)
            job.trailer["/ID"] = _name(front_pdf, marks)
            return _saved(job)
    except pikepdf.PdfError:
        raise LAYING_REFUSED.error("not a PDF") from None


def _check_a4(page: pikepdf.Page) -> None:
    left, bottom, right, top = (float(side) for side in page.mediabox)
    off = max(abs(right - left - _A4_POINTS[0]), abs(top - bottom - _A4_POINTS[1]), abs(left), abs(bottom))
    if off > _SLACK_POINTS or int(page.obj.get("/Rotate", 0)) != 0:
        raise LAYING_REFUSED.error("a page is not A4 portrait")


def _one_page(pdf: pikepdf.Pdf) -> pikepdf.Page:
    if len(pdf.pages) != 1:
        raise LAYING_REFUSED.error("a mark is not one page")
    page = pdf.pages[0]
    _check_a4(page)
    if "/Annots" in page.obj:
        raise LAYING_REFUSED.error("a mark with annotations")
    return page


def _append_back(job: pikepdf.Pdf, back: bytes) -> None:
    with pikepdf.open(io.BytesIO(back)) as source:
        job.pages.append(_one_page(source))


class _Layers:
    """Layers as forms of the job. Sheets of one printer have the same layer, which is then written once."""

    def __init__(self, job: pikepdf.Pdf) -> None:
        self._job = job
        self._forms: dict[bytes, tuple[pikepdf.Object, float]] = {}

    def form(self, layer: bytes) -> tuple[pikepdf.Object, float]:
        """The form, and how high its page is."""
        if layer not in self._forms:
            with pikepdf.open(io.BytesIO(layer)) as source:
                page = _one_page(source)
                form = self._job.copy_foreign(page.as_form_xobject())
                self._forms[layer] = form, float(page.mediabox[3])
        return self._forms[layer]


def _lay_under(page: pikepdf.Page, form: pikepdf.Object, height: float) -> None:
    """Draw the layer before the page's own content, as a form that shares no name with it."""
    if "/Resources" not in page.obj:
        raise LAYING_REFUSED.error("a front page without resources of its own")
    page.obj["/Resources"] = pikepdf.Dictionary(dict(page.obj["/Resources"].items()))
    own = page.obj["/Resources"].get("/XObject", pikepdf.Dictionary())
    if _LAYER_NAME in own:
        raise LAYING_REFUSED.error("a front page that has marks already")
    page.obj["/Resources"]["/XObject"] = pikepdf.Dictionary(dict(own.items()) | {_LAYER_NAME: form})
    up = float(page.mediabox[3]) - height
    page.contents_add(f"q 1 0 0 1 0 {up:.3f} cm {_LAYER_NAME} Do Q\n".encode(), prepend=True)


def _name(front_pdf: bytes, marks: tuple[SheetMarks, ...]) -> pikepdf.Array:
    """The file's identifier (ISO 32000-1, 14.4), out of all that is in it.

    Processors have SHA-256 in hardware: half the time of BLAKE2, and of the MD5 that qpdf would take.
    """
    whole = hashlib.sha256(front_pdf)
    for mark in marks:
        whole.update(mark.back)
        whole.update(mark.front or b"")
    return pikepdf.Array([pikepdf.String(whole.digest()[:16])] * 2)


def _saved(job: pikepdf.Pdf) -> bytes:
    made = io.BytesIO()
    job.save(
        made,
        min_version="1.7",
        static_id=True,  # of the second half of the identifier alone, which would be the time
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
        compress_streams=False,
    )
    return made.getvalue()

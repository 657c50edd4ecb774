"""Digests of a finished PDF: of the whole, and of each page with everything that makes it.

HMAC-SHA-256 under the transaction's 32 random octets, so that a digest that is kept lets nobody test a guess. The page
digest walks from the page to every object that it draws with (contents, fonts, images, boxes, rotation, inherited
values), in a form that does not depend on object numbers: a page carried over from another document, or one shared
object exchanged under it, changes it; saving the same page into another file does not.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import pikepdf

from madoguchi.certificate.problems import PDF_UNREADABLE

MAX_PDF_OCTETS: Final = 8_000_000
MAX_PAGES: Final = 400
_SECRET_OCTETS: Final = 32
_MAX_DEPTH: Final = 60
_INHERITED: Final = ("/Resources", "/MediaBox", "/CropBox", "/Rotate")
"""Attributes that a page may take from its ancestors (ISO 32000-1, 7.7.3.4)."""
_LINKS_OUT: Final = frozenset({"/Parent", "/StructParents"})
"""A page's ways to the rest of the document: they make no ink. Left out of the page dictionary only: deeper down the
same word may name a font."""
_REFERENCE: Final = re.compile(rb"\d \d+ R")
"""May be a way to another object (ISO 32000-1, 7.3.10), whose number must not count. A text that only looks like one
costs time, nothing else. What has none is digested as qpdf writes it: keys sorted, numbers as the file has them."""
_NOT_DRAWN: Final = frozenset({"/Length"})
"""Follows from the stream's bytes."""


def document_digest(pdf: bytes, *, secret: bytes) -> bytes:
    """HMAC-SHA-256 of the PDF's very bytes."""
    return hmac.digest(_checked(secret), b"madoguchi pdf\x00" + pdf, "sha256")


def page_digests(pdf: bytes, *, secret: bytes) -> tuple[bytes, ...]:
    """One HMAC-SHA-256 per page, in order. Raises `certificate.pdf_unreadable`."""
    _checked(secret)
    if len(pdf) > MAX_PDF_OCTETS:
        raise PDF_UNREADABLE.error("too large")
    try:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            if not 1 <= len(document.pages) <= MAX_PAGES:
                raise PDF_UNREADABLE.error("number of pages")
            walk = Fingerprints()
            return tuple(page_digest(walk.page(page.obj), secret=secret) for page in document.pages)
    except (pikepdf.PdfError, ValueError, RecursionError) as failure:
        raise PDF_UNREADABLE.error(type(failure).__name__) from None


def page_digest(fingerprint: bytes, *, secret: bytes) -> bytes:
    """The digest of a page whose fingerprint is known already."""
    return hmac.digest(_checked(secret), b"madoguchi page\x00" + fingerprint, "sha256")


def _checked(secret: bytes) -> bytes:
    if len(secret) != _SECRET_OCTETS:
        msg = "the transaction's secret has 32 octets"
        raise ValueError(msg)
    return secret


class Fingerprints:
    """Digests objects of one document, unkeyed: they name what is drawn inside a process, and leave it only keyed.

    Every shared object is digested once, so fonts cost once for all pages.
    """

    def __init__(self) -> None:
        self._done: dict[tuple[int, int], bytes] = {}
        self._open: set[tuple[int, int]] = set()

    def page(self, page: pikepdf.Object) -> bytes:
        """SHA-256 over the page's own and inherited entries."""
        entries = {key: page[key] for key in page.keys() if key not in _LINKS_OUT}  # noqa: SIM118 - not a dict
        for key in _INHERITED:
            if key not in entries and (value := _inherited(page, key)) is not None:
                entries[key] = value
        return _seal("page", self._entries(entries, 0))

    def of(self, value: pikepdf.Object) -> bytes:
        """SHA-256 over one object and everything that it draws with."""
        return self._object(value, 0)

    def _object(self, value: pikepdf.Object, depth: int) -> bytes:
        if depth > _MAX_DEPTH:
            raise PDF_UNREADABLE.error("objects nested too deeply")
        if not getattr(value, "is_indirect", False):
            return self._direct(value, depth)
        place = value.objgen
        if place in self._done:
            return self._done[place]
        if place in self._open:
            raise PDF_UNREADABLE.error("a loop")
        self._open.add(place)
        made = self._direct(value, depth)
        self._open.discard(place)
        self._done[place] = made
        return made

    def _direct(self, value: pikepdf.Object, depth: int) -> bytes:
        if isinstance(value, pikepdf.Stream):
            entries = {key: value[key] for key in value.keys() if key not in _NOT_DRAWN}  # noqa: SIM118 - not a dict
            return _seal("stream", self._entries(entries, depth) + value.read_raw_bytes())
        if isinstance(value, pikepdf.Dictionary | pikepdf.Array) and not _REFERENCE.search(
            written := value.unparse(resolved=True)
        ):
            return _seal("plain", written)
        if isinstance(value, pikepdf.Dictionary):
            entries = {key: value[key] for key in value.keys()}  # noqa: SIM118 - not a dict
            return _seal("dictionary", self._entries(entries, depth))
        if isinstance(value, pikepdf.Array):
            return _seal("array", b"".join(self._object(each, depth + 1) for each in value))
        return _scalar(value)

    def _entries(self, entries: dict[str, pikepdf.Object], depth: int) -> bytes:
        parts = []
        for key in sorted(entries):
            parts += [_seal("key", key.encode()), self._object(entries[key], depth + 1)]
        return b"".join(parts)


def _inherited(page: pikepdf.Object, key: str) -> pikepdf.Object | None:
    node, steps = page, 0
    while "/Parent" in node and steps < _MAX_DEPTH:
        node, steps = node["/Parent"], steps + 1
        if key in node:
            return node[key]
    return None


def _seal(tag: str, body: bytes) -> bytes:
    """A digest of fixed length that also says what kind of thing it is: concatenations cannot be confused."""
    return hashlib.sha256(f"{tag}:{len(body)}:".encode() + body).digest()


_SCALARS: Final[tuple[tuple[type, Callable[[Any], bytes]], ...]] = (
    (bool, lambda value: b"true" if value else b"false"),
    (int, lambda value: str(value).encode()),
    (Decimal, lambda value: str(Decimal(str(value)).normalize()).encode()),
    (float, lambda value: repr(value).encode()),
    (type(None), lambda _value: b""),
    (pikepdf.Name, lambda value: str(value).encode()),
    (pikepdf.String, bytes),
)


def _scalar(value: object) -> bytes:
    for kind, written in _SCALARS:
        if isinstance(value, kind):
            return _seal(kind.__name__, written(value))
    raise PDF_UNREADABLE.error(f"an object of type {type(value).__name__}")

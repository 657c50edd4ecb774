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
from decimal import Decimal
from typing import Final

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
_REFERENCE: Final = re.compile(rb"(?<![^ \[])([0-9]+) ([0-9]+) R(?![^ \]])")
"""A way to another object (ISO 32000-1, 7.3.10), whose number must not count."""
_REFERENCE_WITHIN: Final = re.compile(rb"[0-9] [0-9]+ R")
_TEXT: Final = re.compile(rb"\((?:[^()\\]|\\.)*\)", re.DOTALL)
"""A string as qpdf writes it, with its own brackets escaped. In hexadecimal it cannot read like anything else."""
_LENGTH: Final = re.compile(rb" /Length (?:[0-9]+ [0-9]+ R|[0-9]+)(?= )")
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
            walk = Fingerprints(document)
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

    An object is digested as qpdf writes it (keys sorted, numbers as the file has them), each way to another object
    replaced by that one's digest. Every shared object is digested once, so fonts cost once for all pages.
    """

    def __init__(self, document: pikepdf.Pdf) -> None:
        self._document = document
        self._done: dict[tuple[int, int], bytes] = {}
        self._open: set[tuple[int, int]] = set()

    def page(self, page: pikepdf.Object) -> bytes:
        """SHA-256 over the page's own and inherited entries."""
        entries = {key: page[key] for key in page.keys() if key not in _LINKS_OUT}  # noqa: SIM118 - not a dict
        for key in _INHERITED:
            if key not in entries and (value := _inherited(page, key)) is not None:
                entries[key] = value
        parts = [_seal("key", key.encode()) + self._value(entries[key]) for key in sorted(entries)]
        return _seal("page", b"".join(parts))

    def of(self, value: pikepdf.Object) -> bytes:
        """SHA-256 over one object and everything that it draws with."""
        return self._at(value.objgen, value) if value.is_indirect else self._direct(value)

    def _value(self, value: pikepdf.Object | float | bool | Decimal) -> bytes:
        """pikepdf gives numbers and truth values as Python's."""
        return self.of(value) if isinstance(value, pikepdf.Object) else _seal("plain", str(value).encode())

    def _at(self, place: tuple[int, int], value: pikepdf.Object) -> bytes:
        if place in self._done:
            return self._done[place]
        if place in self._open:
            raise PDF_UNREADABLE.error("a loop")
        if len(self._open) > _MAX_DEPTH:
            raise PDF_UNREADABLE.error("objects nested too deeply")
        self._open.add(place)
        made = self._direct(value)
        self._open.discard(place)
        self._done[place] = made
        return made

    def _direct(self, value: pikepdf.Object) -> bytes:
        if not isinstance(value, pikepdf.Stream):
            return _seal("object", self._named(value.unparse(resolved=True)))
        entries = value.stream_dict.unparse(resolved=True)
        lengths = _LENGTH.findall(entries)
        if len(lengths) > 1:
            raise PDF_UNREADABLE.error("a stream with two lengths")
        named = self._named(entries.replace(lengths[0], b"") if lengths else entries)
        return _seal("stream", _seal("object", named) + value.read_raw_bytes())

    def _named(self, written: bytes) -> bytes:
        """What qpdf wrote, with digests in the place of object numbers. Braces stand nowhere else outside a text."""
        if b" R" not in written:
            return written
        if any(map(_REFERENCE_WITHIN.search, _TEXT.findall(written))):
            raise PDF_UNREADABLE.error("a text that reads like a way to an object")
        return _REFERENCE.sub(self._digest_of, written)

    def _digest_of(self, found: re.Match[bytes]) -> bytes:
        place = int(found[1]), int(found[2])
        value = self._document.get_object(place)
        digest = self._at(place, value) if isinstance(value, pikepdf.Object) else self._value(value)
        return b"{" + digest.hex().encode() + b"}"


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

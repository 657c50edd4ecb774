"""The ward's PDF and page description are the ones that the issuance names: of the whole, and of every page."""

from __future__ import annotations

from madoguchi.center.problems import ISSUANCE_DOES_NOT_FIT
from madoguchi.certificate.pages import document_digest, page_digests
from madoguchi.wire.transaction import Issuance, Issued


def check_digests(issued: Issued, body: Issuance, *, secret: bytes) -> None:
    """Raises `center.issuance_does_not_fit`, or `certificate.pdf_unreadable`. Blocks for some milliseconds."""
    if document_digest(issued.pdf, secret=secret) != body.pdf_digest:
        raise ISSUANCE_DOES_NOT_FIT.error("pdf digest")
    if page_digests(issued.pdf, secret=secret) != tuple(sheet.page_digest for sheet in body.sheets):
        raise ISSUANCE_DOES_NOT_FIT.error("page digests")
    description = issued.page_description
    digest = None if description is None else document_digest(description, secret=secret)
    if digest != body.page_description_digest:
        raise ISSUANCE_DOES_NOT_FIT.error("page description digest")

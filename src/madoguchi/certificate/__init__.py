"""The certificate document: kinds, years and eras, facts, layout, composing, page digests, and reading back.

The ward's composer and the ward's clerk both live from this room, but through different doors: `Composer` sets facts
with Typst; `read_certificate` takes a finished PDF apart with pdfium by the boxes of the layout, knowing nothing of
facts or Typst.
"""

from madoguchi.certificate.compose import Composer
from madoguchi.certificate.facts import Authority, Facts, Heading, PrintSettings, SheetFacts, page_description
from madoguchi.certificate.fonts import FontSet
from madoguchi.certificate.fronting import front_code_body
from madoguchi.certificate.kinds import PAYMENT, TAXATION, Kind, all_kinds, kind_of, register_kind
from madoguchi.certificate.pages import document_digest, page_digests
from madoguchi.certificate.payment import payment_facts
from madoguchi.certificate.reading import ReadPage, joined_remarks, read_certificate
from madoguchi.certificate.remarks import remarks_text
from madoguchi.certificate.taxation import taxation_facts

__all__ = [
    "PAYMENT",
    "TAXATION",
    "Authority",
    "Composer",
    "Facts",
    "FontSet",
    "Heading",
    "Kind",
    "PrintSettings",
    "ReadPage",
    "SheetFacts",
    "all_kinds",
    "document_digest",
    "front_code_body",
    "joined_remarks",
    "kind_of",
    "page_description",
    "page_digests",
    "payment_facts",
    "read_certificate",
    "register_kind",
    "remarks_text",
    "taxation_facts",
]

"""What is printed, as final strings: nothing after this module computes, rounds or formats a value.

`Facts` is made once per application and is the same for every copy. What differs per sheet (paper number, front code)
is in `SheetFacts`; what differs per page (page n of m) is the composer's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final

from madoguchi.certificate.layout import Layouts, all_layouts
from madoguchi.certificate.problems import TEXT_UNPRINTABLE
from madoguchi.wire.codec import encode_plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Who certifies, on the day of issue."""

    ward: str
    """見本区."""
    title: str
    """見本区長, or 見本区長職務代理者 見本区副区長 while the mayor cannot act (地方自治法 第152条)."""
    name: str
    """The mayor's or acting mayor's name."""
    seal_text: str
    """What the official seal reads, at most nine characters: 見本区長之印. Drawn as a dummy marked 見本."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintSettings:
    """What a ward decides about its paper."""

    show_current_address: bool = False
    """Print 現住所 as a second, labelled line of the taxation certificate."""
    show_sex: bool = False
    show_fixed_sum_reduction: bool = True
    """Print 定額減税 (2024 and 2025)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that one certificate says, as final strings keyed by the layout's field names."""

    kind: str
    """Code of the kind: `taxation`, `payment`."""
    layout: str
    """Id of the layout: `taxation-2024/2`."""
    fiscal_year: int
    values: Mapping[str, str]
    """Field name → printed text. Every field of the layout is there; what does not apply is －."""
    remarks: tuple[str, ...] = ()
    """備考, one entry per remark; 以下余白 follows the last one on the paper."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", MappingProxyType(dict(self.values)))

    @property
    def title(self) -> str:
        """課税証明書, 非課税証明書 or 納税証明書."""
        return self.values["title"]

    @property
    def certificate_number(self) -> str:
        """The ward's number of this application."""
        return self.values["certificate_number"]

    @property
    def name(self) -> str:
        """氏名."""
        return self.values["name"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetFacts:
    """What one sheet of paper carries of its own: one sheet per copy and page."""

    copy: int
    """1 for the first copy. Not printed: copies are told apart by their paper number."""
    page: int
    """1 for the first page of the copy."""
    paper_number: bytes
    """16 random octets of `madoguchi.paper.number`; printed as its canonical text."""
    front_code: bytes = field(repr=False)
    """The signed front code (COSE_Sign1 bytes), drawn as a QR."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What every kind of certificate is told besides the person's rows."""

    certificate_number: str
    issued_on: date
    """The printed date, in Japanese time."""
    authority: Authority
    settings: PrintSettings = field(default_factory=PrintSettings)
    layouts: Layouts = field(default_factory=all_layouts, repr=False)
    """Those that the composer has too."""
    remarks: tuple[str, ...] = ()


_SPACES: Final = re.compile(r"[ \u00a0]+")
_SELECTOR: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_REFUSED_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def is_selector(character: str) -> bool:
    """True for a variation selector (Unicode 23.4), which chooses the form of the character before it."""
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def printed(text: str, *, field_name: str) -> str:
    """The text as paper shows it: a run of spaces is one space, none at the ends.

    Raises TEXT_UNPRINTABLE, naming the field only, for control, format and private-use characters and for a selector
    that follows nothing: what cannot be seen cannot be checked by whoever receives the paper.
    """
    if _plainly_printable(text) and "  " not in text:
        return text.strip(" ")  # the usual case, at once
    clean = _SPACES.sub(" ", text).strip(" ")
    if next(unprintable(clean), None) is not None:
        raise TEXT_UNPRINTABLE.error(field_name)
    return clean


def _plainly_printable(text: str) -> bool:
    """`isprintable` refuses all of `_REFUSED_CATEGORIES`, and more: every space but U+0020, so U+3000 is let pass."""
    return text.replace("　", "").isprintable() and not _SELECTOR.search(text)


def unprintable(text: str) -> Iterator[str]:
    """The characters for which `printed` refuses a text: for the ward's own clerks, never for a log."""
    if _plainly_printable(text):
        return
    before = ""
    for character in text:
        if is_selector(character):
            if not before or is_selector(before) or before.isspace():
                yield character
        elif unicodedata.category(character) in _REFUSED_CATEGORIES:
            yield character
        before = character


def page_description(facts: Facts) -> bytes:
    """Layout id and values in deterministic CBOR (RFC 8949 section 4.2): enough to set the page again.

    The center seals it into the scramble image; its digest stands in the issuance statement.
    """
    body = {
        "v": 1,
        "layout": facts.layout,
        "kind": facts.kind,
        "year": facts.fiscal_year,
        "values": dict(facts.values),
        "remarks": list(facts.remarks),
    }
    return encode_plain(body)

"""What the verify page asks of the verifier behind it, and what an answer says: what was checked, never more."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Protocol

import msgspec


class Verdict(StrEnum):
    """What became of the signed code."""

    SIGNED = "signed"
    """The code carries the valid signature of the ward named in it."""
    NOT_SIGNED = "not_signed"
    """A code was read, but no ward of the trust list signed it as it stands."""
    NO_CODE = "no_code"
    """Nothing that looks like a code of ours was found."""
    UNREADABLE = "unreadable"
    """The upload is no picture or PDF that can be opened."""


class PaperStatus(StrEnum):
    """What the ward says online about the paper number."""

    ISSUED = "issued"
    SUPERSEDED = "superseded"
    """更正: a later certificate says otherwise."""
    REPLACED = "replaced"
    """Superseded, and a later paper says it rightly; its number is not told."""
    REVOKED = "revoked"
    UNKNOWN = "unknown"
    """The ward knows no such paper."""
    NOT_ASKED = "not_asked"
    """The ward could not be asked just now."""


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """The same words in Japanese and in English."""

    ja: str
    en: str


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of what the code says: a label and the value as it is printed on the paper."""

    label: Words
    value: str


class CodeContent(msgspec.Struct, frozen=True, kw_only=True):
    """What the signed code says."""

    ward: Words
    kind: Words
    year: Words
    name: str
    certificate_number: str
    paper_number: str
    issued_on: date
    amounts: tuple[Line, ...]
    demo: bool = False
    """Signed by a key of the demo or test environment: worth nothing outside it."""


class VerifyAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out about one upload or one pasted code."""

    verdict: Verdict
    content: CodeContent | None = None
    """Present exactly when the verdict is `SIGNED`: unsigned claims are not shown."""
    status: PaperStatus = PaperStatus.NOT_ASKED
    code: str | None = None
    """Stable problem code when the verdict is not `SIGNED`."""

    def __post_init__(self) -> None:
        """What no ward signed is never shown as content."""
        if (self.content is not None) != (self.verdict is Verdict.SIGNED):
            raise ValueError("an answer holds content exactly when the code is signed")


class VerifyService(Protocol):
    """The verifier behind the page. It keeps nothing of what it is given."""

    def check(self, upload: bytes | None, text: str | None) -> VerifyAnswer:
        """Check a photo, scan or PDF, or the text of a code; exactly one is given. Called in a worker thread."""
        ...

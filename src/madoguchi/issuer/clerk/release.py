"""The clerk's word, as a thing that can be used once.

A `Release` comes out of `Clerk.read` alone, names its transaction and the digest of the very PDF that was read, and is
redeemed once, for them. Redeeming gives the `Redeemed` reading, which signing consumes: it too is used once. So the
wrong order (sign, then check), a second paper from one check, and a check of another file cannot be written.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import Final

from madoguchi.issuer.problems import RELEASE_SPENT
from madoguchi.wire.identifiers import sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSheet:
    """One sheet as the clerk read it."""

    copy: int
    page: int
    pages: int
    paper_number: bytes
    page_digest: bytes
    """HMAC under the transaction's secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the clerk read in one finished PDF; every value of the issuance statement comes from here."""

    transaction: bytes
    pdf_sha256: bytes = field(repr=False)
    """Names the PDF inside this process only; it goes nowhere, because it would let somebody test a guess."""
    addressee_number: str = field(repr=False)
    """Whose record it was compared with."""
    record_version: int
    kind: str
    fiscal_year: int
    copies: int
    certificate_number: str
    layout: str
    sheets: tuple[ReadSheet, ...]
    pdf_digest: bytes
    page_description_digest: bytes


_CLERK: Final = object()
"""Only this module's factory holds it; nobody else can make a release."""


class Release:
    """Permission to issue one PDF for one transaction. One use."""

    __slots__ = ("_reading",)

    def __init__(self, reading: Reading, *, maker: object) -> None:
        if maker is not _CLERK:
            raise RELEASE_SPENT.error("not made by the clerk")
        self._reading: Reading | None = reading

    @property
    def version(self) -> int:
        """The record version that the clerk compared with."""
        return self._unspent().record_version

    @property
    def addressee_number(self) -> str:
        """Whose record it was."""
        return self._unspent().addressee_number

    def redeem(self, *, transaction: bytes, pdf: bytes) -> Redeemed:
        """Use it up. Raises `issuer.release_spent` the second time, and for another transaction or PDF."""
        reading = self._unspent()
        self._reading = None
        if reading.transaction != transaction or not hmac.compare_digest(reading.pdf_sha256, sha256(pdf)):
            raise RELEASE_SPENT.error("for another transaction or PDF")
        return Redeemed(reading, maker=_CLERK)

    def _unspent(self) -> Reading:
        if self._reading is None:
            raise RELEASE_SPENT.error("used already")
        return self._reading


class Redeemed:
    """A reading that may be signed, once."""

    __slots__ = ("_signed", "reading")

    def __init__(self, reading: Reading, *, maker: object) -> None:
        if maker is not _CLERK:
            raise RELEASE_SPENT.error("not made by a release")
        self.reading = reading
        self._signed = False

    def take(self) -> Reading:
        """The reading, for the one signature. Raises `issuer.release_spent` the second time."""
        if self._signed:
            raise RELEASE_SPENT.error("signed already")
        self._signed = True
        return self.reading


def release(reading: Reading) -> Release:
    """Make a release. The clerk alone calls this, after every comparison has held."""
    return Release(reading, maker=_CLERK)

"""Inside the ward: what the tax system and the registry server tell the issuing server."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta

from madoguchi.wire.codec import Message
from madoguchi.wire.identifiers import Digest, Epoch, WardCode

AddresseeNumber = Annotated[str, Meta(pattern="^[0-9]{10}$", description="宛名番号; never leaves the ward")]
CardSerial = Annotated[str, Meta(pattern="^[0-9A-F]{1,40}$", description="upper-case hex of the serial number")]


class FeedFile(Message, frozen=True, kw_only=True):
    """One file of a package: its digest, its rows, and the sums of its money columns as control totals."""

    name: Annotated[str, Meta(pattern="^[a-z_]+\\.csv$")]
    sha256: Digest
    rows: Annotated[int, Meta(ge=0)]
    totals: dict[str, int]


FORMAT_VERSION: Final = 1
"""Of the files and the manifest; a receiver takes no other."""

FiscalYear = Annotated[int, Meta(ge=2000, le=2099, description="年度")]


class FeedManifest(Message, frozen=True, kw_only=True):
    """What a package of the tax system contains. Signed; applied all or nothing; a gap in the sequence is refused.

    What a package takes the place of:

    | content | every_year | people | their years |
    |---|---|---|---|
    | snapshot | yes | everybody: who is not in it is forgotten | all: what is not in it is gone |
    | snapshot | no | those in it; nobody is forgotten | of everybody in the ward, the years of `fiscal_years` |
    | delta | yes | those in it | of those people, all |
    | delta | no | those in it | of those people, the years of `fiscal_years` |

    Only the first kind may come first, or after a gap: every other one builds on what went before.
    """

    format_version: Annotated[int, Meta(ge=1)]
    ward: WardCode
    sequence: Annotated[int, Meta(ge=1)]
    content: Literal["snapshot", "delta"]
    every_year: bool
    """Whether the package speaks of all fiscal years, so that a year that is not in it is gone."""
    fiscal_years: tuple[FiscalYear, ...]
    """The years that the package covers, ascending; no row is of another one."""
    created_at: Epoch
    files: tuple[FeedFile, ...]

    @property
    def is_whole(self) -> bool:
        """Whether it needs nothing that went before."""
        return self.content == "snapshot" and self.every_year


class FeedPackage(Message, frozen=True, kw_only=True):
    """The signed manifest and the files it names."""

    manifest: bytes
    files: dict[str, bytes]


class FeedReceipt(Message, frozen=True, kw_only=True):
    """The package is applied and in force."""

    sequence: int
    at: Epoch


class StopNotice(Message, frozen=True, kw_only=True):
    """Immediate, signed by tax: issue nothing more for this person (支援措置, removal, 更正中), or lift it."""

    ward: WardCode
    addressee_number: AddresseeNumber
    stop: Literal["suppression", "removal", "correction"]
    stopped: bool
    at: Epoch


class StopReceipt(Message, frozen=True, kw_only=True):
    """The flag is committed: no certificate can be issued from this moment on."""

    at: Epoch


class SerialEntry(Message, frozen=True, kw_only=True):
    """One user-authentication certificate of one resident, as the registry knows it."""

    addressee_number: AddresseeNumber
    ca_key_digest: Digest
    serial: CardSerial
    medium: Literal["card", "phone"]
    status: Literal["valid", "revoked", "superseded"]
    valid_from: str
    valid_until: str


class SerialPage(Message, frozen=True, kw_only=True):
    """A piece of the registry's list, in its order of change. Signed by jukinet."""

    ward: WardCode
    entries: tuple[SerialEntry, ...]
    position: Annotated[int, Meta(ge=0)]
    """Ask again with `after=position` until `complete`."""
    complete: bool
    at: Epoch


class SerialQuestion(Message, frozen=True, kw_only=True):
    """Whose certificate is this? Asked on the spot for an unknown serial; `nonce` binds the answer."""

    ca_key_digest: Digest
    serial: CardSerial
    nonce: Annotated[bytes, Meta(min_length=16, max_length=16)]


class SerialAnswer(Message, frozen=True, kw_only=True):
    """The registry's answer: the entry, or that it knows none. Signed by jukinet; names the question."""

    ward: WardCode
    question_digest: Digest
    entry: SerialEntry | None
    at: Epoch

"""The file: a header in clear but authenticated, then chunks encrypted one by one as they come.

    magic | length of header (4 octets, big-endian) | header (deterministic CBOR) | chunk | chunk | … | last chunk

The chunks follow STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance, CRYPTO 2015): AES-256-GCM, and in the nonce a counter and whether this is the last one. So a chunk
that is missing, repeated, moved or cut off is noticed, at the latest at the end. The key is fresh for every backup and
goes through HKDF with the header's digest: under another header not even the first chunk opens.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Annotated, BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from msgspec import Meta

from madoguchi.backup.problems import DAMAGED
from madoguchi.errors import MadoguchiError
from madoguchi.wire.codec import Message, decode, encode
from madoguchi.wire.identifiers import Digest, Environment, Epoch, KeyId, sha256

MAGIC: Final = b"madoguchi backup 1\n"
CHUNK: Final = 64 * 1024
KEY_OCTETS: Final = 32
_TAG: Final = 16
_LENGTH: Final = struct.Struct(">I")
_NONCE: Final = struct.Struct(">7xI?")
_MAX_HEADER: Final = 16 * 1024
_MAX_CHUNKS: Final = 2**32

BackupId = Annotated[bytes, Meta(min_length=16, max_length=16, description="random 128-bit backup id")]


class EvidenceEnd(Message, frozen=True, kw_only=True):
    """Where the evidence ended in the snapshot that was backed up."""

    position: Annotated[int, Meta(ge=0)]
    hash: Digest


class Header(Message, frozen=True, kw_only=True):
    """What a backup is of. In clear: it holds nothing personal, and finding the right file needs it."""

    backup: BackupId
    environment: Environment
    party: str
    code: str
    """The ward; `center` for the center."""
    database: str
    schema: tuple[str, ...]
    """Revisions of its migrations."""
    evidence: EvidenceEnd
    at: Epoch
    """When the snapshot was taken."""
    recipient: KeyId
    """The public key to which this backup's key is sealed."""


class Encryptor:
    """Writes one backup: `begin`, then each full chunk, then the last one."""

    def __init__(self, header: Header, *, key: bytes) -> None:
        self._raw_header = encode(header)
        self._cipher = AESGCM(_stream_key(key, header_digest=sha256(self._raw_header)))
        self._counter = 0

    @property
    def header_digest(self) -> bytes:
        """SHA-256 of the header: what the key's own record names."""
        return sha256(self._raw_header)

    def begin(self) -> bytes:
        """What stands before the first chunk."""
        return b"".join((MAGIC, _LENGTH.pack(len(self._raw_header)), self._raw_header))

    def chunk(self, plaintext: bytes, *, last: bool) -> bytes:
        """Encrypt the next chunk: CHUNK octets, the last one fewer or as many."""
        if len(plaintext) > CHUNK or (len(plaintext) < CHUNK and not last) or self._counter >= _MAX_CHUNKS:
            msg = "only the last chunk may be shorter, and their number is limited"
            raise ValueError(msg)
        sealed = self._cipher.encrypt(_NONCE.pack(self._counter, last), plaintext, None)
        self._counter += 1
        return sealed


def read_header(file: BinaryIO) -> tuple[Header, bytes]:
    """The header and its digest; the file stands at the first chunk then. Not yet authenticated: `chunks` does that.

    Raises `backup.damaged`.
    """
    if file.read(len(MAGIC)) != MAGIC:
        raise DAMAGED.error("no backup of this program")
    length = file.read(_LENGTH.size)
    if len(length) != _LENGTH.size or _LENGTH.unpack(length)[0] > _MAX_HEADER:
        raise DAMAGED.error("header")
    raw = file.read(_LENGTH.unpack(length)[0])
    try:
        return decode(raw, type=Header), sha256(raw)
    except MadoguchiError:
        raise DAMAGED.error("header") from None


def chunks(file: BinaryIO, *, key: bytes, header_digest: bytes) -> Iterator[bytes]:
    """Decrypt from the first chunk to the last. Raises `backup.damaged` with the number of the chunk.

    Only when it ends without an error was the whole file as it was written: whoever acts on a chunk before must be able
    to take it back.
    """
    cipher = AESGCM(_stream_key(key, header_digest=header_digest))
    here = file.read(CHUNK + _TAG)
    for counter in range(_MAX_CHUNKS):
        following = file.read(CHUNK + _TAG)
        try:
            yield cipher.decrypt(_NONCE.pack(counter, not following), here, None)
        except (InvalidTag, ValueError):
            raise DAMAGED.error(f"chunk {counter}") from None
        if not following:
            return
        here = following


def _stream_key(key: bytes, *, header_digest: bytes) -> bytes:
    info = b"madoguchi backup stream\x00" + header_digest
    return HKDF(algorithm=hashes.SHA256(), length=KEY_OCTETS, salt=None, info=info).derive(key)

"""The file: whatever is not exactly as it was written does not open."""

from __future__ import annotations

import io
import secrets

import msgspec
import pytest

from madoguchi.backup.container import CHUNK, Encryptor, EvidenceEnd, Header, chunks, read_header
from madoguchi.errors import MadoguchiError
from madoguchi.wire.identifiers import Environment

KEY = bytes(range(32))
HEADER = Header(
    backup=bytes(16),
    environment=Environment.TEST,
    party="tax",
    code="139999",
    database="tax",
    schema=("0001",),
    evidence=EvidenceEnd(position=7, hash=bytes(32)),
    at=1_800_000_000,
    recipient=bytes(16),
)
SEALED = CHUNK + 16
BEFORE = len(Encryptor(HEADER, key=KEY).begin())
CONTENT = secrets.token_bytes(3 * CHUNK + 100)


def written(content: bytes, *, header: Header = HEADER, key: bytes = KEY) -> bytes:
    encryptor = Encryptor(header, key=key)
    pieces = [content[at : at + CHUNK] for at in range(0, len(content), CHUNK)] or [b""]
    made = [encryptor.chunk(piece, last=number == len(pieces) - 1) for number, piece in enumerate(pieces)]
    return encryptor.begin() + b"".join(made)


def opened(raw: bytes, *, key: bytes = KEY) -> bytes:
    file = io.BytesIO(raw)
    _, digest = read_header(file)
    return b"".join(chunks(file, key=key, header_digest=digest))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_what_is_written_is_read(size: int) -> None:
    assert opened(written(CONTENT[:size])) == CONTENT[:size]
    assert read_header(io.BytesIO(written(b"")))[0] == HEADER


def test_the_plaintext_is_not_in_the_file() -> None:
    raw = written(b"SECRETNAME" * 1000)
    assert b"SECRETNAME" not in raw
    assert raw[BEFORE:] != written(b"SECRETNAME" * 1000, key=bytes(32))[BEFORE:]


@pytest.mark.parametrize("cut", [1, 16, 100, 100 + 16, 100 + 16 + SEALED, 100 + 16 + 2 * SEALED, 100 + 16 + 3 * SEALED])
def test_cut_off_anywhere_it_does_not_open(cut: int) -> None:
    """Also where a chunk ends: the one before is not the last, and says so."""
    with pytest.raises(MadoguchiError, match=r"backup\.damaged"):
        opened(written(CONTENT)[:-cut])


def test_something_after_the_end_does_not_open() -> None:
    raw = written(CONTENT)
    for more in (b"\x00", raw[-116:], bytes(SEALED)):
        with pytest.raises(MadoguchiError, match=r"backup\.damaged"):
            opened(raw + more)


@pytest.mark.parametrize("order", [(1, 0, 2), (0, 2, 1), (0, 0, 2), (0, 2), (2, 1, 0), (0, 1, 1, 2)])
def test_another_order_of_chunks_does_not_open(order: tuple[int, ...]) -> None:
    raw = written(CONTENT)
    start, end = raw[:BEFORE], raw[BEFORE + 3 * SEALED :]
    whole = [raw[BEFORE + n * SEALED : BEFORE + (n + 1) * SEALED] for n in range(3)]
    with pytest.raises(MadoguchiError, match=r"backup\.damaged"):
        opened(start + b"".join(whole[n] for n in order) + end)


def test_a_chunk_of_another_backup_does_not_open() -> None:
    one, other = written(CONTENT), written(CONTENT, key=secrets.token_bytes(32))
    with pytest.raises(MadoguchiError, match="chunk 1"):
        opened(one[: BEFORE + SEALED] + other[BEFORE + SEALED : BEFORE + 2 * SEALED] + one[BEFORE + 2 * SEALED :])


def test_no_bit_may_change() -> None:
    """One bit of every region: magic, length, every octet of the header, and each chunk at both ends."""
    raw = written(CONTENT)
    places = [*range(BEFORE), *(BEFORE + n * SEALED + at for n in range(3) for at in (0, SEALED - 1)), len(raw) - 1]
    for place in places:
        changed = bytearray(raw)
        changed[place] ^= 1 << secrets.randbelow(8)
        with pytest.raises(MadoguchiError, match=r"backup\.damaged"):
            opened(bytes(changed))


@pytest.mark.parametrize("change", [{"code": "138888"}, {"party": "issuer"}, {"at": 1}, {"backup": bytes([1] * 16)}])
def test_under_another_header_nothing_opens(change: dict[str, object]) -> None:
    other = Encryptor(msgspec.structs.replace(HEADER, **change), key=KEY).begin()
    with pytest.raises(MadoguchiError, match="chunk 0"):
        opened(other + written(CONTENT)[BEFORE:])


def test_another_key_opens_nothing() -> None:
    with pytest.raises(MadoguchiError, match="chunk 0"):
        opened(written(CONTENT), key=bytes(32))


@pytest.mark.parametrize("raw", [b"", b"PGDMP", b"madoguchi backup 1\n", b"madoguchi backup 1\n\xff\xff\xff\xff"])
def test_something_else_is_no_backup(raw: bytes) -> None:
    with pytest.raises(MadoguchiError, match=r"backup\.damaged"):
        opened(raw)


def test_only_the_last_chunk_may_be_short() -> None:
    with pytest.raises(ValueError, match="only the last"):
        Encryptor(HEADER, key=KEY).chunk(b"short", last=False)
    with pytest.raises(ValueError, match="only the last"):
        Encryptor(HEADER, key=KEY).chunk(bytes(CHUNK + 1), last=True)

"""The ward's backup key pair (private half offline), and how the key of one backup is sealed to it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import mlkem, x25519

from madoguchi.backup.problems import DAMAGED, FILE
from madoguchi.errors import MadoguchiError
from madoguchi.seal import SealingKey, seal_key, sealing_key_id
from madoguchi.wire.codec import encode_plain

PRIVATE_FILE: Final = "backup-private.key"
PUBLIC_FILE: Final = "backup-public.key"
PUBLIC_OCTETS: Final = 1216


def make_pair(directory: Path) -> bytes:
    """Write a fresh pair into `directory`; its 16-octet id. Never overwrites. Raises `backup.file`."""
    seed = (
        mlkem.MLKEM768PrivateKey.generate().private_bytes_raw() + x25519.X25519PrivateKey.generate().private_bytes_raw()
    )
    public = SealingKey.from_seed(seed).public
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_new(directory / PRIVATE_FILE, seed)
    write_new(directory / PUBLIC_FILE, public)
    return sealing_key_id(public)


def read_private(path: Path) -> SealingKey:
    """The private half. Raises `backup.file`."""
    try:
        return SealingKey.from_seed(path.read_bytes())
    except (OSError, ValueError) as error:
        raise FILE.error(f"{path.name}: {type(error).__name__}") from None


def read_public(path: Path) -> bytes:
    """The public half. Raises `backup.file`."""
    try:
        public = path.read_bytes()
    except OSError as error:
        raise FILE.error(f"{path.name}: {error.strerror}") from None
    if len(public) != PUBLIC_OCTETS:
        raise FILE.error(f"{path.name}: {len(public)} octets, not {PUBLIC_OCTETS}")
    return public


def wrap(key: bytes, *, recipient: bytes, header_digest: bytes) -> bytes:
    """Seal the key of the backup with this header."""
    return seal_key(key, receiver=recipient, info=_info(header_digest))


def unwrap(sealed: bytes, *, private: SealingKey, header_digest: bytes) -> bytes:
    """Open it. Raises `backup.damaged` for another pair, another header or altered octets."""
    try:
        return private.open_key(sealed, info=_info(header_digest))
    except MadoguchiError:
        raise DAMAGED.error("the sealed key does not open with this private key") from None


def write_new(path: Path, content: bytes) -> None:
    """Write a file that must not exist, readable for its owner alone, and see it on the disk. Raises `backup.file`."""
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123  a descriptor
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        sync_directory(path.parent)
    except OSError as error:
        raise FILE.error(f"{path}: {error.strerror}") from None


def sync_directory(directory: Path) -> None:
    """A new name is durable only with its directory (fsync(2))."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _info(header_digest: bytes) -> bytes:
    return encode_plain(["madoguchi backup key", 1, header_digest])

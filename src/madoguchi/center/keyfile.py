"""Symmetric keys in files: 32 random octets, shared by the replicas and by nobody else."""

from __future__ import annotations

from pathlib import Path

from madoguchi.center.problems import KEY_FILE

KEY_OCTETS = 32


def load_key(path: Path) -> bytes:
    """Read a key of exactly 32 octets. Raises `center.key_file`; the cause names the file, never its content."""
    try:
        key = path.read_bytes()
    except OSError as error:
        raise KEY_FILE.error(f"{path.name}: {error.strerror}") from error
    if len(key) != KEY_OCTETS:
        raise KEY_FILE.error(f"{path.name} has {len(key)} octets")
    return key

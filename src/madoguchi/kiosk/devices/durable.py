"""Files of drivers that must survive a power cut."""

from __future__ import annotations

import os
from pathlib import Path


def write_durably(path: Path, octets: bytes) -> None:
    """The old file, or the new one whole; on disk, its directory too, when this returns. Raises OSError."""
    fresh = path.with_suffix(".new")
    with fresh.open("wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)

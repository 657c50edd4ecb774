"""A printer's spool directory, where this machine can reach it: emptied, and seen empty (invariants 1 and 5)."""

from __future__ import annotations

from pathlib import Path


class Spool:
    """A directory that belongs to the printer's queue alone: every file in it is taken away."""

    def __init__(self, directory: Path | None) -> None:
        """None: it cannot be reached from here, and nothing is claimed about it."""
        self._directory = directory

    def files(self) -> int:
        """How many files lie there. Raises OSError when it cannot be looked at."""
        return 0 if self._directory is None else sum(1 for _ in self._directory.iterdir())

    def erase(self) -> None:
        """Take every file away; links are taken away and not followed. Raises OSError."""
        if self._directory is None:
            return
        for path in list(self._directory.iterdir()):
            if path.is_dir() and not path.is_symlink():
                continue  # not a job's: it is counted by `files`, and so keeps the kiosk from serving
            path.unlink(missing_ok=True)

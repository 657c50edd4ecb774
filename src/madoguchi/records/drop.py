"""A package on disk: a directory `NAME/` with `manifest.cose` and the CSV files, in a directory that is watched.

It appears whole or not at all: it is written aside under a name that begins with a dot, forced to the disk, and
renamed. Whoever watches looks at no name with a dot, and at none that has a report beside it: `NAME.refused.txt` says
why it was not taken, and stands until someone has read it. What is applied is deleted, for it is personal data.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from madoguchi.records.problems import DROP_NAME, MISSING_FILE, UNKNOWN_FILE, Fault, RecordsRefusedError

MANIFEST_FILE = "manifest.cose"
_REPORT = ".refused.txt"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_MOST_MANIFEST_OCTETS = 1 << 20
_SHUT_DIRECTORY, _SHUT_FILE = 0o700, 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """A package that lies in a drop directory."""

    path: Path
    manifest: bytes
    files: Mapping[str, Path]


def package_name(sequence: int) -> str:
    """The name of a package: packages are taken in the order of their names, so this is the order of the sequence."""
    return f"package-{sequence:012}"


def write_dropped(directory: Path, *, name: str, manifest: bytes, files: Mapping[str, bytes]) -> Path:
    """Write a package so that it is there whole, and for good, or not at all. The same name again replaces nothing.

    Raises `records.drop_name` for a name that would not be looked at, `OSError` when the disk does not take it.
    """
    if _NAME.fullmatch(name) is None:
        raise DROP_NAME.error()
    whole = directory / name
    if whole.exists():
        return whole
    aside = directory / f".{name}.{secrets.token_hex(8)}"
    aside.mkdir(mode=_SHUT_DIRECTORY)
    try:
        for file, octets in {MANIFEST_FILE: manifest, **files}.items():
            _write(aside / file, octets)
        _to_disk(aside)
        aside.rename(whole)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    _to_disk(directory)
    return whole


def waiting(directory: Path) -> list[Path]:
    """The packages to be looked at, in their order."""
    found = [
        path
        for path in directory.iterdir()
        if _NAME.fullmatch(path.name) is not None and path.is_dir() and not path.is_symlink()
    ]
    return sorted(path for path in found if not _report_of(path).exists())


def open_dropped(path: Path) -> Dropped:
    """Say what lies there; nothing of the files is read. Raises `RecordsRefusedError` for what is no package."""
    entries = {each.name: each for each in path.iterdir()}
    for entry in entries.values():
        if entry.is_symlink() or not entry.is_file():
            raise RecordsRefusedError((Fault(file="*", line=0, column="", problem=UNKNOWN_FILE),))
    manifest = entries.pop(MANIFEST_FILE, None)
    if manifest is None or manifest.stat().st_size > _MOST_MANIFEST_OCTETS:
        raise RecordsRefusedError((Fault(file=MANIFEST_FILE, line=0, column="", problem=MISSING_FILE),))
    return Dropped(path=path, manifest=manifest.read_bytes(), files=entries)


def delete_dropped(path: Path) -> None:
    """Delete a package that is in force; after a crash half way it is no package any more."""
    gone = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    path.rename(gone)
    shutil.rmtree(gone)
    _to_disk(path.parent)


def write_report(path: Path, lines: Iterable[str]) -> Path:
    """Say beside a package why it was not taken. It is not looked at while the report is there."""
    report = _report_of(path)
    aside = report.with_name(f".{report.name}.{secrets.token_hex(8)}")
    _write(aside, "".join(f"{line}\n" for line in lines).encode())
    aside.rename(report)
    _to_disk(path.parent)
    return report


def reports(directory: Path) -> list[Path]:
    """The reports that stand there."""
    return sorted(directory.glob(f"[!.]*{_REPORT}"))


def _report_of(path: Path) -> Path:
    return path.with_name(path.name + _REPORT)


def _write(path: Path, octets: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _SHUT_FILE), "wb") as out:
        out.write(octets)
        out.flush()
        os.fsync(out.fileno())


def _to_disk(directory: Path) -> None:
    """A directory's entries are on the disk when this returns."""
    opened = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)

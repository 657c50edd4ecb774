"""The tar file: the same bytes from the same content, and nothing taken out of it that is not vouched for.

SHA256SUMS and its signature come first, so that one pass over the file checks everything that follows.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from madoguchi.bundle.problems import NOT_TAKEN
from madoguchi.bundle.sealing import SIGNATURE, SUMS, check, read_sums, sign, sums_text

_MODES: Final = (0o644, 0o755)
_PIECE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A bundle that is what its signer vouched for."""

    name: str
    """The one directory that unpacking makes."""
    files: int


def write_archive(tree: Path, out: Path, *, key: Path, at: int) -> int:
    """Sign and pack the directory `tree` under its own name, everything dated `at` (Unix seconds). How many files."""
    names = sorted(path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file())
    sums = sums_text({name: _digest(tree / name) for name in names})
    first = {SUMS: sums, SIGNATURE: sign(sums, key=key)}
    with tarfile.open(out, "x", format=tarfile.PAX_FORMAT) as archive:
        for name, content in first.items():
            archive.addfile(_member(f"{tree.name}/{name}", size=len(content), mode=0o644, at=at), io.BytesIO(content))
        for name in names:
            path = tree / name
            mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            with path.open("rb") as file:
                archive.addfile(_member(f"{tree.name}/{name}", size=path.stat().st_size, mode=mode, at=at), file)
    return len(names)


def check_archive(file: Path, *, key: Path) -> Checked:
    """Check signature and every file, without unpacking. Raises `bundle.not_taken` naming the first that is wrong."""
    try:
        with tarfile.open(file, "r|") as archive:
            members = _contents(archive)
            top, sums = _next(members, SUMS)
            _, signature = _next(members, SIGNATURE, top=top)
            check(sums, signature, key=key)
            expected = read_sums(sums)
            for member, digest in ((each, _digest_of(source)) for each, source in members):
                name = _inside(member.name, top=top)
                if expected.pop(name, None) != digest:
                    raise NOT_TAKEN.error(name)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise NOT_TAKEN.error(f"{file.name}: {type(error).__name__}") from None
    if expected:
        raise NOT_TAKEN.error(f"{min(expected)} is missing")
    return Checked(name=top, files=len(read_sums(sums)))


def _contents(archive: tarfile.TarFile) -> Iterator[tuple[tarfile.TarInfo, io.BufferedReader]]:
    """Plain files alone: a link or a device could lead out of the directory."""
    for member in archive:
        content = archive.extractfile(member) if member.isreg() else None
        if content is None or member.mode not in _MODES:
            raise NOT_TAKEN.error(f"{member.name} is no plain file")
        yield member, content  # type: ignore[misc]  # a stream's reader


def _next(
    members: Iterator[tuple[tarfile.TarInfo, io.BufferedReader]], wanted: str, *, top: str | None = None
) -> tuple[str, bytes]:
    member, content = next(members, (None, None))
    if member is None or content is None:
        raise NOT_TAKEN.error(f"{wanted} is missing")
    here = member.name.split("/")[0]
    if member.name != f"{top or here}/{wanted}" or here in {"", ".", ".."}:
        raise NOT_TAKEN.error(f"{wanted} must come first")
    return here, content.read()


def _inside(name: str, *, top: str) -> str:
    parts = PurePosixPath(name).parts
    if parts[0] != top or ".." in parts or len(parts) == 1:
        raise NOT_TAKEN.error(f"{name} leads out of {top}")
    return name.removeprefix(f"{top}/")


def _member(name: str, *, size: int, mode: int, at: int) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.size, made.mode, made.mtime = size, mode, at
    return made


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest_of(source: io.BufferedReader) -> str:
    made = hashlib.sha256()
    while piece := source.read(_PIECE):
        made.update(piece)
    return made.hexdigest()

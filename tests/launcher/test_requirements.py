"""What is installed is pinned by hash, and no file says from where."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REQUIREMENTS = Path(__file__).parents[2] / "requirements"
COMPILED = sorted(REQUIREMENTS.glob("*.txt"))
PINNED = re.compile(r"^[a-z0-9][a-z0-9._-]*==[^\s\\]+( ; [^\\]+)? \\$")


def logical(file: Path) -> list[str]:
    return [line for line in file.read_text().splitlines() if line and not line.lstrip().startswith("#")]


@pytest.mark.parametrize("file", COMPILED, ids=lambda file: str(file.name))
def test_every_requirement_is_pinned_and_hashed(file: Path) -> None:
    lines = logical(file)
    assert lines
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith(" "):
            assert re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line)
        else:
            assert PINNED.match(line), line
            assert following.startswith("    --hash=sha256:"), line


@pytest.mark.parametrize("file", COMPILED, ids=lambda file: str(file.name))
def test_no_registry_and_no_place_is_named(file: Path) -> None:
    for line in logical(file):
        assert "://" not in line
        assert not re.search(r"index|find-links|trusted-host|^-|\s/", line.replace("--hash=", ""))


@pytest.mark.parametrize(
    ("first", "name"),
    [
        ("run", "test"),
        ("run", "bench"),
        ("test", "bench"),
        ("run", "token"),
        ("run", "reader"),
        ("test", "reader-build"),
    ],
)
def test_files_installed_into_one_environment_agree(first: str, name: str) -> None:
    one, other = (dict(pins(REQUIREMENTS / f"{each}.txt")) for each in (first, name))
    assert {package: one[package] for package in one.keys() & other.keys()} == {
        package: other[package] for package in one.keys() & other.keys()
    }


@pytest.mark.parametrize("name", ["run", "test", "bench", "cairo", "token", "reader-build", "reader"])
def test_everything_asked_for_is_pinned(name: str) -> None:
    asked = {
        re.sub(r"\[.*|[<>=!~;].*", "", line).strip().lower()
        for line in (REQUIREMENTS / f"{name}.in").read_text().splitlines()
        if line and not line.startswith(("#", "-"))
    }
    assert asked <= dict(pins(REQUIREMENTS / f"{name}.txt")).keys()


def pins(file: Path) -> list[tuple[str, str]]:
    found = [line.split(" ")[0].partition("==") for line in logical(file) if not line.startswith(" ")]
    return [(name, version) for name, _, version in found]

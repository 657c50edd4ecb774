"""The container file, read as a builder reads it: what it copies exists, what it installs is pinned, nobody is root."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILE = ROOT / "packaging" / "container" / "Containerfile"


@dataclass(slots=True)
class Stage:
    """One FROM and what follows it."""

    base: str
    name: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def all(self, word: str) -> list[str]:
        return [rest for each, rest in self.steps if each == word]


def stages() -> list[Stage]:
    text = re.sub(r"(?m)^\s*#.*\n", "", FILE.read_text(encoding="utf-8")).replace("\\\n", " ")
    found: list[Stage] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            base, name = re.fullmatch(r"(\S+) AS (\w+)", rest).groups()  # type: ignore[union-attr]
            found.append(Stage(base, name))
        elif found:
            found[-1].steps.append((word, rest.strip()))
        else:
            assert word == "ARG", line
    return found


def test_two_stages_and_nothing_is_fetched_but_packages() -> None:
    wheels, program = stages()
    assert (wheels.name, program.name) == ("wheels", "program")
    assert {word for stage in (wheels, program) for word, _ in stage.steps} <= {
        "RUN", "COPY", "ENV", "USER", "VOLUME", "STOPSIGNAL", "ENTRYPOINT", "CMD"
    }  # fmt: skip
    for run in (*wheels.all("RUN"), *program.all("RUN")):
        assert not re.search(r"curl|wget|git clone|http", run), run


def test_what_is_copied_exists() -> None:
    names = {stage.name for stage in stages()}
    for stage in stages():
        for copied in stage.all("COPY"):
            *sources, _target = copied.split()
            if sources[0].startswith("--from="):
                assert sources[0].removeprefix("--from=") in names
                continue
            for source in sources:
                assert (ROOT / source).exists(), source


def test_wheels_are_installed_by_hash_and_never_built() -> None:
    (wheels, program) = stages()
    installs = [part for run in wheels.all("RUN") for part in run.split("&&") if "pip install" in part]
    assert len(installs) == 2
    for part in installs:
        assert "--require-hashes" in part
        assert "--only-binary=:all:" in part
    assert not any("pip" in run for run in program.all("RUN"))


def test_nobody_is_root_and_the_root_can_be_read_only() -> None:
    program = stages()[-1]
    assert program.all("USER") == ["10001:10001"]
    order = [word for word, _ in program.steps]
    assert "RUN" not in order[order.index("USER") :], "nothing is written after the user has changed"
    assert json.loads(program.all("VOLUME")[0]) == ["/var/lib/madoguchi"]
    assert "PYTHONDONTWRITEBYTECODE=1" in program.all("ENV")[0]


def test_the_entry_is_the_command_line_of_the_program() -> None:
    entry = json.loads(stages()[-1].all("ENTRYPOINT")[0])
    assert entry[1:] == ["-m", "madoguchi.cli"]
    assert (ROOT / "src" / "madoguchi" / "cli" / "__main__.py").exists()

"""`./madoguchi test`: everything that must be true before a change is taken."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[3]
WORKERS = 2
"""pytest processes: the machine that CI promises has two cores."""
NO_TESTS_COLLECTED = 5
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OPENCV_FOR_THREADS_NUM": "1"}
"""Each worker has a core: more threads of NumPy and OpenCV would only wait for each other, busily."""


@dataclass(frozen=True, slots=True)
class _Step:
    name: str
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Result:
    name: str
    code: int
    seconds: float


@click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@click.option("--long", "long_too", is_flag=True, help="Also the endurance, fuzz and ten-thousand-fold runs.")
@click.option("--only-pytest", is_flag=True, help="Leave lint, types and import contracts out.")
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def command(pytest_arguments: tuple[str, ...], *, long_too: bool, only_pytest: bool) -> int:
    """Lint, types, import contracts, then pytest on two workers; further arguments go to pytest."""
    checks = () if only_pytest else _checks()
    results = [_run(step) for step in (*checks, _pytest(pytest_arguments, long_too=long_too))]
    click.echo()
    for result in results:
        click.echo(f"{'ok  ' if result.code == 0 else 'FAIL'} {result.seconds:7.1f} s  {result.name}")
    return 0 if all(result.code == 0 for result in results) else 1


def _checks() -> tuple[_Step, ...]:
    return (
        _Step("ruff check", _module("ruff", "check", "src", "tests")),
        _Step("ruff format", _module("ruff", "format", "--check", "src", "tests")),
        _Step("mypy", _module("mypy")),
        _Step("import contracts", (str(_beside_python("lint-imports")),)),
    )


def _pytest(arguments: tuple[str, ...], *, long_too: bool) -> _Step:
    workers = (
        ()
        if any(argument.startswith(("-n", "--numprocesses")) for argument in arguments)
        else ("-n", f"{WORKERS}", "--dist", "loadgroup", "--no-loadscope-reorder", "--max-worker-restart", "0")
    )
    marked = ("-m", "", "-o", "faulthandler_timeout=0") if long_too else ()
    return _Step("pytest", _module("pytest", "-q", "-rfEs", *workers, *marked, *arguments))


def _module(name: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", name, *arguments)


def _beside_python(program: str) -> Path:
    """A program of the same environment; `resolve` would leave it through the link to the system's Python."""
    return Path(sys.executable).parent / program


def _run(step: _Step) -> _Result:
    click.echo(f"── {step.name}")
    began = time.monotonic()
    environment = {**_ONE_THREAD, **os.environ, "PYTHONPATH": str(ROOT / "src")}
    finished = subprocess.run(step.command, cwd=ROOT, env=environment, check=False)
    return _Result(step.name, finished.returncode, time.monotonic() - began)

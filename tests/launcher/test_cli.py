"""The command line: what it lists, what it imports, and exit codes that mean something."""

from __future__ import annotations

import json
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from madoguchi import cli
from madoguchi.cli import test as test_command
from madoguchi.cli.contract import DOCUMENTS, contracts
from madoguchi.errors import MadoguchiError
from madoguchi.runtime.endpoint import MONITORS
from madoguchi.runtime.openapi import write_openapi
from madoguchi.runtime.problems import STRANGER

PROCESSES = [*cli.PARTIES, "intake"]
"""What a peer may be: every party, and the second process of the issuing server."""


@pytest.fixture
def party(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    """`tax fail` raises what a test wants."""
    raised: list[Exception] = []
    module = types.ModuleType("madoguchi.tax.command")

    @click.group()
    def group() -> None: ...

    @group.command()
    def fail() -> None:
        raise raised[0]

    module.__dict__["group"] = group
    monkeypatch.setitem(sys.modules, "madoguchi.tax.command", module)

    return raised.append


def test_help_lists_everything_and_imports_nothing() -> None:
    script = "import sys; from madoguchi.cli import main; main(['--help']); print(sorted(sys.modules), file=sys.stderr)"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    for name in ("demo", "test", "bench", "demo-data", "config", "pki", *cli.PARTIES):
        assert f"\n  {name} " in result.stdout
    for heavy in ("starlette", "aiohttp", "psycopg", "madoguchi.tax", "madoguchi.demo"):
        assert f"'{heavy}'" not in result.stderr


@pytest.mark.parametrize("name", list(cli._COMMANDS))
def test_every_command_exists_and_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([name, "--help"]) == cli.OK
    assert "Usage: madoguchi" in capsys.readouterr().out


@pytest.mark.parametrize("party_name", list(cli.PARTIES))
def test_every_party_serves_a_configuration(party_name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([party_name, "serve", "--config", "/nowhere.toml"]) == cli.PROBLEM
    assert "[runtime.config] /nowhere.toml: No such file" in capsys.readouterr().err


def test_a_problem_is_said_in_plain_words(
    party: Callable[[Exception], None], capsys: pytest.CaptureFixture[str]
) -> None:
    party(STRANGER.error("name is odd"))
    assert cli.main(["tax", "fail"]) == cli.PROBLEM
    assert capsys.readouterr().err.splitlines() == [
        STRANGER.clerk.ja,
        STRANGER.clerk.en,
        "[runtime.stranger] name is odd",
    ]


def test_an_unexpected_exception_shows_its_place_and_not_its_words(
    party: Callable[[Exception], None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(cli.TRACEBACK, raising=False)
    party(RuntimeError("新宿太郎"))
    assert cli.main(["tax", "fail"]) == cli.PROBLEM
    shown = capsys.readouterr().err
    assert "RuntimeError" in shown
    assert "in fail" in shown
    assert "新宿" not in shown
    monkeypatch.setenv(cli.TRACEBACK, "1")
    with pytest.raises(RuntimeError, match="新宿太郎"):
        cli.main(["tax", "fail"])


@pytest.mark.parametrize("arguments", [["nothing"], ["tax", "nothing"], ["--nothing"], ["config", "check"]])
def test_wrong_usage_is_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(arguments) == cli.USAGE
    assert "Usage:" in capsys.readouterr().err


def test_interrupted_is_130(party: Callable[[Exception], None]) -> None:
    party(click.Abort())
    assert cli.main(["tax", "fail"]) == cli.INTERRUPTED


@pytest.mark.parametrize("text", ["", 'party = "bank"', "party = ["])
def test_config_check_names_file_and_key(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "party.toml"
    file.write_text(text)
    assert cli.main(["config", "check", str(file)]) == cli.PROBLEM
    assert str(file) in capsys.readouterr().err


def test_config_check_finds_every_partys_own_type(tmp_path: Path) -> None:
    from madoguchi.cli.config import config_type_of
    from madoguchi.runtime.config import PartyConfig

    for name in PROCESSES:
        file = tmp_path / f"{name}.toml"
        file.write_text(f'party = "{name}"\n')
        assert issubclass(config_type_of(file), PartyConfig)


@pytest.mark.parametrize("name", PROCESSES)
def test_the_documented_contract_is_the_served_one(name: str, tmp_path: Path) -> None:
    """When this fails: `./madoguchi contract`, and read the difference."""
    write_openapi(contracts()[name], name, tmp_path / "now.json")
    assert json.loads((DOCUMENTS / f"{name}.json").read_text()) == json.loads((tmp_path / "now.json").read_text())


@pytest.mark.parametrize("name", PROCESSES)
def test_every_route_names_who_may_call(name: str) -> None:
    house = {"/health", "/ready", "/metrics", "/openapi.json"}
    for endpoint in contracts()[name]:
        assert endpoint.callers
        if endpoint.path == "/metrics":
            assert endpoint.callers == MONITORS
        else:
            assert endpoint.callers == {"*"} if endpoint.path in house else endpoint.callers <= set(PROCESSES)
        assert endpoint.summary


def test_the_test_command_runs_checks_then_pytest_and_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[str, ...]] = []

    def run(step: test_command._Step) -> test_command._Result:
        ran.append(step.command)
        return test_command._Result(step.name, 0 if step.name != "mypy" else 1, 0.1)

    monkeypatch.setattr(test_command, "_run", run)
    assert cli.main(["test", "--long", "tests/runtime", "-k", "lock"]) == 1
    assert [Path(command[0]).name if len(command) == 1 else command[2] for command in ran] == [
        "ruff",
        "ruff",
        "mypy",
        "lint-imports",
        "pytest",
    ]
    assert ran[-1][3:] == (
        "-q",
        "-rfEs",
        "-n",
        "2",
        "--dist",
        "loadgroup",
        "--no-loadscope-reorder",
        "--max-worker-restart",
        "0",
        "-m",
        "",
        "-o",
        "faulthandler_timeout=0",
        "tests/runtime",
        "-k",
        "lock",
    )


def test_errors_of_the_catalogue_are_not_hidden_by_click() -> None:
    assert not issubclass(MadoguchiError, click.ClickException)

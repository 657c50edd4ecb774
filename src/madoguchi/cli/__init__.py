"""The command line: one program for every party, and for demo, tests and measurements.

Sub-commands live in their own rooms (`madoguchi.<party>.command:group`) and are imported only when they are used.

Exit codes: 0 well; 1 a problem of the catalogue, said in plain words; 2 wrong usage; 130 interrupted.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass

import click

from madoguchi import __version__
from madoguchi.errors import MadoguchiError

OK, PROBLEM, USAGE, INTERRUPTED = 0, 1, 2, 130
TRACEBACK = "MADOGUCHI_TRACEBACK"
"""Environment variable for developers: show unexpected exceptions in full."""


@dataclass(frozen=True, slots=True)
class _Lazy:
    module: str
    attribute: str
    summary: str


PARTIES = {
    "tax": "税務システム: the ward's tax system",
    "jukinet": "住基ネットCS: the ward's residents-registry server",
    "jpki": "公的個人認証サービス: CA, OCSP and CRL of the cards",
    "issuer": "証明書自動交付システム: the ward's issuing server",
    "center": "証明書交付センター: the national center",
    "ec": "ECセンター: a store operator's relay",
    "kiosk": "キオスク端末: the machine in the store",
    "verify": "for whoever receives the paper",
    "oversight": "the ward's desk over all of it",
}
_COMMANDS = {
    "demo": _Lazy("madoguchi.demo.command", "command", "The whole chain on this machine, from the card to the paper"),
    "rehearse": _Lazy(
        "madoguchi.demo.rehearsal", "command", "Take one paper from a ward's own issuing server, with a test card"
    ),
    "test": _Lazy("madoguchi.cli.test", "command", "Lint, types, import contracts and tests"),
    "bench": _Lazy("madoguchi.bench.command", "group", "Measure the chain"),
    "demo-data": _Lazy("madoguchi.dummy.command", "demo_data", "Make the records of a ward that does not exist"),
    "bundle": _Lazy("madoguchi.bundle.command", "group", "Everything for a machine without internet, in one file"),
    "certificate": _Lazy(
        "madoguchi.cli.certificate.command", "group", "Preview a certificate, check layouts and residents' names"
    ),
    "config": _Lazy("madoguchi.cli.config", "group", "Check configuration files"),
    "contract": _Lazy("madoguchi.cli.contract", "command", "Write the OpenAPI document of every party"),
    "network": _Lazy("madoguchi.deployment.network.command", "group", "Make each machine's firewall from the topology"),
    "paper": _Lazy("madoguchi.cli.paper", "group", "Fit the marks on the paper to a model of printer"),
    "pki": _Lazy("madoguchi.deployment.command", "pki", "Make the keys and the trust list of a deployment"),
    **{name: _Lazy(f"madoguchi.{name}.command", "group", summary) for name, summary in PARTIES.items()},
    "kiosk": _Lazy("madoguchi.cli.kiosk", "group", PARTIES["kiosk"]),
}


class _Commands(click.Group):
    """Looks a sub-command up when it is called, and lists all of them without importing any."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        lazy = _COMMANDS.get(cmd_name)
        if lazy is None:
            return None
        command: click.Command = getattr(importlib.import_module(lazy.module), lazy.attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        around = [(name, lazy.summary) for name, lazy in _COMMANDS.items() if name not in PARTIES]
        with formatter.section("Commands"):
            formatter.write_dl(around)
        with formatter.section("Parties (each: serve --config FILE)"):
            formatter.write_dl(list(PARTIES.items()))


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="madoguchi")
def program() -> None:
    """窓口: official tax certificates from a convenience-store kiosk, as one open chain of parties."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    try:
        result = program.main(args=arguments, prog_name="madoguchi", standalone_mode=False)
    except click.ClickException as problem:
        problem.show()
        return USAGE if isinstance(problem, click.UsageError) else PROBLEM
    except MadoguchiError as error:
        _tell(error)
        return PROBLEM
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        _tell_unexpected(error)
        return PROBLEM
    return result if isinstance(result, int) else OK


def _tell(error: MadoguchiError) -> None:
    """The clerk's text in both languages, then the code and the cause for whoever repairs it."""
    problem = error.problem
    click.echo(f"{problem.clerk.ja}\n{problem.clerk.en}", err=True)
    click.echo(f"[{problem.code}] {error.cause or problem.engineer}", err=True)


def _tell_unexpected(error: Exception) -> None:
    """Where it happened, without the message of the exception, which may quote a resident's record."""
    from madoguchi.runtime.problems import INTERNAL

    _tell(INTERNAL.error(f"{type(error).__name__}; {TRACEBACK}=1 shows the message, which may hold personal data"))
    for frame in traceback.extract_tb(error.__traceback__):
        click.echo(f"  {frame.filename}:{frame.lineno} in {frame.name}", err=True)


def entry() -> None:
    """The `madoguchi` script of the installed package."""
    sys.exit(main())

"""`./madoguchi issuer …`. Each sub-command is imported when it is used: an intake never loads the composer."""

from __future__ import annotations

import importlib
from typing import Final

import click

_COMMANDS: Final = {
    "serve": ("madoguchi.issuer.serve_command", "serve"),
    "intake": ("madoguchi.issuer.intake.command", "intake"),
    "keys": ("madoguchi.issuer.intake.keys_command", "keys"),
    "retention": ("madoguchi.issuer.intake.retention_command", "retention"),
    "init": ("madoguchi.issuer.init_command", "init_command"),
    "init-intake": ("madoguchi.issuer.init_intake_command", "init_intake_command"),
    "check": ("madoguchi.issuer.operating_command", "check"),
    "status": ("madoguchi.issuer.operating_command", "status"),
    "topology": ("madoguchi.issuer.operating_command", "topology"),
    "migrate": ("madoguchi.issuer.operating_command", "migrate"),
    "backup": ("madoguchi.issuer.operating_command", "backup"),
    "restore": ("madoguchi.issuer.operating_command", "restore"),
    "rules": ("madoguchi.issuer.desk_command", "rules"),
    "explain": ("madoguchi.issuer.desk_command", "explain_command"),
    "paper": ("madoguchi.issuer.paper_command", "group"),
    "offer": ("madoguchi.issuer.offer_command", "group"),
    "clear-alarm": ("madoguchi.issuer.stop_command", "clear_alarm"),
    "suspend": ("madoguchi.issuer.stop_command", "suspend"),
    "resume": ("madoguchi.issuer.stop_command", "resume"),
    "stops": ("madoguchi.issuer.stop_command", "stops"),
}
"""Name to module and attribute."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, attribute = _COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


@click.command(cls=_Commands)
def group() -> None:
    """証明書自動交付システム: the ward's issuing server."""

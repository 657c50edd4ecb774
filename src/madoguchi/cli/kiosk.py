"""`./madoguchi kiosk …`: the party's own commands, and `record`, which plays the whole demo to film one of its kiosks.

Here because no party knows the demo; a kiosk in a store never loads it.
"""

from __future__ import annotations

from typing import Final

import click

from madoguchi.kiosk.command import group as party

_RECORD: Final = "record"


class _WithRecording(click.Group):
    """Looks `record` up when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), _RECORD]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name != _RECORD:
            return super().get_command(ctx, cmd_name)
        from madoguchi.demo.recording import command

        return command


group: Final = _WithRecording(name="kiosk", commands=party.commands, help=party.help)

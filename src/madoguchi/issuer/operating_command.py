"""`./madoguchi issuer check | status | topology | migrate | backup | restore`: what whoever runs the server needs."""

from __future__ import annotations

import getpass
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from madoguchi.backup.command import backup_group, restore_command
from madoguchi.issuer.checks import intake_checks, issuer_checks
from madoguchi.issuer.config import IssuerConfig
from madoguchi.issuer.intake.config import IntakeConfig
from madoguchi.issuer.status import intake_status, issuer_status
from madoguchi.issuer.stopping import Decision, suspend_ward
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.config import load_config
from madoguchi.runtime.database import Connection
from madoguchi.runtime.operating import Check, check_command, migrate_command, status_command
from madoguchi.runtime.status import ProgramStatus
from madoguchi.runtime.topology_command import topology_group


def _load(file: Path) -> IssuerConfig:
    return load_config(file, IssuerConfig)


def _load_either(file: Path) -> IssuerConfig | IntakeConfig:
    """An issuer's configuration or an intake's: each kind is compared with its own, in the same database."""
    with suppress(OSError, ValueError):  # `_load` says what is wrong with the file
        if tomllib.loads(file.read_text("utf-8")).get("party") == "intake":
            return load_config(file, IntakeConfig)
    return _load(file)


async def _suspend_restored(connection: Connection, at: datetime) -> None:
    """What happened after the backup is missing: nobody is served until a person has compared and resumes."""
    decision = Decision(by=getpass.getuser(), reason="restored from a backup")
    await suspend_ward(connection, decision, at=at)


def _checks_of(config: IssuerConfig | IntakeConfig) -> Sequence[Check]:
    if isinstance(config, IntakeConfig):
        return intake_checks(config, clock=SystemClock())
    return issuer_checks(config, clock=SystemClock())


async def _status_of(connection: Connection, config: IssuerConfig | IntakeConfig) -> ProgramStatus:
    if isinstance(config, IntakeConfig):
        return await intake_status(connection, config)
    return await issuer_status(connection, config)


check = check_command(_load_either, _checks_of)
status = status_command(_load_either, _status_of)
topology = topology_group(_load_either)
migrate = migrate_command("issuer", _load)
backup = backup_group("issuer")
restore = restore_command(
    "issuer",
    precaution=_suspend_restored,
    afterwards="The ward is suspended: compare with the desk's and the operators' counts, then `issuer resume`.",
)

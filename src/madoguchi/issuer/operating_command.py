"""`./madoguchi issuer check | status | topology | migrate | backup | restore`: what whoever runs the server needs."""

from __future__ import annotations

import getpass
from datetime import datetime
from pathlib import Path

from madoguchi.backup.command import backup_group, restore_command
from madoguchi.issuer.checks import issuer_checks
from madoguchi.issuer.config import IssuerConfig
from madoguchi.issuer.status import issuer_status
from madoguchi.issuer.stopping import Decision, suspend_ward
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.config import load_config
from madoguchi.runtime.database import Connection
from madoguchi.runtime.operating import check_command, migrate_command, status_command
from madoguchi.runtime.topology_command import topology_group


def _load(file: Path) -> IssuerConfig:
    return load_config(file, IssuerConfig)


async def _suspend_restored(connection: Connection, at: datetime) -> None:
    """What happened after the backup is missing: nobody is served until a person has compared and resumes."""
    decision = Decision(by=getpass.getuser(), reason="restored from a backup")
    await suspend_ward(connection, decision, at=at)


check = check_command(_load, lambda config: issuer_checks(config, clock=SystemClock()))
status = status_command(_load, issuer_status)
topology = topology_group(_load)
migrate = migrate_command("issuer", _load)
backup = backup_group("issuer")
restore = restore_command(
    "issuer",
    precaution=_suspend_restored,
    afterwards="The ward is suspended: compare with the desk's and the operators' counts, then `issuer resume`.",
)

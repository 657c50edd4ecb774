"""PostgreSQL's own clients, told by environment variables where to go: an argument would show the password in `ps`."""

from __future__ import annotations

import subprocess
from typing import Any

from psycopg import pq
from psycopg.conninfo import conninfo_to_dict

from madoguchi.backup.config import BackupConfig
from madoguchi.runtime.postgres_programs import client_program


def start(config: BackupConfig, name: str, *options: str, **pipes: Any) -> subprocess.Popen[bytes]:
    """Start `pg_dump` or `pg_restore` for the configured database. Its own words go nowhere: they may quote rows."""
    program, environment = client_program(name, directory=config.programs)
    for option in pq.Conninfo.parse(config.url.encode()):
        if option.val is not None and option.envvar is not None:
            environment[option.envvar.decode()] = option.val.decode()
    return subprocess.Popen([str(program), *options], env=environment, stderr=subprocess.DEVNULL, **pipes)


def database_name(config: BackupConfig) -> str:
    """Which database the URL names."""
    parts = conninfo_to_dict(config.url)
    return str(parts.get("dbname") or parts.get("user") or "")

"""A ward's two people, their media, and another server: for drills of backing up and restoring."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import tomli_w
from click.testing import CliRunner

from madoguchi.issuer.command import group
from madoguchi.runtime.provision import PartyDatabase
from tests.backup.house import digests


class Ward:
    """The ward's files and its two people at the command line."""

    def __init__(self, directory: Path, *, code: str) -> None:
        self.directory = directory
        self.code = code
        for store in ("safe-1", "safe-2"):
            (directory / store).mkdir()
        self.told("backup", "key", "--out", str(directory / "offline"))

    def told(self, *arguments: str) -> str:
        result = CliRunner().invoke(group, list(arguments), catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    def point_to(self, database: PartyDatabase) -> str:
        """Write the backup configuration for a database; the file."""
        plain = {
            "environment": "test",
            "party": "issuer",
            "code": self.code,
            "url": database.owner_url,
            "serving_role": urlsplit(database.url).path.lstrip("/"),
            "public_key": "offline/backup-public.key",
            "key_stores": ["safe-1", "safe-2"],
        }
        file = self.directory / "backup.toml"
        file.write_text(tomli_w.dumps(plain))
        return str(file)


def backed_up(ward: Ward, source: PartyDatabase, medium: Path) -> str:
    config = ward.point_to(source)
    approve = ("backup", "approve", "--config", config, "--by", "Sato", "--purpose", "drill")
    approval = ward.told(*approve, "--medium", "USB-1", "--copies", "1").strip()
    make = ("backup", "make", "--config", config, "--by", "Suzuki", "--approval", approval)
    made = ward.told(*make, "--copy", f"USB-1={medium}")
    assert "key kept, out: USB-1" in ward.told("backup", "list", "--config", config)
    return made


def restored_from(ward: Ward, target: PartyDatabase, medium: Path, digest: str) -> str:
    config = ward.point_to(target)
    key = ("--private-key", str(ward.directory / "offline" / "backup-private.key"))
    checked = ward.told("restore", "--config", config, *key, "--check", str(medium))
    assert f"of issuer {ward.code}" in checked
    assert digests(target.owner_url) == {}
    return ward.told("restore", "--config", config, *key, "--sha256", digest, str(medium))

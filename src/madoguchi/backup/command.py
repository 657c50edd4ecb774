"""`./madoguchi PARTY backup …` and `./madoguchi PARTY restore`, the same for every party with a database."""

from __future__ import annotations

import asyncio
import getpass
import resource
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from madoguchi.backup import ledger
from madoguchi.backup.config import BackupConfig, load_backup_config
from madoguchi.backup.keys import make_pair
from madoguchi.backup.keystore import KeyStores
from madoguchi.backup.ledger import ResultT, Work, in_database
from madoguchi.backup.making import data_keys_waiting, make_backup, settle_data_keys
from madoguchi.backup.restoring import Opened, Precaution, check_backup, restore_backup
from madoguchi.runtime.clock import SystemClock, epoch

_FILE = click.Path(path_type=Path, dir_okay=False)
_CONFIG = click.option("--config", "config_file", required=True, type=_FILE, help="The configuration of backups.")
_BY = click.option("--by", default=getpass.getuser, show_default="who is logged in", help="Whose decision it is.")
_ID_OCTETS, _DIGEST_OCTETS = 16, 32


class _Hex(click.ParamType[bytes]):
    """Octets as hexadecimal digits."""

    name = "hex"

    def __init__(self, octets: int) -> None:
        self._octets = octets

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bytes:
        try:
            read = value if isinstance(value, bytes) else bytes.fromhex(value)
        except ValueError:
            read = b""
        if len(read) != self._octets:
            self.fail(f"{2 * self._octets} hexadecimal digits are needed", param, ctx)
        return read


class _Words(click.ParamType[str]):
    """A name, label or purpose as it goes into evidence: some printable characters."""

    name = "text"

    def __init__(self, longest: int) -> None:
        self._longest = longest

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value).strip()
        if not (0 < len(text) <= self._longest and text.isprintable()) or "=" in text:
            self.fail(f"1 to {self._longest} printable characters without = are needed", param, ctx)
        return text


class _Copy(click.ParamType[tuple[str, Path]]):
    """A medium's label and the file on it."""

    name = "LABEL=FILE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Path]:
        label, _, file = str(value).partition("=")
        if not label or not file:
            self.fail("LABEL=FILE is needed", param, ctx)
        return label, Path(file)


def backup_group(party: str) -> click.Group:
    """The group `backup` of one party."""

    @click.group()
    def backup() -> None:
        """Encrypted backups of the database: approve, make, list, return, expire."""

    for make in (_key, _approve, _make, _list, _returned, _expire, _settle):
        backup.add_command(make(party))
    return backup


def _key(_party: str) -> click.Command:
    @click.command()
    @click.option("--out", "directory", required=True, type=click.Path(path_type=Path, file_okay=False))
    def key(directory: Path) -> None:
        """Make the pair to which backups are sealed. Do it where the private half will stay: offline."""
        click.echo(f"{make_pair(directory).hex()} in {directory}: only the public half goes to the serving machines")

    return key


def _approve(party: str) -> click.Command:
    @click.command()
    @_CONFIG
    @_BY
    @click.option("--purpose", required=True, type=_Words(100), help="What the backup is for; goes into evidence.")
    @click.option("--medium", "media", required=True, multiple=True, type=_Words(40), help="Label; once per copy.")
    @click.option("--copies", required=True, type=click.IntRange(1, 9), help="How many copies; one medium each.")
    def approve(*, config_file: Path, by: str, purpose: str, media: Sequence[str], copies: int) -> None:
        """Approve one backup within 24 hours. Whoever approves does not make it."""
        if len(set(media)) != copies:
            msg = f"{copies} copies need {copies} different media"
            raise click.UsageError(msg)
        at = SystemClock().now()
        approval = _do(config_file, party, lambda c: ledger.approve(c, by=by, purpose=purpose, media=media, at=at))
        click.echo(approval.hex())

    return approve


def _make(party: str) -> click.Command:
    @click.command()
    @_CONFIG
    @_BY
    @click.option("--approval", required=True, type=_Hex(_ID_OCTETS), help="As `approve` said it.")
    @click.option(
        "--copy", "places", required=True, multiple=True, type=_Copy(), help="LABEL=FILE per approved medium."
    )
    def make(*, config_file: Path, by: str, approval: bytes, places: Sequence[tuple[str, Path]]) -> None:
        """Write one backup to the approved media. Note what it says in the register of media."""
        if len(dict(places)) != len(places):
            msg = "every medium once"
            raise click.UsageError(msg)
        config = _load(config_file, party)
        made = make_backup(config, approval=approval, places=dict(places), by=by, clock=SystemClock())
        click.echo(f"backup {made.backup.hex()}")
        click.echo(f"{made.octets} octets on {', '.join(sorted(dict(places)))}, SHA-256 {made.digest.hex()}")

    return make


def _list(party: str) -> click.Command:
    @click.command("list")
    @_CONFIG
    def list_all(config_file: Path) -> None:
        """List every backup, the media that are out, and whether its key still exists."""
        for each in _do(config_file, party, ledger.listed):
            out = ", ".join(each.out) or "nothing"
            state = f"key destroyed {each.key_destroyed_at:%Y-%m-%d}" if each.key_destroyed_at else "key kept"
            click.echo(f"{each.backup.hex()} {each.at:%Y-%m-%dT%H:%MZ} by {each.made_by}, {state}, out: {out}")
        if waiting := data_keys_waiting(_load(config_file, party)):
            click.echo(f"{waiting} destroyed data keys still lie in the key stores: run `backup settle`")

    return list_all


def _returned(party: str) -> click.Command:
    @click.command()
    @_CONFIG
    @_BY
    @click.option("--medium", required=True, type=_Words(40))
    @click.argument("backup", type=_Hex(_ID_OCTETS))
    def returned(*, config_file: Path, by: str, medium: str, backup: bytes) -> None:
        """Record that a medium came back to the ward."""
        at = SystemClock().now()
        _do(config_file, party, lambda c: ledger.returned(c, backup, medium=medium, by=by, at=at))
        click.echo("returned")

    return returned


def _expire(party: str) -> click.Command:
    @click.command()
    @_CONFIG
    @_BY
    @click.option("--older-than", "days", type=click.IntRange(1), help="Every backup older than so many days.")
    @click.argument("backups", nargs=-1, type=_Hex(_ID_OCTETS))
    def expire(*, config_file: Path, by: str, days: int | None, backups: Sequence[bytes]) -> None:
        """Destroy the keys of BACKUPS in every key store. Nobody can open their files after that."""
        if (days is None) == (not backups):
            msg = "either --older-than or ids of backups"
            raise click.UsageError(msg)
        config, at = _load(config_file, party), SystemClock().now()
        stores = KeyStores(config.key_stores)
        chosen = backups if days is None else stores.older_than(epoch(at - timedelta(days=days)))
        for backup in chosen:
            _expire_one(config, stores, backup, by=by)
            click.echo(f"{backup.hex()}: key destroyed in {len(config.key_stores)} stores")

    return expire


def _settle(party: str) -> click.Command:
    @click.command()
    @_CONFIG
    @_BY
    def settle(*, config_file: Path, by: str) -> None:
        """Destroy in every key store the data keys that the database has destroyed. `make` does it too."""
        destroyed = settle_data_keys(_load(config_file, party), by=by, clock=SystemClock())
        click.echo(f"{destroyed} data keys destroyed in the key stores")

    return settle


def _expire_one(config: BackupConfig, stores: KeyStores, backup: bytes, *, by: str) -> None:
    """Destroyed first, recorded after: evidence never says that a key is gone that is there. Again is harmless."""
    count, at = stores.destroy(backup), SystemClock().now()
    asyncio.run(in_database(config, lambda c: ledger.expired(c, backup, stores=count, by=by, at=at)))


def restore_command(party: str, *, precaution: Precaution | None, afterwards: str) -> click.Command:
    """The command `restore` of one party; `afterwards` says what a person must do before it serves."""

    @click.command()
    @_CONFIG
    @click.option("--private-key", required=True, type=_FILE, help="The offline half; take it away again afterwards.")
    @click.option("--sha256", "digest", type=_Hex(_DIGEST_OCTETS), help="As the register of media has it.")
    @click.option("--check", is_flag=True, help="Only open the whole backup; write nothing, ask no database.")
    @click.argument("file", type=_FILE)
    def restore(*, config_file: Path, private_key: Path, digest: bytes | None, check: bool, file: Path) -> None:
        """Restore FILE into the empty database of the configuration."""
        config = _load(config_file, party)
        if check:
            click.echo(_said(check_backup(config, file, private_key=private_key)))
            return
        opened, put_back = restore_backup(
            config, file, private_key=private_key, digest=digest, clock=SystemClock(), precaution=precaution
        )
        click.echo(_said(opened))
        click.echo(f"restored; evidence after position {opened.header.evidence.position} is missing. {afterwards}")
        if put_back.left_out:
            click.echo(
                f"{put_back.left_out} data keys are wrapped by an earlier key-encryption key and were left out:"
                " rows that only they open stay shut"
            )

    return restore


def _said(opened: Opened) -> str:
    header = opened.header
    return (
        f"backup {header.backup.hex()} of {header.party} {header.code}, {opened.at:%Y-%m-%dT%H:%M:%SZ}: whole, "
        f"{opened.octets} octets, SHA-256 {opened.digest.hex()}"
    )


def _load(config_file: Path, party: str) -> BackupConfig:
    """The configuration; and no core file from here on, which would hold what the database holds."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return load_backup_config(config_file, party=party)


def _do(config_file: Path, party: str, work: Work[ResultT]) -> ResultT:
    return asyncio.run(in_database(_load(config_file, party), work))

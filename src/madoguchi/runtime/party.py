"""How every party's process begins: log, the refusal to run where it does not belong, and its lock."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from madoguchi.runtime import log
from madoguchi.runtime.config import Database, PartyConfig, TokenKeyPlace, TrustFiles, refuse_stranger
from madoguchi.runtime.lock import ProcessLock
from madoguchi.runtime.problems import CONFIG
from madoguchi.statement import FileKey, KeyInToken, PrivateKey, Signer, TokenKey
from madoguchi.statement.problems import TOKEN_PIN
from madoguchi.wire.identifiers import Environment


@contextmanager
def begin(config: PartyConfig, *, party: str) -> Iterator[ProcessLock | None]:
    """Configure the log, compare with what the deployment declares, hold the process lock while the block runs.

    Gives the lock, or None for a party without a state directory. Raises `runtime.stranger` or
    `runtime.already_running`.
    """
    strict = config.environment is not Environment.PRODUCTION
    log.configure(party=config.party, name=config.name, strict=strict, file=config.log_file, stream=sys.stderr)
    refuse_stranger(config, party=party)
    if config.state_dir is None:
        yield None
        return
    config.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ProcessLock(config.state_dir, name=config.name) as lock:
        yield lock


def signer(config: PartyConfig, *, code: str, key: str = "default") -> Signer:
    """The signer of this replica, speaking for `code` (a ward, an operator or the center).

    Raises `statement.token_*` for a key in a token that cannot sign now.
    """
    return Signer(
        key=_private_key(config, key),
        party=config.party,
        code=code,
        name=config.name,
        environment=config.environment,
    )


def _private_key(config: PartyConfig, role: str) -> PrivateKey:
    place = config.token_keys.get(role)
    if place is None:
        return FileKey.load(config.signing_keys[role])
    return TokenKey(
        KeyInToken(
            module=place.module,
            token=place.token,
            label=place.label,
            id=None if place.id is None else bytes.fromhex(place.id),
            pin=_pin(place),
        )
    )


def _pin(place: TokenKeyPlace) -> str:
    """The PIN from its file or variable. Raises `statement.token_pin`; the cause never holds it."""
    if place.pin_file is None:
        pin = os.environ.get(place.pin_variable or "", "")
        if not pin:
            raise TOKEN_PIN.error(f"the environment variable {place.pin_variable} is missing or empty")
        return pin
    try:
        if stat.S_IMODE(place.pin_file.stat().st_mode) & 0o077:
            raise TOKEN_PIN.error(f"{place.pin_file.name} can be read by others: chmod 600")
        return place.pin_file.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as failure:
        raise TOKEN_PIN.error(f"{place.pin_file.name}: {type(failure).__name__}") from None


def database_of(config: PartyConfig) -> Database:
    """The database of a party that cannot be without one. Raises `runtime.config`."""
    if config.database is None:
        raise CONFIG.error("database.url is missing")
    return config.database


def trust_files_of(config: PartyConfig) -> TrustFiles:
    """Trust list and root key of a party that cannot be without them. Raises `runtime.config`."""
    if config.trust is None:
        raise CONFIG.error("trust.list and trust.root_key are missing")
    return config.trust

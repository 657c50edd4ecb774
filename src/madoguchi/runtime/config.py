"""The configuration of a party: TOML, typed, unknown keys refused; and the refusal to run where one does not belong.

A process that was set up for another deployment is how Takamatsu handed out another resident's paper in 2024 (a
single-server program on a multi-server site), so every replica carries the fingerprint of what its party shares and
`refuse_stranger` compares before anything is served.
"""

from __future__ import annotations

import datetime
import hashlib
import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, TypeVar

import msgspec
import tomli_w

from madoguchi import __version__
from madoguchi.errors import MadoguchiError
from madoguchi.runtime.problems import CONFIG, STRANGER
from madoguchi.wire.identifiers import Environment


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every table of a configuration file."""


class Listen(Section, frozen=True, kw_only=True):
    """A TCP address to listen on."""

    host: str = "127.0.0.1"
    port: int = 0
    """0 lets the system choose a free one."""
    shared: bool = False
    """Another process of this user keeps the port for this one (`ports.reserve`); demo and tests only."""


class TlsFiles(Section, frozen=True, kw_only=True):
    """PEM files of this process; paths are relative to the configuration file."""

    certificate: Path
    key: Path
    ca: Path
    """The one private CA that both sides pin; the system's roots are never trusted."""


class Peer(Section, frozen=True, kw_only=True):
    """Another process that may call this one, or that this one calls."""

    party: str
    name: str
    fingerprints: tuple[str, ...]
    """Lower-case hex SHA-256 of the DER of the TLS certificates it may show; two during rotation."""
    url: str | None = None
    """`https://host:port` when this process calls it."""
    code: str | None = None
    """Operator code of an ec or kiosk, ward code of an issuer."""


class TrustFiles(Section, frozen=True, kw_only=True):
    """Where the trust list lies, and the root key that signs it."""

    list: Path
    root_key: Path


class TokenKeyPlace(Section, frozen=True, kw_only=True):
    """A signing key behind PKCS#11. The PIN never stands in a configuration file."""

    module: Path
    """The device's PKCS#11 library."""
    token: str
    """The token's label."""
    label: str | None = None
    """The key's label; label, id or both."""
    id: Annotated[str, msgspec.Meta(pattern="^([0-9a-fA-F]{2})+$")] | None = None
    """The key's id, in hex."""
    pin_file: Path | None = None
    """A file with the PIN alone, readable by this user only; this or `pin_variable`."""
    pin_variable: str | None = None
    """An environment variable with the PIN."""


class Database(Section, frozen=True, kw_only=True):
    """A PostgreSQL database, reached as the serving role."""

    url: str
    pool_size: int = 8
    owner_url: str | None = None
    """The role that migrates; only where the party migrates itself (demo)."""
    declared_volatile: bool = False
    """True only in tests and measurements: commits may be lost on power failure, and the party says so in its log."""


class Topology(Section, frozen=True, kw_only=True):
    """What the deployment declares about this party."""

    replicas: tuple[str, ...]
    """Names of all processes of this party; this one must be among them."""
    fingerprint: str
    """`config_fingerprint` of the configuration that all replicas share."""


class PartyConfig(Section, frozen=True, kw_only=True):
    """What every party's configuration holds; a party subclasses it with its own sections."""

    party: str
    name: str
    environment: Environment
    version_expected: str
    listen: Listen
    tls: TlsFiles
    topology: Topology
    pages: Listen | None = None
    """A second, plain listener for pages in a browser on this machine; loopback only."""
    trust: TrustFiles | None = None
    signing_keys: dict[str, Path] = {}
    """Role to PEM file."""
    token_keys: dict[str, TokenKeyPlace] = {}
    """Role to key in a PKCS#11 token; each role stands here or in `signing_keys`."""
    database: Database | None = None
    state_dir: Path | None = None
    log_file: Path | None = None
    peers: tuple[Peer, ...] = ()

    replica_fields: ClassVar[frozenset[str]] = frozenset(
        {
            "name", "listen", "pages", "tls", "topology", "trust", "signing_keys", "token_keys", "database",
            "state_dir", "log_file",
        }
    )  # fmt: skip
    """Fields in which replicas of one party may differ; a subclass may widen it."""

    def shared_files(self) -> Mapping[str, str]:
        """Setting → SHA-256 (hex) of the files that it names and all replicas must have alike, wherever they lie.

        Such a setting is one of `replica_fields`, so that its path does not count.
        """
        return {}

    def refuse_unusable(self, file: Path) -> None:
        """What a party adds to the checks of every configuration. Raises ConfigProblem, which names `file`."""

    @property
    def key_roles(self) -> frozenset[str]:
        """The roles for which there is a signing key, in a file or in a token."""
        return frozenset(self.signing_keys) | frozenset(self.token_keys)


ConfigT = TypeVar("ConfigT", bound=PartyConfig)
SectionT = TypeVar("SectionT", bound=Section)


class ConfigProblem(MadoguchiError):  # noqa: N818  a problem with a file and a key
    """A configuration file that cannot be used. `file` and `key` say where to look."""

    def __init__(self, *, file: Path, key: str, what: str) -> None:
        super().__init__(CONFIG, cause=f"{file}: {key}: {what}" if key else f"{file}: {what}")
        self.file = file
        self.key = key


def load_config(path: Path, config_type: type[ConfigT]) -> ConfigT:
    """Read and check one party's TOML file; relative paths in it are made absolute. Raises ConfigProblem."""
    config = read_toml(path, config_type)
    _check(config, path.absolute())
    config.refuse_unusable(path.absolute())
    return config


def read_toml(path: Path, kind: type[SectionT]) -> SectionT:
    """Read one TOML file of any type; relative paths in it are made absolute. Raises ConfigProblem."""
    path = path.absolute()
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigProblem(file=path, key="", what=error.strerror or type(error).__name__) from error
    try:
        return msgspec.toml.decode(raw, type=kind, dec_hook=_path_hook(path.parent))
    except msgspec.ValidationError as error:
        what, _, key = str(error).partition(" - at `")
        raise ConfigProblem(file=path, key=key.rstrip("`").removeprefix("$").removeprefix("."), what=what) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigProblem(file=path, key="", what=str(error)) from error


def write_config(config: PartyConfig, path: Path) -> None:
    """Write a configuration as TOML (owner may read); keys that are None are left out."""
    dates = (datetime.date, datetime.datetime, datetime.time)  # TOML has its own
    plain = _without_none(msgspec.to_builtins(config, enc_hook=str, str_keys=True, builtin_types=dates))
    path.touch(mode=0o600)
    path.write_text(tomli_w.dumps(plain), encoding="utf-8")


def config_fingerprint(config: PartyConfig) -> str:
    """SHA-256 (hex) of the program's version and of everything that all replicas of the party must share.

    Reads the files that count by their content; raises as `shared_files` does.
    """
    plain = msgspec.to_builtins(config, enc_hook=str, str_keys=True)
    shared = {key: value for key, value in plain.items() if key not in config.replica_fields}
    shared["replicas"] = config.topology.replicas
    shared["program"] = __version__
    shared["files"] = dict(config.shared_files())
    return hashlib.sha256(msgspec.json.encode(shared, order="deterministic")).hexdigest()


def declare(config: ConfigT) -> ConfigT:
    """The same configuration with the fingerprint that its deployment declares; for who writes configurations."""
    topology = msgspec.structs.replace(config.topology, fingerprint=config_fingerprint(config))
    return msgspec.structs.replace(config, topology=topology)


def refuse_stranger(config: PartyConfig, *, party: str) -> None:
    """Raise `runtime.stranger` unless this program, party and name are what the deployment declares."""
    checks = (
        ("party", config.party, party),
        ("version", __version__, config.version_expected),
        ("fingerprint", config_fingerprint(config), config.topology.fingerprint),
    )
    for what, found, expected in checks:
        if found != expected:
            raise STRANGER.error(f"{what} is {found}, declared is {expected}")
    if config.name not in config.topology.replicas:
        raise STRANGER.error(f"name {config.name} is not a declared replica of {party}")


def _path_hook(base: Path) -> Any:
    def hook(kind: type, value: Any) -> Any:
        if kind is Path and isinstance(value, str) and value:
            return base / value
        msg = "Expected a path"
        raise ValueError(msg)

    return hook


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_without_none(item) for item in value]
    return value


_HEX_SHA256 = 64


def _check(config: PartyConfig, path: Path) -> None:
    """What types alone do not say."""
    for number, peer in enumerate(config.peers):
        for fingerprint in peer.fingerprints:
            if len(fingerprint) != _HEX_SHA256 or set(fingerprint) - set("0123456789abcdef"):
                raise ConfigProblem(file=path, key=f"peers[{number}].fingerprints", what="not a lower-case hex SHA-256")
        if peer.url is not None and not peer.url.startswith("https://"):
            raise ConfigProblem(file=path, key=f"peers[{number}].url", what="must start with https://")
    _check_fingerprints_unique(config, path)
    _check_keys(config, path)
    if config.pages is not None and not _is_loopback(config.pages.host):
        raise ConfigProblem(file=path, key="pages.host", what="plain pages are served on a loopback address only")
    if config.environment is Environment.PRODUCTION and config.database and config.database.declared_volatile:
        raise ConfigProblem(file=path, key="database.declared_volatile", what="not in production")


def _check_keys(config: PartyConfig, path: Path) -> None:
    """One place for each key, and one for its PIN."""
    for role, place in config.token_keys.items():
        if role in config.signing_keys:
            raise ConfigProblem(file=path, key=f"token_keys.{role}", what="stands in signing_keys too")
        if place.label is None and place.id is None:
            raise ConfigProblem(file=path, key=f"token_keys.{role}", what="needs a label or an id")
        if (place.pin_file is None) == (place.pin_variable is None):
            raise ConfigProblem(file=path, key=f"token_keys.{role}", what="needs either pin_file or pin_variable")


def _check_fingerprints_unique(config: PartyConfig, path: Path) -> None:
    """One certificate is one peer: otherwise who calls would depend on the order of the list."""
    seen: set[str] = set()
    for number, peer in enumerate(config.peers):
        if seen & set(peer.fingerprints):
            raise ConfigProblem(file=path, key=f"peers[{number}].fingerprints", what="belongs to two peers")
        seen |= set(peer.fingerprints)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

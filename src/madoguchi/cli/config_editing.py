"""Changing a configuration file as text: whatever a person wrote there, comments and order, stays as it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
import tomli_w
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from madoguchi.runtime.config import ConfigProblem, PartyConfig, Peer, config_fingerprint, load_config

_TABLE: Final = re.compile(r"^\s*\[")
_TOPOLOGY: Final = re.compile(r"^\s*\[topology\]\s*(#.*)?$")
_FINGERPRINT: Final = re.compile(r"^(\s*fingerprint\s*=\s*)(\"[^\"]*\"|'[^']*')")
_NO_PEERS: Final = re.compile(r"^peers\s*=\s*\[\s*\]\s*(#.*)?$")


def certificate_fingerprint(file: Path) -> str:
    """Lower-case hex SHA-256 of the DER of the first certificate of a PEM file. Raises ConfigProblem."""
    try:
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
    except OSError as error:
        raise ConfigProblem(file=file, key="", what=error.strerror or type(error).__name__) from error
    except ValueError as error:
        raise ConfigProblem(file=file, key="", what="is not a PEM certificate") from error
    return certificate.fingerprint(hashes.SHA256()).hex()


def declare_fingerprint(file: Path, kind: type[PartyConfig]) -> str:
    """Enter into `[topology]` the fingerprint of what the file says now; returns it. Raises ConfigProblem."""
    found = config_fingerprint(load_config(file, kind))
    _replace(file, kind, lambda text: _with_fingerprint(text, found, file=file))
    return found


def add_peer(file: Path, kind: type[PartyConfig], peer: Peer) -> bool:
    """Append the peer; False when it stands there already, word for word. Raises ConfigProblem.

    One of the same party and name that differs is left for a person to change: two certificates of one peer overlap
    during a rotation, and which of them goes is no guess of ours.
    """
    for known in load_config(file, kind).peers:
        if known == peer:
            return False
        if (known.party, known.name) == (peer.party, peer.name):
            raise ConfigProblem(file=file, key="peers", what=f"{peer.party} {peer.name} stands there, and differs")
    plain = {key: value for key, value in msgspec.to_builtins(peer).items() if value is not None}
    block = tomli_w.dumps({"peers": [plain]})
    _replace(file, kind, lambda text: _without_empty_peers(text).rstrip("\n") + "\n\n" + block)
    return True


def _with_fingerprint(text: str, found: str, *, file: Path) -> str:
    lines, inside, done = text.splitlines(keepends=True), False, False
    for number, line in enumerate(lines):
        if _TABLE.match(line):
            inside = bool(_TOPOLOGY.match(line.rstrip("\r\n")))
        elif inside and _FINGERPRINT.match(line):
            lines[number] = _FINGERPRINT.sub(rf'\g<1>"{found}"', line)
            done = True
    if not done:
        raise ConfigProblem(file=file, key="topology.fingerprint", what="stands in no line of its own under [topology]")
    return "".join(lines)


def _without_empty_peers(text: str) -> str:
    """`peers = []` and `[[peers]]` cannot stand in one file."""
    return "".join(line for line in text.splitlines(keepends=True) if not _NO_PEERS.match(line.rstrip("\r\n")))


def _replace(file: Path, kind: type[PartyConfig], change: Callable[[str], str]) -> None:
    """Whole or not at all, and only by a file that loads. It keeps the old one's mode."""
    written = file.with_name(file.name + ".new")
    written.touch(mode=0o600)
    try:
        written.write_bytes(change(file.read_bytes().decode("utf-8")).encode("utf-8"))
        load_config(written, kind)
        written.chmod(file.stat().st_mode & 0o777)
        written.replace(file)
    finally:
        written.unlink(missing_ok=True)

"""Tokens of SoftHSM2 for tests: real PKCS#11, no device. One set per test process, because a module reads its
configuration once."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

PROGRAM = "softhsm2-util"
MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "123456"
CONFIGURATION = "SOFTHSM2_CONF"


@dataclass(frozen=True, slots=True)
class SoftHsm:
    """A directory with tokens, named in the environment of this process and its children."""

    directory: Path

    @classmethod
    def make(cls, directory: Path, *tokens: str) -> SoftHsm:
        """Initialise tokens; skips where SoftHSM2 is not installed (CI always has it)."""
        if shutil.which(PROGRAM) is None:
            pytest.skip("softhsm2 is not installed")
        (directory / "tokens").mkdir()
        file = directory / "softhsm2.conf"
        file.write_text(f"directories.tokendir = {directory / 'tokens'}\nlog.level = ERROR\n")
        os.environ[CONFIGURATION] = str(file)
        made = cls(directory)
        for token in tokens:
            made.run("--init-token", "--free", "--label", token, "--pin", PIN, "--so-pin", "00000000")
        return made

    def run(self, *arguments: str) -> None:
        """Run softhsm2-util."""
        subprocess.run([PROGRAM, *arguments], check=True, capture_output=True, timeout=60)

    def put(self, token: str, key: Path, *, label: str, key_id: str) -> None:
        """Put a PKCS#8 PEM key with its public key into a token."""
        names = ("--token", token, "--label", label, "--id", key_id)
        self.run("--import", str(key), *names, "--pin", PIN)


def key_file(path: Path, curve: ec.EllipticCurve) -> Path:
    """A fresh key in PEM."""
    key = ec.generate_private_key(curve)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(pem)
    return path

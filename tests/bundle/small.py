"""Small parts of which a bundle is made in tests: keys, a wheel, a Debian package."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import zipfile
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec


def key_pair(directory: Path, name: str = "bundle") -> tuple[Path, Path]:
    """PEM files, private and public, as openssl makes them."""
    private = ec.generate_private_key(ec.SECP256R1())
    files = (directory / f"{name}.key", directory / f"{name}.pub")
    pem, public = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    plain = serialization.NoEncryption()
    files[0].write_bytes(private.private_bytes(pem, serialization.PrivateFormat.TraditionalOpenSSL, plain))
    files[1].write_bytes(private.public_key().public_bytes(pem, public))
    return files


def wheel(directory: Path, name: str, version: str, *, licence: str, code: str = "") -> tuple[Path, str]:
    """A wheel with one module; its path and SHA-256."""
    about = f"{name}-{version}.dist-info"
    content = {
        f"{name}.py": code,
        f"{about}/METADATA": f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{licence}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{each},sha256={_digest(text)},{len(text.encode())}\n" for each, text in content.items())
    path = directory / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as made:
        for each, text in content.items():
            made.writestr(each, text)
        made.writestr(f"{about}/RECORD", f"{record}{about}/RECORD,,\n")
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def deb(directory: Path, work: Path, name: str, *, licences: str = "") -> Path:
    """A Debian package with a copyright file."""
    tree = work / name
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN" / "control").write_text(
        f"Package: {name}\nVersion: 1:2.0-3\nArchitecture: all\nMaintainer: A <a@ward.example>\nDescription: test\n"
    )
    documents = tree / "usr" / "share" / "doc" / name
    documents.mkdir(parents=True)
    (documents / "copyright").write_text(licences)
    path = directory / f"{name}_2.0-3_all.deb"
    subprocess.run(["dpkg-deb", "--build", "--root-owner-group", str(tree), str(path)], capture_output=True, check=True)
    return path

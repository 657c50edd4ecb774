"""The software bill of materials: CycloneDX 1.5 JSON of every wheel and Debian package in a bundle.

Names, versions and licences are what the packages say of themselves; hashes are of the files in the bundle.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import uuid
import zipfile
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path
from typing import Any, Final

from madoguchi import __version__
from madoguchi.bundle.collecting import Commit
from madoguchi.bundle.problems import NOT_MADE

_LICENCE_CLASSIFIER: Final = "License :: "
_LONGEST_NAME: Final = 80
"""Some packages put the whole text into the field `License`."""
_COPYRIGHT_LICENCE: Final = re.compile(r"^License:[ \t]*(\S[^\n]*)$", re.MULTILINE)


def bill(tree: Path, commit: Commit) -> bytes:
    """The bill of a collected bundle, the same bytes for the same content. Raises `bundle.not_made`."""
    components = [*_wheels(tree / "wheels"), *_debs(tree / "debs")]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(commit.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application",
                "bom-ref": "madoguchi",
                "name": "madoguchi",
                "version": f"{__version__}+{commit.name[:12]}",
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            },
        },
        "components": sorted(components, key=lambda each: str(each["bom-ref"])),
    }
    digest = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
    document["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, digest)}"
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def _wheels(directory: Path) -> Iterable[dict[str, Any]]:
    """One component per package and version; a wheel per Python version is a hash of it."""
    files: dict[tuple[str, str], list[Path]] = defaultdict(list)
    about: dict[tuple[str, str], Message] = {}
    for path in sorted(directory.glob("*.whl")):
        metadata = _metadata(path)
        key = (re.sub(r"[-_.]+", "-", str(metadata["Name"])).lower(), str(metadata["Version"]))
        files[key].append(path)
        about[key] = metadata
    for (name, version), paths in files.items():
        yield _component(
            name, version, purl=f"pkg:pypi/{name}@{version}", files=paths, licences=_of_wheel(about[name, version])
        )


def _metadata(path: Path) -> Message:
    with zipfile.ZipFile(path) as wheel:
        for name in wheel.namelist():
            if re.fullmatch(r"[^/]+\.dist-info/METADATA", name):
                return HeaderParser().parsestr(wheel.read(name).decode("utf-8"))
    raise NOT_MADE.error(f"{path.name} has no METADATA")


def _of_wheel(metadata: Message) -> list[dict[str, Any]]:
    if expression := metadata["License-Expression"]:
        return [{"expression": str(expression)}]
    classifiers = [str(each) for each in metadata.get_all("Classifier", []) if each.startswith(_LICENCE_CLASSIFIER)]
    named = [each.rsplit(" :: ", 1)[-1] for each in classifiers]
    field = str(metadata["License"] or "").strip()
    if not named and field and "\n" not in field and len(field) <= _LONGEST_NAME:
        named = [field]
    return [{"license": {"name": name}} for name in sorted(set(named))]


def _debs(directory: Path) -> Iterable[dict[str, Any]]:
    for path in sorted(directory.glob("*.deb")):
        fields = HeaderParser().parsestr(_dpkg("--field", str(path)).decode())
        name, version, architecture = (str(fields[key]) for key in ("Package", "Version", "Architecture"))
        purl = f"pkg:deb/debian/{name}@{version}?arch={architecture}"
        licences = [{"license": {"name": each}} for each in _of_deb(path, name)]
        yield _component(name, version, purl=purl, files=[path], licences=licences)


def _of_deb(path: Path, name: str) -> list[str]:
    """Short names in its machine-readable copyright file (DEP-5), where it carries one of its own."""
    packed = subprocess.run(["dpkg-deb", "--fsys-tarfile", str(path)], capture_output=True, check=False)
    wanted = ["tar", "--extract", "--to-stdout", f"./usr/share/doc/{name}/copyright"]
    text = subprocess.run(wanted, input=packed.stdout, capture_output=True, check=False).stdout.decode(errors="replace")
    return sorted({match[1].strip() for match in _COPYRIGHT_LICENCE.finditer(text)})


def _dpkg(*arguments: str) -> bytes:
    told = subprocess.run(["dpkg-deb", *arguments], capture_output=True, check=False)
    if told.returncode != 0:
        raise NOT_MADE.error(told.stderr.decode(errors="replace")[-200:])
    return told.stdout


def _component(
    name: str, version: str, *, purl: str, files: list[Path], licences: list[dict[str, Any]]
) -> dict[str, Any]:
    digests = sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in files)
    made: dict[str, Any] = {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in digests],
        "properties": [{"name": "madoguchi:file", "value": f"{path.parent.name}/{path.name}"} for path in files],
    }
    return made | ({"licenses": licences} if licences else {})

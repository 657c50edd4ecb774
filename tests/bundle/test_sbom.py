"""The bill says what is in the bundle and what each part says of its licence."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from madoguchi.bundle.collecting import Commit, debian_packages
from madoguchi.bundle.sbom import bill
from madoguchi.errors import MadoguchiError
from tests.bundle.small import deb, wheel

COMMIT = Commit(name="a" * 40, at=1_800_000_000)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    made = tmp_path / "tree"
    for name in ("wheels", "debs"):
        (made / name).mkdir(parents=True)
    wheels = made / "wheels"
    wheel(wheels, "one", "1.0", licence="License-Expression: MIT OR Apache-2.0")
    wheel(wheels, "two_words", "2.0", licence="License: " + "whole text " * 20)
    wheel(wheels, "three", "3.0", licence="License: BSD\nClassifier: License :: OSI Approved :: BSD License")
    wheel(wheels, "four", "4.0", licence="License: Zlib")
    return made


def components(tree: Path) -> dict[str, dict[str, Any]]:
    document = json.loads(bill(tree, COMMIT))
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.5")
    assert document["metadata"]["component"]["version"].endswith("+aaaaaaaaaaaa")
    return {each["purl"]: each for each in document["components"]}


def test_wheels(tree: Path) -> None:
    found = components(tree)
    assert found["pkg:pypi/one@1.0"]["licenses"] == [{"expression": "MIT OR Apache-2.0"}]
    assert "licenses" not in found["pkg:pypi/two-words@2.0"]
    assert found["pkg:pypi/three@3.0"]["licenses"] == [{"license": {"name": "BSD License"}}]
    assert found["pkg:pypi/four@4.0"]["licenses"] == [{"license": {"name": "Zlib"}}]


def test_wheels_of_two_pythons_are_one_component(tree: Path) -> None:
    _, digest = wheel(tree / "wheels", "five", "5.0", licence="License: MIT")
    (tree / "wheels" / "five-5.0-py3-none-any.whl").rename(tree / "wheels" / "five-5.0-cp311-cp311-linux_x86_64.whl")
    _, other = wheel(tree / "wheels", "five", "5.0", licence="License: MIT", code="x = 1\n")
    hashes = components(tree)["pkg:pypi/five@5.0"]["hashes"]
    assert {each["content"] for each in hashes} == {digest, other}


def test_debian_packages(tree: Path, tmp_path: Path) -> None:
    if shutil.which("dpkg-deb") is None:
        pytest.skip("dpkg-deb is Debian's own")
    deb(tree / "debs", tmp_path, "fonty", licences="License: IPA\nFiles: *\nLicense: GPL-2+\n text\n")
    deb(tree / "debs", tmp_path, "plain")
    found = components(tree)
    assert found["pkg:deb/debian/fonty@1:2.0-3?arch=all"]["licenses"] == [
        {"license": {"name": "GPL-2+"}},
        {"license": {"name": "IPA"}},
    ]
    assert "licenses" not in found["pkg:deb/debian/plain@1:2.0-3?arch=all"]


def test_the_same_content_is_the_same_bill(tree: Path) -> None:
    assert bill(tree, COMMIT) == bill(tree, COMMIT)
    before = bill(tree, COMMIT)
    wheel(tree / "wheels", "six", "6.0", licence="License: MIT")
    assert json.loads(bill(tree, COMMIT))["serialNumber"] != json.loads(before)["serialNumber"]


def test_something_that_is_no_package(tree: Path) -> None:
    (tree / "debs" / "broken.deb").write_bytes(b"no")
    with pytest.raises(MadoguchiError, match=r"bundle\.not_made"):
        bill(tree, COMMIT)


def test_the_list_of_debian_packages_is_read() -> None:
    wanted = debian_packages(ROOT / "requirements" / "debian.list")
    assert {"python3-venv", "nftables", "fonts-ipamj-mincho", "postgresql"} <= set(wanted)
    assert all(name.replace("-", "").isalnum() for name in wanted)

"""The units for systemd: hardened alike, and as systemd itself reads them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from madoguchi.cli import PARTIES

ROOT = Path(__file__).parents[2]
SCREEN = "madoguchi-screen@.service"
"""A browser and no process of a party; `test_screen` looks at it."""
ALL_UNITS = sorted((ROOT / "packaging" / "systemd").glob("*.service"))
UNITS = [unit for unit in ALL_UNITS if unit.name != SCREEN]
HARDENED = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "AmbientCapabilities": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "MemoryDenyWriteExecute": "yes",
    "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6",
    "LimitCORE": "0",
    "MemorySwapMax": "0",
    "UMask": "0077",
    "Restart": "on-failure",
    "Type": "notify",
    "ExecReload": "/bin/kill -HUP $MAINPID",
    "User": "madoguchi-%i",
    "StateDirectory": "madoguchi/%i",
    "StateDirectoryMode": "0700",
    "ReadWritePaths": "/var/lib/madoguchi/%i /var/log/madoguchi/%i",
}
IDENT = [unit.name for unit in UNITS]


def settings(unit: Path) -> dict[str, list[str]]:
    """Every setting with its values in order; a line that is no setting, section or comment fails."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in unit.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#") or re.fullmatch(r"\[(Unit|Service|Install)\]", line):
            continue
        key, equals, value = line.partition("=")
        assert equals, line
        assert re.fullmatch(r"[A-Z][A-Za-z]+", key), line
        found[key].append(value)
    return found


STARTS = {**{party: f"{party} serve" for party in PARTIES}, "intake": "issuer intake"}
"""Kind of process → how it is started; the intake is the issuing server's second one."""


def test_every_kind_of_process_has_a_unit() -> None:
    assert {unit.name for unit in UNITS} == {f"madoguchi-{kind}@.service" for kind in STARTS}


@pytest.mark.parametrize("unit", UNITS, ids=IDENT)
def test_every_unit_is_hardened(unit: Path) -> None:
    found = settings(unit)
    assert {key: found[key] for key in HARDENED} == {key: [value] for key, value in HARDENED.items()}


@pytest.mark.parametrize("unit", UNITS, ids=IDENT)
def test_a_unit_serves_its_own_party(unit: Path) -> None:
    kind = unit.name.removeprefix("madoguchi-").removesuffix("@.service")
    (start,) = settings(unit)["ExecStart"]
    assert start.endswith(f"-m madoguchi.cli {STARTS[kind]} --config /etc/madoguchi/%i/config.toml")


@pytest.mark.parametrize("unit", UNITS, ids=IDENT)
def test_systemd_understands_it(unit: Path, tmp_path: Path) -> None:
    """By `systemd-analyze verify` where there is one: unknown settings and malformed values are told on stderr."""
    program = shutil.which("systemd-analyze")
    if program is None:
        assert set(settings(unit)) <= set().union(*(settings(each) for each in UNITS if each != unit)) | {
            "DevicePolicy"
        }
        return
    text = unit.read_text(encoding="utf-8").replace("/opt/madoguchi/venv/bin/python", sys.executable)
    copy = tmp_path / unit.name
    copy.write_text(text, encoding="utf-8")
    ran = subprocess.run([program, "verify", "--man=no", str(copy)], capture_output=True, text=True, check=False)
    told = [line for line in ran.stderr.splitlines() if unit.name.partition("@")[0] in line]
    assert (ran.returncode, told) == (0, [])


def test_a_mistake_would_be_found(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.service"
    wrong.write_text("[Service]\nNoNewPrivileges\n", encoding="utf-8")
    with pytest.raises(AssertionError):
        settings(wrong)

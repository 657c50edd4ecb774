"""The firewall files that follow from a topology: the very text, the syntax, and what is refused before."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from madoguchi import cli
from madoguchi.deployment.lines import CALLS
from madoguchi.deployment.network.flows import all_flows
from madoguchi.deployment.network.nftables import rules_of
from madoguchi.deployment.network.topology import NetworkTopology, load_topology
from madoguchi.errors import MadoguchiError
from madoguchi.runtime.config import ConfigProblem

HERE = Path(__file__).parent
FILE = HERE / "topology.toml"
TOPOLOGY = load_topology(FILE)
GOLDEN = ("ward-issuing-1", "ward-desk", "asahi-store", "ward-postgres")
EVERY = [*(machine.name for machine in TOPOLOGY.machines), "ward-postgres"]


def changed(tmp_path: Path, old: str, new: str) -> NetworkTopology:
    text = FILE.read_text()
    assert old in text
    (tmp_path / "changed.toml").write_text(text.replace(old, new, 1))
    return load_topology(tmp_path / "changed.toml")


@pytest.mark.parametrize("name", GOLDEN)
def test_the_file_is_this_very_text(name: str) -> None:
    """When this fails: `network rules --topology tests/deployment/topology.toml NAME`, and read the change."""
    assert rules_of(TOPOLOGY, name) == (HERE / "golden" / f"{name}.nft").read_text()


@pytest.mark.parametrize("name", EVERY)
def test_nft_takes_every_file(name: str, tmp_path: Path) -> None:
    if shutil.which("nft") is None or os.geteuid() != 0:
        pytest.skip("nft -c asks the kernel: nftables and root are needed")
    (tmp_path / "rules.nft").write_text(rules_of(TOPOLOGY, name))
    subprocess.run(["nft", "--check", "--file", str(tmp_path / "rules.nft")], check=True, timeout=30)


def test_the_order_of_the_topology_does_not_matter() -> None:
    turned = msgspec.structs.replace(
        TOPOLOGY,
        machines=TOPOLOGY.machines[::-1],
        services=TOPOLOGY.services[::-1],
        visitors=TOPOLOGY.visitors[::-1],
    )
    for name in EVERY:
        assert rules_of(turned, name) == rules_of(TOPOLOGY, name)


def test_a_processs_name_gives_its_machines_file() -> None:
    assert rules_of(TOPOLOGY, "verify-1") == rules_of(TOPOLOGY, "ward-desk")


@pytest.mark.parametrize("name", EVERY)
def test_every_rule_that_opens_a_connection_says_for_whom_and_both_addresses(name: str) -> None:
    opening = [line for line in rules_of(TOPOLOGY, name).splitlines() if "ct state new" in line]
    for line in opening:
        assert re.search(r"(ip|ip6) saddr \S+ \1 daddr \S+ (tcp|udp) dport \d+ ", line)
        assert re.search(r'comment "\S+( \(\w+\))? (calls|uses|visits) [^"]+"$', line)
    assert rules_of(TOPOLOGY, name).count("policy drop;") == 3


def test_the_longest_names_fit_into_a_comment(tmp_path: Path) -> None:
    """nftables keeps 128 octets of a comment and refuses more."""
    text = FILE.read_text()
    for short in ("oversight-1", "verify-1", "issuer-1", "ward-monitor"):
        text = text.replace(f'"{short}"', f'"{short.ljust(32, "x")}"')
    (tmp_path / "long.toml").write_text(text.replace("health and readiness", "h" * 40))
    long = load_topology(tmp_path / "long.toml")
    comments = re.findall(r'comment "([^"]+)"', rules_of(long, "ward-issuing-1") + rules_of(long, "ward-desk"))
    assert 110 < max(len(comment) for comment in comments) <= 128


def test_every_kind_of_line_of_the_wire_contract_is_there() -> None:
    words = re.compile(r"\S+ \((\w+)\) calls \S+ \((\w+)\)")
    found = {match.groups() for flow in all_flows(TOPOLOGY) if (match := words.fullmatch(flow.why))}
    assert found == set(CALLS)


def test_a_line_stays_with_its_operator() -> None:
    assert not [flow for flow in all_flows(TOPOLOGY) if flow.why.startswith("kiosk-1 (kiosk) calls ec-hoshi")]


def test_a_line_stays_in_its_ward(tmp_path: Path) -> None:
    other = 'name = "issuer-2", code = "138888"'
    foreign = changed(tmp_path, 'name = "issuer-2", code = "139999"', other)
    callers = {flow.why.split(" ")[0] for flow in all_flows(foreign) if "calls issuer-2" in flow.why}
    assert callers == {"center-1", "center-2"}
    assert not [flow for flow in all_flows(foreign) if flow.why.startswith("issuer-2 (issuer) calls jukinet")]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('"10.20.1.12"', '"10.20.1.11"', "an address of"),
        ('"10.20.1.12"', '"10.20.1.012"', "not an IP address"),
        ('"fd20:1::12"', '"FD20:1::12"', "is written fd20:1::12"),
        ('"10.20.1.12"', '"127.0.0.1"', "no address under which"),
        ('name = "ward-issuing-2"', 'name = "ward-issuing-1"', "given twice"),
        ('name = "issuer-2"', 'name = "issuer-1"', "issuer-1 twice"),
        ("port = 8444", "port = 8443", "8443 twice"),
        ('used_by = ["issuer-1"', 'used_by = ["issuer-9"', "no process issuer-9"),
        ('name = "ward-monitor"', "name = 'ward\" accept'", "matching regex"),
        ('purpose = "health and readiness"', "purpose = 'a\" drop'", "matching regex"),
        ('environment = "production"', 'environment = "production"\nmore = 1', "unknown field"),
        ('party = "tax"', 'party = "bank"', "Invalid enum value"),
    ],
)
def test_a_wrong_topology_is_refused(tmp_path: Path, old: str, new: str, what: str) -> None:
    with pytest.raises(ConfigProblem, match=what):
        changed(tmp_path, old, new)


def test_a_line_without_a_common_address_family_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MadoguchiError, match=r"kiosk-1 .* no address family"):
        all_flows(changed(tmp_path, '"10.20.3.11", "fd20:3::11"', '"fd20:3::11"'))


def test_the_command_names_what_it_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["network", "rules", "--topology", str(FILE), "ward-clock"]) == cli.PROBLEM
    assert "ward-clock is no machine" in capsys.readouterr().err
    assert cli.main(["network", "rules", "--topology", str(FILE), "issuer-1"]) == cli.OK
    assert capsys.readouterr().out == rules_of(TOPOLOGY, "ward-issuing-1")


def test_all_lines_are_listed_for_the_network_in_between(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["network", "lines", "--topology", str(FILE)]) == cli.OK
    listed = capsys.readouterr().out.splitlines()
    assert len(listed) == len(all_flows(TOPOLOGY))
    assert "10.20.3.101 -> 10.20.3.11 fd20:3::11 tcp/8443  # kiosk-1 (kiosk) calls ec-asahi-mart (ec)" in listed

"""A configuration and the topology say the same, or one command says where they differ."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from madoguchi import cli
from madoguchi.deployment.configs import Site, write_configs
from madoguchi.deployment.identities import Identities
from madoguchi.deployment.lines import Addresses
from madoguchi.deployment.network.checking import check_config
from madoguchi.deployment.network.topology import NetworkTopology, load_topology
from madoguchi.errors import MadoguchiError
from madoguchi.runtime.config import Database, Listen, PartyConfig
from madoguchi.runtime.provision import PartyDatabase
from tests.sites import CONFIGS, PLAN, config_of

TOPOLOGY = load_topology(Path(__file__).parent / "topology.toml")


@pytest.fixture(scope="module")
def site(site_identities: Identities) -> Site:
    """The deployment's own configurations, all on one address: the plan of the demo without its ports."""
    lines = {process.name: 8400 + number for number, process in enumerate(PLAN.processes)}
    where = "postgres.ward.example/issuer"
    intake = {"intake": f"postgresql://issuer_intake:x@{where}"}
    remote = PartyDatabase(url=f"postgresql://issuer:x@{where}", owner_url="", others=intake)
    made = Site(
        plan=PLAN,
        identities=site_identities,
        addresses=Addresses(lines=lines, pages=lines, host="127.0.0.1", shared=False),
        databases={"issuer": remote},
        fonts=(Path("font.ttf"),),
        papers=Path("papers"),
        cards=Path("cards"),
    )
    write_configs(made)
    return made


@pytest.fixture
def fitting(site: Site) -> tuple[PartyConfig, NetworkTopology]:
    """issuer-1, and the example topology with this site's names and ports."""
    return in_place(site, "issuer-1")


def in_place(site: Site, name: str) -> tuple[PartyConfig, NetworkTopology]:
    """A process's configuration, moved from the loopback address to the machines of the topology."""
    ward = PLAN.ward.code
    codes = {"139999": ward}
    machines = tuple(
        msgspec.structs.replace(
            machine,
            processes=tuple(
                msgspec.structs.replace(
                    each, code=codes.get(each.code, each.code), port=site.addresses.lines[each.name]
                )
                for each in machine.processes
            ),
        )
        for machine in TOPOLOGY.machines
    )
    topology = msgspec.structs.replace(TOPOLOGY, machines=machines, environment=PLAN.environment, visitors=())
    config = config_of(site, name, CONFIGS[name.partition("-")[0]])
    peers = tuple(
        msgspec.structs.replace(
            peer,
            url=peer.url and f"https://{topology.machine_of(peer.name).addresses[0]}:{site.addresses.lines[peer.name]}",
        )
        for peer in config.peers
    )
    own = Listen(host=topology.machine_of(name).addresses[0], port=site.addresses.lines[name])
    return msgspec.structs.replace(config, peers=peers, listen=own), topology


@pytest.mark.parametrize("name", [process.name for process in PLAN.processes])
def test_what_a_deployment_writes_fits(site: Site, name: str) -> None:
    check_config(*in_place(site, name))


def test_each_difference_is_named(fitting: tuple[PartyConfig, NetworkTopology]) -> None:
    config, topology = fitting
    change = msgspec.structs.replace
    called = next(peer for peer in config.peers if peer.url)
    others = tuple(peer for peer in config.peers if peer is not called)
    elsewhere = Database(url="postgresql://issuer:x@10.9.9.9/issuer")
    for wrong, what in (
        (change(config, listen=change(config.listen, port=1)), "listens on port 1"),
        (change(config, listen=change(config.listen, host="10.9.9.9")), "no address of ward-issuing-1"),
        (change(config, peers=others), "peer jukinet-1 is declared and not configured"),
        (change(config, peers=(*config.peers, change(called, name="kiosk-1"))), "kiosk-1 has no line"),
        (change(config, peers=(*others, change(called, url=None))), "goes the other way"),
        (change(config, peers=(*others, change(called, url="https://10.9.9.9:1"))), "called at 10.9.9.9:1"),
        (change(config, database=elsewhere), "database is at 10.9.9.9 port 5432"),
        (change(config, name="issuer-9"), "no process of this name"),
        (change(config, party="center"), "is center in test, not issuer in test"),
    ):
        with pytest.raises(MadoguchiError, match=what):
            check_config(wrong, topology)


@pytest.mark.parametrize("url", ["postgresql://issuer:x@/issuer?host=%2Frun%2Fpg", "postgresql://a:x@127.0.0.1/issuer"])
def test_a_local_database_needs_no_line(fitting: tuple[PartyConfig, NetworkTopology], url: str) -> None:
    config, topology = fitting
    check_config(msgspec.structs.replace(config, database=Database(url=url)), topology)


def test_the_command_checks_files(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    topology = str(Path(__file__).parent / "topology.toml")
    file = site.config_file(replace(PLAN.of("kiosk")[0]))
    assert cli.main(["network", "check", "--topology", topology, str(file)]) == cli.PROBLEM
    assert "kiosk-1: is kiosk in test, not kiosk in production" in capsys.readouterr().err

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.runtime.config import (
    ConfigProblem,
    Database,
    Listen,
    PartyConfig,
    Peer,
    Section,
    Topology,
    config_fingerprint,
    declare,
    load_config,
    refuse_stranger,
    write_config,
)
from madoguchi.wire.identifiers import Environment


class Limits(Section, frozen=True, kw_only=True):
    copies: int


class WardConfig(PartyConfig, frozen=True, kw_only=True):
    limits: Limits


@pytest.fixture
def config(center_config: PartyConfig) -> WardConfig:
    return declare(WardConfig(**msgspec.structs.asdict(center_config), limits=Limits(copies=3)))


@pytest.fixture
def file(config: WardConfig, tmp_path: Path) -> Path:
    path = tmp_path / "center.toml"
    write_config(config, path)
    return path


def test_written_and_read_again(config: WardConfig, file: Path) -> None:
    assert load_config(file, WardConfig) == config
    assert file.stat().st_mode & 0o777 == 0o600
    refuse_stranger(load_config(file, WardConfig), party="center")


def test_paths_are_relative_to_the_file(file: Path) -> None:
    certificate = file.parent / "tls" / "center.pem"
    file.write_text(file.read_text().replace(str(certificate), "tls/center.pem"))
    assert load_config(file, WardConfig).tls.certificate == certificate


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("copies = 3", "copies = 3\npages = 1", "limits"),
        ("copies = 3", 'copies = "three"', "limits.copies"),
        ("copies = 3", "", "limits"),
        ('environment = "test"', 'environment = "tset"', "environment"),
        ('party = "center"', 'party = "center', ""),
        ('fingerprints = [\n    "', 'fingerprints = [\n    "g', "peers[0].fingerprints"),
    ],
)
def test_a_wrong_file_is_named_with_its_key(file: Path, old: str, new: str, key: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(ConfigProblem) as found:
        load_config(file, WardConfig)
    assert found.value.file == file
    assert found.value.key == key
    assert str(file) in found.value.cause


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigProblem, match="nowhere"):
        load_config(tmp_path / "nowhere.toml", WardConfig)


FINGERPRINT = "0" * 64


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"pages": Listen(host="0.0.0.0")}, "pages.host"),
        ({"pages": Listen(host="localhost")}, "pages.host"),
        (
            {"peers": (Peer(party="ec", name="a", fingerprints=(FINGERPRINT,), url="http://127.0.0.1:1"),)},
            "peers[0].url",
        ),
        (
            {"peers": tuple(Peer(party=party, name="a", fingerprints=(FINGERPRINT,)) for party in ("ec", "kiosk"))},
            "peers[1].fingerprints",
        ),
        (
            {"environment": Environment.PRODUCTION, "database": Database(url="x", declared_volatile=True)},
            "database.declared_volatile",
        ),
    ],
)
def test_what_types_do_not_say(config: WardConfig, tmp_path: Path, change: dict[str, object], key: str) -> None:
    path = tmp_path / "changed.toml"
    write_config(msgspec.structs.replace(config, **change), path)
    with pytest.raises(ConfigProblem) as found:
        load_config(path, WardConfig)
    assert found.value.key == key


@pytest.mark.parametrize(
    "change",
    [
        {"party": "issuer"},
        {"name": "center-2"},
        {"version_expected": "0.0.9"},
        {"limits": Limits(copies=4)},
        {"environment": Environment.DEMO},
        {"peers": ()},
        {"topology": Topology(replicas=("center-1",), fingerprint=FINGERPRINT)},
    ],
)
def test_a_stranger_does_not_start(config: WardConfig, change: dict[str, object]) -> None:
    with pytest.raises(MadoguchiError) as refused:
        refuse_stranger(msgspec.structs.replace(config, **change), party="center")
    assert refused.value.code == "runtime.stranger"


def test_a_single_server_configuration_does_not_join_a_pair(config: WardConfig) -> None:
    pair = Topology(replicas=("center-1", "center-2"), fingerprint=config.topology.fingerprint)
    with pytest.raises(MadoguchiError, match="fingerprint"):
        refuse_stranger(msgspec.structs.replace(config, topology=pair), party="center")


def test_replicas_may_differ_in_their_own_places(config: WardConfig) -> None:
    other = msgspec.structs.replace(config, name="center-2", listen=Listen(port=1), state_dir=Path("/elsewhere"))
    assert config_fingerprint(other) == config_fingerprint(config)

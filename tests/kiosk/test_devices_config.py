"""Which devices a configuration names, and what is said of one that cannot be driven."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import msgspec
import pytest

from madoguchi.kiosk.config import KioskConfig
from madoguchi.kiosk.devices.making import make_devices
from madoguchi.kiosk.devices.reader import SlotReader
from madoguchi.runtime.config import ConfigProblem, load_config, write_config
from tests.kiosk.world import World


def written(directory: Path, **devices: object) -> Path:
    """A kiosk's configuration file with these device settings."""
    config = World().config(directory)
    changed = msgspec.structs.replace(config.devices, **devices)
    write_config(msgspec.structs.replace(config, devices=changed), directory / "config.toml")
    return directory / "config.toml"


def refused(file: Path) -> ConfigProblem:
    with pytest.raises(ConfigProblem) as problem:
        load_config(file, KioskConfig)
    return problem.value


def test_every_device_is_in_process_by_default(tmp_path: Path) -> None:
    devices = load_config(written(tmp_path), KioskConfig).devices
    assert devices.reader == "inprocess"
    made = make_devices(devices)
    assert isinstance(made.reader, SlotReader)
    assert made.watched == ()


def test_the_in_process_reader_needs_cards(tmp_path: Path) -> None:
    problem = refused(written(tmp_path, cards_dir=None))
    assert problem.key == "devices.cards_dir"


def test_a_reader_without_its_package_is_told_before_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr("madoguchi.kiosk.config.find_spec", lambda name: None if name == "smartcard" else found(name))
    problem = refused(written(tmp_path, reader="pcsc"))
    assert (problem.key, "pyscard" in problem.cause) == ("devices.reader", True)


def test_another_word_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path)
    file.write_text(file.read_text().replace('reader = "inprocess"', 'reader = "magstripe"'))
    assert refused(file).key == "devices.reader"

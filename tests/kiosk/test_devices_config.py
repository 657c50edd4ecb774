"""Which devices a configuration names, and what is said of one that cannot be driven."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import ClassVar

import msgspec
import pytest

from madoguchi.kiosk.config import KioskConfig
from madoguchi.kiosk.devices.ipp.printer import IppPrinter
from madoguchi.kiosk.devices.making import make_devices
from madoguchi.kiosk.devices.nexo.driver import NexoTerminal
from madoguchi.kiosk.devices.reader import SlotReader
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.config import ConfigProblem, load_config, write_config
from tests.kiosk.world import World
from tests.runtime.pki import Authority


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
    made = make_devices(devices, clock=SystemClock())
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


class TestPrinter:
    def test_a_real_one_is_behind_the_same_protocol(self, tmp_path: Path, authority: Authority) -> None:
        certificate = authority.issue("printer").files.certificate
        file = written(tmp_path, printer="ipps://printer.invalid/ipp/print", printer_certificate=certificate)
        made = make_devices(load_config(file, KioskConfig).devices, clock=SystemClock())
        assert isinstance(made.printer, IppPrinter)
        assert made.watched == (made.printer,)

    @pytest.mark.parametrize("url", ["ipp://printer/ipp/print", "https://printer/", "lpt1", "ipps://"])
    def test_only_ipps_is_an_address(self, tmp_path: Path, url: str) -> None:
        problem = refused(written(tmp_path, printer=url))
        assert (problem.key, "ipps://" in problem.cause) == ("devices.printer", True)

    def test_its_certificate_must_be_named_and_be_one(self, tmp_path: Path, authority: Authority) -> None:
        url = "ipps://printer.invalid/ipp/print"
        assert refused(written(tmp_path, printer=url)).key == "devices.printer_certificate"
        two = tmp_path / "two.pem"
        two.write_bytes(authority.ca_file.read_bytes() + authority.issue("printer").files.certificate.read_bytes())
        for file in (tmp_path / "none.pem", two, authority.issue("printer").files.key):
            problem = refused(written(tmp_path, printer=url, printer_certificate=file))
            assert problem.key == "devices.printer_certificate"

    def test_its_spool_must_be_there(self, tmp_path: Path, authority: Authority) -> None:
        certificate = authority.issue("printer").files.certificate
        spool = tmp_path / "spool"
        devices = {"printer": "ipps://p/", "printer_certificate": certificate, "printer_spool": spool}
        assert refused(written(tmp_path, **devices)).key == "devices.printer_spool"
        spool.mkdir()
        assert load_config(written(tmp_path, **devices), KioskConfig).devices.printer_spool == spool


class TestEmoney:
    URL = "https://terminal.invalid:8443/nexo"
    NAMES: ClassVar = {"emoney_sale_id": "kiosk-1", "emoney_poi_id": "POI-7"}

    def test_a_real_terminal_is_behind_the_same_protocol(self, tmp_path: Path, authority: Authority) -> None:
        certificate = authority.issue("terminal").files.certificate
        file = written(tmp_path, emoney=self.URL, emoney_certificate=certificate, **self.NAMES)
        made = make_devices(load_config(file, KioskConfig).devices, clock=SystemClock())
        assert isinstance(made.emoney, NexoTerminal)
        assert made.watched == (made.emoney,)

    def test_without_one_there_are_coins_only(self, tmp_path: Path) -> None:
        assert (
            make_devices(load_config(written(tmp_path, emoney="none"), KioskConfig).devices, clock=SystemClock()).emoney
            is None
        )

    @pytest.mark.parametrize("url", ["http://terminal/nexo", "nexo", "https://", "https://a@terminal/", "https://t/?x"])
    def test_only_https_is_an_address(self, tmp_path: Path, url: str) -> None:
        problem = refused(written(tmp_path, emoney=url))
        assert (problem.key, "https://" in problem.cause) == ("devices.emoney", True)

    def test_names_and_certificate_must_be_there(self, tmp_path: Path, authority: Authority) -> None:
        assert refused(written(tmp_path, emoney=self.URL, emoney_poi_id="POI-7")).key == "devices.emoney_sale_id"
        assert refused(written(tmp_path, emoney=self.URL, emoney_sale_id="k")).key == "devices.emoney_poi_id"
        assert refused(written(tmp_path, emoney=self.URL, **self.NAMES)).key == "devices.emoney_certificate"
        key = authority.issue("terminal").files.key
        problem = refused(written(tmp_path, emoney=self.URL, emoney_certificate=key, **self.NAMES))
        assert problem.key == "devices.emoney_certificate"

"""`config declare` and `config peer` change one thing of a file that a person wrote, or nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from madoguchi import cli
from madoguchi.deployment.tls import TlsAuthority, fingerprint, write_certificate
from madoguchi.jukinet.config import JukinetConfig
from madoguchi.runtime.config import load_config, refuse_stranger
from madoguchi.wire.identifiers import Environment

WRITTEN = """\
# our registry, set up by two people
party = "jukinet"
name = "jukinet-1"
environment = "test"
version_expected = "{version}"
ward = "131999"
peers = []   # nobody yet

[listen]
port = 8446  # the firewall knows it

[tls]
certificate = "tls.pem"
key = "tls.key"
ca = "ca.pem"

[topology]
replicas = ["jukinet-1"]
  fingerprint = ""  # entered when both have read it

[trust]
list = "trust-list.cose"
root_key = "root.pem"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    from madoguchi import __version__

    path = tmp_path / "config.toml"
    path.write_text(WRITTEN.format(version=__version__), encoding="utf-8")
    path.chmod(0o640)
    return path


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    now = datetime.now(UTC)
    _, made = TlsAuthority.create(environment=Environment.TEST, at=now).issue(name="issuer-1", at=now)
    write_certificate(made, tmp_path / "issuer.pem")
    (tmp_path / "expected.txt").write_text(fingerprint(made))
    return tmp_path / "issuer.pem"


def peer(file: Path, certificate: Path, *more: str) -> int:
    return cli.main(
        [
            *("config", "peer", str(file), "--party", "issuer", "--name", "issuer-1", "--code", "131999"),
            *("--certificate", str(certificate), *more),
        ]
    )


def test_declared_is_no_stranger_and_every_other_line_is_as_it_was(file: Path) -> None:
    before = file.read_text(encoding="utf-8").splitlines()
    assert cli.main(["config", "declare", str(file)]) == 0
    refuse_stranger(load_config(file, JukinetConfig), party="jukinet")
    after = file.read_text(encoding="utf-8").splitlines()
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert len(changed) == 1
    assert changed[0][1].endswith('"  # entered when both have read it')
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_fingerprint_elsewhere_is_not_touched(file: Path, certificate: Path) -> None:
    assert peer(file, certificate) == 0
    (known,) = load_config(file, JukinetConfig).peers
    assert cli.main(["config", "declare", str(file)]) == 0
    assert load_config(file, JukinetConfig).peers == (known,)


def test_a_peer_is_known_by_its_certificate(file: Path, certificate: Path) -> None:
    assert peer(file, certificate, "--url", "https://127.0.0.1:8443") == 0
    (known,) = load_config(file, JukinetConfig).peers
    assert known.fingerprints == ((certificate.parent / "expected.txt").read_text(),)
    assert (known.party, known.name, known.code, known.url) == (
        "issuer", "issuer-1", "131999", "https://127.0.0.1:8443",
    )  # fmt: skip
    assert "# our registry, set up by two people" in file.read_text(encoding="utf-8")


def test_the_same_peer_twice_changes_nothing(file: Path, certificate: Path) -> None:
    assert peer(file, certificate) == 0
    once = file.read_bytes()
    assert peer(file, certificate) == 0
    assert file.read_bytes() == once


def test_a_peer_with_another_address_is_left_for_a_person(file: Path, certificate: Path) -> None:
    assert peer(file, certificate) == 0
    once = file.read_bytes()
    assert peer(file, certificate, "--url", "https://127.0.0.1:8443") == cli.PROBLEM
    assert file.read_bytes() == once


@pytest.mark.parametrize("url", ["http://127.0.0.1:8443", "127.0.0.1"])
def test_a_file_that_would_not_load_is_not_written(file: Path, certificate: Path, url: str) -> None:
    once = file.read_bytes()
    assert peer(file, certificate, "--url", url) == cli.PROBLEM
    assert file.read_bytes() == once
    assert sorted(each.name for each in file.parent.iterdir()) == ["config.toml", "expected.txt", "issuer.pem"]


def test_what_is_no_certificate_is_named(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.pem"
    other.write_text("nothing")
    assert peer(file, other) == cli.PROBLEM
    assert "other.pem" in capsys.readouterr().err


def test_without_a_line_for_it_the_file_stays(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = file.read_text(encoding="utf-8")
    inline = text.replace('[topology]\nreplicas = ["jukinet-1"]\n  fingerprint = ""', "[topology]\nreplicas = []\n#")
    inline = inline.replace("peers = []", 'topology = { replicas = ["jukinet-1"], fingerprint = "" }\npeers = []')
    file.write_text(inline.replace("[topology]\nreplicas = []\n#", "#"), encoding="utf-8")
    once = file.read_bytes()
    assert cli.main(["config", "declare", str(file)]) == cli.PROBLEM
    assert "topology.fingerprint" in capsys.readouterr().err
    assert file.read_bytes() == once

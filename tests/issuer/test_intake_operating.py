"""`issuer init-intake`, and `check` and `status` of an intake's configuration."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest

from madoguchi.issuer.config import IssuerConfig
from madoguchi.issuer.intake.config import IntakeConfig
from madoguchi.runtime.cluster import Cluster
from madoguchi.runtime.config import load_config, refuse_stranger
from tests.issuer.test_operating import Empty, not_well, told

CERTIFIER = ("--certifier", "2018-04-01", "窓口区長", "見本 太郎", "見本")


@pytest.fixture
def issuer(tmp_path: Path, postgres: Cluster) -> Empty:
    made = Empty(tmp_path, postgres)
    made.first(*CERTIFIER)
    return made


def init_intake(issuer: Empty, file: Path, *more: str) -> int:
    return told("init-intake", "--config", str(file), "--issuer", str(issuer.file), *more).exit_code


def test_what_issuer_and_intake_share_is_the_same(issuer: Empty, tmp_path: Path) -> None:
    file = tmp_path / "intake" / "config.toml"
    assert init_intake(issuer, file, "--drop", str(tmp_path / "drop")) == 0
    ours, theirs = load_config(issuer.file, IssuerConfig), load_config(file, IntakeConfig)
    refuse_stranger(theirs, party="intake")
    assert (theirs.ward, theirs.menu, theirs.feeds) == (ours.ward, ours.menu, ours.feeds)
    assert [each.name for each in ours.paper.authorities] == ["見本 太郎"]
    for name in ("kek", "index", "pseudonyms"):
        own, copied = getattr(ours.data_keys, name), getattr(theirs.data_keys, name)
        assert (own != copied, own.read_bytes()) == (True, copied.read_bytes())
        assert copied.stat().st_mode & 0o077 == 0
    assert theirs.database is not None
    assert psycopg.conninfo.conninfo_to_dict(theirs.database.url)["user"] == f"{issuer.database}_intake"


def test_a_configuration_that_is_there_is_left_alone(issuer: Empty, tmp_path: Path) -> None:
    file = tmp_path / "intake" / "config.toml"
    assert init_intake(issuer, file) == 0
    before = file.read_bytes()
    assert init_intake(issuer, file, "--port", "9999") == 1
    assert file.read_bytes() == before


def test_another_wards_key_in_the_intakes_directory_stops_it(issuer: Empty, tmp_path: Path) -> None:
    home = tmp_path / "intake"
    home.mkdir()
    (home / "kek.key").write_bytes(b"x" * 32)
    assert init_intake(issuer, home / "config.toml") == 1
    assert (home / "kek.key").read_bytes() == b"x" * 32
    assert not (home / "config.toml").exists()


def test_a_ward_code_that_is_none_is_refused_before_anything_is_made(tmp_path: Path, postgres: Cluster) -> None:
    empty = Empty(tmp_path, postgres)
    result = told("init", "--config", str(empty.file), "--ward", "13199", "--admin-url", postgres.admin_url)
    assert result.exit_code == 2
    assert not empty.file.exists()


def test_check_says_what_an_intake_still_needs(issuer: Empty, tmp_path: Path) -> None:
    file = tmp_path / "intake" / "config.toml"
    init_intake(issuer, file, "--drop", str(tmp_path / "drop"))
    result = told("check", "--config", str(file))
    assert result.exit_code == 1
    assert not_well(result) == {"key files", "TLS certificate", "trust list", "drop directory", "jukinet", "feeds"}
    assert "ok      rights of the bulk role: fills what is received, sees nothing of what was issued" in result.output
    assert "ok      schema" in result.output


def test_check_finds_a_role_that_may_look_at_what_was_issued(issuer: Empty, tmp_path: Path) -> None:
    file = tmp_path / "intake" / "config.toml"
    init_intake(issuer, file)
    with psycopg.connect((issuer.home / "owner.url").read_text()) as connection:
        connection.execute(f"GRANT SELECT ON issuances TO {issuer.database}_intake".encode())
    result = told("check", "--config", str(file))
    assert "rights of the bulk role" in not_well(result)
    assert "SELECT on issuances: held" in result.output


def test_status_says_who_takes_in_and_how_old_it_is(issuer: Empty, tmp_path: Path) -> None:
    file = tmp_path / "intake" / "config.toml"
    init_intake(issuer, file)
    topology = told("topology", "declare", "--config", str(file), "--by", "Suzuki")
    assert topology.exit_code == 0, topology.output
    found = json.loads(told("status", "--config", str(file), "--json").output)
    assert found["party"] == "intake"
    assert [each["declared_by"] for each in found["programs"]] == ["Suzuki"]
    assert [(each["feed"], each["too_old"]) for each in found["feeds"]] == [("tax", True), ("jukinet", True)]
    assert "receipts" not in found

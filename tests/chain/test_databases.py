"""A database and a login role per party that can connect to nothing else."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from tests.chain.town import Town

PARTIES = ("tax", "jukinet", "jpki", "issuer", "center")


@pytest.mark.parametrize("party", PARTIES)
@pytest.mark.parametrize("role", ["url", "owner_url"])
def test_a_role_enters_its_own_database_and_no_other(the_town: Town, party: str, role: str) -> None:
    url = getattr(the_town.running.site.databases[party], role)
    psycopg.connect(url).close()

    for other in {*PARTIES, "postgres", "template1"} - {party}:
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(urlunsplit(urlsplit(url)._replace(path=f"/{other}")))


@pytest.mark.parametrize("party", PARTIES)
def test_a_serving_role_changes_nothing_of_the_schema(the_town: Town, party: str) -> None:
    with psycopg.connect(the_town.running.site.databases[party].url, autocommit=True) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE public.mine (id int)")
        for table in ("pg_authid", "pg_shadow"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT * FROM {table}")


def test_kiosk_ec_verify_and_oversight_have_no_database_server(the_town: Town) -> None:
    for party in ("kiosk", "ec", "verify", "oversight"):
        for name in the_town.names(party):
            assert "postgresql" not in (the_town.home(name) / "config.toml").read_text(encoding="utf-8")


def test_a_configuration_holds_its_own_password_only(the_town: Town) -> None:
    passwords = {party: urlsplit(the_town.running.site.databases[party].url).password or "" for party in PARTIES}
    for process in the_town.running.site.plan.processes:
        said = (the_town.home(process.name) / "config.toml").read_text(encoding="utf-8")
        found = {party for party, password in passwords.items() if password in said}
        assert found == {process.party} & set(PARTIES)

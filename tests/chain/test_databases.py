"""A database and a login role per party that can connect to nothing else."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from tests.chain.town import Town

PARTIES = ("tax", "jukinet", "jpki", "issuer", "center")


ROLES = (*((party, role) for party in PARTIES for role in ("url", "owner_url")), ("issuer", "intake"))


def url_of(town: Town, party: str, role: str) -> str:
    database = town.running.site.databases[party]
    return {"url": database.url, "owner_url": database.owner_url, **database.others}[role]


@pytest.mark.parametrize(("party", "role"), ROLES)
def test_a_role_enters_its_own_database_and_no_other(the_town: Town, party: str, role: str) -> None:
    url = url_of(the_town, party, role)
    psycopg.connect(url).close()

    for other in {*PARTIES, "postgres", "template1"} - {party}:
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(urlunsplit(urlsplit(url)._replace(path=f"/{other}")))


@pytest.mark.parametrize(("party", "role"), [each for each in ROLES if each[1] != "owner_url"])
def test_no_process_changes_anything_of_the_schema(the_town: Town, party: str, role: str) -> None:
    with psycopg.connect(url_of(the_town, party, role), autocommit=True) as connection:
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
    processes = {**{party: (party, "url") for party in PARTIES}, "intake": ("issuer", "intake")}
    passwords = {name: urlsplit(url_of(the_town, *where)).password or "" for name, where in processes.items()}
    for process in the_town.running.site.plan.processes:
        said = (the_town.home(process.name) / "config.toml").read_text(encoding="utf-8")
        found = {party for party, password in passwords.items() if password in said}
        assert found == {process.party} & set(processes)

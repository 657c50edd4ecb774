"""A party's database and its two login roles, made by the server's administrator. Safe to run twice."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

OWNER_SUFFIX: Final = "_owner"
_OF_THE_ROLE: Final = frozenset({"user", "password", "dbname"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyDatabase:
    """Where a party's database is reached. Every URL holds a password."""

    url: str = field(repr=False)
    owner_url: str = field(repr=False)
    others: Mapping[str, str] = field(default_factory=dict, repr=False)
    """URLs of processes with a role of their own, by the process's name in the role: `intake` for `issuer_intake`."""


def provision(admin_url: str, name: str) -> PartyDatabase:
    """Database `name`, its owner role `name_owner` and its serving role `name`; roles that exist get new passwords.

    The owner is a member, without any right, of the serving role: so that pg_hba's `samerole` lets it in.
    """
    owner, passwords = name + OWNER_SUFFIX, (secrets.token_urlsafe(24), secrets.token_urlsafe(24))
    database, serving_role, owner_role = sql.Identifier(name), sql.Identifier(name), sql.Identifier(owner)
    with psycopg.connect(admin_url, autocommit=True) as connection:
        for role, password in zip((name, owner), passwords, strict=True):
            _login(connection, role, password)
        connection.execute(sql.SQL("GRANT {} TO {} WITH INHERIT FALSE, SET FALSE").format(serving_role, owner_role))
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner_role))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, serving_role))
    return PartyDatabase(
        url=_url(admin_url, role=name, password=passwords[0], database=name),
        owner_url=_url(admin_url, role=owner, password=passwords[1], database=name),
    )


def provision_bulk_role(admin_url: str, name: str, process: str) -> str:
    """Role `name_process` of a process that writes whole tables; its URL. One that exists gets a new password.

    It passes row security, which COPY does not work under; what it may touch is what a migration grants it.
    """
    role, password = f"{name}_{process}", secrets.token_urlsafe(24)
    serving_role, its_role = sql.Identifier(name), sql.Identifier(role)
    with psycopg.connect(admin_url, autocommit=True) as connection:
        _login(connection, role, password)
        connection.execute(sql.SQL("ALTER ROLE {} BYPASSRLS").format(its_role))
        connection.execute(sql.SQL("GRANT {} TO {} WITH INHERIT FALSE, SET FALSE").format(serving_role, its_role))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(serving_role, its_role))
    return _url(admin_url, role=role, password=password, database=name)


def _login(connection: psycopg.Connection[Any], role: str, password: str) -> None:
    found = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
    words = "ALTER ROLE {} LOGIN PASSWORD {}" if found is not None else "CREATE ROLE {} LOGIN PASSWORD {}"
    connection.execute(sql.SQL(words).format(sql.Identifier(role), sql.Literal(password)))


def _url(admin_url: str, *, role: str, password: str, database: str) -> str:
    """The same server, as another role."""
    where = {key: str(value) for key, value in conninfo_to_dict(admin_url).items() if key not in _OF_THE_ROLE}
    return f"postgresql://{role}:{password}@/{database}?{urlencode(where)}"

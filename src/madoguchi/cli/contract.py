"""`./madoguchi contract`: the wire contract of every party, from the routes that it serves.

A party's routes are methods of what serves them. Their declaration needs none of its state, so an empty object of the
class is enough here, and no key, database or configuration is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import click

from madoguchi.runtime.endpoint import Endpoint, with_house_endpoints
from madoguchi.runtime.openapi import write_openapi

DOCUMENTS = Path(__file__).resolve().parents[3] / "docs" / "wire"

T = TypeVar("T")


@click.command()
@click.option("--out", "directory", type=click.Path(path_type=Path, file_okay=False), default=DOCUMENTS)
def command(directory: Path) -> None:
    """Write one OpenAPI 3.1 document per party into docs/wire."""
    for party, endpoints in contracts().items():
        write_openapi(endpoints, party, directory / f"{party}.json")
        click.echo(f"{party}: {len(endpoints)} routes")


def contracts() -> dict[str, tuple[Endpoint, ...]]:
    """Party to everything that its mutual-TLS listener answers."""
    from madoguchi.cli import PARTIES

    return {party: with_house_endpoints(_OWN.get(party, tuple)(), party=party) for party in [*PARTIES, "intake"]}


def _blank(kind: type[T]) -> T:
    """An object whose methods can be named but not called."""
    return kind.__new__(kind)


def _jukinet() -> Sequence[Endpoint]:
    from madoguchi.jukinet.serve import Jukinet

    return _blank(Jukinet).endpoints()


def _jpki() -> Sequence[Endpoint]:
    from madoguchi.jpki.service import Service

    return _blank(Service).endpoints()


def _issuer() -> Sequence[Endpoint]:
    from madoguchi.issuer.endpoints import Service

    return _blank(Service).endpoints()


def _intake() -> Sequence[Endpoint]:
    from madoguchi.issuer.intake.endpoints import Service

    return _blank(Service).endpoints()


def _center() -> Sequence[Endpoint]:
    from madoguchi.center.endpoints import endpoints
    from madoguchi.center.parts import Parts

    return endpoints(_blank(Parts))


def _ec() -> Sequence[Endpoint]:
    from madoguchi.ec.endpoints import Served, endpoints

    return endpoints(_blank(Served))


_OWN: dict[str, Callable[[], Sequence[Endpoint]]] = {
    "jukinet": _jukinet,
    "jpki": _jpki,
    "issuer": _issuer,
    "intake": _intake,
    "center": _center,
    "ec": _ec,
}
"""Parties with routes of their own; the others only call, and answer about their health."""

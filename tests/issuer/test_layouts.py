"""What a cell says, without names: exactly what was sent, and nothing to a program that knows other columns."""

from __future__ import annotations

import secrets
from types import MappingProxyType
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from madoguchi.errors import MadoguchiError
from madoguchi.issuer.store import cells, layouts
from madoguchi.issuer.store.cells import open_cell, seal_cell
from madoguchi.issuer.store.layouts import (
    FORMAT,
    LAYOUTS,
    InstalmentColumns,
    PersonColumns,
    RecordColumns,
    instalment_octets,
    person_octets,
    record_from,
    record_octets,
)
from tests.issuer.world import HANAKO, tax_of, terms_of

DIGESTS = {
    "person": "688680f155e265dfe96a12327fa3a9f5",
    "record": "0974cf25bda48ba72f499da67a6e5fec",
    "instalments": "65a86d14d0a2831d3f68f0c35d3afcf1",
}
"""Of format 1. Columns that differ are another format: give it the next number, and the ward a snapshot."""


def test_each_column_comes_back_as_it_was_sent() -> None:
    person = msgspec.msgpack.decode(person_octets(HANAKO), type=PersonColumns)
    assert all(getattr(person, name) == getattr(HANAKO, name) for name in PersonColumns.__struct_fields__)
    record = tax_of(HANAKO, remarks="備考", loss_carried_over=None)
    assert record_from(msgspec.msgpack.decode(record_octets(record), type=RecordColumns)) == record
    terms = (terms_of(HANAKO), terms_of(HANAKO, instalment=2, paid=0))
    octets = instalment_octets(HANAKO.addressee_number, 2026, terms)
    assert msgspec.msgpack.decode(octets, type=InstalmentColumns).rows() == terms


def test_a_column_more_or_less_does_not_decode() -> None:
    values = msgspec.msgpack.decode(record_octets(tax_of(HANAKO)))
    for wrong in (values[:-1], [*values, ""]):
        with pytest.raises(msgspec.ValidationError):
            msgspec.msgpack.decode(msgspec.msgpack.encode(wrong), type=RecordColumns)


def test_the_columns_of_this_format_are_pinned() -> None:
    assert FORMAT == 1
    assert {name: layouts.digest_of(name).hex() for name in LAYOUTS} == DIGESTS


@pytest.mark.parametrize("change", ["order", "format"])
def test_a_program_with_other_columns_opens_no_cell(change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It refuses, where reading on would print one column as another."""
    cipher, key_id = AESGCM(secrets.token_bytes(32)), secrets.token_bytes(16)
    place: dict[str, Any] = {"person": bytes(16), "year": 2026, "columns": "record"}
    cell = seal_cell(record_octets(tax_of(HANAKO)), cipher=cipher, key_id=key_id, **place)
    assert open_cell(cell, cipher=cipher, **place)
    if change == "format":
        cell = bytes([FORMAT + 1]) + cell[1:]
    else:
        first, second, *others = LAYOUTS["record"]
        monkeypatch.setattr(layouts, "LAYOUTS", MappingProxyType({**LAYOUTS, "record": (second, first, *others)}))
        cells._bound.cache_clear()
    try:
        with pytest.raises(MadoguchiError, match=r"issuer\.row_damaged"):
            open_cell(cell, cipher=cipher, **place)
    finally:
        cells._bound.cache_clear()


def test_a_cell_is_small() -> None:
    """A ward has a million of them. The names alone were more than a thousand octets."""
    assert len(record_octets(tax_of(HANAKO))) < 350

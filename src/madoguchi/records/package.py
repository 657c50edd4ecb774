"""What the tax system's package is made of: three files as bytes, their digests, and control totals.

Shared by the sender (tax) and the receiver (issuer), so that both add up the same columns. Serials are not in it: they
come from the registry.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from msgspec import Struct

from madoguchi.records.columns import MOST_YEN, Kind, columns
from madoguchi.records.files import INSTALMENTS, RESIDENTS, TAXES, RecordFile, Row
from madoguchi.records.instalment import Instalment
from madoguchi.records.problems import TOTAL
from madoguchi.records.reader import Faults, read_stream
from madoguchi.records.resident import Resident
from madoguchi.records.tax import TaxRecord
from madoguchi.records.writer import file_bytes
from madoguchi.wire.feed import FeedFile
from madoguchi.wire.identifiers import sha256

PACKAGE_FILES = (RESIDENTS.name, TAXES.name, INSTALMENTS.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageRecords:
    """The rows of a package; in a delta only the people that changed, each with all their rows."""

    residents: tuple[Resident, ...]
    taxes: tuple[TaxRecord, ...]
    instalments: tuple[Instalment, ...]


def control_totals(file: RecordFile[Row], rows: Iterable[Struct]) -> dict[str, int]:
    """The sum of every money column, by its name; an empty cell adds nothing."""
    names = [each.name for each in columns(file.row) if each.kind is Kind.INTEGER and each.at_most == MOST_YEN]
    totals = dict.fromkeys(names, 0)
    for row in rows:
        for name in names:
            totals[name] += getattr(row, name) or 0
    return totals


def write_package(records: PackageRecords) -> tuple[dict[str, bytes], tuple[FeedFile, ...]]:
    """The files as bytes, and what the manifest says of each."""
    made = [
        _written(RESIDENTS, records.residents),
        _written(TAXES, records.taxes),
        _written(INSTALMENTS, records.instalments),
    ]
    return {about.name: raw for raw, about in made}, tuple(about for _, about in made)


def read_package(files: Mapping[str, bytes], about: Iterable[FeedFile]) -> PackageRecords:
    """Read all files or none, against what the (verified) manifest says of them.

    Raises `RecordsRefusedError` naming file, line, column and reason: a bad row, a digest, a count or a control total.
    """
    faults = Faults()
    described = {each.name: each for each in about}
    if set(described) != set(PACKAGE_FILES) or set(files) != set(PACKAGE_FILES):
        faults.add("manifest", 0, "", TOTAL)
        faults.refuse()
    residents = _read(files, described, RESIDENTS, faults=faults, known=None)
    known = frozenset(each.addressee_number for each in residents)
    records = PackageRecords(
        residents=residents,
        taxes=_read(files, described, TAXES, faults=faults, known=known),
        instalments=_read(files, described, INSTALMENTS, faults=faults, known=known),
    )
    faults.refuse()
    return records


def _written(file: RecordFile[Row], rows: tuple[Row, ...]) -> tuple[bytes, FeedFile]:
    raw = file_bytes(file, rows)
    about = FeedFile(name=file.name, sha256=sha256(raw), rows=len(rows), totals=control_totals(file, rows))
    return raw, about


def _read(
    files: Mapping[str, bytes],
    described: Mapping[str, FeedFile],
    file: RecordFile[Row],
    *,
    faults: Faults,
    known: frozenset[str] | None,
) -> tuple[Row, ...]:
    raw, about = files[file.name], described[file.name]
    if sha256(raw) != about.sha256:
        faults.add(file.name, 0, "sha256", TOTAL)
        return ()
    rows = tuple(read_stream(io.BytesIO(raw), file, faults=faults, known=known))
    if not faults.found and len(rows) != about.rows:
        faults.add(file.name, 0, "rows", TOTAL)
    if not faults.found and control_totals(file, rows) != about.totals:
        faults.add(file.name, 0, "totals", TOTAL)
    return rows

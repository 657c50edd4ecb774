"""The other systems of the examples, played: they write our rows the way their mapping says."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from msgspec.structs import astuple

from madoguchi.records import RecordSet
from madoguchi.records.adapters.mapping import ColumnMap, FileMap, Mapping

EXAMPLES = Path(__file__).parents[2] / "examples" / "feeds"
_ROWS: dict[str, Callable[[RecordSet], tuple[Any, ...]]] = {
    "residents": lambda records: records.residents,
    "taxes": lambda records: records.taxes,
    "instalments": lambda records: records.instalments,
}


class ForeignSystem:
    """Writes files, and the table of the characters that it could not write otherwise."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self.gaiji: dict[str, int] = {}

    def write(self, directory: Path, records: RecordSet) -> None:
        for file in self._mapping.files:
            rows = _ROWS[file.ours](records)
            if file.format == "fixed":
                (directory / file.file).write_bytes(self._fixed(file, rows))
            else:
                self._delimited(directory / file.file, file, rows)

    def gaiji_table(self) -> str:
        """As a ward would write it."""
        lines = []
        for sequence, code in self.gaiji.items():
            octets = chr(code).encode("cp932").hex().upper()
            lines.append(f"{octets}\t{' '.join(f'U+{ord(each):04X}' for each in sequence)}\n")
        return "".join(lines)

    def _fixed(self, file: FileMap, rows: tuple[Any, ...]) -> bytes:
        length = file.record_length or 0
        made = [b"1".ljust(length)]
        for row in rows:
            record = bytearray(b"2".ljust(length))
            for name, column in file.columns.items():
                start = (column.start or 1) - 1
                text = self._text(getattr(row, name), column, fixed=True)
                octets = self._cp932(text)
                assert len(octets) <= (column.length or 0), name
                record[start : start + len(octets)] = octets
            made.append(bytes(record))
        made.append(f"9{len(rows):08}".encode().ljust(length))
        return b"".join(made)

    def _delimited(self, path: Path, file: FileMap, rows: tuple[Any, ...]) -> None:
        with path.open("w", encoding=file.encoding, newline="") as out:
            writer = csv.writer(out)
            writer.writerow([each.source for each in file.columns.values()])
            for row in rows:
                assert len(astuple(row)) == len(file.columns)
                writer.writerow([self._text(getattr(row, name), each) for name, each in file.columns.items()])

    def _text(self, value: Any, column: ColumnMap, *, fixed: bool = False) -> str:
        if value is None or value == "":
            return column.empty[0] if column.empty else ""
        if column.type == "date":
            return self._date(value, column)
        if column.type == "code":
            said = str(int(value)) if isinstance(value, bool) else str(value)
            return next(theirs for theirs, ours in self._mapping.codes[column.codes or ""].items() if ours == said)
        if column.type == "amount":
            return _amount(value // column.unit, column, fixed=fixed)
        if column.type == "digits":
            said = str(int(value)) if isinstance(value, bool) else str(value)
            return said if fixed else said.lstrip("0")
        return str(value)

    def _date(self, value: date, column: ColumnMap) -> str:
        if column.format == "gyymmdd":
            digit, first = max(
                (pair for pair in self._mapping.eras.items() if pair[1] <= value.year), key=lambda e: e[1]
            )
            return f"{digit}{value.year - first + 1:02}{value:%m%d}"
        return value.strftime({"yyyymmdd": "%Y%m%d", "yyyy/mm/dd": "%Y/%m/%d"}[column.format])

    def _cp932(self, text: str) -> bytes:
        """What CP932 lacks becomes a private character, a base with its variation selector as one."""
        made, place = b"", 0
        while place < len(text):
            end = place + 1
            while end < len(text) and 0xE0100 <= ord(text[end]) <= 0xE01EF:
                end += 1
            sequence = text[place:end]
            try:
                made += sequence.encode("cp932")
            except UnicodeEncodeError:
                made += chr(self.gaiji.setdefault(sequence, 0xE000 + len(self.gaiji))).encode("cp932")
            place = end
        return made


def _amount(value: int, column: ColumnMap, *, fixed: bool) -> str:
    digits = f"{abs(value):0{column.length if fixed else 1}}"
    if value >= 0:
        return digits
    return digits[:-1] + chr(ord("p") + int(digits[-1])) if column.sign == "zone" else f"-{digits}"

"""A ruled grid taken apart: joined cells become one box or label, and rules run between what is not joined."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from madoguchi.certificate.layout.parts import Align, Box, Label, Rule, Table, Tint

_PADDING_MM: Final = 1.4
_LIGHT, _TOTAL, _HEAVY = 0.25, 0.7, 0.8

Cell = tuple[int, int]
"""Row and column, from 0."""


class GridError(ValueError):
    """A table that does not fit together: what is wrong, and in which cell (None: the table itself)."""

    def __init__(self, what: str, cell: Cell | None = None) -> None:
        super().__init__(what)
        self.cell = cell


class Grid:
    """A table taken apart. Boxes and labels come with the cell that they were written in. Raises `GridError`."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.boxes: list[tuple[Box, Cell]] = []
        self.labels: list[tuple[Label, Cell]] = []
        self.rules: list[Rule] = []
        self.tints: list[Tint] = []
        self._check_width(len(table.columns))
        self._lefts = [round(table.x + sum(table.columns[:column]), 3) for column in range(len(table.columns) + 1)]
        self._tops = [round(table.y + table.row * row, 3) for row in range(len(table.rows) + 1)]
        self._owner = self._owners()
        for row, column in dict.fromkeys(self._owner.values()):
            self._cell(row, column)
        self._draw_rules()

    def _check_width(self, width: int) -> None:
        if len(self.table.aligns) != width:
            raise GridError(f"every row and aligns need {width} cells")
        for number, row in enumerate(self.table.rows):
            if len(row) != width:
                raise GridError(f"every row and aligns need {width} cells, this row has {len(row)}", (number, 0))

    def _owners(self) -> dict[Cell, Cell]:
        """Which cell each place of the grid belongs to, after `<` and `^`."""
        owner: dict[Cell, Cell] = {}
        for row, cells in enumerate(self.table.rows):
            for column, cell in enumerate(cells):
                source = {"<": (row, column - 1), "^": (row - 1, column)}.get(cell)
                if source is not None and source not in owner:
                    raise GridError(f"nothing to join at row {row + 1}, column {column + 1}", (row, column))
                owner[row, column] = owner[source] if source else (row, column)
        return owner

    def _cell(self, row: int, column: int) -> None:
        table = self.table
        members = [place for place, owner in self._owner.items() if owner == (row, column)]
        x, right = self._lefts[column], self._lefts[max(c for _, c in members) + 1]
        y, bottom = self._tops[row], self._tops[max(r for r, _ in members) + 1]
        text = table.rows[row][column]
        head = row < table.header
        if head or (column in table.label_columns and not text.startswith("@")):
            self.tints.append(Tint(x=x, y=y, w=right - x, h=bottom - y, grey=0.90 if head else 0.95))
        inner: dict[str, Any] = {"x": x + _PADDING_MM, "y": y, "w": right - x - 2 * _PADDING_MM, "h": bottom - y}
        if text.startswith("@"):
            box = Box(
                name=text[1:],
                size=table.size,
                min_size=min(table.min_size, table.size),
                lines=table.lines,
                align=table.aligns[column],
                **inner,
            )
            self.boxes.append((box, (row, column)))
        elif text:
            centred = head or column in table.centred_columns
            align: Align = "center" if centred else "left"
            self.labels.append((Label(text=text, size=table.label_size, align=align, **inner), (row, column)))

    def _draw_rules(self) -> None:
        rows, columns = len(self.table.rows), len(self.table.columns)
        for row in range(rows + 1):
            outer = row in {0, rows}
            weight = _HEAVY if outer else (_TOTAL if row in self.table.heavy_rows else _LIGHT)
            wanted = [outer or self._owner[row - 1, column] != self._owner[row, column] for column in range(columns)]
            for start, end in _stretches(wanted):
                left = self._lefts[start]
                self.rules.append(Rule(x=left, y=self._tops[row], w=self._lefts[end] - left, weight=weight))
        for column in range(columns + 1):
            outer = column in {0, columns}
            wanted = [outer or self._owner[row, column - 1] != self._owner[row, column] for row in range(rows)]
            for start, end in _stretches(wanted):
                top = self._tops[start]
                weight = _HEAVY if outer else _LIGHT
                self.rules.append(Rule(x=self._lefts[column], y=top, h=self._tops[end] - top, weight=weight))


def _stretches(wanted: Iterable[bool]) -> list[tuple[int, int]]:
    """Runs of True as (start, end)."""
    found: list[tuple[int, int]] = []
    start: int | None = None
    for at, flag in enumerate([*wanted, False]):
        if flag and start is None:
            start = at
        elif not flag and start is not None:
            found.append((start, at))
            start = None
    return found

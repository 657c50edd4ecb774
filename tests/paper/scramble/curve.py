"""How much of a back may be destroyed: a fixed set of sheets and seeds, as JSON, a table and a plot.

    PYTHONPATH=src python -m tests.paper.scramble.curve DIRECTORY [SEEDS]

Here and not in `madoguchi bench`, because the printers and scanners are simulated (`tests/paper/printscan.py`), and a
program that is delivered does not contain them. Writes after every seed, so that it may be stopped.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray

from madoguchi.errors import MadoguchiError
from madoguchi.paper.back import BackMaker
from madoguchi.paper.redrawn import PIXELS_PER_POINT
from madoguchi.paper.scramble.content import Front
from madoguchi.paper.scramble.field import CELL_DOTS
from madoguchi.paper.scramble.restoring import restore
from madoguchi.runtime.fonts import find_fonts
from tests.paper.printscan import HARSH, MILD, PHONE, Conditions, covered, scanned
from tests.paper.scramble.fronts import NUMBER, front
from tests.paper.scramble.rasters import raster_front

FIELD: Final = (240, 240, 4480, 5632)
SHARES: Final = tuple(tenth / 10 for tenth in range(10))
WAYS: Final[Mapping[str, Conditions]] = {
    "mild 300 dpi": MILD,
    "harsh 300 dpi": HARSH,
    "phone": PHONE,
    "fax 200 dpi 1-bit": replace(MILD, dpi=200, one_bit=True),
}
COLOURS: Final = ("#1f6f43", "#b3261e", "#2457a6", "#7a5c00")
_LEFT, _TOP, _WIDTH, _HEIGHT = 60, 30, 300, 200

Grey = NDArray[np.uint8]
Counts = dict[tuple[str, str, float], list[bool]]


def fronts() -> dict[str, Front]:
    """Both kinds."""
    return {"page description": front(), "raster": raster_front()}


def drawn(sealed: Front) -> Grey:
    """The back as a 600 dpi printer has it."""
    with pdfium.PdfDocument(BackMaker(find_fonts()[0]).back(NUMBER, sealed)) as document:
        picture: Grey = document[0].render(scale=PIXELS_PER_POINT * CELL_DOTS, grayscale=True).to_numpy().copy()
    return picture.reshape(picture.shape[:2])


def read_back(picture: Grey, sealed: Front) -> bool:
    """Whether the front came back bit for bit. A wrong front is no failure to restore: it ends the run."""
    try:
        found = restore(picture)
    except MadoguchiError:
        return False
    assert (found.paper_number, found.front) == (NUMBER, sealed), "a wrong front"
    return True


def plot(counts: Counts) -> str:
    """An SVG: one panel per kind, a line per way."""
    kinds = list(dict.fromkeys(kind for kind, _, _ in counts))
    width = _LEFT + (_WIDTH + _LEFT) * len(kinds)
    size = f'width="{width}" height="{_TOP + _HEIGHT + 110}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    for at, kind in enumerate(kinds):
        parts += _panel(kind, _LEFT + at * (_WIDTH + _LEFT), counts)
    for at, way in enumerate(WAYS):
        x, y = _LEFT + at * 160, _TOP + _HEIGHT + 80
        parts.append(f'<path d="M{x} {y - 4}h24" stroke="{COLOURS[at]}" stroke-width="2"/>')
        parts.append(f'<text x="{x + 30}" y="{y}">{way}</text>')
    return "\n".join([*parts, "</svg>\n"])


def _panel(kind: str, left: int, counts: Counts) -> Iterable[str]:
    bottom = _TOP + _HEIGHT
    yield f'<text x="{left}" y="{_TOP - 10}" font-weight="bold">{kind}: share restored bit for bit</text>'
    for tenth in range(0, 11, 2):
        y = bottom - _HEIGHT * tenth / 10
        yield f'<path d="M{left} {y}h{_WIDTH}" stroke="#ddd"/>'
        yield f'<text x="{left - 6}" y="{y + 4}" text-anchor="end">{tenth * 10} %</text>'
    for share in SHARES[::2]:
        x = left + _WIDTH * share / SHARES[-1]
        yield f'<text x="{x}" y="{bottom + 18}" text-anchor="middle">{share:.0%}</text>'
    yield f'<text x="{left + _WIDTH / 2}" y="{bottom + 40}" text-anchor="middle">share of the field destroyed</text>'
    for way, colour in zip(WAYS, COLOURS, strict=True):
        points = [
            f"{left + _WIDTH * share / SHARES[-1]:.1f},{bottom - _HEIGHT * np.mean(counts[kind, way, share]):.1f}"
            for share in SHARES
            if counts.get((kind, way, share))
        ]
        yield f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}" stroke-width="2"/>'


def table(counts: Counts) -> str:
    """Markdown: restored of tried."""
    lines = ["| kind, way | " + " | ".join(f"{share:.0%}" for share in SHARES) + " |", "|---" * 11 + "|"]
    for kind, way in dict.fromkeys((kind, way) for kind, way, _ in counts):
        cells = [counts.get((kind, way, share), []) for share in SHARES]
        lines.append(f"| {kind}, {way} | " + " | ".join(f"{sum(each)}/{len(each)}" for each in cells) + " |")
    return "\n".join(lines)


def write(counts: Counts, directory: Path) -> None:
    """`scramble-curve.svg`, `.md` and `.json`."""
    (directory / "scramble-curve.svg").write_text(plot(counts))
    (directory / "scramble-curve.md").write_text(table(counts) + "\n")
    told = [
        {"kind": kind, "way": way, "destroyed": share, "tried": len(each), "restored": sum(each)}
        for (kind, way, share), each in counts.items()
    ]
    (directory / "scramble-curve.json").write_text(json.dumps(told, indent=1) + "\n")


def main(directory: Path, seeds: int) -> None:
    """All ways, shares and kinds, seed after seed."""
    sealed = fronts()
    sheets = {kind: drawn(each) for kind, each in sealed.items()}
    counts: Counts = {}
    for seed in range(seeds):
        for share in SHARES:
            for way, conditions in WAYS.items():
                for kind, sheet in sheets.items():
                    picture = scanned(covered(sheet, share, seed=seed, box=FIELD), conditions, seed=seed)
                    counts.setdefault((kind, way, share), []).append(read_back(picture, sealed[kind]))
        write(counts, directory)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 20)

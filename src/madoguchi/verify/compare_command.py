"""`./madoguchi verify compare`: does the front of a sheet say what its back restores?

1. The back is restored, and is the ward's word (`restored.check_restored`).
2. The front that it restores is drawn again.
3. The picture of the front is laid over it, and what differs is framed.
4. The code of the front, where it can be read, must be the very code that the back carries.

A sheet whose front and back are both of one genuine sheet says what the ward signed. It is not proven to be the
original: a copy of both sides says the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import msgspec
import numpy as np

from madoguchi.certificate.compose import Composer
from madoguchi.certificate.fonts import FontSet
from madoguchi.errors import MadoguchiError
from madoguchi.paper.frontcode import read_front_code
from madoguchi.paper.number import paper_number_text
from madoguchi.runtime.clock import Clock, SystemClock
from madoguchi.runtime.config import load_config
from madoguchi.runtime.fonts import find_fonts
from madoguchi.runtime.party import trust_files_of
from madoguchi.trust.file import TrustFile
from madoguchi.verify.config import VerifyConfig
from madoguchi.verify.pictures import pictures
from madoguchi.verify.problems import LAYOUT_UNKNOWN, NOT_ALIGNED
from madoguchi.verify.restore_command import first_restored
from madoguchi.verify.restored import check_restored, described

if TYPE_CHECKING:
    from madoguchi.verify.comparison.differing import Difference
    from madoguchi.verify.comparison.redrawn import Grey, Redrawn


class Finding(StrEnum):
    """What came out of the comparison, from the front's point of view."""

    SAME = "same"
    """Every printed character is where and what the back says."""
    MARKED = "marked"
    """The same, with notes, stamps or stains; a place may be hidden by them."""
    CHANGED = "changed"
    """The front says something else at the framed places."""
    ANOTHER_SHEET = "another_sheet"
    """The code of the front is that of another sheet than the back."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One difference. Millimetres from the top left of the page."""

    kind: str
    """`changed`, `marked` or `hidden`."""
    field: str | None
    """The value (docs/records.md) in whose place it lies."""
    left: float
    top: float
    width: float
    height: float


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What `--json` holds."""

    finding: Finding
    paper_number: str
    places: tuple[Place, ...]


_SAID: Final = {
    Finding.SAME: (
        "表面は、裏面から復元した内容と同じです。",
        "The front says what the back restores.",
    ),
    Finding.MARKED: (
        "文字の違いは見つかりませんでした。書き込みや汚れが枠の場所にあります。隠れた文字は確認していません。",
        "No character differs. Notes or stains are at the framed places; what they hide was not checked.",
    ),
    Finding.CHANGED: (
        "表面に、裏面から復元した内容と違うところがあります。枠の場所を見比べてください。",
        "The front differs from what the back restores: look at the framed places.",
    ),
    Finding.ANOTHER_SHEET: (
        "表面と裏面は、別の用紙のものです。",
        "Front and back are of different sheets.",
    ),
}


def compare(front: bytes, back: bytes, config: VerifyConfig, *, clock: Clock) -> tuple[Compared, Redrawn, Grey]:
    """The first page of `front` that can be laid over what `back` restores; also both pictures.

    Raises `verify.unreadable`, `paper.scramble_*`, what `check_restored` raises, `verify.layout_unknown` and
    `verify.not_aligned`.
    """
    # OpenCV, for whoever compares alone.
    from madoguchi.verify.comparison.differing import differences
    from madoguchi.verify.comparison.redrawn import redraw

    trust = TrustFile(trust_files_of(config), environment=config.environment, clock=clock).current()
    restored = first_restored(back)
    code = check_restored(restored, keys=trust, at=clock.now())
    composer = Composer(FontSet(find_fonts()))
    sheet = described(restored)
    drawn = redraw(sheet.page_description, code, sheet.front_code, composer=composer)
    if drawn is None:
        raise LAYOUT_UNKNOWN.error()
    raw, seen = _laid_over(front, drawn)
    found = differences(drawn, seen)
    finding = _finding(found, another=raw is not None and raw != sheet.front_code)
    compared = Compared(
        finding=finding,
        paper_number=paper_number_text(restored.paper_number),
        places=tuple(map(_place, found)),
    )
    return compared, drawn, seen


def _laid_over(front: bytes, drawn: Redrawn) -> tuple[bytes | None, Grey]:
    """The code of the first page that fits, if it can be read, and the page in the drawn one's frame."""
    from madoguchi.verify.comparison.aligning import align

    for picture in pictures(front):
        try:
            seen = align(np.array(picture.convert("L"), dtype=np.uint8), drawn.picture)
        except MadoguchiError:
            continue
        try:
            return read_front_code(picture), seen
        except MadoguchiError:
            return None, seen
    raise NOT_ALIGNED.error("on no page")


def _finding(found: tuple[Difference, ...], *, another: bool) -> Finding:
    kinds = {each.kind.value for each in found}
    if another:
        return Finding.ANOTHER_SHEET
    if "changed" in kinds:
        return Finding.CHANGED
    return Finding.MARKED if kinds else Finding.SAME


def _place(each: Difference) -> Place:
    from madoguchi.verify.comparison.redrawn import PER_MM

    left, top, right, bottom = (round(side / PER_MM, 1) for side in each.box)
    return Place(
        kind=each.kind.value,
        field=each.field,
        left=left,
        top=top,
        width=round(right - left, 1),
        height=round(bottom - top, 1),
    )


@click.command("compare")
@click.argument("front", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.argument("back", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--config", "config_file", required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "json_file", type=click.Path(path_type=Path, allow_dash=True, dir_okay=False))
@click.option("--restored", type=click.Path(path_type=Path, dir_okay=False), help="PNG of the front that came out.")
@click.option(
    "--marked", type=click.Path(path_type=Path, dir_okay=False), help="PNG of both fronts, differences framed."
)
def compare_command(
    *, front: Path, back: Path, config_file: Path, json_file: Path | None, restored: Path | None, marked: Path | None
) -> None:
    """Compare a picture of the FRONT of a sheet with the front that a picture of its BACK restores.

    Both are PNG, JPEG, TIFF or PDF of the whole side, from 200 dpi, scanned or photographed. Exit code 1 when the front
    says something else.
    """
    from madoguchi.verify.comparison.picturing import side_by_side, write_png

    config = load_config(config_file, VerifyConfig)
    compared, drawn, seen = compare(front.read_bytes(), back.read_bytes(), config, clock=SystemClock())
    if restored is not None:
        write_png(drawn.picture, restored)
    if marked is not None:
        write_png(side_by_side(drawn.picture, seen, compared.places), marked)
    if json_file is not None:
        with click.open_file(str(json_file), "wb") as out:
            out.write(msgspec.json.format(msgspec.json.encode(compared)) + b"\n")
    else:
        for line in _told(compared):
            click.echo(line)
    if compared.finding in {Finding.CHANGED, Finding.ANOTHER_SHEET}:
        raise SystemExit(1)


def _told(compared: Compared) -> Iterator[str]:
    yield f"用紙番号 paper number  {compared.paper_number}"
    yield from _SAID[compared.finding]
    for place in compared.places:
        where = f"{place.left:6.1f}, {place.top:6.1f} mm  {place.width} × {place.height}"
        yield f"  {place.kind:<8} {place.field or '':<28} {where}"
    yield "原本であることの証明ではありません。 This does not prove that the sheet is the original."

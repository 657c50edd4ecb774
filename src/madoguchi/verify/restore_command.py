"""`./madoguchi verify restore`: the front of a paper from a scan or photo of its back.

Apart from the page's process, which loads no OpenCV.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import msgspec
from PIL import Image

from madoguchi.errors import MadoguchiError
from madoguchi.paper.frontcode import FrontCode
from madoguchi.paper.number import paper_number_text
from madoguchi.paper.problems import SCRAMBLE_NOT_FOUND
from madoguchi.paper.scramble.raster import Raster, RasterFront
from madoguchi.runtime.clock import Clock, SystemClock
from madoguchi.runtime.config import load_config
from madoguchi.runtime.party import trust_files_of
from madoguchi.trust.file import TrustFile
from madoguchi.verify.config import VerifyConfig
from madoguchi.verify.pictures import pictures
from madoguchi.verify.restored import check_raster, check_restored, description_of
from madoguchi.wire.transaction import Rendering

if TYPE_CHECKING:
    from madoguchi.paper.scramble.restoring import Restored

_PROVES: Final = (
    "この内容は、自治体が署名したものです。用紙が原本であることの証明ではありません。紙の表面と見比べてください。",
    "This is what the ward signed. It does not prove that the sheet is the original: compare it with the front.",
)

_SHOWS: Final = (
    "表面の画像を復元しました（--png で保存）。自治体が署名した表面から作ったと、証明書交付センターが署名しています。",
    "用紙が原本であることの証明ではありません。紙の表面と見比べてください。",
    "A picture of the front was restored (--png keeps it): the center signed that it made it from the ward's page.",
    "It does not prove that the sheet is the original: compare it with the front.",
)


class RestoredFront(msgspec.Struct, frozen=True, kw_only=True):
    """What `--json` holds."""

    paper_number: str
    kind: str
    fiscal_year: int
    layout: str
    page: int
    pages: int
    issued_on: str | None
    """As printed; None when only a picture of the front was restored."""
    values: dict[str, str]
    """Value of the kind (docs/records.md) to what the front prints for it, whatever layout the ward used."""
    remarks: tuple[str, ...]
    legible: float
    """Share of the back that was whole, 0 to 1."""
    picture: bytes | None = None
    """The front as PNG (base64 in JSON) when the back holds a raster: the center's word, not the ward's."""


def restored_front(upload: bytes, config: VerifyConfig, *, clock: Clock) -> RestoredFront:
    """Restore and check the first back in a picture or PDF.

    Raises `verify.unreadable`, `paper.scramble_*`, and what `check_restored` raises: then it is nobody's word.
    """
    trust = TrustFile(trust_files_of(config), environment=config.environment, clock=clock).current()
    found, at = first_restored(upload), clock.now()
    if isinstance(found.front, RasterFront):
        return _shown(found, found.front, check_raster(found, keys=trust, at=at))
    return _told(found, check_restored(found, keys=trust, at=at))


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--config", "config_file", required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "json_file", type=click.Path(path_type=Path, allow_dash=True, dir_okay=False))
@click.option("--png", "png_file", type=click.Path(path_type=Path, dir_okay=False))
def restore_command(file: Path, config_file: Path, json_file: Path | None, png_file: Path | None) -> None:
    """Restore what the front of a paper said, from a scan or photo of its whole BACK (PNG, JPEG, TIFF, PDF)."""
    front = restored_front(file.read_bytes(), load_config(config_file, VerifyConfig), clock=SystemClock())
    if png_file is not None and front.picture is not None:
        png_file.write_bytes(front.picture)
    if json_file is not None:
        made = msgspec.json.format(msgspec.json.encode(front))
        with click.open_file(str(json_file), "wb") as out:
            out.write(made + b"\n")
        return
    click.echo(f"用紙番号 paper number  {front.paper_number}  ({front.page}/{front.pages})")
    click.echo(f"様式 layout  {front.layout}")
    for name, value in front.values.items():
        if value:
            click.echo(f"  {name:<32} {value}")
    for remark in front.remarks:
        click.echo(f"  備考 {remark}")
    click.echo(f"裏面の読み取れた割合 legible  {front.legible:.0%}")
    for line in _PROVES if front.picture is None else _SHOWS:
        click.echo(line)


def first_restored(upload: bytes) -> Restored:
    """What the first page that holds a field says; a damaged one is told. Raises `paper.scramble_*`."""
    for found in _restored(upload):
        return found
    raise SCRAMBLE_NOT_FOUND.error("on no page")


def _restored(upload: bytes) -> Iterator[Restored]:
    from madoguchi.paper.scramble.restoring import restore  # OpenCV, for whoever restores alone

    for picture in pictures(upload):
        try:
            yield restore(picture)
        except MadoguchiError as failure:
            if failure.code != SCRAMBLE_NOT_FOUND.code:
                raise


def _told(found: Restored, code: FrontCode) -> RestoredFront:
    said = description_of(found)
    return RestoredFront(
        paper_number=paper_number_text(found.paper_number),
        kind=code.kind,
        fiscal_year=code.fiscal_year,
        layout=said.layout,
        page=code.page,
        pages=code.pages,
        issued_on=code.issued_on,
        values=said.values,
        remarks=said.remarks,
        legible=round(found.legible, 3),
    )


def _shown(found: Restored, front: RasterFront, said: Rendering) -> RestoredFront:
    raster = Raster.decode(front.raster)
    file = io.BytesIO()
    Image.fromarray(raster.picture()).save(file, "PNG", dpi=(raster.dpi, raster.dpi))
    return RestoredFront(
        paper_number=paper_number_text(found.paper_number),
        kind=said.kind,
        fiscal_year=said.fiscal_year,
        layout="raster",
        page=said.page,
        pages=said.pages,
        issued_on=None,
        values={},
        remarks=(),
        legible=round(found.legible, 3),
        picture=file.getvalue(),
    )

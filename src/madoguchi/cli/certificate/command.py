"""The commands of `./madoguchi certificate`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO, Final, TextIO

import click

from madoguchi.certificate.checking import check_layout
from madoguchi.certificate.fonts import FontSet
from madoguchi.certificate.kinds import all_kinds
from madoguchi.certificate.layout import Layout, LayoutRefusedError, Layouts, all_layouts, changed_layouts, ward_layouts
from madoguchi.certificate.names import Field, NameChecker
from madoguchi.certificate.setting import Setter
from madoguchi.cli.certificate.names import NotTextError, Report, is_records, people
from madoguchi.cli.certificate.preview import NoSuchRecordError, dummy_ward, find_record, picture, sample_pdf
from madoguchi.errors import MadoguchiError
from madoguchi.paper.picture import MAX_DPI
from madoguchi.records import RecordsRefusedError
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.fonts import find_fonts

_FILE: Final = click.Path(path_type=Path, dir_okay=False)
_EXISTING: Final = click.Path(path_type=Path, dir_okay=False, exists=True)
_FONT: Final = click.option(
    "--font",
    "fonts",
    multiple=True,
    type=_EXISTING,
    help="As `paper.fonts` of the issuer, in that order; otherwise the fonts that the program finds.",
)


_LAYOUTS: Final = click.option(
    "--layouts",
    "layouts_directory",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="The ward's own layouts, as `layouts` of the issuer; otherwise the program's.",
)


@click.group()
def group() -> None:
    """Look at certificates, and check layouts and names, before anything is issued."""


@group.command()
@click.option("--kind", required=True, type=click.Choice([kind.code for kind in all_kinds()]))
@click.option("--year", required=True, type=click.IntRange(2000, 2099), help="年度.")
@click.option("--record", required=True, help="宛名番号, or in the dummy ward a case of its cast (`plain`).")
@click.option(
    "--records",
    "directory",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A records directory (docs/records.md); otherwise a dummy ward is made up.",
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Of the dummy ward.")
@_LAYOUTS
@click.option("--layout", "layout_file", type=_EXISTING, help="A changed layout in place of the one of its years.")
@click.option("--png", type=_FILE, help="Write a picture of all pages here.")
@click.option("--pdf", type=_FILE, help="Write the PDF here.")
@click.option("--dpi", type=click.IntRange(30, MAX_DPI), default=200, show_default=True)
@_FONT
def preview(
    *,
    kind: str,
    year: int,
    record: str,
    directory: Path | None,
    seed: int,
    layouts_directory: Path | None,
    layout_file: Path | None,
    png: Path | None,
    pdf: Path | None,
    dpi: int,
    fonts: tuple[Path, ...],
) -> None:
    """Show a certificate with a record's data, marked 見本: no certificate, and not signed."""
    if png is None and pdf is None:
        msg = "say where to write: --png FILE, --pdf FILE or both"
        raise click.UsageError(msg)
    layouts = _layouts_in(layouts_directory).with_changed(_changed(layout_file, kind=kind, year=year))
    try:
        with nullcontext(directory) if directory is not None else dummy_ward(seed=seed) as records:
            found = find_record(records, record, fiscal_year=year)
    except NoSuchRecordError as failure:
        raise click.BadParameter(str(failure), param_hint="--record") from None
    except OSError as failure:
        raise click.BadParameter(f"{failure.filename}: {failure.strerror}", param_hint="--records") from None
    made = sample_pdf(found, kind=kind, fonts=_font_set(fonts), layouts=layouts, at=SystemClock().now())
    if pdf is not None:
        pdf.write_bytes(made)
    if png is not None:
        png.write_bytes(picture(made, dpi=dpi))


def _font_set(fonts: tuple[Path, ...]) -> FontSet:
    return FontSet(fonts or find_fonts())


def _layouts_in(directory: Path | None) -> Layouts:
    return all_layouts() if directory is None else ward_layouts(directory)


def _changed(file: Path | None, *, kind: str, year: int) -> tuple[Layout, ...]:
    """The layouts that a changed file makes; one of them must be for what is asked."""
    if file is None:
        return ()
    layouts = _layouts_of(file)
    if not any(each.kind == kind and each.first_year <= year <= each.last_year for each in layouts):
        offered = ", ".join(f"{each.kind} {each.first_year}-{each.last_year}" for each in layouts)
        msg = f"{file.name} is for {offered or 'no kind (no layout uses it)'}, not for {kind} {year}"
        raise click.BadParameter(msg, param_hint="--layout")
    return layouts


def _layouts_of(file: Path) -> tuple[Layout, ...]:
    """What a file makes, or the ward's own in a directory."""
    if file.is_dir():
        return tuple(each for each in ward_layouts(file) if each not in all_layouts().every)
    try:
        return changed_layouts(file)
    except UnicodeDecodeError:
        msg = f"{file} is not UTF-8"
        raise click.ClickException(msg) from None


@group.command("check-layout")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@_FONT
def check_layouts(files: tuple[Path, ...], fonts: tuple[Path, ...]) -> int:
    """Check that each of FILES is a layout that certificates can be printed with; say the line where it is not.

    A directory is checked as the issuer loads it by its setting `layouts`: names, kinds and years too.
    """
    setter = Setter(_font_set(fonts))
    refusals = [refusal for file in files for refusal in [_refusal(file, setter)] if refusal is not None]
    for refusal in refusals:
        problem = refusal.problem
        click.echo(f"{problem.clerk.ja}\n{problem.clerk.en}\n[{problem.code}]\n{refusal.cause}", err=True)
    return 1 if refusals else 0


def _refusal(file: Path, setter: Setter) -> MadoguchiError | None:
    try:
        layouts = _layouts_of(file)
        if not layouts:
            msg = f"{file}: no `id`, and no layout uses it"
            raise click.ClickException(msg)
        for layout in layouts:
            check_layout(layout, setter)
    except LayoutRefusedError as refusal:
        return refusal
    for layout in layouts:
        click.echo(f"{file}: {layout.id}, {layout.kind} {layout.first_year}-{layout.last_year}: well")
    return None


@group.command("check-names")
@click.argument("file", type=click.File("rb"))
@click.option(
    "--column",
    "columns",
    multiple=True,
    type=click.Choice([each.value for each in Field]),
    help="Of residents.csv: only these. Of a plain file: what its lines are (name).",
)
@click.option(
    "--out", type=_FILE, help="Write the report here, readable by you alone, and only counts to the terminal."
)
@_LAYOUTS
@_FONT
def check_names(
    *,
    file: BinaryIO,
    columns: tuple[str, ...],
    out: Path | None,
    layouts_directory: Path | None,
    fonts: tuple[Path, ...],
) -> int:
    """Tell which names, 通称 and addresses no certificate can carry.

    FILE is residents.csv (docs/records.md), or plain UTF-8 with a name per line; - reads standard input.
    Exit code: 0 all can be printed, 1 some cannot, 2 the file cannot be read.
    """
    data = file.read()
    plain = not is_records(data)
    wanted = tuple(Field(each) for each in columns) or ((Field.NAME,) if plain else tuple(Field))
    checker = NameChecker(_font_set(fonts), _layouts_in(layouts_directory))
    try:
        with _report_to(out) as stream:
            report = Report(stream)
            report.take(people(data, wanted), checker)
            report.summarise()
    except NotTextError as failure:
        raise click.UsageError(str(failure)) from None
    except RecordsRefusedError as refusal:
        raise click.UsageError("\n".join(str(fault) for fault in refusal.faults)) from None
    click.echo(report.total(), err=out is None)
    return 1 if report.refused else 0


@contextmanager
def _report_to(out: Path | None) -> Iterator[TextIO]:
    if out is None:
        yield sys.stdout
        return
    with open(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:  # noqa: PTH123
        yield stream

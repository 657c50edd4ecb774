"""`./madoguchi verify FILE …`: the same check as on the page, at a terminal."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import msgspec
from PIL import Image

from madoguchi.runtime.caller import Caller
from madoguchi.runtime.clock import Clock, SystemClock
from madoguchi.runtime.config import TrustFiles, load_config
from madoguchi.runtime.look import Messages
from madoguchi.runtime.party import trust_files_of
from madoguchi.trust.file import TrustFile
from madoguchi.verify.checking import Verifier
from madoguchi.verify.config import LookingSection, VerifyConfig
from madoguchi.verify.field_words import field_words
from madoguchi.verify.page.app import HERE
from madoguchi.verify.page.contract import PaperStatus, SheetAnswer, Verdict, VerifyAnswer
from madoguchi.verify.page.telling import checked, headline, said
from madoguchi.verify.scans.process import Looking
from madoguchi.verify.serve import limits_of
from madoguchi.verify.status import StatusDesk
from madoguchi.wire.identifiers import Environment

LIST_FILE, ROOT_FILE = "trust-list.cose", "root.pem"
CONFIG_VARIABLE: Final = "MADOGUCHI_VERIFY_CONFIG"
_PATIENCE_SECONDS: Final = 120.0
"""Somebody waits at a terminal, on a machine that may be slow; nobody else does."""
_EMPTY: Final = frozenset({"", "－"})
_ORIGINAL: Final = "原本であることの証明ではありません。 This does not prove that a sheet is the original."


@click.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--config",
    "config_file",
    envvar=CONFIG_VARIABLE,
    show_envvar=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The configuration of a party verify: its trust list counts, and its wards are asked.",
)
@click.option(
    "--trust",
    "trust_directory",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help=f"Instead: a directory with {LIST_FILE} and {ROOT_FILE}. Never one that came with the paper.",
)
@click.option(
    "--environment",
    type=click.Choice([each.value for each in Environment]),
    default=Environment.PRODUCTION.value,
    show_default=True,
    help="Of the trust list in --trust.",
)
@click.option("--json", "json_file", type=click.Path(path_type=Path, allow_dash=True, dir_okay=False))
@click.option("--restored", type=click.Path(path_type=Path, dir_okay=False), help="PNG of the front out of the back.")
@click.option(
    "--marked", type=click.Path(path_type=Path, dir_okay=False), help="PNG of both fronts, differences framed."
)
def check_command(
    *,
    files: tuple[Path, ...],
    config_file: Path | None,
    trust_directory: Path | None,
    environment: str,
    json_file: Path | None,
    restored: Path | None,
    marked: Path | None,
) -> None:
    """Check pictures of papers: PNG, JPEG, TIFF or PDF of front, back or both.

    Exit code 1 when a sheet is not what its ward signed, or the ward says that it does not count.
    """
    documents = tuple(file.read_bytes() for file in files)
    if trust_directory is not None:
        found = check_alone(trust_directory, documents, environment=Environment(environment), clock=SystemClock())
    elif config_file is not None:
        found = asyncio.run(check(load_config(config_file, VerifyConfig), documents, clock=SystemClock()))
    else:
        raise click.UsageError("--config or --trust: whose trust list counts?")
    _write_pictures(found.sheets[0], restored=restored, marked=marked)
    if json_file is not None:
        sheets = tuple(msgspec.structs.replace(sheet, pictures=None) for sheet in found.sheets)
        with click.open_file(str(json_file), "wb") as out:
            answer = msgspec.structs.replace(found, sheets=sheets)
            out.write(msgspec.json.format(msgspec.json.encode(answer)) + b"\n")
    else:
        for line in _lines(found):
            click.echo(line)
    if not all(map(_holds, found.sheets)):
        raise SystemExit(1)


async def check(config: VerifyConfig, documents: tuple[bytes, ...], *, clock: Clock) -> VerifyAnswer:
    """What the page would answer. Raises as `Verifier.check_documents`; a ward that cannot be asked is no error."""
    trust = TrustFile(trust_files_of(config), environment=config.environment, clock=clock)
    async with Caller(config) as caller:
        verifier = Verifier(
            trust=trust,
            wards=config.wards,
            clock=clock,
            ask_status=StatusDesk(config, caller=caller, loop=asyncio.get_running_loop()).ask,
            looks=Looking(clock=clock, limits=limits_of(config.looking)),
        )
        return await asyncio.to_thread(verifier.check_documents, documents)


def check_alone(
    directory: Path, documents: tuple[bytes, ...], *, environment: Environment, clock: Clock
) -> VerifyAnswer:
    """The same under a trust list that lies here; no ward is asked. Raises as `Verifier.check_documents`."""
    files = TrustFiles(list=directory / LIST_FILE, root_key=directory / ROOT_FILE)
    verifier = Verifier(
        trust=TrustFile(files, environment=environment, clock=clock),
        wards=(),
        clock=clock,
        ask_status=lambda _ward, _number: PaperStatus.NOT_ASKED,
        looks=Looking(clock=clock, limits=limits_of(LookingSection(seconds=_PATIENCE_SECONDS))),
    )
    return verifier.check_documents(documents)


def _holds(sheet: SheetAnswer) -> bool:
    """Nothing speaks against it; what was not read or not asked is no lie."""
    messages = Messages(HERE / "messages")
    return sheet.verdict is Verdict.SIGNED and headline(sheet, messages).tone != "bad"


def _lines(found: VerifyAnswer) -> Iterator[str]:
    messages = Messages(HERE / "messages")
    for sheet in found.sheets:
        box = headline(sheet, messages)
        yield f"■ {box.title.ja}  {box.title.en}"
        yield f"  {box.text.ja}"
        yield f"  {box.text.en}"
        if sheet.code:
            yield f"  {sheet.code}"
        for check_ in checked(sheet, messages):
            yield f"  {check_.what.ja} {check_.what.en}: {check_.outcome.ja} {check_.outcome.en}"
        yield from _places(sheet, messages)
        if sheet.content is not None:
            for fact in said(sheet.content, messages):
                yield f"  {fact.label.ja} {fact.label.en}  {fact.value.ja}"
        for name, value in (sheet.values or {}).items():
            if value not in _EMPTY:
                yield f"    {field_words(name).ja:　<16} {value}"
        for remark in sheet.remarks:
            yield f"    備考 {remark}"
        if sheet.legible is not None:
            yield f"  裏面の読み取れた割合 legible  {sheet.legible:.0%}"
    yield _ORIGINAL


def _places(sheet: SheetAnswer, messages: Messages) -> Iterator[str]:
    for number, place in enumerate(sheet.places, start=1):
        words, what = field_words(place.field), messages.pair(f"place.{place.kind}")
        where = f"{place.left}, {place.top} mm, {place.width} × {place.height}"
        yield f"  {number}. {words.ja} {words.en} ({where}): {what.ja}"


def _write_pictures(sheet: SheetAnswer, *, restored: Path | None, marked: Path | None) -> None:
    if restored is None and marked is None:
        return
    if sheet.pictures is None:
        click.echo("復元した画像はありません。 There is no restored front to write.", err=True)
        return
    if restored is not None:
        _write(restored, Image.open(io.BytesIO(sheet.pictures.restored)))
    if marked is not None:
        pages = [sheet.pictures.restored_marked, sheet.pictures.seen_marked or sheet.pictures.restored_marked]
        left, right = (Image.open(io.BytesIO(page)) for page in pages)
        both = Image.new("RGB", (left.width + right.width, left.height), "white")
        both.paste(left, (0, 0))
        both.paste(right, (left.width, 0))
        _write(marked, both)


def _write(file: Path, picture: Image.Image) -> None:
    """Readable by this user alone: it is somebody's certificate."""
    file.touch(mode=0o600)
    picture.save(file, "PNG")

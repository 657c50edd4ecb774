"""`./madoguchi kiosk record`: a visit as a strip of pictures or a short moving one, from a real Chromium at the demo.

The browser only looks on: the resident's hands are those of the demo's visitor, who waits until each screen was taken.
"""

from __future__ import annotations

import asyncio
import io
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from PIL import Image, ImageDraw, ImageFont

from madoguchi.demo.cases import CASES
from madoguchi.demo.cases.playing import case_site, play
from madoguchi.demo.cast import holders
from madoguchi.demo.problems import NO_BROWSER
from madoguchi.demo.site import running_site
from madoguchi.demo.visitor import Visitor, Wish
from madoguchi.deployment.cards import DEMO_PIN
from madoguchi.deployment.plan import Plan
from madoguchi.dummy import write_ward
from madoguchi.runtime import log
from madoguchi.runtime.clock import JST
from madoguchi.runtime.fonts import find_fonts

if TYPE_CHECKING:
    from playwright.async_api import Page

PAPER: Final = "paper"
"""The ordinary visit, beside the codes of the cases."""
CHROMIUM: Final = Path("/usr/bin/chromium")
_PASSING_MS: Final = 1500
_GLASS: Final = (1720, 900)
_RESIDENTS, _SEED, _YEAR = 200, 20_261_123, 2026
_COLUMNS, _CAPTION, _GAP = 3, 34, 14
_STRIP_WIDTH: Final = 560
_MOVING_WIDTH: Final = 900
_SHOWN_MS: Final = 1800
_GROUND, _INK = (232, 236, 243), (26, 26, 28)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One screen as it stood."""

    screen: str
    seconds: float
    """Since the first."""
    png: bytes = field(repr=False)


@dataclass(slots=True)
class Recorder:
    """Takes a picture of every screen whose name is another than the last one's."""

    page: Page
    shots: list[Shot] = field(default_factory=list)
    began: float = field(default_factory=time.perf_counter)

    async def look(self, shown: dict[str, Any]) -> None:
        """Wait until this screen stands in the browser, and take it."""
        name = shown["name"]
        if self.shots and self.shots[-1].screen == name:
            return
        from playwright.async_api import TimeoutError as Gone

        try:
            await self.page.wait_for_selector(f"#kiosk[data-screen={name}] h1", timeout=_PASSING_MS)
        except Gone:
            return  # a screen that waits for nobody was over before the browser had it
        await self.page.evaluate("document.fonts.ready.then(() => true)")
        png = await self.page.screenshot()
        self.shots.append(Shot(screen=name, seconds=time.perf_counter() - self.began, png=png))


class _Watched(Visitor):
    """A visitor who does nothing before the screen was taken."""

    def __init__(self, page_url: str, recorder: Recorder) -> None:
        super().__init__(page_url)
        self._recorder = recorder

    async def _act(self, shown: dict[str, Any], wish: Wish) -> None:
        await self._recorder.look(shown)
        await super()._act(shown, wish)

    async def _leave(self, name: str) -> None:
        await self._recorder.look({"name": name})
        await super()._leave(name)


@asynccontextmanager
async def _recorder(url: str) -> AsyncIterator[Recorder]:
    """Raises `demo.no_browser`."""
    try:
        from playwright.async_api import async_playwright
    except ImportError:
        raise NO_BROWSER.error("playwright") from None
    if not CHROMIUM.exists():
        raise NO_BROWSER.error(str(CHROMIUM))
    width, height = _GLASS
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        )
        page = await browser.new_page(viewport={"width": width, "height": height})
        await page.goto(f"{url.rstrip('/')}/?panel=1")
        await page.wait_for_selector("#kiosk[data-screen] h1")
        yield Recorder(page)
        await browser.close()


def record(case: str, *, report: Callable[[str], None]) -> list[Shot]:
    """Play a case, or the ordinary visit, and take its screens. KeyError for a case that there is not."""
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mado-record-")))
        log.configure(party="demo", name="demo", strict=True, file=work / "log.jsonl")
        records, papers = work / "records", work / "papers"
        records.mkdir()
        write_ward(records, residents=_RESIDENTS, seed=_SEED, as_of=datetime.now(UTC).astimezone(JST).date())
        if case == PAPER:
            site = stack.enter_context(
                running_site(Plan(), records_dir=records, papers=papers, choose_holders=holders, report=report)
            )
            wish = Wish(
                card=site.holders[0].card,
                pin=DEMO_PIN,
                ward=site.site.plan.ward.code,
                kind="taxation",
                fiscal_year=_YEAR,
            )
            return asyncio.run(_visit(site.page_url("kiosk-1"), wish))
        found = CASES[case]
        site = stack.enter_context(case_site([found], records_dir=records, papers=papers, report=report))

        async def played() -> list[Shot]:
            async with _recorder(site.page_url(found.kiosk)) as recorder:
                await play(site, found, watch=recorder.look)
                return recorder.shots

        return asyncio.run(played())


async def _visit(url: str, wish: Wish) -> list[Shot]:
    async with _recorder(url) as recorder, _Watched(url, recorder) as visitor:
        await visitor.take_certificate(wish, timeout=120)
        return recorder.shots


def strip(shots: list[Shot]) -> Image.Image:
    """All of them in rows, each under its number, second and name."""
    small = [_captioned(number, shot) for number, shot in enumerate(shots, start=1)]
    width, height = small[0].size
    rows = -(-len(small) // _COLUMNS)
    whole = Image.new("RGB", (_COLUMNS * (width + _GAP) + _GAP, rows * (height + _GAP) + _GAP), _GROUND)
    for at, picture in enumerate(small):
        row, column = divmod(at, _COLUMNS)
        whole.paste(picture, (_GAP + column * (width + _GAP), _GAP + row * (height + _GAP)))
    return whole


def _captioned(number: int, shot: Shot) -> Image.Image:
    picture = _scaled(shot, _STRIP_WIDTH)
    framed = Image.new("RGB", (picture.width, picture.height + _CAPTION), _GROUND)
    framed.paste(picture, (0, _CAPTION))
    font = ImageFont.truetype(str(find_fonts()[0]), 20)
    ImageDraw.Draw(framed).text((4, 4), f"{number}  {shot.seconds:.1f} s  {shot.screen}", font=font, fill=_INK)
    return framed


def _scaled(shot: Shot, width: int) -> Image.Image:
    picture = Image.open(io.BytesIO(shot.png)).convert("RGB")
    height = round(picture.height * width / picture.width)
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def write(shots: list[Shot], out: Path) -> None:
    """A strip for PNG, a moving picture for WebP."""
    if out.suffix == ".webp":
        first, *others = (_scaled(shot, _MOVING_WIDTH) for shot in shots)
        first.save(out, "WEBP", save_all=True, append_images=others, duration=_SHOWN_MS, loop=0, quality=60, method=6)
    else:
        strip(shots).quantize(128).save(out, "PNG", optimize=True)


@click.command("record")
@click.option("--case", default=PAPER, show_default=True, help="`paper`, or a code of `demo --cases`.")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="FILE.png or FILE.webp.")
def command(case: str, out: Path) -> None:
    """Record a visit in a real Chromium: a strip of pictures (.png) or a moving one (.webp)."""
    if out.suffix not in {".png", ".webp"}:
        raise click.BadParameter("ends with .png or .webp", param_hint="--out")
    if case != PAPER and case not in CASES:
        raise click.BadParameter("`demo --cases` lists them", param_hint="--case")
    shots = record(case, report=lambda what: click.echo(what, err=True))
    write(shots, out)
    click.echo(f"{out}: {len(shots)} screens, {out.stat().st_size // 1000} kB")

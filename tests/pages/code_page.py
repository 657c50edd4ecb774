"""The page with the camera under a real server, over real keys, and a Chromium whose camera films a file."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import BrowserContext, Page, Playwright

from madoguchi.deployment.configs import Site
from madoguchi.runtime.clock import SystemClock
from madoguchi.trust.file import TrustFile
from madoguchi.verify.checking import Verifier
from madoguchi.verify.config import VerifyConfig, WardNames
from madoguchi.verify.offline import offline_page, with_offline
from madoguchi.verify.page import PaperStatus, verify_page
from madoguchi.verify.scans.process import Looked
from tests.pages.conftest import CHROMIUM, QUIET
from tests.pages.fake_verifier import unlimited
from tests.pages.serving import served
from tests.sites import config_of
from tests.verify.papers import as_picture

PHONE = (390, 844)


@dataclass
class Ward:
    """What the ward says of every paper, and of which it was asked."""

    status: PaperStatus = PaperStatus.ISSUED
    asked: list[bytes] = field(default_factory=list)

    def ask(self, _ward: WardNames, paper_number: bytes) -> PaperStatus:
        self.asked.append(paper_number)
        return self.status


class NoPictures:
    """This page sends none."""

    def look(self, documents: tuple[bytes, ...]) -> Looked:
        raise AssertionError(len(documents))


@dataclass
class CodePage:
    url: str
    ward: Ward
    verifier: Verifier
    trust: TrustFile


@contextmanager
def code_page(
    site: Site, *, change: Callable[[VerifyConfig], VerifyConfig] = lambda config: config, port: int = 0
) -> Iterator[CodePage]:
    config = change(config_of(site, "verify-1", VerifyConfig))
    assert config.trust is not None
    clock, ward = SystemClock(), Ward()
    trust = TrustFile(config.trust, environment=config.environment, clock=clock)
    verifier = Verifier(trust=trust, wards=config.wards, clock=clock, ask_status=ward.ask, looks=NoPictures())
    app = with_offline(
        verify_page(verifier, rate=unlimited()),
        offline_page(config, trust=trust, ask_status=ward.ask, rate=unlimited()),
    )
    with served(app, port=port) as url:
        yield CodePage(url=url, ward=ward, verifier=verifier, trust=trust)


@contextmanager
def phone(playwright: Playwright, profile: Path, *, film: Path | None = None) -> Iterator[BrowserContext]:
    """A Chromium with a profile on disk, so that what it keeps can be searched; its camera shows `film`."""
    camera = [] if film is None else [f"--use-file-for-fake-video-capture={film}"]
    width, height = PHONE
    context = playwright.chromium.launch_persistent_context(
        str(profile),
        executable_path=CHROMIUM,
        args=[*QUIET, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", *camera],
        viewport={"width": width, "height": height},
        device_scale_factor=2,
        is_mobile=True,
        has_touch=True,
    )
    context.set_default_timeout(15_000)
    yield context
    context.close()


def opened(context: BrowserContext, url: str, *, kept: bool = False) -> Page:
    """The page, ready to read; `kept`: the browser holds all of it."""
    page = context.new_page()
    page.goto(url + "/code/")
    page.wait_for_selector("html[data-ready=yes]")
    if kept:
        page.wait_for_selector("html[data-kept=yes]")
    return page


def filmed(raw: bytes, file: Path) -> Path:
    """What a hand-held camera sees of a front with this code: some frames without it, then with it, as motion JPEG."""
    sheet = as_picture(raw, scale=5)
    frames = [_frame(None, turned=0), *(_frame(sheet, turned=turned) for turned in (-2.0, -1.0, 0.5, 1.5, 2.5))]
    file.write_bytes(b"".join(_jpeg(frame) for frame in frames for _ in range(3)))
    return file


def _frame(sheet: Image.Image | None, *, turned: float) -> Image.Image:
    table = Image.new("L", (1280, 720), 90)
    ImageDraw.Draw(table).rectangle((40, 30, 1240, 700), fill=215)
    if sheet is not None:
        shown = sheet.rotate(turned, expand=True, fillcolor=215, resample=Image.Resampling.BICUBIC)
        shown.thumbnail((700, 690))
        table.paste(shown, (300, 10))
    return table


def _jpeg(picture: Image.Image) -> bytes:
    held = io.BytesIO()
    # Chromium's fake camera reads baseline 4:2:0 pictures only.
    picture.convert("RGB").save(held, "JPEG", quality=85, subsampling="4:2:0")
    return held.getvalue()

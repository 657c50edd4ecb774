"""The screen of a kiosk as `madoguchi-screen@.service` starts it: Chromium with that unit's flags and our policy.

Chromium reads its policy at a fixed place, so it runs in a mount namespace of its own where the policy lies there.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "packaging" / "systemd" / "madoguchi-screen@.service"
POLICY = ROOT / "packaging" / "chromium" / "madoguchi-kiosk.json"
_START_SECONDS = 30.0
_HEADLESS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0")
"""What a test machine needs and a store's does not: no display, root, and somebody who looks."""
_DISPLAY = re.compile(r"--kiosk|--ozone-platform=.*|\$\{MADOGUCHI_PAGE\}")
_IN_ITS_PLACE = (
    "mount -t tmpfs none /etc/chromium && mkdir -p /etc/chromium/policies/managed && "
    'cp "$0" /etc/chromium/policies/managed/ && exec "$@"'
)


def unit_flags(profile: Path) -> list[str]:
    """Every flag that the unit gives Chromium, but for those of a display."""
    (line,) = re.findall("^ExecStart=.* -- /usr/bin/chromium (.*)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE)
    flags = line.replace("%t/madoguchi-screen/%i/profile", str(profile)).split()
    return [flag for flag in flags if not _DISPLAY.fullmatch(flag)]


@dataclass(frozen=True)
class StoreScreen:
    """A running one."""

    page: Page
    context: BrowserContext
    process: subprocess.Popen[bytes]


@contextmanager
def store_screen(url: str, directory: Path, *, looking: bool = True) -> Iterator[StoreScreen]:
    """Chromium at `url`, which the policy allows instead of the unit's page. Its profile: `directory/profile`.

    `looking`: leave out of the policy that nobody may look into the page.
    """
    policy = json.loads(POLICY.read_text(encoding="utf-8"))
    policy["URLAllowlist"] = [f"{url}/"]
    del policy["RemoteDebuggingAllowed"]  # the tests need its port
    if looking:
        del policy["DeveloperToolsAvailability"]
    copy = directory / "policy.json"
    copy.write_text(json.dumps(policy), encoding="utf-8")
    profile = directory / "profile"
    shell = ["unshare", "-m", "setpriv", "--pdeathsig", "KILL", "sh", "-c", _IN_ITS_PLACE]
    command = [*shell, str(copy), "/usr/bin/chromium"]
    with (directory / "chromium.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, *unit_flags(profile), *_HEADLESS, url], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{_port(profile)}")
            (context,) = browser.contexts
            page = next((each for each in context.pages if each.url.startswith(url)), None)
            assert page is not None, "a page that nobody may look into"
            page.set_default_timeout(10_000)
            yield StoreScreen(page=page, context=context, process=process)
    finally:
        process.kill()
        process.wait()


def _port(profile: Path) -> str:
    told = profile / "DevToolsActivePort"
    deadline = time.monotonic() + _START_SECONDS
    while not told.exists() or not told.read_text(encoding="ascii").count("\n"):
        assert time.monotonic() < deadline, "no Chromium"
        time.sleep(0.05)
    return told.read_text(encoding="ascii").split("\n", maxsplit=1)[0]

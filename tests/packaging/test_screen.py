"""The store's screen: our policy and unit in a real Chromium. It shows the page alone and keeps nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Error, expect, sync_playwright

from madoguchi.kiosk.page import kiosk_page
from tests.packaging.store_screen import POLICY, UNIT, store_screen, unit_flags
from tests.packaging.test_units import settings
from tests.pages.conftest import CHROMIUM, QUIET, TOKEN
from tests.pages.fake_machine import SAMPLES, FakeMachine
from tests.pages.serving import served

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(os.geteuid() != 0, reason="Chromium reads its policy in /etc: as root, in a mount namespace"),
]

OF_A_RESIDENT = ("K7QF-29MX", "5f2c9a41d07be8362f0c44a9be71d053", "03-0000-0000", "見本区", TOKEN)
"""What the sample screens show of one visit, and the key to the machine."""
ELSEWHERE = (
    "http://127.0.0.1:9/",
    "https://example.org/",
    "file:///etc/passwd",
    "chrome://settings/",
    "chrome://version/",
    "data:text/html,hello",
    "view-source:{url}",
)


@pytest.fixture(scope="module")
def page_url() -> Iterator[str]:
    with served(kiosk_page(FakeMachine(), token=TOKEN)) as url:
        yield url


def found(profile: Path) -> set[str]:
    """Which of those words lie in a file of the profile, in either of the encodings that Chromium writes."""
    files = [file.read_bytes() for file in profile.rglob("*") if file.is_file() and not file.is_symlink()]
    assert files
    forms = {word: (word.encode(), word.encode("utf-16-le")) for word in OF_A_RESIDENT}
    return {word for word, encoded in forms.items() for form in encoded if any(form in octets for octets in files)}


def test_it_goes_nowhere_else(page_url: str, tmp_path: Path) -> None:
    """From a page that stands at home, each time another of the same screen."""
    with store_screen(page_url, tmp_path) as screen:
        for elsewhere in ELSEWHERE:
            page = screen.context.new_page()
            page.goto(page_url + "/")
            page.wait_for_selector("#kiosk[data-screen=start] h1")
            with pytest.raises(Error, match=r"ERR_BLOCKED_BY_ADMINISTRATOR|chrome-error|has been closed"):
                page.goto(elsewhere.format(url=page_url))
            assert [each.url for each in screen.context.pages if each.url == elsewhere] == []
            page.close()


def test_nothing_is_downloaded(page_url: str, tmp_path: Path) -> None:
    with store_screen(page_url, tmp_path) as screen:
        screen.page.wait_for_selector("#kiosk[data-screen=start] h1")
        screen.page.evaluate(
            "() => { const a = document.createElement('a'); a.href = '/words.json'; a.download = 'w.json'; a.click(); }"
        )
        screen.page.wait_for_timeout(500)
        assert not list(tmp_path.rglob("w.json*"))


def test_every_screen_is_shown_and_nothing_of_it_is_kept(tmp_path: Path) -> None:
    machine = FakeMachine()
    with served(kiosk_page(machine, token=TOKEN)) as url, store_screen(url, tmp_path) as screen:
        for name, data in SAMPLES.items():
            machine.show(data)
            expect(screen.page.locator(f"#kiosk[data-screen={name}] h1")).to_be_visible()
        assert screen.context.cookies() == []
        assert screen.page.evaluate("[localStorage.length, sessionStorage.length, history.length]") == [0, 0, 1]
        assert found(tmp_path / "profile") == set()
        screen.process.kill()  # as a power cut: nothing was tidied up
        screen.process.wait()
        assert found(tmp_path / "profile") == set()


def test_an_ordinary_profile_would_have_kept_it(page_url: str, tmp_path: Path) -> None:
    """The search finds what is there."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(tmp_path / "profile"), executable_path=CHROMIUM, args=list(QUIET)
        )
        page = context.new_page()
        page.goto(f"{page_url}/?{TOKEN}")
        page.evaluate("localStorage.setItem('kept', 'K7QF-29MX')")
        context.close()
    assert {TOKEN, "K7QF-29MX"} <= found(tmp_path / "profile")


def test_nobody_looks_into_the_page_of_a_store(page_url: str, tmp_path: Path) -> None:
    """With the policy as it is in the store but for the port, the page is no target that a debugger may attach to."""
    with pytest.raises(AssertionError, match="nobody may look into"), store_screen(page_url, tmp_path, looking=False):
        pass
    assert json.loads(POLICY.read_text(encoding="utf-8"))["RemoteDebuggingAllowed"] is False


def test_the_profile_lies_in_memory_and_goes() -> None:
    unit = settings(UNIT)
    assert "--user-data-dir=%t/madoguchi-screen/%i/profile" in unit["ExecStart"][0]
    assert unit["RuntimeDirectory"] == ["madoguchi-screen/%i"]
    assert "RuntimeDirectoryPreserve" not in unit
    assert unit["ExecStartPre"] == ["/usr/bin/find %t/madoguchi-screen/%i -mindepth 1 -delete"]


def test_only_this_machine_answers() -> None:
    unit = settings(UNIT)
    assert (unit["IPAddressDeny"], unit["IPAddressAllow"]) == (["any"], ["localhost"])
    assert json.loads(POLICY.read_text(encoding="utf-8"))["URLBlocklist"][0] == "*"
    assert "--no-sandbox" not in unit_flags(Path("p"))

"""The page with the camera in a real Chromium: it finds a real code, without a server too, and keeps nothing of it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Page, Playwright, expect, sync_playwright

from madoguchi.deployment.configs import Site
from madoguchi.deployment.identities import Identities
from madoguchi.paper.number import paper_number_text
from madoguchi.verify.config import VerifyConfig
from madoguchi.verify.page import PaperStatus
from tests.pages.axe import axe, load_axe
from tests.pages.code_page import PHONE, CodePage, code_page, filmed, opened, phone
from tests.pages.measures import CONTRAST
from tests.sites import small_site
from tests.verify.papers import BLANK, BODY, as_file, as_picture, signed

pytestmark = pytest.mark.browser

NAME = "見本　花子"
SHEET = secrets.token_bytes(16)
DAY_SECONDS = 24 * 3600
JUDGED = ("Element content is too short to determine if it is actual text content",)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture
def site(site_identities: Identities, tmp_path: Path) -> Iterator[Site]:
    (tmp_path / "site").mkdir()
    with small_site(site_identities, tmp_path / "site") as made:
        yield made


def tomorrow(page: Page) -> None:
    """The device's clock a minute after the list's life."""
    page.clock.set_fixed_time(page.evaluate("Date.now() / 1000") + DAY_SECONDS + 60)


@dataclass
class Receiver:
    """Somebody with a phone, before whom a front lies; the server can be stopped."""

    page: Page
    server: CodePage
    profile: Path
    stop_server: ExitStack
    complaints: list[str]

    def says(self, tone: str) -> str:
        self.page.wait_for_selector(f".verdict.{tone}")
        return self.page.inner_text(".verdict")

    def shows_photo(self, raw: bytes) -> None:
        self.photo(as_file(as_picture(raw, turned=12), "JPEG", quality=90))

    def photo(self, content: bytes) -> None:
        self.page.set_input_files("#file", {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": content})

    def goes_offline(self) -> None:
        self.stop_server.close()
        self.page.reload()
        self.page.wait_for_selector("html[data-ready=yes]")


@pytest.fixture(scope="module")
def film(site_identities: Identities, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the receiver's camera sees."""
    file = tmp_path_factory.mktemp("film") / "film.mjpeg"
    return filmed(signed(site_identities, name=NAME, paper_number=SHEET), file)


@pytest.fixture
def receiver(playwright: Playwright, site: Site, film: Path, tmp_path: Path) -> Iterator[Receiver]:
    stop = ExitStack()
    with stop, phone(playwright, tmp_path / "profile", film=film) as context:
        server = stop.enter_context(code_page(site))
        complaints: list[str] = []
        context.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        page = opened(context, server.url, kept=True)
        yield Receiver(page, server, tmp_path / "profile", stop, complaints)


def test_the_camera_finds_a_code_and_the_ward_is_asked_when_the_person_asks(receiver: Receiver) -> None:
    page = receiver.page
    page.click("#start")
    assert "今の状態は未確認" in receiver.says("warn")
    assert NAME in page.inner_text("#content + *, #result")
    assert page.evaluate("document.activeElement.id") == "verdict"
    assert page.evaluate("document.getElementById('video').srcObject") is None, "the camera is off"
    assert receiver.server.ward.asked == []
    page.click("#ask")
    assert "有効" in receiver.says("good")
    assert receiver.server.ward.asked == [SHEET]
    assert receiver.complaints == []


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (PaperStatus.SUPERSEDED, "受け付けずに"),
        (PaperStatus.REPLACED, "差しかえ"),
        (PaperStatus.REVOKED, "取り消された"),
        (PaperStatus.UNKNOWN, "記録にない"),
    ],
)
def test_what_the_ward_says_is_told_and_asked_anew_each_time(
    receiver: Receiver, site_identities: Identities, status: PaperStatus, word: str
) -> None:
    receiver.server.ward.status = status
    for times in (1, 2):
        receiver.shows_photo(signed(site_identities))
        receiver.says("warn")
        receiver.page.click("#ask")
        assert word in receiver.says("bad")
        assert len(receiver.server.ward.asked) == times
        receiver.page.click("#again")
    assert receiver.complaints == []


def test_a_ward_that_cannot_be_asked_is_no_verdict(receiver: Receiver, site_identities: Identities) -> None:
    receiver.server.ward.status = PaperStatus.NOT_ASKED
    receiver.shows_photo(signed(site_identities))
    receiver.page.click("#ask")
    expect(receiver.page.locator("#asked")).to_contain_text("たずねられませんでした")
    assert "未確認" in receiver.says("warn")


def test_with_the_server_stopped_the_camera_still_finds_it_and_more_is_not_said(receiver: Receiver) -> None:
    page = receiver.page
    receiver.goes_offline()
    expect(page.locator("#list")).to_contain_text("有効")
    page.click("#start")
    assert "今の状態は未確認" in receiver.says("warn")
    expect(page.locator("#unchecked + ul")).to_contain_text("今も有効か")
    page.click("#ask")
    expect(page.locator("#asked")).to_contain_text("たずねられませんでした")
    assert "未確認" in receiver.says("warn")
    assert page.locator(".verdict.good").count() == 0


def test_past_the_lists_life_nothing_is_plainly_genuine_or_forged(
    receiver: Receiver, site_identities: Identities
) -> None:
    page = receiver.page
    receiver.stop_server.close()
    tomorrow(page)
    page.reload()
    page.wait_for_selector("html[data-ready=yes]")
    expect(page.locator("#list")).to_contain_text("期限（24時間）を過ぎています")
    receiver.shows_photo(signed(site_identities))
    said = receiver.says("warn")
    assert "古い一覧では、区の署名と合います" in said
    assert "期限を過ぎて" in said
    page.click("#again")
    expect(page.locator("#list")).to_contain_text("期限（24時間）を過ぎています")
    receiver.shows_photo(signed(site_identities, key_file="signing.key"))
    assert "ここでは分かりません" in receiver.says("warn")


def test_a_list_that_is_over_stays_no_plain_yes_whatever_the_ward_says(
    receiver: Receiver, site_identities: Identities
) -> None:
    page = receiver.page
    tomorrow(page)
    receiver.shows_photo(signed(site_identities))
    receiver.says("warn")
    page.click("#ask")
    page.wait_for_selector("#ask", state="detached")
    assert "古い一覧" in receiver.says("warn")


def test_without_any_list_nothing_is_said_of_a_code(
    playwright: Playwright, site: Site, site_identities: Identities, tmp_path: Path
) -> None:
    with code_page(site) as server, phone(playwright, tmp_path / "profile") as context:
        context.route("**/trust-list", lambda route: route.abort())
        page = opened(context, server.url)
        expect(page.locator("#list")).to_contain_text("まだありません")
        photo = as_file(as_picture(signed(site_identities)))
        page.set_input_files("#file", {"name": "a.png", "mimeType": "image/png", "buffer": photo})
        page.wait_for_selector(".verdict.warn")
        assert "まだたしかめられません" in page.inner_text(".verdict")
        assert BODY.name not in page.inner_text("body")


def test_what_no_ward_signed_is_not_shown(receiver: Receiver, site_identities: Identities) -> None:
    receiver.shows_photo(signed(site_identities, key_file="signing.key", name="偽物　太郎"))
    assert "区の署名ではありません" in receiver.says("bad")
    assert "偽物" not in receiver.page.inner_text("body")
    receiver.page.click("#again")
    receiver.photo(as_file(BLANK))
    expect(receiver.page.locator("#told")).to_contain_text("何も分かりません")
    receiver.photo(b"no picture")
    expect(receiver.page.locator("#told")).to_contain_text("開けない")


def test_a_camera_that_is_refused_leaves_the_photo(playwright: Playwright, site: Site, tmp_path: Path) -> None:
    with code_page(site) as server, phone(playwright, tmp_path / "profile") as context:
        page = opened(context, server.url)
        page.evaluate(
            "() => { navigator.mediaDevices.getUserMedia ="
            " () => Promise.reject(new DOMException('', 'NotAllowedError')); }"
        )
        page.click("#start")
        expect(page.locator("#told")).to_contain_text("カメラを使えません")
        expect(page.locator("#start")).to_be_visible()


def test_nothing_of_a_paper_stays(receiver: Receiver) -> None:
    """Neither history nor storage nor any cache, nor the page that somebody goes back to, nor a file of the profile."""
    page, url = receiver.page, receiver.server.url
    page.click("#start")
    receiver.says("warn")
    page.click("#ask")
    receiver.says("good")
    assert page.url == url + "/code/"
    assert page.evaluate("history.length") == 2
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie, history.state]") == [
        0,
        0,
        "",
        None,
    ]
    assert page.evaluate("indexedDB.databases()") == []
    kept = page.evaluate(
        "async () => { const urls = [];"
        " for (const name of await caches.keys())"
        "   for (const each of await (await caches.open(name)).keys()) urls.push(each.url);"
        " return urls; }"
    )
    assert [each for each in kept if "status" in each] == []
    assert len([each for each in kept if each.endswith("/trust-list")]) == 1
    page.goto(url + "/")
    page.go_back()
    page.wait_for_selector("html[data-ready=yes]")
    assert NAME not in page.content()
    page.context.close()
    needles = (NAME.encode(), NAME.encode("utf-16-le"), SHEET.hex().encode(), SHEET, paper_number_text(SHEET).encode())
    files = [file for file in receiver.profile.rglob("*") if file.is_file()]
    assert len(files) > 20
    for file in files:
        content = file.read_bytes()
        assert [each for each in needles if each in content] == [], file.name


def renamed(config: VerifyConfig) -> VerifyConfig:
    wards = tuple(msgspec.structs.replace(ward, ja="改称区") for ward in config.wards)
    return msgspec.structs.replace(config, wards=wards)


def test_another_version_replaces_what_was_kept(playwright: Playwright, site: Site, tmp_path: Path) -> None:
    names = "async () => (await caches.keys()).filter((name) => !name.endsWith('-public'))"
    with phone(playwright, tmp_path / "profile") as context:
        with code_page(site) as server:
            port = int(server.url.rpartition(":")[2])
            page = opened(context, server.url, kept=True)
            (first,) = page.evaluate(names)
        with code_page(site, change=renamed, port=port):
            page.evaluate("navigator.serviceWorker.getRegistration().then((each) => each.update())")
            while (found := page.evaluate(names)) == [first] or len(found) > 1:
                page.wait_for_timeout(50)
            assert first not in found
            known = "async () => (await (await fetch('./shipped.json')).json()).wards"
            assert "改称区" in str(page.evaluate(known))


def test_it_can_be_installed(receiver: Receiver) -> None:
    session = receiver.page.context.new_cdp_session(receiver.page)
    assert session.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
    assert session.send("Page.getAppManifest")["errors"] == []


def test_no_rule_of_accessibility_is_broken_on_any_screen(receiver: Receiver, site_identities: Identities) -> None:
    page = receiver.page
    load_axe(page)

    def faults() -> list[str]:
        assert page.evaluate(CONTRAST) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        broken, undecided = axe(page)
        return [*broken, *(each for each in undecided if not each.endswith(JUDGED))]

    found = {"reading": faults()}
    receiver.shows_photo(signed(site_identities))
    receiver.says("warn")
    found["signed"] = faults()
    page.click("#ask")
    receiver.says("good")
    found["in force"] = faults()
    page.click("#again")
    receiver.shows_photo(signed(site_identities, key_file="signing.key"))
    receiver.says("bad")
    found["not signed"] = faults()
    assert {name: each for name, each in found.items() if each} == {}


def test_keys_alone_are_enough(receiver: Receiver) -> None:
    page = receiver.page
    page.focus("body")
    for _ in range(3):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "start":
            break
    assert page.evaluate("document.activeElement.id") == "start"
    page.keyboard.press("Enter")
    receiver.says("warn")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "ask"
    page.keyboard.press("Enter")
    receiver.says("good")
    while page.evaluate("document.activeElement.id") != "again":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#start")).to_be_focused()


def test_the_phone_is_the_first_screen(receiver: Receiver) -> None:
    box = receiver.page.locator("#start").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < PHONE[1]
    assert box["height"] >= 44

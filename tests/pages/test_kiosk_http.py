"""The kiosk page's HTTP face: strict, locked, and silent about digits."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import msgspec
import pytest
import pytest_asyncio

from madoguchi.kiosk.page import Screen, screen_of
from madoguchi.kiosk.page import screens as s
from madoguchi.kiosk.page.screens import SCREENS
from tests.pages.conftest import TOKEN, Kiosk
from tests.pages.fake_machine import SAMPLES


@pytest_asyncio.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(trust_env=False) as made:
        yield made


def headers(kiosk: Kiosk, **more: str) -> dict[str, str]:
    return {"X-Kiosk-Token": TOKEN, "Origin": kiosk.url, "Content-Type": "application/json"} | more


async def post(
    session: aiohttp.ClientSession, kiosk: Kiosk, path: str, body: object, **more: str
) -> tuple[int, dict[str, Any]]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with session.post(f"{kiosk.url}{path}", data=data, headers=headers(kiosk, **more)) as answer:
        return answer.status, await answer.json()


async def touch(
    session: aiohttp.ClientSession, kiosk: Kiosk, screen: str, action: str, value: object = None
) -> dict[str, Any]:
    status, body = await post(session, kiosk, "/api/touch", {"screen": screen, "action": action, "value": value})
    assert status == 200, body
    return body


async def test_page_is_locked_and_holds_the_token(session: aiohttp.ClientSession, kiosk: Kiosk) -> None:
    async with session.get(kiosk.url + "/") as answer:
        text = await answer.text()
        assert answer.status == 200
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer.headers
    assert f'content="{TOKEN}"' in text
    assert 'id="device"' not in text


async def test_every_screen_crosses_the_wire_whole(session: aiohttp.ClientSession, kiosk: Kiosk) -> None:
    assert set(SAMPLES) == set(SCREENS)
    for name, data in SAMPLES.items():
        kiosk.machine._data = data
        async with session.get(f"{kiosk.url}/api/screen", headers={"X-Kiosk-Token": TOKEN}) as answer:
            assert answer.headers["Cache-Control"] == "no-store"
            screen = msgspec.json.decode(await answer.read(), type=Screen)
        assert (screen.name, screen.data) == (name, data)


def test_a_screen_must_bear_the_name_of_its_data() -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        Screen(name="pin", revision=1, seconds_left=None, data=s.Start())
    assert screen_of(s.Start(), revision=1, seconds_left=None).name == "start"


@pytest.mark.parametrize("path", ["/api/screen", "/api/events", "/api/panel-events", "/api/panel"])
@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "0", "é"])
async def test_nothing_without_the_token_of_this_boot(
    session: aiohttp.ClientSession, kiosk: Kiosk, path: str, token: str
) -> None:
    async with session.get(kiosk.url + path, headers={"X-Kiosk-Token": token}) as answer:
        assert answer.status == 403
        assert (await answer.json())["code"] == "kiosk.page_not_our_screen"


@pytest.mark.parametrize(
    "stranger",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.example"},
        {"X-Kiosk-Token": "wrong"},
    ],
)
async def test_strangers_cannot_touch(session: aiohttp.ClientSession, kiosk: Kiosk, stranger: dict[str, str]) -> None:
    body = {"screen": "start", "action": "begin"}
    status, said = await post(session, kiosk, "/api/touch", body, **stranger)
    assert (status, said["code"]) == (403, "kiosk.page_not_our_screen")
    assert kiosk.machine.touched == []


async def test_a_rebound_name_does_not_get_the_page(session: aiohttp.ClientSession, kiosk: Kiosk) -> None:
    async with session.get(kiosk.url + "/", headers={"Host": "evil.example"}) as answer:
        assert answer.status == 403
        assert TOKEN not in await answer.text()


async def test_a_post_without_origin_is_refused(session: aiohttp.ClientSession, kiosk: Kiosk) -> None:
    given = {"X-Kiosk-Token": TOKEN, "Content-Type": "application/json"}
    async with session.post(kiosk.url + "/api/touch", data=b"{}", headers=given) as answer:
        assert answer.status == 403


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        {"screen": "start"},
        {"screen": "start", "action": "begin", "extra": 1},
        {"screen": "start", "action": "fly"},
        {"screen": "start", "action": "choose", "value": 1.5},
        {"screen": "start", "action": "choose", "value": True},
        {"screen": "start", "action": "choose", "value": ["a"]},
        {"screen": 1, "action": "begin"},
    ],
)
async def test_bodies_that_do_not_fit_are_refused(session: aiohttp.ClientSession, kiosk: Kiosk, body: object) -> None:
    status, said = await post(session, kiosk, "/api/touch", body)
    assert (status, said["code"]) == (400, "kiosk.page_bad_request")
    assert kiosk.machine.touched == []


async def test_wrong_content_type_and_size(session: aiohttp.ClientSession, kiosk: Kiosk) -> None:
    good = {"screen": "start", "action": "begin"}
    assert (await post(session, kiosk, "/api/touch", good, **{"Content-Type": "text/plain"}))[0] == 400
    status, said = await post(session, kiosk, "/api/touch", {"screen": "x" * 2000, "action": "begin"})
    assert (status, said["code"]) == (413, "kiosk.page_too_large")


async def test_a_refused_request_does_not_repeat_what_was_sent(session: aiohttp.ClientSession, kiosk: Kiosk) -> None:
    _, said = await post(session, kiosk, "/api/touch", {"screen": "pin", "action": "digit", "value": 7391.5})
    assert "7391" not in json.dumps(said)


async def test_a_late_touch_falls_on_nothing(session: aiohttp.ClientSession, kiosk: Kiosk) -> None:
    await touch(session, kiosk, "start", "begin")
    status, said = await post(session, kiosk, "/api/touch", {"screen": "start", "action": "begin"})
    assert (status, said["code"]) == (409, "kiosk.page_stale_touch")
    assert len(kiosk.machine.touched) == 1


async def test_what_the_machine_refuses_is_told_in_two_languages(session: aiohttp.ClientSession, kiosk: Kiosk) -> None:
    status, said = await post(session, kiosk, "/api/touch", {"screen": "start", "action": "confirm"})
    assert (status, said) == (409, {"code": "test.not_now", "ja": "いまはできません。", "en": "Not possible just now."})


async def test_digits_are_counted_and_never_echoed(session: aiohttp.ClientSession, kiosk: Kiosk) -> None:
    kiosk.machine._data = s.Pin(digits_entered=0, tries_left=3)
    seen = [json.dumps(await touch(session, kiosk, "pin", "digit", digit)) for digit in (7, 7, 7)]
    assert [json.loads(one)["data"]["digits_entered"] for one in seen] == [1, 2, 3]
    assert all('"7"' not in one and ": 7" not in one for one in seen)


async def test_events_bring_each_new_screen(session: aiohttp.ClientSession, kiosk: Kiosk) -> None:
    async with session.get(kiosk.url + "/api/events", headers={"X-Kiosk-Token": TOKEN}) as answer:
        assert answer.content_type == "text/event-stream"
        names = []
        async for line in answer.content:
            if not line.startswith(b"data: "):
                continue
            names.append(json.loads(line.removeprefix(b"data: "))["name"])
            if len(names) == 1:
                await touch(session, kiosk, "start", "begin")
            if len(names) == 2:
                break
    assert names == ["start", "municipality"]


async def test_devices_are_played_through_the_panel(session: aiohttp.ClientSession, kiosk: Kiosk) -> None:
    status, panel = await post(session, kiosk, "/api/panel", {"operation": "put_card", "value": "hanako"})
    assert (status, panel["card"]) == (200, "hanako")
    status, said = await post(session, kiosk, "/api/panel", {"operation": "insert_coin", "value": 500})
    assert (status, said["code"]) == (409, "test.not_now")
    status, said = await post(session, kiosk, "/api/panel", {"operation": "kick"})
    assert (status, said["code"]) == (400, "kiosk.page_bad_request")


async def test_heartbeat_repeats_the_screen(kiosk: Kiosk) -> None:
    from madoguchi.kiosk.page.events import screens

    stream = screens(kiosk.machine, heartbeat=0.01)
    first, second = await anext(stream), await anext(stream)
    assert first == second

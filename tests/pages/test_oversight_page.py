"""The desk's page: matches, sums and ages told rightly, and only on this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from starlette.types import Message

from madoguchi.oversight.page import Counter, DayMoney, DeskDay, FeedAge, Words, oversight_page
from madoguchi.oversight.page.app import HERE
from madoguchi.oversight.page.telling import Ages, counts_agree, is_stale, match_of
from madoguchi.runtime.look import Messages
from tests.pages.fake_desk import BUSY, EMPTY, MISMATCH, WAITING, FakeDesk, row
from tests.pages.serving import served


@pytest_asyncio.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(trust_env=False) as made:
        yield made


async def page_of(session: aiohttp.ClientSession, day: DeskDay) -> str:
    with served(oversight_page(FakeDesk(day))) as url:
        async with session.get(url + "/") as answer:
            assert answer.status == 200
            assert answer.headers["Cache-Control"] == "no-store"
            return await answer.text()


def test_matches() -> None:
    assert match_of(row(1)) == "agree"
    assert match_of(MISMATCH) == "differ"
    assert match_of(WAITING) == "waiting"
    late = row(1, counted={Counter.KIOSK: 2, Counter.EC: None, Counter.CENTER: 1, Counter.ISSUER: 1})
    assert match_of(late) == "differ"


def test_counts_agree_only_when_all_four_say_the_same() -> None:
    assert not counts_agree(BUSY)
    same = tuple(msgspec.structs.replace(count, sheets=8) for count in BUSY.counts)
    assert counts_agree(msgspec.structs.replace(BUSY, counts=same))
    assert not counts_agree(msgspec.structs.replace(BUSY, counts=same[:3]))


def test_money_must_add_up() -> None:
    assert BUSY.money.balanced
    assert not DayMoney(paid_yen=300, printed_yen=0, refunded_yen=0, owed_yen=299).balanced


@pytest.mark.parametrize(("age", "stale"), [(None, True), (90000, False), (90001, True)])
def test_a_feed_is_stale_beyond_its_limit(age: int | None, stale: bool) -> None:
    assert is_stale(FeedAge(feed=Words(ja="税", en="tax"), age_seconds=age, limit_seconds=90000)) is stale


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0秒"), (119, "119秒"), (120, "2分"), (7199, "119分"), (93900, "26時間"), (172800, "2日")]
)
def test_ages(seconds: int, said: str) -> None:
    assert Ages(Messages(HERE / "messages"))(seconds).ja == said


async def test_a_busy_day_is_told(session: aiohttp.ClientSession) -> None:
    text = await page_of(session, BUSY)
    assert "四者の数が一致していません" in text
    assert MISMATCH.transaction[:8] in text
    assert MISMATCH.transaction not in text
    assert "2,700円" in text
    assert "26時間" in text
    assert "<script" not in text
    assert "12:15:20" in text  # Japanese time


async def test_an_empty_day_is_calm(session: aiohttp.ClientSession) -> None:
    text = await page_of(session, EMPTY)
    assert "きょうの取引は、まだありません" in text
    assert "未処理の警報はありません" in text


async def test_unbalanced_money_says_by_how_much(session: aiohttp.ClientSession) -> None:
    money = DayMoney(paid_yen=3000, printed_yen=2100, refunded_yen=300, owed_yen=300)
    assert "差 300円" in await page_of(session, msgspec.structs.replace(BUSY, money=money))


async def test_another_name_for_this_machine_is_refused(session: aiohttp.ClientSession) -> None:
    with served(oversight_page(FakeDesk(BUSY))) as url:
        for path in ("/", "/api/today"):
            async with session.get(url + path, headers={"Host": "desk.example"}) as answer:
                assert answer.status == 403
                assert (await answer.json())["code"] == "oversight.page_not_local"


async def test_another_machine_is_refused() -> None:
    said: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        said.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/",
        "raw_path": b"/",
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1")],
        "client": ("192.0.2.7", 40000),
        "server": ("127.0.0.1", 80),
    }
    await oversight_page(FakeDesk(BUSY))(scope, receive, send)
    assert said[0]["status"] == 403


async def test_the_day_as_json(session: aiohttp.ClientSession) -> None:
    with served(oversight_page(FakeDesk(BUSY))) as url:
        async with session.get(url + "/api/today") as answer:
            assert msgspec.json.decode(await answer.read(), type=DeskDay) == BUSY


def test_no_type_of_the_desk_has_room_for_a_person() -> None:
    schema = str(msgspec.json.schema(DeskDay)).lower()
    for word in ("name", "address", "serial", "birth", "income"):
        assert f"'{word}'" not in schema

"""The verify page over HTTP: plain words for every answer, bounded uploads, nothing on disk."""

from __future__ import annotations

import io
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp
import msgspec
import pytest
import pytest_asyncio

from madoguchi.runtime.clock import FrozenClock
from madoguchi.verify.config import LimitsSection
from madoguchi.verify.page import Finding, PaperStatus, SheetAnswer, Verdict, VerifyAnswer, verify_page
from madoguchi.verify.page.rate import Rate
from madoguchi.verify.page.upload import UPLOAD_LIMIT
from tests.pages.fake_verifier import ANSWERS, CONTENT, ERASED, FakeVerifier, unlimited
from tests.pages.serving import served

TONES = {
    "issued": "good",
    "not_asked": "warn",
    "superseded": "bad",
    "replaced": "bad",
    "revoked": "bad",
    "unknown": "bad",
    "same": "good",
    "marked": "good",
    "hidden": "warn",
    "changed": "bad",
    "another_sheet": "bad",
    "no_front": "warn",
    "picture": "warn",
    "of no code": "warn",
    "no_back": "good",
    "back_damaged": "good",
    "not_compared": "warn",
    "changed and revoked": "bad",
    "same and revoked": "bad",
    "same and unasked": "warn",
    "forged": "bad",
    "nothing": "warn",
    "broken": "warn",
    "only a damaged back": "warn",
}


@dataclass
class Verify:
    url: str
    verifier: FakeVerifier


@pytest.fixture
def verify() -> Iterator[Verify]:
    verifier = FakeVerifier()
    with served(verify_page(verifier, rate=unlimited())) as url:
        yield Verify(url=url, verifier=verifier)


@pytest_asyncio.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(trust_env=False) as made:
        yield made


def form(*, file: bytes | None = None, text: str | None = None, **more: bytes) -> aiohttp.FormData:
    made = aiohttp.FormData(default_to_multipart=True)
    for name, octets in {**({} if file is None else {"file": file}), **more}.items():
        made.add_field(name, io.BytesIO(octets), filename="photo.png", content_type="image/png")
    if text is not None:
        made.add_field("text", text)
    return made


async def submit(session: aiohttp.ClientSession, verify: Verify, data: aiohttp.FormData) -> tuple[int, str]:
    async with session.post(verify.url + "/", data=data) as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        assert "form-action 'self'" in answer.headers["Content-Security-Policy"]
        return answer.status, await answer.text()


async def test_the_form_says_what_is_kept(session: aiohttp.ClientSession, verify: Verify) -> None:
    async with session.get(verify.url + "/") as answer:
        text = await answer.text()
    assert "保存も記録もしません" in text
    assert "Nothing is stored or logged" in text
    assert "<script" not in text


@pytest.mark.parametrize("name", sorted(TONES))
async def test_every_answer_has_its_tone_and_words(session: aiohttp.ClientSession, verify: Verify, name: str) -> None:
    status, text = await submit(session, verify, form(text=name))
    assert status == 200
    assert f'class="verdict {TONES[name]}"' in text
    signed = ANSWERS[name].verdict is Verdict.SIGNED
    assert (str(CONTENT.name) in text) is (signed and name != "of no code")
    assert (CONTENT.paper_number in text) is signed
    assert ("たしかめていないこと" in text) is (signed or name == "forged")


def test_all_answers_are_covered() -> None:
    assert set(TONES) == set(ANSWERS)
    assert {answer.verdict for answer in ANSWERS.values()} == set(Verdict)
    assert {answer.status for answer in ANSWERS.values() if answer.content} == set(PaperStatus)
    assert {answer.finding for answer in ANSWERS.values() if answer.content} == set(Finding)


def test_unsigned_claims_have_no_place_in_an_answer() -> None:
    with pytest.raises(ValueError, match="exactly when"):
        SheetAnswer(verdict=Verdict.NOT_SIGNED, content=CONTENT)
    with pytest.raises(ValueError, match="exactly when"):
        SheetAnswer(verdict=Verdict.SIGNED)


async def test_a_large_photo_never_touches_the_disk(
    session: aiohttp.ClientSession, verify: Verify, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rolled(*_: object, **__: object) -> None:
        pytest.fail("an upload was written to a temporary file")

    monkeypatch.setattr(tempfile, "_TemporaryFileWrapper", rolled)
    monkeypatch.setattr(tempfile, "TemporaryFile", rolled)
    size = 8 * 1024 * 1024
    status, _ = await submit(session, verify, form(file=b"x" * size))
    assert (status, verify.verifier.uploads) == (200, [size])


async def test_twenty_megabytes_and_no_more(session: aiohttp.ClientSession, verify: Verify) -> None:
    assert (await submit(session, verify, form(file=bytes(UPLOAD_LIMIT))))[0] == 200
    status, text = await submit(session, verify, form(file=bytes(UPLOAD_LIMIT + 1)))
    assert status == 413
    assert "ファイルが大きすぎます" in text
    assert verify.verifier.uploads == [UPLOAD_LIMIT]


async def test_a_body_without_a_declared_length_is_cut_off(session: aiohttp.ClientSession, verify: Verify) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(UPLOAD_LIMIT // 65536 + 2):
            yield b"x" * 65536

    async with session.post(verify.url + "/v1/check", data=endless(), headers={"Content-Type": "image/png"}) as answer:
        assert answer.status == 413
        assert (await answer.json())["code"] == "verify.upload_too_large"


@pytest.mark.parametrize("data", [form(), form(text="  "), form(file=b""), form(file=b"x", text="issued")])
async def test_neither_or_both_is_told(session: aiohttp.ClientSession, verify: Verify, data: aiohttp.FormData) -> None:
    status, text = await submit(session, verify, data)
    assert status == 400
    assert "何も送られていません" in text


@pytest.mark.parametrize(
    ("kind", "body", "status", "code"),
    [
        ("application/json", b'{"text": "issued", "more": 1}', 400, "verify.bad_upload"),
        ("application/json", b'{"text": 5}', 400, "verify.bad_upload"),
        ("application/json", b"\xff", 400, "verify.bad_upload"),
        ("application/json", b'{"text": ""}', 400, "verify.bad_upload"),
        ("application/json", b" " * 20000, 413, "verify.upload_too_large"),
        ("image/png", b"", 400, "verify.bad_upload"),
        ("image/gif", b"GIF89a", 415, "verify.unsupported_type"),
    ],
)
async def test_the_api_refuses_with_a_code(
    session: aiohttp.ClientSession, verify: Verify, kind: str, body: bytes, status: int, code: str
) -> None:
    async with session.post(verify.url + "/v1/check", data=body, headers={"Content-Type": kind}) as answer:
        assert (answer.status, (await answer.json())["code"]) == (status, code)


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg", "image/tiff", "application/pdf"])
async def test_the_api_answers_documents_and_text(session: aiohttp.ClientSession, verify: Verify, kind: str) -> None:
    async with session.post(verify.url + "/v1/check", data=b"picture", headers={"Content-Type": kind}) as answer:
        assert msgspec.json.decode(await answer.read(), type=VerifyAnswer) == VerifyAnswer(
            sheets=(ANSWERS["issued"],), erased=ERASED
        )
    async with session.post(verify.url + "/v1/check", json={"text": "revoked"}) as answer:
        assert msgspec.json.decode(await answer.read(), type=VerifyAnswer).sheets == (ANSWERS["revoked"],)


@pytest.mark.parametrize("body", [b"", b"--x", b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n"])
async def test_a_malformed_form_is_told(session: aiohttp.ClientSession, verify: Verify, body: bytes) -> None:
    for kind in ("multipart/form-data; boundary=x", "multipart/form-data", "text/plain"):
        async with session.post(verify.url + "/", data=body, headers={"Content-Type": kind}) as answer:
            assert answer.status == 400


async def test_front_and_back_in_one_form(session: aiohttp.ClientSession, verify: Verify) -> None:
    async with session.post(verify.url + "/v1/check", data=form(front=b"x" * 5, back=b"x" * 7)) as answer:
        assert answer.status == 200
    assert verify.verifier.uploads == [5, 7]


@pytest.mark.parametrize("name", ["changed", "same", "no_front"])
async def test_pictures_are_in_the_page_and_nowhere_else(
    session: aiohttp.ClientSession, verify: Verify, name: str
) -> None:
    status, text = await submit(session, verify, form(text=name))
    sheet = ANSWERS[name]
    assert sheet.pictures is not None
    shown = 1 + (sheet.pictures.seen_marked is not None) + len(sheet.pictures.close)
    assert (status, text.count('src="data:image/')) == (200, shown)
    assert ('<ol class="places">' in text) is (name == "changed")


async def test_the_api_gives_pictures_when_asked(session: aiohttp.ClientSession, verify: Verify) -> None:
    verify.verifier.answer = VerifyAnswer(sheets=(ANSWERS["changed"],), erased=ERASED)
    for query, there in (("", False), ("?pictures=1", True), ("?pictures=0", False)):
        async with session.post(verify.url + "/v1/check" + query, data=form(file=b"x")) as answer:
            found = msgspec.json.decode(await answer.read(), type=VerifyAnswer).sheets[0]
        assert (found.pictures is not None, found.places) == (there, ANSWERS["changed"].places)


async def test_several_sheets_are_told_one_by_one(session: aiohttp.ClientSession, verify: Verify) -> None:
    verify.verifier.answer = VerifyAnswer(sheets=(ANSWERS["same"], ANSWERS["changed"]), left_out=True, erased=ERASED)
    status, text = await submit(session, verify, form(file=b"x"))
    assert (status, text.count('<article class="sheet"')) == (200, 2)
    assert "2枚の用紙を調べました" in text
    assert "8ページ" in text


async def test_the_receipt_says_how_much_went_and_how(session: aiohttp.ClientSession, verify: Verify) -> None:
    assert "約2400KB" in (await submit(session, verify, form(file=b"x")))[1]
    async with session.post(verify.url + "/v1/check", data=form(file=b"x")) as answer:
        assert (await answer.json())["erased"] == {
            "octets": 2_400_000,
            "how": "process_ended",
            "at": "2026-11-23T13:30:00Z",
        }


@pytest.mark.parametrize(
    ("limits", "header", "allowed"),
    [
        (LimitsSection(per_minute=6, burst=2), None, 2),
        (LimitsSection(per_minute=6, burst=2, address_header="X-Real-IP"), "X-Real-IP", 8),
        (LimitsSection(per_minute=6, burst=2, all_per_minute=3, address_header="X-Real-IP"), "X-Real-IP", 3),
    ],
    ids=["one address", "each behind the proxy", "all together"],
)
async def test_more_than_the_limit_is_told_when_to_come_again(
    session: aiohttp.ClientSession, limits: LimitsSection, header: str | None, allowed: int
) -> None:
    clock = FrozenClock(datetime(2026, 11, 23, tzinfo=UTC))
    statuses = []
    with served(verify_page(FakeVerifier(), rate=Rate(limits, clock=clock))) as url:
        for caller in range(8):
            headers = {header: f"192.0.2.{caller}"} if header else {"X-Real-IP": f"192.0.2.{caller}"}
            async with session.post(url + "/v1/check", json={"text": "issued"}, headers=headers) as answer:
                statuses.append(answer.status)
                assert (answer.headers.get("Retry-After") == "60") is (answer.status == 429)
        clock.advance(seconds=60)
        async with session.post(url + "/", data=form(text="issued")) as answer:
            assert answer.status == 200
    assert statuses == [200] * allowed + [429] * (8 - allowed)


async def test_nobody_is_told_of_a_number_without_the_paper(session: aiohttp.ClientSession, verify: Verify) -> None:
    for path in ("/v1/papers/" + "0" * 32, "/v1/check", "/v1/check/" + "0" * 32, "/api/verify"):
        async with session.get(verify.url + path) as answer:
            assert answer.status in {404, 405}

"""The verify page over HTTP: plain words for every answer, bounded uploads, nothing on disk."""

from __future__ import annotations

import io
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import aiohttp
import msgspec
import pytest
import pytest_asyncio

from madoguchi.verify.page import PaperStatus, Verdict, VerifyAnswer, verify_page
from madoguchi.verify.page.upload import UPLOAD_LIMIT
from tests.pages.fake_verifier import ANSWERS, CONTENT, FakeVerifier
from tests.pages.serving import served

TONES = {
    "issued": "good",
    "not_asked": "warn",
    "superseded": "bad",
    "replaced": "bad",
    "revoked": "bad",
    "unknown": "bad",
    "forged": "bad",
    "nothing": "warn",
    "broken": "warn",
}


@dataclass
class Verify:
    url: str
    verifier: FakeVerifier


@pytest.fixture
def verify() -> Iterator[Verify]:
    verifier = FakeVerifier()
    with served(verify_page(verifier)) as url:
        yield Verify(url=url, verifier=verifier)


@pytest_asyncio.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(trust_env=False) as made:
        yield made


def form(*, file: bytes | None = None, text: str | None = None) -> aiohttp.FormData:
    made = aiohttp.FormData(default_to_multipart=True)
    if file is not None:
        made.add_field("file", io.BytesIO(file), filename="photo.png", content_type="image/png")
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
    assert (CONTENT.name in text) is signed
    assert (CONTENT.paper_number in text) is signed
    assert ("たしかめていないこと" in text) is (signed or name == "forged")


def test_all_answers_are_covered() -> None:
    assert set(TONES) == set(ANSWERS)
    assert {answer.verdict for answer in ANSWERS.values()} == set(Verdict)
    assert {answer.status for answer in ANSWERS.values() if answer.content} == set(PaperStatus)


def test_unsigned_claims_have_no_place_in_an_answer() -> None:
    with pytest.raises(ValueError, match="exactly when"):
        VerifyAnswer(verdict=Verdict.NOT_SIGNED, content=CONTENT)
    with pytest.raises(ValueError, match="exactly when"):
        VerifyAnswer(verdict=Verdict.SIGNED)


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

    async with session.post(
        verify.url + "/api/verify", data=endless(), headers={"Content-Type": "image/png"}
    ) as answer:
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
    async with session.post(verify.url + "/api/verify", data=body, headers={"Content-Type": kind}) as answer:
        assert (answer.status, (await answer.json())["code"]) == (status, code)


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg", "application/pdf"])
async def test_the_api_answers_documents_and_text(session: aiohttp.ClientSession, verify: Verify, kind: str) -> None:
    async with session.post(verify.url + "/api/verify", data=b"picture", headers={"Content-Type": kind}) as answer:
        assert msgspec.json.decode(await answer.read(), type=VerifyAnswer) == ANSWERS["issued"]
    async with session.post(verify.url + "/api/verify", json={"text": "revoked"}) as answer:
        assert msgspec.json.decode(await answer.read(), type=VerifyAnswer) == ANSWERS["revoked"]


@pytest.mark.parametrize("body", [b"", b"--x", b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n"])
async def test_a_malformed_form_is_told(session: aiohttp.ClientSession, verify: Verify, body: bytes) -> None:
    for kind in ("multipart/form-data; boundary=x", "multipart/form-data", "text/plain"):
        async with session.post(verify.url + "/", data=body, headers={"Content-Type": kind}) as answer:
            assert answer.status == 400

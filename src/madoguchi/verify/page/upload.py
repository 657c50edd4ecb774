"""Taking an upload in: bounded, and in memory only. What a receiver sends is somebody's tax certificate."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Final

import msgspec
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from madoguchi.verify.page.problems import BAD_UPLOAD, NOT_A_DOCUMENT, UPLOAD_TOO_LARGE

UPLOAD_LIMIT: Final = 20 * 1024 * 1024
"""Bytes of all files together."""
MAX_FILES: Final = 4
TEXT_LIMIT: Final = 16 * 1024
"""Bytes of the text of a code; the largest QR code holds 4,296 characters."""
_ENVELOPE: Final = 64 * 1024
"""Bytes that a form may add around its files."""
_DOCUMENTS: Final = frozenset({"image/png", "image/jpeg", "image/tiff", "application/pdf"})
_FIELDS: Final = frozenset({"file", "front", "back"})
"""Names of file fields. Which side a picture shows is seen on it, whatever it was called."""
_FORM: Final = "multipart/form-data"


@dataclass(frozen=True, slots=True)
class Upload:
    """Exactly one of the two."""

    documents: tuple[bytes, ...]
    text: str | None


class _Pasted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """JSON body of POST /v1/check."""

    text: str


class _InMemory(MultiPartParser):
    """Starlette's parser rolls a file over 1 MB out to a temporary file; this one never does."""

    spool_max_size = UPLOAD_LIMIT + _ENVELOPE


async def from_form(request: Request) -> Upload:
    """The page's own form: files, or the text of a code. Raises UPLOAD_TOO_LARGE or BAD_UPLOAD."""
    parser = _InMemory(
        request.headers,
        _bounded(request, UPLOAD_LIMIT + _ENVELOPE),
        max_files=MAX_FILES,
        max_fields=1,
        max_part_size=TEXT_LIMIT,
    )
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, UnicodeDecodeError):
        raise BAD_UPLOAD.error("malformed form") from None
    try:
        text = form.get("text", "")
        return _one_of(await _files(form), text if isinstance(text, str) else "")
    finally:
        await form.close()


async def from_api(request: Request) -> Upload:
    """The API: a form with files, JSON `{"text": …}`, or the bytes of one file under its own Content-Type."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == _FORM:
        return await from_form(request)
    if kind in _DOCUMENTS:
        return _one_of((await _read(request, UPLOAD_LIMIT),), "")
    if kind != "application/json":
        raise NOT_A_DOCUMENT.error("Content-Type is not handled")
    try:
        pasted = msgspec.json.decode(await _read(request, TEXT_LIMIT), type=_Pasted)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BAD_UPLOAD.error("body does not fit the contract") from None
    return _one_of((), pasted.text)


async def _files(form: FormData) -> tuple[bytes, ...]:
    files = [(name, each) for name, each in form.multi_items() if isinstance(each, UploadFile)]
    if any(name not in _FIELDS for name, _ in files):
        raise BAD_UPLOAD.error("a file field of another name")
    return tuple([await each.read() for _, each in files])


def _one_of(documents: tuple[bytes, ...], text: str) -> Upload:
    """An empty file field is what a browser sends when nothing was chosen."""
    text = text.strip()
    documents = tuple(each for each in documents if each)
    if bool(documents) == bool(text):
        raise BAD_UPLOAD.error("not exactly one of files and text")
    if sum(map(len, documents)) > UPLOAD_LIMIT:
        raise UPLOAD_TOO_LARGE.error("files over the limit")
    return Upload(documents=documents, text=text or None)


async def _read(request: Request, limit: int) -> bytes:
    return b"".join([chunk async for chunk in _bounded(request, limit)])


async def _bounded(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    """The body as it comes, ended with an error as soon as it is too large, whatever Content-Length said."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise UPLOAD_TOO_LARGE.error("Content-Length over the limit")
    seen = 0
    try:
        async for chunk in request.stream():
            seen += len(chunk)
            if seen > limit:
                raise UPLOAD_TOO_LARGE.error("body over the limit")
            yield chunk
    except ClientDisconnect:
        raise BAD_UPLOAD.error("cut off") from None

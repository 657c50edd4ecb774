"""Small checks of PDF objects: only what is on the list may be there."""

from __future__ import annotations

import zlib
from typing import Final

import pikepdf

from madoguchi.certificate.problems import PAGE_UNREADABLE

_MAX_STREAM: Final = 4_000_000
_STREAM: Final = frozenset({"/Length", "/Length1", "/Filter"})


def refuse_other_keys(value: pikepdf.Object, known: frozenset[str], what: str) -> None:
    """Raises `certificate.page_unreadable` when a dictionary or stream says anything that is not on the list."""
    if not isinstance(value, pikepdf.Dictionary | pikepdf.Stream) or not set(value.keys()) <= known:
        raise PAGE_UNREADABLE.error(f"{what}: something that is not on the list")


def checked_stream(value: pikepdf.Object, what: str, more: frozenset[str] = frozenset()) -> bytes:
    """A stream's content, raw or deflated and nothing else; `more` are entries that it may have besides."""
    refuse_other_keys(value, _STREAM | more, what)
    raw = value.read_raw_bytes()
    kind = value.get("/Filter")
    if kind is None:
        return raw
    if kind != pikepdf.Name.FlateDecode:
        raise PAGE_UNREADABLE.error(f"{what}: packed in another way")
    unpacking = zlib.decompressobj()
    try:
        content = unpacking.decompress(raw, _MAX_STREAM)
    except zlib.error:
        raise PAGE_UNREADABLE.error(f"{what}: damaged") from None
    if not unpacking.eof or unpacking.unused_data.strip():
        raise PAGE_UNREADABLE.error(f"{what}: damaged")
    return content

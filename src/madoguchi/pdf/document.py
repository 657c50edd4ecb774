"""Objects of a PDF file in the order in which they are written, with the table of where they lie (ISO 32000-1, 7.5).

A file is written in two halves. The first is the same for every certificate of a layout, or for every back, and is made
once; the second is the person's. Both are one revision of one file.
"""

from __future__ import annotations

import zlib
from typing import Final

HEADER: Final = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
"""Four octets above 127 tell file transfer programs that this is not text."""


class Objects:
    """Object numbers are given out in order; an object may be named before it is written."""

    def __init__(self, start: bytes = HEADER, places: dict[int, int] | None = None, *, used: int = 0) -> None:
        self._parts: list[bytes] = [start]
        self._length = len(start)
        self._places = dict(places or {})
        self._used = used

    @property
    def used(self) -> int:
        """The highest number given out."""
        return self._used

    @property
    def places(self) -> dict[int, int]:
        """Object number → octet at which it begins."""
        return dict(self._places)

    def number(self) -> int:
        """The next object number, to be written later."""
        self._used += 1
        return self._used

    def write(self, body: str | bytes, number: int = 0) -> int:
        """One object. Its number."""
        octets = body.encode("ascii") if isinstance(body, str) else body
        return self._put(b"\n%b\nendobj\n" % octets, number)

    def _put(self, data: bytes, number: int) -> int:
        if not number:
            self._used = number = self._used + 1
        self._places[number] = self._length
        head = b"%d 0 obj" % number
        self._parts += (head, data)
        self._length += len(head) + len(data)
        return number

    def stream(self, entries: str, data: bytes, number: int = 0) -> int:
        """A stream as it is: deflating a person's few kilobytes costs more time than it saves room."""
        whole = b"\n<<%b/Length %d>>\nstream\n%b\nendstream\nendobj\n"
        return self._put(whole % (entries.encode("ascii"), len(data), data), number)

    def packed(self, entries: str, data: bytes, number: int = 0) -> int:
        """A deflated stream, for what is written once and used ten thousand times."""
        return self.stream(f"{entries}/Filter/FlateDecode", zlib.compress(data, 9), number)

    def so_far(self) -> bytes:
        """What has been written."""
        return b"".join(self._parts)

    def finished(self, *, root: int, document_id: bytes) -> bytes:
        """The whole file, with its cross-reference table and trailer."""
        rows = b"".join([b"%010d 00000 n \n" % self._places[number] for number in range(1, self._used + 1)])
        name = document_id.hex()
        end = (
            f"trailer\n<</Size {self._used + 1}/Root {root} 0 R/ID[<{name}><{name}>]>>\n"
            f"startxref\n{self._length}\n%%EOF\n"
        )
        table = b"xref\n0 %d\n0000000000 65535 f \n%b" % (self._used + 1, rows)
        return b"".join([*self._parts, table, end.encode("ascii")])

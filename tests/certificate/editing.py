"""Changing a finished PDF by hand: what a composer that errs might have made."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pikepdf

from madoguchi.certificate.layout import Box, Rect

Change = Callable[["Sheet"], None]
_POINT_MM = 25.4 / 72
_PLACED = re.compile(r"/(\w+) ([\d.]+) Tf 1 0 0 1 ([\d.]+) ([\d.]+) Tm <(\w+)> Tj")
_ENTRY = re.compile(rb"<(\w{4})><(\w+)>\n")


def edited(pdf: bytes, change: Change, *, page: int = 0) -> bytes:
    """The file after a change of one page."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        change(Sheet(document, page))
        return saved(document)


def saved(document: pikepdf.Pdf) -> bytes:
    out = io.BytesIO()
    document.save(out, compress_streams=False)
    return out.getvalue()


class Sheet:
    """One page under the knife. `lines` are its own content; `write` puts them back."""

    def __init__(self, document: pikepdf.Pdf, number: int) -> None:
        self.document = document
        self.page = document.pages[number]
        self.resources: Any = self.page.obj.Resources
        streams = self.page.obj.Contents.as_list()
        self.lines = b"\n".join(each.read_bytes() for each in streams).decode("ascii").split("\n")

    def write(self) -> None:
        self.page.obj.Contents = self.document.make_stream("\n".join(self.lines).encode("ascii"))

    def add(self, operators: str) -> None:
        """Paint more, over everything else."""
        self.lines.append(operators)
        self.write()

    def stream(self, content: bytes, **entries: Any) -> Any:
        return self.document.make_stream(content, **entries)

    def font(self, name: str) -> Any:
        return self.resources.Font[f"/{name}"]

    def descendant(self, name: str) -> Any:
        return self.font(name).DescendantFonts[0]

    def file(self, name: str) -> Any:
        return self.descendant(name).FontDescriptor.FontFile2

    def codes(self, font: str = "M0") -> dict[str, str]:
        """Character with its selector → code."""
        found = _ENTRY.findall(self.font(font).ToUnicode.read_bytes())
        return {bytes.fromhex(units.decode()).decode("utf-16-be"): code.decode() for code, units in found}

    def at(self, rect: Rect) -> int:
        """The index of the line that begins in a rectangle."""
        return next(at for at, line in enumerate(self.lines) if _inside(rect, line))

    def line(self, rect: Rect, text: str, *, size: float = 6.0) -> str:
        """A new line at the left of a rectangle, in the main font."""
        down = rect.h / 2 + 0.37 * size * _POINT_MM
        x, y = (rect.x + 0.2) / _POINT_MM, (297 - rect.y - down) / _POINT_MM
        codes = self.codes()
        shown = "".join(codes[letter] for letter in text)
        return f"/M0 {size:g} Tf 1 0 0 1 {x:.2f} {y:.2f} Tm <{shown}> Tj"

    def flip(self, box: Rect) -> None:
        """Exchange the first character in a box for another of its font; in an empty box, write one."""
        if any(_inside(box, line) for line in self.lines):
            at = self.at(box)
            self.lines[at] = _PLACED.sub(self._other, self.lines[at], count=1)
        else:
            size = box.min_size if isinstance(box, Box) else 6.0
            self.lines.insert(self.lines.index("ET"), self.line(box, "△", size=size))
        self.write()

    def say(self, box: Rect, text: str) -> None:
        """Write another text of the main font's characters in a box, where the first one begins."""
        at = self.at(box)
        codes = self.codes()
        shown = "".join(codes[letter] for letter in text)
        self.lines[at] = re.sub(r"<\w+> Tj.*", f"<{shown}> Tj", self.lines[at])
        self.write()

    def leave_out(self, at: int, ends: tuple[str, ...]) -> None:
        """Take one line out of the constant form: the one at this place among those that end so."""
        form = self.resources.XObject.F
        lines = form.read_bytes().decode("ascii").split("\n")
        del lines[[index for index, line in enumerate(lines) if line.endswith(ends)][at]]
        form.write("\n".join(lines).encode("ascii"))

    def _other(self, found: re.Match[str]) -> str:
        known = self.codes(found[1])
        first = found[5][:4]
        text = next(text for text, code in known.items() if code == first)
        swaps = "1234567890" if text.isdigit() else "ABCDEFGHJK" if text.isascii() else "".join(known)
        other = next(each for each in swaps if each in known and each not in {text, "　"} and _alike(each, text))
        return found[0].replace(f"<{first}", f"<{known[other]}", 1)


def _alike(one: str, other: str) -> bool:
    return one.isascii() == other.isascii()


def _inside(rect: Rect, line: str) -> bool:
    found = _PLACED.search(line)
    if not found:
        return False
    x, y = float(found[3]) * _POINT_MM, 297 - float(found[4]) * _POINT_MM
    return rect.x - 0.1 <= x <= rect.x + rect.w + 0.1 and rect.y <= y <= rect.y + rect.h


def replaced(stream: Any, old: bytes, new: bytes, *, count: int = -1) -> None:
    """Exchange octets in a stream. They must be there."""
    content = stream.read_bytes()
    assert old in content
    stream.write(content.replace(old, new, count))

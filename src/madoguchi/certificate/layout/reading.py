"""One layout file from its text: typed, unknown keys refused, every fault with its line."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import Final

import msgspec

from madoguchi.certificate.layout.parts import Box, Frame, Label, LayoutFile, PageLayout, Rect, Rule, Table, Tint
from madoguchi.certificate.layout.places import Path, Place, Places, places_of
from madoguchi.certificate.layout.refusing import Fault, LayoutRefusedError, nearest

_KINDS_OF_PART: Final[dict[str | int, type[msgspec.Struct]]] = {
    "box": Box,
    "label": Label,
    "rule": Rule,
    "tint": Tint,
    "table": Table,
    "frame": Frame,
    "qr": Rect,
    "seal": Rect,
    "both": PageLayout,
    "page": PageLayout,
    "continuation": PageLayout,
}
_AT: Final = re.compile(r" - at `\$(?P<path>.*)`$")
_STEP: Final = re.compile(r"\.(?P<key>\w+)|\[(?P<index>\d+)\]")
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(?P<name>.*?)`")
_TOML_LINE: Final = re.compile(r" \(at line (?P<line>\d+), column \d+\)$")


@dataclass(frozen=True, slots=True)
class Source:
    """One file as read, and where everything in it stands."""

    file: LayoutFile
    places: Places


def read_source(name: str, text: str) -> Source:
    """Raises `LayoutRefusedError` with the first fault: what is not TOML or not a layout cannot be judged further."""
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as failure:
        raise LayoutRefusedError([_toml_fault(name, text, str(failure))]) from None
    places = places_of(name, text)
    try:
        return Source(msgspec.convert(value, type=LayoutFile, strict=False), places)
    except msgspec.ValidationError as failure:
        raise LayoutRefusedError([_fault(places, str(failure))]) from None


def _toml_fault(name: str, text: str, message: str) -> Fault:
    """`tomllib` names the line in its message, except at the end of the text."""
    found = _TOML_LINE.search(message)
    line = int(found["line"]) if found else text.count("\n") + 1
    return Fault(Place(name, line), f"not TOML: {_TOML_LINE.sub('', message)}")


def _fault(places: Places, message: str) -> Fault:
    at = _AT.search(message)
    path: Path = tuple(
        step["key"] or int(step["index"]) for step in _STEP.finditer(at["path"] if at is not None else "")
    )
    unknown = _UNKNOWN.match(message)
    if unknown is None:
        return Fault(places.of(*path), _AT.sub("", message) + f" in {_shown(path)}")
    name = unknown["name"]
    kind = next((_KINDS_OF_PART[step] for step in reversed(path) if step in _KINDS_OF_PART), LayoutFile)
    advice = nearest(name, kind.__struct_fields__)
    return Fault(places.of(*path, name), f"unknown field `{name}` in {_shown(path)}{advice}")


def _shown(path: Path) -> str:
    """`page.box` for ("page", "box", 3): the line says which."""
    return ".".join(step for step in path if isinstance(step, str)) or "the file"

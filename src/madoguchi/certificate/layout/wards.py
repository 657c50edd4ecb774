"""A ward's own layouts: a directory of files, each in place of one built-in layout.

A paper names its layout, and so does everything that is kept of it. So a changed layout has a name of its own, for
ever: the built-in layout's name up to the stroke (the clerk works out by itself which one that must be for kind and
year), and behind it a word that no built-in layout has. `taxation-2026/2` becomes `taxation-2026/mihon-1`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from madoguchi.certificate.layout.assembly import load_layouts
from madoguchi.certificate.layout.choosing import Layouts, all_layouts, built_in_sources
from madoguchi.certificate.layout.parts import Layout
from madoguchi.certificate.layout.places import Place
from madoguchi.certificate.layout.reading import read_source
from madoguchi.certificate.layout.refusing import Fault, LayoutRefusedError
from madoguchi.certificate.problems import LAYOUT_INVALID

_OWN_WORD: Final = re.compile(r"[a-z][a-z0-9-]{0,15}")
"""Built-in layouts count on behind the stroke (`/2`): a word that begins with a letter never meets a later one."""


def ward_layouts(directory: Path) -> Layouts:
    """The program's layouts, with those of the directory in their place. Every `*.toml` in it is read, nothing else.

    A file without an `id` is furniture of the layouts beside it; what is not there is the built-in one of that name.
    Raises `certificate.layout_invalid` with file and line.
    """
    texts = layout_texts(directory)
    ids = {name: read_source(name, text).file for name, text in texts.items()}
    used = {name for file in ids.values() for name in file.use}
    idle = [name for name, file in ids.items() if not file.id and name not in used]
    if idle:
        raise LayoutRefusedError([Fault(Place(name, 1), "no `id`, and no layout beside it uses it") for name in idle])
    layouts = load_layouts({**built_in_sources(), **texts}, only={name for name, file in ids.items() if file.id})
    faults = [*_named_wrongly(layouts), *_twice(layouts)]
    if faults:
        raise LayoutRefusedError(faults)
    return all_layouts().with_changed(layouts)


def layouts_digest(directory: Path) -> str:
    """SHA-256 (hex) over the names and texts of the directory's files: where they lie does not matter.

    Raises `certificate.layout_invalid` when they cannot be read.
    """
    digest = hashlib.sha256()
    for name, text in sorted(layout_texts(directory).items()):
        for part in (name.encode(), text.encode()):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def layout_texts(directory: Path) -> Mapping[str, str]:
    """File name → text. Raises `certificate.layout_invalid` for a directory without layouts, or one not readable."""
    try:
        files = sorted(each for each in directory.iterdir() if each.suffix == ".toml")
        texts = {each.name: each.read_text("utf-8") for each in files}
    except OSError as failure:
        raise LAYOUT_INVALID.error(f"{failure.filename}: {failure.strerror}") from None
    except UnicodeDecodeError as failure:
        raise LAYOUT_INVALID.error(f"{directory}: a file is not UTF-8 ({failure.reason})") from None
    if not texts:
        raise LAYOUT_INVALID.error(f"{directory}: no layout in it (*.toml)")
    return texts


def _named_wrongly(layouts: tuple[Layout, ...]) -> Iterator[Fault]:
    """Each stands in for one built-in layout, under a name of its own, for the same kind and years."""
    built_in = {_stem(each): each for each in all_layouts()}
    for layout in layouts:
        own = built_in.get(_stem(layout))
        if own is None:
            stems = ", ".join(sorted(built_in))
            yield Fault(layout.places["id"], f"id {layout.id} stands in for no layout of the program ({stems})")
            continue
        if layout.id == own.id:
            yield Fault(layout.places["id"], f"id {layout.id} is the built-in layout's: {_advice(own)}")
        elif not _OWN_WORD.fullmatch(layout.id.partition("/")[2]):
            yield Fault(layout.places["id"], f"id {layout.id} must be {_advice(own)}")
        for key in ("kind", "first_year", "last_year"):
            if getattr(layout, key) != getattr(own, key):
                yield Fault(layout.places[key], f"{key} of {own.id} is {getattr(own, key)}, and stays so")


def _twice(layouts: tuple[Layout, ...]) -> Iterator[Fault]:
    seen: dict[str, Place] = {}
    for layout in layouts:
        first = seen.setdefault(_stem(layout), layout.places["id"])
        if first is not layout.places["id"]:
            yield Fault(layout.places["id"], f"a second layout for {_stem(layout)} (first at {first})")


def _stem(layout: Layout) -> str:
    return layout.id.partition("/")[0]


def _advice(own: Layout) -> str:
    return f"{_stem(own)}/ and a word of the ward's own (small letters, digits, -; 16 at most), new with every change"

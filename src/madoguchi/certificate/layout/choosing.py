"""Which layout a kind and year has: those that come with the program, or for a preview a ward's changed one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Final

from madoguchi.certificate.layout.assembly import load_layouts
from madoguchi.certificate.layout.parts import Layout
from madoguchi.certificate.layout.reading import read_source
from madoguchi.certificate.problems import LAYOUT_INVALID

_CHANGED: Final[ContextVar[tuple[Layout, ...]]] = ContextVar("changed_layouts", default=())


_REGISTERED: list[Layout] = []


def register_layouts(text: str, *, name: str) -> None:
    """Add the layouts of another kind, from the text of a file; furniture is the program's own.

    Raises `certificate.layout_invalid` with the line, or when a built-in layout has this kind and year.
    """
    made = load_layouts({**_built_in_sources(), name: text}, only={name})
    if any(_replaces(new, old) for new in made for old in all_layouts()):
        raise LAYOUT_INVALID.error(f"{name}: a layout of this kind and year is there")
    _REGISTERED.extend(made)


def all_layouts() -> tuple[Layout, ...]:
    """Every layout: built in, or registered. Raises `certificate.layout_invalid` with file and line."""
    changed, own = _CHANGED.get(), (*_built_in(), *_REGISTERED)
    if not changed:
        return own
    return (*(each for each in own if not any(_replaces(new, each) for new in changed)), *changed)


@contextmanager
def with_changed(*layouts: Layout) -> Iterator[None]:
    """While the block runs, and in it alone, these layouts stand in place of the built-in ones of their years."""
    token = _CHANGED.set(layouts)
    try:
        yield
    finally:
        _CHANGED.reset(token)


def layout_for(*, kind: str, fiscal_year: int) -> Layout:
    """The layout of a kind and year. Raises `certificate.layout_invalid` when none or more than one covers it."""
    found = [each for each in all_layouts() if each.kind == kind and each.first_year <= fiscal_year <= each.last_year]
    if len(found) != 1:
        raise LAYOUT_INVALID.error(f"{len(found)} layouts cover {kind} {fiscal_year}")
    return found[0]


def layout_by_id(layout_id: str) -> Layout:
    """The layout with this id. Raises `certificate.layout_invalid`."""
    for each in all_layouts():
        if each.id == layout_id:
            return each
    raise LAYOUT_INVALID.error("no layout has this id")


def changed_layouts(file: Path) -> tuple[Layout, ...]:
    """What a changed file makes: its own layout, or for furniture every built-in layout that uses it.

    Furniture lies beside the file, or is the built-in one of that name. Raises OSError, UnicodeDecodeError or
    `certificate.layout_invalid` with file and line.
    """
    text = file.read_text("utf-8")
    sources = dict(_built_in_sources())
    own = read_source(file.name, text).file
    beside = [file.with_name(name) for name in own.use if file.with_name(name).is_file()]
    sources |= {each.name: each.read_text("utf-8") for each in beside}
    sources[file.name] = text
    if own.id:
        return load_layouts(sources, only={file.name})
    users = {name for name, each in sources.items() if file.name in read_source(name, each).file.use}
    return load_layouts(sources, only=users)


def _replaces(new: Layout, old: Layout) -> bool:
    years_meet = new.first_year <= old.last_year and old.first_year <= new.last_year
    return new.id == old.id or (new.kind == old.kind and years_meet)


@lru_cache(maxsize=1)
def _built_in() -> tuple[Layout, ...]:
    return load_layouts(_built_in_sources())


@lru_cache(maxsize=1)
def _built_in_sources() -> Mapping[str, str]:
    folder = resources.files("madoguchi.certificate").joinpath("layouts")
    files = (each for each in folder.iterdir() if each.name.endswith(".toml"))
    return MappingProxyType({each.name: each.read_text("utf-8") for each in files})

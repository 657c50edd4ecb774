"""Which layout a kind and year has: those that come with the program, or a ward's own in place of some of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType

from madoguchi.certificate.layout.assembly import load_layouts
from madoguchi.certificate.layout.parts import Layout
from madoguchi.certificate.layout.reading import read_source
from madoguchi.certificate.problems import LAYOUT_INVALID

_REGISTERED: list[Layout] = []


@dataclass(frozen=True, slots=True)
class Layouts:
    """The layouts with which certificates are set and read."""

    every: tuple[Layout, ...]

    def __iter__(self) -> Iterator[Layout]:
        return iter(self.every)

    def of(self, *, kind: str, fiscal_year: int) -> Layout:
        """The layout of a kind and year. Raises `certificate.layout_invalid` when none or more than one covers it."""
        found = [each for each in self.every if each.kind == kind and each.first_year <= fiscal_year <= each.last_year]
        if len(found) != 1:
            raise LAYOUT_INVALID.error(f"{len(found)} layouts cover {kind} {fiscal_year}")
        return found[0]

    def by_id(self, layout_id: str) -> Layout:
        """The layout with this id. Raises `certificate.layout_invalid`."""
        for each in self.every:
            if each.id == layout_id:
                return each
        raise LAYOUT_INVALID.error("no layout has this id")

    def with_changed(self, changed: Iterable[Layout]) -> Layouts:
        """These, but for the changed ones' ids and years the changed ones."""
        new = tuple(changed)
        return Layouts((*(old for old in self.every if not any(_replaces(each, old) for each in new)), *new))


def register_layouts(text: str, *, name: str) -> None:
    """Add the layouts of another kind, from the text of a file; furniture is the program's own.

    Raises `certificate.layout_invalid` with the line, or when a built-in layout has this kind and year.
    """
    made = load_layouts({**built_in_sources(), name: text}, only={name})
    if any(_replaces(new, old) for new in made for old in all_layouts()):
        raise LAYOUT_INVALID.error(f"{name}: a layout of this kind and year is there")
    _REGISTERED.extend(made)


def all_layouts() -> Layouts:
    """Every layout of the program: built in, or registered. Raises `certificate.layout_invalid` with file and line."""
    return Layouts((*_built_in(), *_REGISTERED))


def changed_layouts(file: Path) -> tuple[Layout, ...]:
    """What a changed file makes: its own layout, or for furniture every built-in layout that uses it.

    Furniture lies beside the file, or is the built-in one of that name. Raises OSError, UnicodeDecodeError or
    `certificate.layout_invalid` with file and line.
    """
    text = file.read_text("utf-8")
    sources = dict(built_in_sources())
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
    return load_layouts(built_in_sources())


@lru_cache(maxsize=1)
def built_in_sources() -> Mapping[str, str]:
    """File name → text of the layouts and furniture that come with the program."""
    folder = resources.files("madoguchi.certificate").joinpath("layouts")
    files = (each for each in folder.iterdir() if each.name.endswith(".toml"))
    return MappingProxyType({each.name: each.read_text("utf-8") for each in files})

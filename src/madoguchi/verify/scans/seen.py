"""What a look at an upload finds. It comes from a process that read hostile octets: nothing of it is believed yet."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class PlaceKind(StrEnum):
    """What a difference is."""

    CHANGED = "changed"
    """A character is not there, is another one, or one too many."""
    MARKED = "marked"
    """Ink was added that changes no character."""
    HIDDEN = "hidden"
    """What was printed there cannot be read."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One difference. Millimetres from the top left of the page."""

    kind: PlaceKind
    field: str | None
    """The value (docs/records.md) in whose place it lies."""
    left: float
    top: float
    width: float
    height: float


class SeenPictures(msgspec.Struct, frozen=True, kw_only=True):
    """For a person's eyes; differences are framed and numbered in the order of the places."""

    restored: bytes
    """PNG of the front that the back restores, 300 dpi, without frames."""
    restored_marked: bytes
    """JPEG, 150 dpi."""
    seen_marked: bytes | None
    """JPEG of the photographed front in the same frame."""
    close: tuple[bytes, ...]
    """PNG per changed place, the first of them only: restored above, seen below."""


class SeenBack(msgspec.Struct, frozen=True, kw_only=True):
    """What a back restored."""

    paper_number: bytes
    front_code: bytes
    page_description: bytes
    legible: float
    """Share of the back that was whole, 0 to 1."""


class SeenSheet(msgspec.Struct, frozen=True, kw_only=True):
    """One sheet: its front, its back, or both."""

    front_code: bytes | None = None
    """The code that stands on the front."""
    has_front: bool = False
    back: SeenBack | None = None
    back_problem: str | None = None
    """`paper.scramble_damaged`: there is a back, and it could not be restored."""
    comparison_problem: str | None = None
    """Why front and back could not be laid over each other."""
    compared: bool = False
    places: tuple[Place, ...] = ()
    pictures: SeenPictures | None = None


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that an upload shows."""

    sheets: tuple[SeenSheet, ...] = ()
    unreadable: int = 0
    """Files, or pages, that cannot be opened."""
    empty: int = 0
    """Pages on which nothing of ours was found."""
    left_out: bool = False
    """There were more pages or sheets than are looked at."""

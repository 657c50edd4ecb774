"""Judging a layout before anything is printed with it: do its values exist, are they all there, do its words fit."""

from __future__ import annotations

from collections.abc import Iterator

from madoguchi.certificate.fields import CONTINUATION_FIELDS, fields_of, required_fields
from madoguchi.certificate.kinds import all_kinds
from madoguchi.certificate.layout import (
    IDENTITY_FIELDS,
    SHEET_FIELDS,
    Fault,
    Layout,
    LayoutRefusedError,
    Page,
    all_layouts,
    nearest,
)
from madoguchi.certificate.setting import Setter
from madoguchi.errors import MadoguchiError


def check_layout(layout: Layout, setter: Setter) -> None:
    """Raise `LayoutRefusedError` with every fault of the layout, each with its line."""
    codes = {kind.code for kind in all_kinds()}
    if layout.kind not in codes:
        what = f"there is no kind {layout.kind}{nearest(layout.kind, codes)}"
        raise LayoutRefusedError([Fault(layout.places["kind"], what)])
    faults = [*_fields(layout), *_identity(layout, setter)]
    faults += [*_words(layout.first, setter), *_words(layout.continuation, setter)]
    if faults:
        raise LayoutRefusedError(faults)


def _fields(layout: Layout) -> Iterator[Fault]:
    known = fields_of(layout.kind) | SHEET_FIELDS
    for page in (layout.first, layout.continuation):
        for name in page.boxes.keys() - known:
            yield Fault(page.box_places[name], f"there is no value {name}{nearest(name, known)}")
    place = layout.places["id"]
    for name in required_fields(layout.kind) - layout.first.boxes.keys():
        yield Fault(place, f"no box shows {name} on page 1")
    if layout.first.seal is None:
        yield Fault(place, "no place for the seal on page 1")
    for name in CONTINUATION_FIELDS - layout.continuation.boxes.keys():
        yield Fault(place, f"no box shows {name} on the following pages")
    for name in layout.continuation.boxes.keys() - layout.first.boxes.keys():
        yield Fault(layout.continuation.box_places[name], f"{name} stands on the following pages, but not on page 1")


def _identity(layout: Layout, setter: Setter) -> Iterator[Fault]:
    """The clerk, who believes nothing, finds a page's layout and number where every layout has them."""
    wanted = next(iter(all_layouts())).first.boxes
    for page in (layout.first, layout.continuation):
        for name in IDENTITY_FIELDS:
            box = page.boxes.get(name)
            if box is not None and box != wanted[name]:
                where = f"x = {wanted[name].x:g}, y = {wanted[name].y:g}"
                yield Fault(page.box_places[name], f"box {name} stays as the built-in frame.toml has it ({where})")
    try:
        setter.box(wanted["layout"], layout.id)
    except MadoguchiError:
        yield Fault(layout.places["id"], f"id {layout.id} does not fit its box")


def _words(page: Page, setter: Setter) -> Iterator[Fault]:
    for label, place in zip(page.labels, page.label_places, strict=True):
        try:
            setter.label(label)
        except MadoguchiError as error:
            what = "is wider than its box" if error.code == "certificate.layout_invalid" else "cannot be drawn"
            yield Fault(place, f"label {label.text} {what}")

"""The constant half of a page: one form with the layout's grounds, rules and labels, and the fonts of the labels.

It is taken apart once and then known again by its fingerprint, which covers everything that it draws with.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

import pikepdf

from madoguchi.certificate.pages import Fingerprints
from madoguchi.certificate.problems import PAGE_UNREADABLE
from madoguchi.certificate.reading.content import BLACK, POINT_MM, Drawing, drawn
from madoguchi.certificate.reading.embedded import PageFont, checked_font
from madoguchi.certificate.reading.objects import checked_stream, refuse_other_keys
from madoguchi.certificate.reading.originals import Originals
from madoguchi.certificate.reading.places import Plan, sorted_out, text_of

_FORM: Final = frozenset({"/Type", "/Subtype", "/BBox", "/Resources"})
_REMEMBERED: Final = 64
_PLACE_MM: Final = 0.01
_ROUNDED_POINTS: Final = 0.01
Shape = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """A form that has been taken apart: what it draws, and its fonts by their fingerprints."""

    drawing: Drawing
    text: str
    """All its characters."""
    fonts: dict[bytes, PageFont]


class Forms:
    """Forms that have been taken apart, and the layouts that they were compared with. One per set of originals."""

    def __init__(self, originals: Originals) -> None:
        self._originals = originals
        self._forms: OrderedDict[bytes, Form] = OrderedDict()
        self._right: OrderedDict[tuple[bytes, Plan], None] = OrderedDict()
        self._lock = Lock()

    def form(self, value: pikepdf.Object, fingerprints: Fingerprints) -> tuple[bytes, Form]:
        """A form, from memory when the very same has been seen. Raises `certificate.page_unreadable`."""
        name = fingerprints.of(value)
        with self._lock:
            known = self._forms.get(name)
        if known is None:
            known = _taken_apart(value, fingerprints, self._originals)
            with self._lock:
                self._forms[name] = known
                while len(self._forms) > _REMEMBERED:
                    self._forms.popitem(last=False)
        return name, known

    def check(self, name: bytes, form: Form, plan: Plan) -> None:
        """The form is the layout's, stroke by stroke. Raises `certificate.page_unreadable`, naming a label."""
        with self._lock:
            if (name, plan) in self._right:
                return
        _compare(form.drawing, plan)
        with self._lock:
            self._right[name, plan] = None
            while len(self._right) > _REMEMBERED:
                self._right.popitem(last=False)


def _taken_apart(value: pikepdf.Object, fingerprints: Fingerprints, originals: Originals) -> Form:
    content = checked_stream(value, "form", _FORM)
    resources = value.Resources
    refuse_other_keys(resources, frozenset({"/Font"}), "form")
    by_name, by_print = {}, {}
    for name, font in resources.Font.items():
        by_name[name] = by_print[fingerprints.of(font)] = checked_font(font, originals)
    drawing = drawn(content, by_name)
    return Form(drawing, "".join(run.text for run in drawing.runs), by_print)


def _compare(drawing: Drawing, plan: Plan) -> None:
    if drawing.images or drawing.forms or drawing.frames or drawing.covered:
        raise PAGE_UNREADABLE.error("form: something that is not on the list")
    page = plan.page
    grounds = [(tint.x, tint.y, tint.w, tint.h, tint.grey) for tint in page.tints]
    rules = [(rule.x, rule.y, rule.w, rule.h, rule.weight) for rule in page.rules]
    painted = [(fill.x, fill.y, fill.w, fill.h, *fill.colour) for fill in drawing.fills]
    ruled = [(line.x, line.y, line.w, line.h, line.weight) for line in drawing.lines]
    if not _same(grounds, painted) or not _same(rules, ruled) or any(line.colour != BLACK for line in drawing.lines):
        raise PAGE_UNREADABLE.error("form: tints and rules")
    texts = sorted_out(drawing.runs, plan.labels)
    for at, label in enumerate(page.labels):
        if text_of(texts.get(f"#{at}", ())) != label.text:
            raise PAGE_UNREADABLE.error(f"label {label.text}")


def _same(one: Sequence[Shape], other: Sequence[Shape]) -> bool:
    """The same shapes in any order, within what was rounded away when they were written."""
    slack = _ROUNDED_POINTS * 2 * POINT_MM + _PLACE_MM
    if len(one) != len(other):
        return False
    left = list(other)
    for shape in one:
        near = next((at for at, each in enumerate(left) if _near(shape, each, slack)), None)
        if near is None:
            return False
        left.pop(near)
    return True


def _near(one: Shape, other: Shape, slack: float) -> bool:
    return len(one) == len(other) and all(abs(a - b) <= slack for a, b in zip(one, other, strict=True))

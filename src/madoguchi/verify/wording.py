"""The words for what a code says: kinds and amounts by their names on the paper."""

from __future__ import annotations

from madoguchi.certificate.kinds import kind_of
from madoguchi.paper.frontcode import FrontCode
from madoguchi.verify.page.contract import Line, Words

_OTHER = Words(ja="金額", en="Amount")


def kind_words(kind: str, *, title: str) -> Words:
    """The title as printed, and its English name; a kind that this page does not know keeps its printed title."""
    try:
        known = kind_of(kind)
    except KeyError:
        return Words(ja=title, en=title)
    exempt = known.exempt_title
    return Words(ja=title, en=exempt.en if exempt is not None and exempt.ja == title else known.title.en)


def amount_lines(body: FrontCode) -> tuple[Line, ...]:
    """Label and printed value of each amount in the code."""
    labels = _labels(body.kind)
    padded = (*labels, *[_OTHER] * (len(body.amounts) - len(labels)))
    return tuple(Line(label=label, value=value) for label, value in zip(padded, body.amounts, strict=False))


def _labels(kind: str) -> tuple[Words, ...]:
    """In the order of `docs/front-code.md`; none for a kind that this page does not know."""
    try:
        known = kind_of(kind)
    except KeyError:
        return ()
    return tuple(Words(ja=each.ja, en=each.en) for each in known.main_labels)

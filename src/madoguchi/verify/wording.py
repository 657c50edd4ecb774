"""The words for what a code says: kinds and amounts by their names on the paper."""

from __future__ import annotations

from madoguchi.certificate.kinds import kind_of
from madoguchi.paper.frontcode import FrontCode
from madoguchi.verify.page.contract import Line, Words

_AMOUNTS: dict[str, tuple[Words, ...]] = {
    "taxation": (
        Words(ja="合計所得金額", en="Total income"),
        Words(ja="総所得金額等", en="Gross income"),
        Words(ja="年税額", en="Tax for the year"),
    ),
    "payment": (
        Words(ja="年税額", en="Tax for the year"),
        Words(ja="納付済額", en="Paid"),
        Words(ja="未納額（納期到来分）", en="Unpaid, due"),
        Words(ja="未納額（納期未到来分）", en="Unpaid, not yet due"),
    ),
}
"""In the order of `docs/front-code.md`."""
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
    labels = _AMOUNTS.get(body.kind, ())
    padded = (*labels, *[_OTHER] * (len(body.amounts) - len(labels)))
    return tuple(Line(label=label, value=value) for label, value in zip(padded, body.amounts, strict=False))

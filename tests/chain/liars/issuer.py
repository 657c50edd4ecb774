"""A ward whose composer errs: another person's paper, another person's page, another person's numbers."""

from __future__ import annotations

import dataclasses
import io
from typing import Any

import msgspec
import pikepdf

from madoguchi.issuer import serve_command
from madoguchi.issuer.composing import Composed, MakesCertificates, Order
from madoguchi.issuer.serve import serve_issuer
from tests.chain.liars.play import Play


def put_lies(play: Play) -> None:
    """Replace what `./madoguchi issuer serve` starts."""

    async def serve(config: Any, **named: Any) -> None:
        await serve_issuer(config, make_composer=lambda honest: ErringComposer(honest, play=play), **named)

    vars(serve_command)["serve_issuer"] = serve


class ErringComposer:
    """Around the real one; without an order it is the real one."""

    def __init__(self, honest: MakesCertificates, *, play: Play) -> None:
        self._honest = honest
        self._play = play
        self._before: tuple[Order, Composed] | None = None

    def compose(self, order: Order) -> Composed:
        """One certificate."""
        before = self._before
        composed = self._composed(order, before)
        if before is None or not self._play.order().get("lie"):
            self._before = (order, composed)
        return composed

    def _composed(self, order: Order, before: tuple[Order, Composed] | None) -> Composed:
        if before is None:
            return self._honest.compose(order)
        other = before[0]
        theirs = dataclasses.replace(order, person=other.person, record=other.record, instalments=other.instalments)
        if self._play.lies("file_of_the_person_before"):
            return before[1]
        if self._play.lies("another_person"):
            return self._honest.compose(theirs)
        if self._play.lies("another_persons_values"):
            values = msgspec.structs.replace(other.record, addressee_number=order.person.addressee_number)
            return self._honest.compose(dataclasses.replace(order, record=values))
        composed = self._honest.compose(order)
        if self._play.lies("page_two_of_another_person"):
            order.numbers.drawn.clear()
            mine = self._honest.compose(order)
            numbers = list(order.numbers.drawn)
            stranger = self._honest.compose(theirs)
            order.numbers.drawn[:] = numbers
            return dataclasses.replace(mine, pdf=_with_page_two_of(mine.pdf, stranger.pdf))
        return composed


def _with_page_two_of(mine: bytes, theirs: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(mine)) as document, pikepdf.open(io.BytesIO(theirs)) as other:
        document.pages[1] = other.pages[1]
        made = io.BytesIO()
        document.save(made)
    return made.getvalue()

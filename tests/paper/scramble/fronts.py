"""A front as a back carries it, made as in service."""

from __future__ import annotations

from functools import cache

from madoguchi.certificate.facts import page_description
from madoguchi.certificate.fronting import front_code_body
from madoguchi.certificate.taxation import taxation_facts
from madoguchi.paper.frontcode import FRONT_CODE
from madoguchi.paper.scramble.code import Bits
from madoguchi.paper.scramble.content import SealedFront
from madoguchi.paper.scramble.drawing import draw_front
from madoguchi.statement.cose import Signer
from madoguchi.statement.keys import FileKey
from tests.certificate.people import HEADING, resident, tax

NUMBER = bytes(range(100, 116))
SIGNER = Signer(key=FileKey.generate(), party="issuer", code="131041", name="issuer-1", environment="test")


@cache
def front() -> SealedFront:
    """Of a taxation certificate with every value."""
    facts = taxation_facts(resident(), tax(), HEADING)
    code = SIGNER.sign(FRONT_CODE, front_code_body(facts, paper_number=NUMBER, page=1, pages=1))
    return SealedFront(front_code=code, page_description=page_description(facts))


@cache
def cells() -> Bits:
    """Its cells. Not to be written to."""
    made = draw_front(front(), paper_number=NUMBER)
    made.flags.writeable = False
    return made

"""What the signed front code of a sheet repeats of its certificate."""

from __future__ import annotations

from madoguchi.certificate.facts import Facts, page_description
from madoguchi.certificate.kinds import kind_of
from madoguchi.paper.frontcode import FrontCode, description_digest


def front_code_body(facts: Facts, *, paper_number: bytes, page: int, pages: int) -> FrontCode:
    """The body to be signed for one sheet: the same strings that the front prints."""
    return FrontCode(
        kind=facts.kind,
        fiscal_year=facts.fiscal_year,
        certificate_number=facts.certificate_number,
        paper_number=paper_number,
        page=page,
        pages=pages,
        issued_on=facts.values["issued_on"],
        title=facts.title,
        name=facts.name,
        birth_date=facts.values["birth_date"],
        amounts=tuple(facts.values[name] for name in kind_of(facts.kind).main_fields),
        description_digest=description_digest(page_description(facts)),
    )

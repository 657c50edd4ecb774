"""One look at a finished PDF: read it, compare it. A page that cannot be read is a finding like any other."""

from __future__ import annotations

from madoguchi.certificate.reading import Reader, ReadPage
from madoguchi.errors import MadoguchiError
from madoguchi.issuer.clerk.compare import Finding, Gravity, Sought, compare
from madoguchi.issuer.clerk.expected import Expected


def examine(
    pdf: bytes, *, reader: Reader, expected: Expected, sought: Sought
) -> tuple[tuple[ReadPage, ...], list[Finding]]:
    """The pages read, and everything in them that is not what was expected; nothing may be issued unless it is empty.

    A finding of the reader is named in ASCII only: a cause that quotes a label stays out of rows and logs.
    """
    try:
        pages = reader.read(pdf)
    except MadoguchiError as error:
        where = f"{error.code} {error.cause if error.cause.isascii() else ''}".strip()
        return (), [Finding(Gravity.VALUE, where)]
    return pages, compare(pages, expected, sought)

"""`docs/operations/refusals.md`: every refusal for a clerk, made from the catalogue and the table of cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from madoguchi.demo.cases import CASES, Case
from madoguchi.demo.cases.never import NEVER
from madoguchi.errors import PublicReason
from madoguchi.issuer.public_text import PUBLIC_TEXT
from madoguchi.issuer.rules import FOUND_BY_ASKING, FOUND_BY_COMPOSER, RULES

PAGE: Final = Path(__file__).resolve().parents[4] / "docs" / "operations" / "refusals.md"
_HEAD: Final = """# Refusals

Made by `./madoguchi demo --write-refusals`; a test holds it against the program. Every code can be seen at a kiosk:
`./madoguchi demo --case CODE` provokes it with real data and real switches and shows what resident, clerk and engineer
read. `./madoguchi demo --cases` lists them. No money is taken before any of them, except where a printer fails: then it
comes back.

**Outside the ward there are five reasons.** The true code stays in the ward's evidence (`certificate.refused`, with the
transaction's number that the screen shows) and in `issuer explain`. Everything about a person is *ask your ward*: one
sentence, in equal time ([decision](../decisions/refusal-floor.md)).
"""
_WARD: Final = """
## The ward's own, in the order in which they are judged

The first that applies is the reason. `./madoguchi issuer rules` shows the same table.
"""
_OTHERS: Final = """
## Of the other parties

The ward is not asked, or its answer came to nothing.
"""
_REST: Final = """
## Codes that no resident sees

| why | codes |
|---|---|
"""


def refusals_page() -> str:
    """The whole page."""
    ward = [rule.problem.code for rule in RULES]
    ward += [problem.code for problem in (*FOUND_BY_ASKING, *dict.fromkeys(FOUND_BY_COMPOSER.values()))]
    ordered = dict.fromkeys([*CASES, *ward])
    own = [code for code in ordered if code in set(ward)]
    others = [code for code in CASES if code not in set(ward)]
    return "".join((_HEAD, *_reasons(), _WARD, *_table(own), _OTHERS, *_table(others), _REST, *_never()))


def _reasons() -> Iterator[str]:
    yield "\n| public reason | what the screen says |\n|---|---|\n"
    for reason in PublicReason:
        text = PUBLIC_TEXT[reason]
        yield f"| `{reason}` | {text.ja}<br>{text.en} |\n"


def _table(codes: Iterable[str]) -> Iterator[str]:
    yield "\n| code | outside | for the clerk | what to look at | provoked in the demo by |\n|---|---|---|---|---|\n"
    for code in codes:
        yield _row(CASES[code])


def _row(case: Case) -> str:
    problem = case.problem
    cells = (
        f"`{case.code}`",
        f"`{problem.public_reason}`",
        f"{problem.clerk.ja}<br>{problem.clerk.en}",
        problem.engineer,
        case.how,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _never() -> Iterator[str]:
    for why in dict.fromkeys(NEVER.values()):
        codes = ", ".join(f"`{code}`" for code in sorted(NEVER) if NEVER[code] == why)
        yield f"| {why} | {codes} |\n"

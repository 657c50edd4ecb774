"""Every refusal, provoked for real at a kiosk of the demonstration: real data, real switches, real outages.

| module | what |
|---|---|
| `case` | what a case is |
| `stage` | a running deployment whose staff do what a case wants |
| `ward_cases`, `person_cases`, `other_cases`, `never` | the table, and what no resident can provoke |
| `playing` | one visit under a case, and what really happened |
| `telling` | what resident, clerk and engineer read |
| `page` | `docs/operations/refusals.md` |
"""

from __future__ import annotations

from typing import Final

from madoguchi.demo.cases.case import Case
from madoguchi.demo.cases.other_cases import OTHER_CASES
from madoguchi.demo.cases.person_cases import PERSON_CASES
from madoguchi.demo.cases.ward_cases import CARD_CASES, WARD_CASES

CASES: Final[dict[str, Case]] = {each.code: each for each in (*WARD_CASES, *CARD_CASES, *PERSON_CASES, *OTHER_CASES)}
"""Code → case, in the order in which things are judged: the ward's own rules first."""

__all__ = ["CASES", "Case"]

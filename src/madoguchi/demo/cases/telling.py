"""What three readers read of one refusal: the resident on the screen, the clerk, the engineer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from madoguchi.demo.cases.case import Case
from madoguchi.demo.cases.playing import Played


def told(played: Played) -> Iterator[str]:
    """All three, for the terminal or a file."""
    problem, screen = played.case.problem, played.screen
    yield f"{played.code}  →  {problem.public_reason}"
    yield f"  {played.case.how}"
    yield ""
    yield "住民 resident, on the screen"
    yield from _indented((screen["title"]["ja"], screen["next_step"]["ja"]))
    yield from _indented((screen["title"]["en"], screen["next_step"]["en"]))
    if screen.get("contact"):
        yield from _indented((screen["contact"]["ja"], screen["contact"]["en"]))
    yield from _indented((f"取引番号 transaction  {screen.get('transaction') or '-'}", f"code  {screen['code']}"))
    if played.seconds:
        yield from _indented((f"({played.seconds:.2f} s after the card was given back)",))
    yield "職員 clerk"
    yield from _indented((problem.clerk.ja, problem.clerk.en, f"code  {played.code}, known at {played.party}"))
    yield "技術者 engineer"
    yield from _indented((problem.engineer, _log(played)))


def summary(cases: Iterable[Case]) -> Iterator[str]:
    """One line per case: code, public reason, how it is provoked."""
    for case in cases:
        yield f"{case.code:<32} {case.problem.public_reason:<18} {case.how}"


def _log(played: Played) -> str:
    line = played.log
    if not line:
        return f"no line in the log of {played.party}: the screen's code says it"
    said = "  ".join(f"{key}={line[key]}" for key in ("code", "cause", "transaction") if line.get(key))
    return f"log of {line['name']}: {line['event']}  {said}"


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)

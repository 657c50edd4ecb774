"""docs/accessibility.md leaves no criterion out and names no test that is not there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "accessibility.md"
ROW = re.compile(r"^\| (\d\.\d\.\d+) [^|]+\| ([^|]+) \| ?([^|]*)\|$", re.MULTILINE)

JIS = """
1.1.1 1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.3.1 1.3.2 1.3.3 1.4.1 1.4.2 1.4.3 1.4.4 1.4.5 2.1.1 2.1.2 2.2.1 2.2.2 2.3.1
2.4.1 2.4.2 2.4.3 2.4.4 2.4.5 2.4.6 2.4.7 3.1.1 3.1.2 3.2.1 3.2.2 3.2.3 3.2.4 3.3.1 3.3.2 3.3.3 3.3.4 4.1.1 4.1.2
"""
"""Level A and AA of JIS X 8341-3:2016, the same as of WCAG 2.0."""
ADDED = """
1.3.4 1.3.5 1.4.10 1.4.11 1.4.12 1.4.13 2.1.4 2.5.1 2.5.2 2.5.3 2.5.4 4.1.3
2.4.11 2.5.7 2.5.8 3.2.6 3.3.7 3.3.8
"""
"""What WCAG 2.1 (first line) and 2.2 add at A and AA."""


def rows() -> dict[str, tuple[str, str]]:
    found = ROW.findall(PAGE.read_text(encoding="utf-8"))
    assert len({number for number, _, _ in found}) == len(found)
    return {number: (how, shown.strip()) for number, how, shown in found}


def test_every_criterion_has_a_row() -> None:
    assert len(JIS.split()) == 38
    assert rows().keys() == {*JIS.split(), *ADDED.split()}


def test_every_row_names_tests_that_exist_or_says_why_not() -> None:
    for number, (how, shown) in rows().items():
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", shown)
        assert bool(named) != how.startswith("does not apply: "), number
        for file, test in named:
            assert test in _functions(ROOT / file), f"{number}: {file}::{test}"


def _functions(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}

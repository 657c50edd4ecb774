"""`docs/records.md`, made from the types by `python -m madoguchi.records.documentation`; a test keeps them equal."""

from __future__ import annotations

import sys
from typing import Any

from madoguchi.errors import Problem
from madoguchi.records import problems
from madoguchi.records.columns import Column, Kind, columns
from madoguchi.records.files import FILES, RecordFile

_HEAD = """# What a ward hands over: the records directory

Made from the types in `src/madoguchi/records/` by `python -m madoguchi.records.documentation > docs/records.md`;
a test holds the two together.

A records directory holds the four files below, all of them, from one export at one moment. It is read **whole or not
at all**: one fault and nothing of it is taken. The refusal names file, line, column and reason of up to
{most} faults, and never repeats a value.

- UTF-8 without byte order mark; lines end with LF alone, the last one too (a file cut off is noticed by that).
- Comma-separated with a header line that names exactly these columns in this order; quoting as in RFC 4180. A cell
  holds one line.
- **An empty cell means that the item does not apply (it prints －), `0` that it is truly zero (it prints 0).** The two
  are never mixed.
- Numbers are whole yen or whole people: ASCII digits, no separators, no sign but a leading `-` where a column may be
  negative, no leading zeros. Dates are `YYYY-MM-DD`. Flags are `0` or `1`.
- Text is kept code point by code point, variation selectors (IVS) included; it is never normalised. Control characters,
  invisible format characters and blanks at either end are refused. Whether a character can be drawn is decided when a
  certificate is asked for, person by person.
- Every addressee number of the other files is in `residents.csv`.
"""

_ROW_RULES = """## Row rules

Beyond each cell alone:

- `removal` and `removal_date` are both given or both empty; `paid_on` is empty exactly when `amount_paid` is 0;
  `amount_refunded` is at most what `amount_paid` exceeds `amount_due` by; `valid_until` is not before `valid_from`.
- A year levied here has an `address_on_assessment_date`. Declared, it also has `total_income` and `annual_tax`;
  `gross_income` is `total_income` (a loss may count as 0) less `loss_carried_over`, `deduction_total` is the sum of the
  deductions, and `annual_tax` that of the levies and the forest tax less `remission`.
- What a year does not know is empty in it: `income_adjustment` and `misc_business_income` before 2021, `forest_tax`
  before 2024, `fixed_sum_reduction` outside 2024 and 2025, `deduction_specific_relatives` and `specific_relatives`
  before 2026; `own_widowhood` is not `special_widow` or `widower` from 2021, nor `single_parent` before.
- A `dependant_undeclared` year has no income figures and the tax 0.
- Where a declared year has instalments, they add up to its `annual_tax`.
"""


def markdown() -> str:
    """The whole page."""
    parts = [_HEAD.format(most=problems.MOST_FAULTS)]
    parts += [_file(each) for each in FILES]
    parts += [_ROW_RULES, _reasons()]
    return "\n".join(parts)


def _file(file: RecordFile[Any]) -> str:
    key = ", ".join(f"`{each}`" for each in file.key)
    about = (file.row.__doc__ or "").strip().splitlines()[0]
    rows = [f"| `{each.name}` | {each.title} | {_kind(each)} | {_words(each)} |" for each in columns(file.row)]
    head = ["| column | 項目 | cell | |", "|---|---|---|---|"]
    return "\n".join([f"## `{file.name}`", "", f"{about} Key: {key}.", "", *head, *rows, ""])


def _words(column: Column) -> str:
    return "" if column.description == column.title else column.description


def _kind(column: Column) -> str:
    if column.kind is Kind.CHOICE:
        said = " ".join(f"`{each}`" for each in column.choices)
    elif column.kind is Kind.FLAG:
        said = "`0` `1`"
    elif column.kind is Kind.INTEGER:
        said = f"{column.at_least} to {column.at_most}"
    elif column.pattern:
        said = f"`{column.pattern.removeprefix('^').removesuffix(chr(92) + 'Z')}`"
    elif column.kind is Kind.TEXT:
        said = f"text, at most {column.max_length} characters"
    else:
        said = "date"
    return said + (", or empty" if column.optional else "")


def _reasons() -> str:
    faults = sorted((each for each in vars(problems).values() if isinstance(each, Problem)), key=lambda each: each.code)
    rows = [f"| `{each.code}` | {each.clerk.ja} | {each.clerk.en} |" for each in faults]
    return "\n".join(["## Reasons for a refusal", "", "| code | | |", "|---|---|---|", *rows, ""])


if __name__ == "__main__":
    sys.stdout.write(markdown())

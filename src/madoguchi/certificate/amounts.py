"""Yen and counts as the paper prints them.

Three things that must never be mixed up: a loss (△1,234), a true zero (0), and what does not apply (－).
"""

from __future__ import annotations

from typing import Final

NOT_APPLICABLE: Final = "－"
"""Does not apply to this person or this year. A true zero prints 0."""
OMITTED: Final = "（記載省略）"
"""There is a value, and the ward's setting leaves it out: － would say that there is none."""
UNDECLARED: Final = "＊"
"""Every income field of a dependant who has not declared."""
BLANK_BELOW: Final = "以下余白"
"""Ends the written part, so that nothing can be added."""


def yen(amount: int | None) -> str:
    """1234567 → 1,234,567; -1234 → △1,234; 0 → 0; None → － (does not apply)."""
    if not amount:
        return NOT_APPLICABLE if amount is None else "0"
    return f"△{-amount:,}" if amount < 0 else f"{amount:,}"


def people(count: int | None) -> str:
    """A number of dependants; None → －. ValueError when negative."""
    if count is None:
        return NOT_APPLICABLE
    if count < 0:
        msg = "a number of people cannot be negative"
        raise ValueError(msg)
    return f"{count}"

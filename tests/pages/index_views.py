"""The views of the index of municipalities, and what is touched to come there."""

from __future__ import annotations

from typing import Final

TOKYO: Final = "130001"
TOTTORI: Final = "310000"
SA_ROW: Final = "row-2"

INDEX_VIEWS: Final = {
    "prefectures": ("find",),
    "rows": ("find", TOKYO),
    "row of a prefecture": ("find", TOKYO, SA_ROW),
    "small prefecture": ("find", TOTTORI),
}

"""A newcomer who reads every word: how long each thing is assumed to take, stated here and printed with the figures.

Reading: Japanese aloud in the head at 400 characters a minute, the slow end of what is reported for adults (400 to
600); English at 180 words a minute, below the 238 of Brysbaert's review (2019). Hands: an older adult at a touch
screen. Nothing of this was observed here; it is arithmetic over the words that the screens really show.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

CHARACTERS_A_SECOND: Final = 400 / 60
WORDS_A_SECOND: Final = 180 / 60
TOUCH_SECONDS: Final = 1.5
"""To aim and touch."""
DIGIT_SECONDS: Final = 1.0
PUT_CARD_SECONDS: Final = 5.0
"""Out of the purse onto the reader."""
TAKE_CARD_SECONDS: Final = 2.0
COIN_SECONDS: Final = 2.5
"""Out of the purse into the slot."""
TAKE_PAPER_SECONDS: Final = 3.0
_WRITTEN_TOGETHER: Final = frozenset({"ja", "ja-easy", "zh"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One screen of the visit."""

    screen: str
    words: str
    """Every word of it in the chosen language that was not read on an earlier screen."""
    hand: float
    """Seconds of touching, card and coins, as assumed."""
    machine: float
    """Seconds until the next screen stood, as measured."""
    language: str

    @property
    def reading(self) -> float:
        """Seconds to read every word once."""
        if self.language in _WRITTEN_TOGETHER:
            return len(re.sub(r"\s", "", self.words)) / CHARACTERS_A_SECOND
        return len(self.words.split()) / WORDS_A_SECOND

    @property
    def seconds(self) -> float:
        """All of it."""
        return self.reading + self.hand + self.machine

"""The holder of a played iPhone: face or finger, yes or no, while the phone lies on the reader.

Assumed, because nothing about it is published: the phone keeps the signing command waiting until its holder has
confirmed, refused, or taken it away.
"""

from __future__ import annotations

import threading
from enum import Enum, auto


class _Answer(Enum):
    NONE = auto()
    ACCEPTED = auto()
    REFUSED = auto()


class Confirmation:
    """Asked in the thread that carries the command, answered from any other. One answer serves one signature."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._answer = _Answer.NONE

    def answer(self, *, accepted: bool) -> None:
        """The holder confirms or refuses."""
        with self._changed:
            self._answer = _Answer.ACCEPTED if accepted else _Answer.REFUSED
            self._changed.notify_all()

    def forget(self) -> None:
        """A session begins: an answer to an earlier one does not serve it."""
        with self._changed:
            self._answer = _Answer.NONE

    def wait(self) -> bool:
        """Wait for the answer and use it up: whether the holder accepted."""
        with self._changed:
            self._changed.wait_for(lambda: self._answer is not _Answer.NONE)
            answer, self._answer = self._answer, _Answer.NONE
            return answer is _Answer.ACCEPTED

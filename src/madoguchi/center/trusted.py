"""What the center believes: the trust list in force, and the card authorities that it pins."""

from __future__ import annotations

from madoguchi.cardproof import PinnedCas
from madoguchi.runtime.clock import Clock
from madoguchi.runtime.config import TrustFiles
from madoguchi.trust import TrustList
from madoguchi.trust.file import TrustFile
from madoguchi.wire.identifiers import Environment


class Trusted:
    """The current list and its card authorities. Every use checks the list's life."""

    def __init__(self, files: TrustFiles, *, environment: Environment, clock: Clock) -> None:
        self._file = TrustFile(files, environment=environment, clock=clock)
        self._environment = environment
        self._pinned: tuple[TrustList, PinnedCas] | None = None

    def current(self) -> TrustList:
        """The list, alive now. Raises `trust.*`."""
        return self._file.current()

    def raw(self) -> bytes:
        """The bytes of the current list, as the root signed them."""
        return self._file.raw

    def pinned(self) -> PinnedCas:
        """The card authorities of the current list."""
        current = self.current()
        if self._pinned is None or self._pinned[0] is not current:
            certificates = [authority.certificate for authority in current.body.card_authorities]
            self._pinned = (current, PinnedCas.load(certificates, environment=self._environment))
        return self._pinned[1]

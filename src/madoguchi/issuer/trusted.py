"""What this process believes: the trust list in force, and the card CAs that it pins."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from madoguchi.cardproof import PinnedCas
from madoguchi.runtime.clock import Clock
from madoguchi.runtime.config import TrustFiles
from madoguchi.trust import TrustList
from madoguchi.trust.file import TrustFile
from madoguchi.wire.identifiers import Environment


@dataclass(frozen=True, slots=True)
class Believed:
    """A list, alive when it was asked for, and its card CAs."""

    keys: TrustList
    pinned: PinnedCas


class TrustSource:
    """The list of a file. Every use checks its life."""

    def __init__(self, files: TrustFiles, *, environment: Environment, clock: Clock) -> None:
        self._file = TrustFile(files, environment=environment, clock=clock)
        self._environment = environment
        self._lock = threading.Lock()
        self._believed: Believed | None = None

    def current(self) -> Believed:
        """The list in force and its CAs. Raises `trust.*` or `cardproof.environment`."""
        with self._lock:
            keys = self._file.current()
            if self._believed is None or self._believed.keys is not keys:
                certificates = [authority.certificate for authority in keys.body.card_authorities]
                self._believed = Believed(keys, PinnedCas.load(certificates, environment=self._environment))
            return self._believed

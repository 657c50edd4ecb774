"""What this process believes: the trust list in force, and the card CAs that it pins."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from cryptography.x509 import load_der_x509_certificate

from madoguchi.cardproof import PinnedCas
from madoguchi.cardproof.pinned import key_digest
from madoguchi.runtime.clock import Clock
from madoguchi.runtime.config import TrustFiles
from madoguchi.trust import TrustList, read_body
from madoguchi.trust.file import TrustFile, read_root_key
from madoguchi.wire.identifiers import Environment


@dataclass(frozen=True, slots=True)
class Believed:
    """A list, alive when it was asked for, and its card CAs."""

    keys: TrustList
    pinned: PinnedCas


def card_generations(files: TrustFiles) -> tuple[bytes, ...]:
    """SHA-256 of the keys of the card CAs in the list's file, whatever its age: to look a card up, not to believe it.

    Raises `trust.*`.
    """
    body = read_body(files.list.read_bytes(), root=read_root_key(files.root_key))
    return tuple(key_digest(load_der_x509_certificate(each.certificate)) for each in body.card_authorities)


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

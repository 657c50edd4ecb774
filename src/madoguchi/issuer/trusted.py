"""The trust list that this process believes, read again when its file changes, never older than the last seen."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from madoguchi.cardproof import PinnedCas
from madoguchi.issuer.problems import KEY_UNUSABLE
from madoguchi.runtime.clock import Clock
from madoguchi.runtime.config import TrustFiles
from madoguchi.trust import TrustList
from madoguchi.wire.identifiers import Environment


@dataclass(frozen=True, slots=True)
class Believed:
    """A verified list, and the card CAs that it pins."""

    keys: TrustList
    pinned: PinnedCas


class TrustSource:
    """Where the list lies. `current()` raises `trust.*` when there is none that may be believed now."""

    def __init__(self, files: TrustFiles, *, environment: Environment, clock: Clock) -> None:
        self._list = files.list
        self._root = read_public_key(files.root_key)
        self._environment = environment
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._believed: Believed | None = None

    def current(self) -> Believed:
        """The list in force: alive at this moment, and not older than any that this process has believed."""
        with self._lock:
            status = self._list.stat()
            stamp = (status.st_mtime_ns, status.st_ino, status.st_size)
            if self._believed is None or stamp != self._seen:
                self._believed = self._load()
                self._seen = stamp
            believed = self._believed
        believed.keys.check_alive(at=self._clock.now())
        return believed

    def _load(self) -> Believed:
        last = self._believed.keys.body.number if self._believed else 0
        loaded = TrustList.load(
            self._list.read_bytes(),
            root=self._root,
            environment=self._environment,
            at=self._clock.now(),
            not_before_number=last,
        )
        certificates = [authority.certificate for authority in loaded.body.card_authorities]
        return Believed(loaded, PinnedCas.load(certificates, environment=self._environment))


def read_public_key(path: Path) -> bytes:
    """A PEM public key as SubjectPublicKeyInfo. Raises `issuer.key_unusable`."""
    try:
        return load_pem_public_key(path.read_bytes()).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (OSError, ValueError) as error:
        raise KEY_UNUSABLE.error(f"{path.name}: {type(error).__name__}") from None

"""The trust list that this process believes, taken up again whenever its file changes."""

from __future__ import annotations

from madoguchi.card.profile import Environment as CardEnvironment
from madoguchi.cardproof import PinnedCas
from madoguchi.runtime.clock import Clock
from madoguchi.runtime.config import TrustFiles
from madoguchi.trust import TrustList

_PEM = b"-----BEGIN"


class Trusted:
    """The current list and the card authorities that it pins. Every use checks the list's life."""

    def __init__(self, files: TrustFiles, *, environment: str, clock: Clock) -> None:
        self._files = files
        self._environment = environment
        self._clock = clock
        self._root = _public_key(files.root_key.read_bytes())
        self._seen: tuple[int, int] | None = None
        self._raw = b""
        self._list: TrustList | None = None
        self._pinned: PinnedCas | None = None

    def current(self) -> TrustList:
        """The list, alive now. Raises `trust.*`; a newer file that is not believed stops the party (fail closed)."""
        now = self._clock.now()
        status = self._files.list.stat()
        version = (status.st_mtime_ns, status.st_size)
        if self._list is None or version != self._seen:
            raw = self._files.list.read_bytes()
            number = 0 if self._list is None else self._list.body.number
            self._list = TrustList.load(
                raw, root=self._root, environment=self._environment, at=now, not_before_number=number
            )
            self._raw, self._seen, self._pinned = raw, version, None
        self._list.check_alive(at=now)
        return self._list

    def raw(self) -> bytes:
        """The bytes of the current list, as the root signed them."""
        self.current()
        return self._raw

    def pinned(self) -> PinnedCas:
        """The card authorities of the current list."""
        current = self.current()
        if self._pinned is None:
            self._pinned = PinnedCas.load(
                (authority.certificate for authority in current.body.card_authorities),
                environment=CardEnvironment(self._environment),
            )
        return self._pinned


def _public_key(raw: bytes) -> bytes:
    """SubjectPublicKeyInfo from a file in PEM or DER."""
    if not raw.startswith(_PEM):
        return raw
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

    return load_pem_public_key(raw).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

"""The trust list in a file: read anew when it changes, never older than the last seen, never past its life."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from madoguchi.runtime.clock import Clock
from madoguchi.runtime.config import TrustFiles
from madoguchi.trust.list import TrustList
from madoguchi.trust.problems import EXPIRED, NOT_ROOT
from madoguchi.wire.identifiers import Environment


class TrustFile:
    """A party's view of the trust list. `current()` gives a list that is alive now, or raises."""

    def __init__(self, files: TrustFiles, *, environment: Environment, clock: Clock) -> None:
        self._files = files
        self._environment = environment
        self._clock = clock
        self._root = read_root_key(files.root_key)
        self._stamp: tuple[int, int] | None = None
        self._list: TrustList | None = None
        self._raw = b""

    def current(self) -> TrustList:
        """The list in force. Raises `trust.*`; a file that cannot be read counts as an expired list."""
        try:
            found = self._files.list.stat()
            stamp = (found.st_mtime_ns, found.st_size)
            if self._list is None or stamp != self._stamp:
                self._take(self._files.list.read_bytes())
                self._stamp = stamp
        except OSError as error:
            raise EXPIRED.error(f"the list's file: {type(error).__name__}") from error
        if self._list is None:
            raise EXPIRED.error("no list was ever read")
        self._list.check_alive(at=self._clock.now())
        return self._list

    @property
    def raw(self) -> bytes:
        """The bytes of the list in force, to be handed on."""
        self.current()
        return self._raw

    def _take(self, raw: bytes) -> None:
        seen = 0 if self._list is None else self._list.body.number
        self._list = TrustList.load(
            raw, root=self._root, environment=self._environment, at=self._clock.now(), not_before_number=seen
        )
        self._raw = raw


def read_root_key(path: Path) -> bytes:
    """The root's SubjectPublicKeyInfo from a PEM file. Raises `trust.not_root`."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise NOT_ROOT.error(f"{path.name}: {type(error).__name__}") from None
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

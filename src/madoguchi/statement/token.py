"""A signing key that never leaves its device: PKCS#11 (OASIS, version 2.40), an HSM or a card.

python-pkcs11 initialises a module without asking it for locks, and then a module may be called by one thread at a time
(PKCS#11 base specification, 5.4, C_Initialize): one lock per module, which signing holds for as long as the device
takes. All keys of one token share one session, because a login is the token's and not a session's (5.6, C_Login).

The package is needed only where a token is configured, and loaded only there (`requirements/token.txt`).
"""

from __future__ import annotations

import hashlib
import importlib.util
import ssl
import threading
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from madoguchi.errors import MadoguchiError
from madoguchi.statement.keys import verify_es256
from madoguchi.statement.problems import TOKEN_KEY, TOKEN_PIN, TOKEN_UNAVAILABLE

if TYPE_CHECKING:
    import pkcs11

_PROBE: Final = b"madoguchi: is this key the pair of its public key?"
_modules: defaultdict[Path, threading.Lock] = defaultdict(threading.Lock)
_tokens: dict[tuple[Path, str], _Token] = {}
_registry: Final = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyInToken:
    """Where a key lies. A key is found by label, by id, or by both."""

    module: Path
    """The device's PKCS#11 library."""
    token: str
    """The token's label."""
    label: str | None = None
    id: bytes | None = None
    pin: str = field(repr=False)


class TokenKey:
    """A P-256 key in a token. Signatures are not deterministic: the device draws its own random numbers."""

    def __init__(self, place: KeyInToken) -> None:
        """Log in, find the key and try it. Raises `statement.token_*`."""
        self._place = place
        self._token = _token(place)
        self._private: Any = None
        self._session: Any = None
        self._public = b""
        self.sign(_PROBE)

    def sign(self, data: bytes) -> bytes:
        """ES256 over `data`, as r || s. After a failure the next call opens the token anew.

        Raises `statement.token_unavailable`, `statement.token_pin` or `statement.token_key`.
        """
        digest = hashlib.sha256(data).digest()
        with self._token.lock:
            try:
                signature = self._sign(digest)
                verify_es256(public_key=self._public, signature=signature, data=data)
            except (InvalidSignature, ValueError):
                self._token.forget()
                raise TOKEN_KEY.error("the private key is not the pair of the public key") from None
            except MadoguchiError:
                self._token.forget()
                raise
            finally:
                _forget_errors_of_the_module()
        return signature

    def public_bytes(self) -> bytes:
        """SubjectPublicKeyInfo, DER, as the token gave it at start."""
        return self._public

    def _sign(self, digest: bytes) -> bytes:
        import pkcs11

        try:
            session = self._token.session(self._place.pin)
            if session is not self._session:
                self._find(session)
            return bytes(self._private.sign(digest, mechanism=pkcs11.Mechanism.ECDSA))
        except pkcs11.PKCS11Error as failure:
            raise TOKEN_UNAVAILABLE.error(type(failure).__name__) from None

    def _find(self, session: pkcs11.Session) -> None:
        """Find the pair. A token that came back with another key under this name is refused."""
        import pkcs11

        private = self._only(session, pkcs11.ObjectClass.PRIVATE_KEY)
        public = _subject_public_key_info(self._only(session, pkcs11.ObjectClass.PUBLIC_KEY))
        if self._public and public != self._public:
            raise TOKEN_KEY.error("another key than at start")
        self._session, self._private, self._public = session, private, public

    def _only(self, session: pkcs11.Session, kind: pkcs11.ObjectClass) -> Any:
        import pkcs11

        wanted: dict[pkcs11.Attribute, Any] = {
            pkcs11.Attribute.CLASS: kind,
            pkcs11.Attribute.KEY_TYPE: pkcs11.KeyType.EC,
        }
        if self._place.label is not None:
            wanted[pkcs11.Attribute.LABEL] = self._place.label
        if self._place.id is not None:
            wanted[pkcs11.Attribute.ID] = self._place.id
        found = list(session.get_objects(wanted))
        if len(found) != 1:
            raise TOKEN_KEY.error(f"{len(found)} EC objects of class {kind.name} with that label and id")
        return found[0]


class _Token:
    """One token of this process and its one session, logged in. Used under `lock` alone."""

    def __init__(self, module: Path, label: str, lock: threading.Lock) -> None:
        self.lock = lock
        self._module, self._label = module, label
        self._pin = ""
        self._open: pkcs11.Session | None = None

    def session(self, pin: str) -> pkcs11.Session:
        """The session; opened when there is none. Raises `statement.token_*`."""
        if self._open is None:
            self._open, self._pin = self._log_in(pin), pin
        elif pin != self._pin:
            raise TOKEN_PIN.error("not the PIN with which this token is open")
        return self._open

    def forget(self) -> None:
        """Close what may still be open, so that the next call begins again with the login."""
        import pkcs11

        session, self._open = self._open, None
        try:
            if session is not None:
                session.close()
        except pkcs11.PKCS11Error:
            return  # the device is gone, and the session with it

    def _log_in(self, pin: str) -> pkcs11.Session:
        import pkcs11
        from pkcs11 import exceptions as refused

        try:
            slots = pkcs11.lib(str(self._module)).get_slots(token_present=True)
            tokens = [token for token in map(_token_of, slots) if token is not None and token.label == self._label]
            if len(tokens) != 1:
                raise TOKEN_UNAVAILABLE.error(f"{len(tokens)} tokens with the label {self._label}")
            return tokens[0].open(user_pin=pin)
        except (
            refused.PinIncorrect,
            refused.PinInvalid,
            refused.PinLenRange,
            refused.PinLocked,
            refused.PinExpired,
            refused.UserPinNotInitialized,
        ) as failure:
            raise TOKEN_PIN.error(type(failure).__name__) from None
        except refused.PKCS11Error as failure:
            raise TOKEN_UNAVAILABLE.error(f"{self._module.name}: {type(failure).__name__}") from None


def _forget_errors_of_the_module() -> None:
    """Empty this thread's queue of OpenSSL errors: SoftHSM shares the library with Python and leaves some there.

    It looks for an engine that OpenSSL 3 has not, and the next certificate that Python loads would fail with that.
    Python has no call to empty the queue; choosing a cipher that is none does it.
    """
    with suppress(ssl.SSLError):
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).set_ciphers("NONE-SUCH")


def _token_of(slot: pkcs11.Slot) -> pkcs11.Token | None:
    """The slot's token; None for one that fails, so that a broken neighbour does not stop ours."""
    import pkcs11

    try:
        return slot.get_token()
    except pkcs11.PKCS11Error:
        return None


def _token(place: KeyInToken) -> _Token:
    """The token of this place, shared by all its keys. Raises `statement.token_unavailable` without the package."""
    if importlib.util.find_spec("pkcs11") is None:
        raise TOKEN_UNAVAILABLE.error("python-pkcs11 is not installed: see requirements/token.txt")
    name = (place.module, place.token)
    with _registry:
        if name not in _tokens:
            _tokens[name] = _Token(place.module, place.token, _modules[place.module])
        return _tokens[name]


def _subject_public_key_info(public: Any) -> bytes:
    """DER as everywhere here: named curve, uncompressed point. Raises `statement.token_key` unless it is P-256."""
    from pkcs11.util.ec import encode_ec_public_key

    try:
        key = load_der_public_key(encode_ec_public_key(public))
    except ValueError:
        raise TOKEN_KEY.error("the public key cannot be read") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise TOKEN_KEY.error("not P-256")
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

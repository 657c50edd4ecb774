"""A card that is an object: it speaks the APDUs of the JPKI application and keeps its key, PIN and counter.

It answers what a plastic card answers, and a stranger's command politely: never an exception, always a status word.
With the token of a phone it plays the phone. An iPhone knows no PIN: it signs when its holder has confirmed on it, and
keeps the command waiting until then.
The signing application is present as on a real card (its files can be selected, its counter read), but it was never
personalised: no password opens it.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from madoguchi.card import apdu
from madoguchi.card.algorithm import SHA256_DIGEST_INFO
from madoguchi.card.apdu import Command, Response
from madoguchi.card.confirmation import Confirmation
from madoguchi.card.token import Token

_PINS: Final = frozenset({apdu.EF_AUTHENTICATION_PIN, apdu.EF_SIGNING_PASSWORD})
_KEYS: Final = frozenset({apdu.EF_AUTHENTICATION_KEY, apdu.EF_SIGNING_KEY})
_DIGEST_OCTETS: Final = 32


def _nothing(_card: VirtualCard) -> None:
    return None


@dataclass(slots=True, kw_only=True, repr=False)
class CardContents:
    """What is in the chip. `pin_tries` is the only thing that changes."""

    private_key: rsa.RSAPrivateKey
    certificate: bytes
    """User-authentication certificate, DER."""
    ca_certificate: bytes
    """The CA certificate on the card. Nobody may trust it: CAs are pinned."""
    pin: bytes
    """Four ASCII digits."""
    pin_tries: int = apdu.AUTHENTICATION_PIN_TRIES
    token: Token = Token.PLASTIC


class VirtualCard:
    """One card. Implements `CardTransport`; not for use by two threads at once, but for `confirmation`.

    `on_change` is called after the counter went down and before a PIN is compared, and again when it goes up: whoever
    keeps the card in a file writes it there, so that pulling the plug never gives a try back.
    """

    def __init__(self, contents: CardContents, *, on_change: Callable[[VirtualCard], None] = _nothing) -> None:
        if len(contents.pin) != apdu.AUTHENTICATION_PIN_DIGITS or not contents.pin.isdigit():
            raise ValueError("a PIN is four digits")
        self.contents = contents
        self.on_change = on_change
        self.confirmation = Confirmation()
        """Where the holder of an iPhone answers; whoever takes the phone off the reader refuses there."""
        self._in_application = False
        self._current: int | None = None
        self._verified = False
        self._signing_tries = apdu.SIGNING_PASSWORD_TRIES

    @property
    def certificate(self) -> bytes:
        """User-authentication certificate, DER; as everybody with a reader can read it."""
        return self.contents.certificate

    def reset(self) -> None:
        """Off, on and reset: selection and PIN state are gone, the counter stays."""
        self._in_application = False
        self._current = None
        self._verified = False

    def transmit(self, command: bytes | bytearray) -> bytes:
        """Answer one command APDU."""
        try:
            decoded = Command.decode(command)
        except ValueError:
            return Response(sw=apdu.SW_WRONG_LENGTH).encode()
        try:
            return Response(data=self._obey(decoded), sw=apdu.SW_OK).encode()
        except _Refusal as refusal:
            return Response(sw=refusal.sw).encode()

    def _obey(self, command: Command) -> bytes:
        handlers: dict[int, tuple[int, Callable[[Command], bytes]]] = {
            apdu.INS_SELECT: (apdu.CLA_ISO, self._select),
            apdu.INS_VERIFY: (apdu.CLA_ISO, self._verify),
            apdu.INS_READ_BINARY: (apdu.CLA_ISO, self._read_binary),
            apdu.INS_COMPUTE_SIGNATURE: (apdu.CLA_SIGN, self._sign),
        }
        _need(command.cla in {apdu.CLA_ISO, apdu.CLA_SIGN}, apdu.SW_UNKNOWN_CLA)
        _need(command.ins in handlers, apdu.SW_UNKNOWN_INS)
        cla, handler = handlers[command.ins]
        _need(command.cla == cla, apdu.SW_UNKNOWN_CLA)
        return handler(command)

    def _select(self, command: Command) -> bytes:
        _need(command.p2 == apdu.SELECT_SILENT, apdu.SW_WRONG_P1P2)
        _need(command.p1 in {apdu.SELECT_FILE, apdu.SELECT_NAME}, apdu.SW_WRONG_P1P2)
        _need(bool(command.data), apdu.SW_WRONG_LENGTH)
        if command.p1 == apdu.SELECT_NAME:
            self._select_application(command.data)
        else:
            self._select_file(command.data)
        return b""

    def _select_application(self, aid: bytes) -> None:
        _need(aid == apdu.JPKI_AID, apdu.SW_NOT_FOUND)
        self.reset()
        self._in_application = True

    def _select_file(self, name: bytes) -> None:
        fid = int.from_bytes(name, "big")
        known = self._has_pin(fid) or fid in _KEYS or self._file(fid) is not None
        _need(self._in_application and len(name) == apdu.FID_OCTETS and known, apdu.SW_NOT_FOUND)
        self._current = fid

    def _has_pin(self, fid: int) -> bool:
        # An iPhone has no PIN for user authentication; a kiosk that asked for one would ask for nothing.
        return fid in _PINS and (self.contents.token.asks_pin or fid != apdu.EF_AUTHENTICATION_PIN)

    def _file(self, fid: int) -> bytes | None:
        files = {
            apdu.EF_AUTHENTICATION_CERTIFICATE: self.contents.certificate,
            apdu.EF_AUTHENTICATION_CA: self.contents.ca_certificate,
            apdu.EF_TOKEN_INFORMATION: self.contents.token.information.ljust(apdu.TOKEN_INFORMATION_OCTETS, b"\x00"),
            apdu.EF_SIGNING_CERTIFICATE: b"",
            apdu.EF_SIGNING_CA: b"",
        }
        return files.get(fid)

    def _read_binary(self, command: Command) -> bytes:
        content = self._file(self._current_file())
        if content is None:
            raise _Refusal(apdu.SW_WRONG_KIND_OF_FILE)
        # On a real card the signing certificate, which names its holder, opens with the signing password only.
        _need(self._current != apdu.EF_SIGNING_CERTIFICATE, apdu.SW_SECURITY_STATUS)
        if command.data or command.le is None:
            raise _Refusal(apdu.SW_WRONG_LENGTH)
        offset = command.p1 << 8 | command.p2
        _need(offset < len(content), apdu.SW_WRONG_OFFSET)
        return content[offset : offset + command.le]

    def _verify(self, command: Command) -> bytes:
        _need((command.p1, command.p2) == apdu.CURRENT_REFERENCE, apdu.SW_WRONG_P1P2)
        _need(self._current_file() in _PINS, apdu.SW_NO_REFERENCE_DATA)
        if self._current == apdu.EF_SIGNING_PASSWORD:
            self._verify_signing_password(command)
        else:
            self._verify_pin(command)
        return b""

    def _verify_pin(self, command: Command) -> None:
        contents = self.contents
        _need(bool(command.data), apdu.SW_TRIES_LEFT | contents.pin_tries)
        _need(contents.pin_tries > 0, apdu.SW_PIN_INVALIDATED)
        _need(len(command.data) == apdu.AUTHENTICATION_PIN_DIGITS, apdu.SW_WRONG_LENGTH)
        self._verified = False
        self._set_tries(contents.pin_tries - 1)
        _need(hmac.compare_digest(command.data, contents.pin), apdu.SW_TRIES_LEFT | contents.pin_tries)
        self._set_tries(apdu.AUTHENTICATION_PIN_TRIES)
        self._verified = True

    def _set_tries(self, tries: int) -> None:
        self.contents.pin_tries = tries
        self.on_change(self)

    def _verify_signing_password(self, command: Command) -> None:
        if command.data:
            _need(self._signing_tries > 0, apdu.SW_PIN_INVALIDATED)
            self._signing_tries -= 1
        raise _Refusal(apdu.SW_TRIES_LEFT | self._signing_tries)

    def _sign(self, command: Command) -> bytes:
        _need((command.p1, command.p2) == apdu.CURRENT_REFERENCE, apdu.SW_WRONG_P1P2)
        _need(self._current_file() in _KEYS, apdu.SW_WRONG_KIND_OF_FILE)
        _need(self._current == apdu.EF_AUTHENTICATION_KEY, apdu.SW_SECURITY_STATUS)
        _need(self._verified or not self.contents.token.asks_pin, apdu.SW_SECURITY_STATUS)
        _need(bool(command.data) and command.le is not None, apdu.SW_WRONG_LENGTH)
        _need(command.le == apdu.MAX_SHORT_LE, apdu.SW_WRONG_LE)
        digest = command.data.removeprefix(SHA256_DIGEST_INFO)
        _need(len(command.data) == len(SHA256_DIGEST_INFO) + _DIGEST_OCTETS, apdu.SW_WRONG_DATA)
        _need(len(digest) == _DIGEST_OCTETS, apdu.SW_WRONG_DATA)
        _need(self.contents.token.asks_pin or self.confirmation.wait(), apdu.SW_SECURITY_STATUS)
        return self.contents.private_key.sign(digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))

    def _current_file(self) -> int:
        if self._current is None:
            raise _Refusal(apdu.SW_NO_CURRENT_EF)
        return self._current


class _Refusal(Exception):  # noqa: N818 -- a status word on its way out, not an error
    def __init__(self, sw: int) -> None:
        super().__init__(f"{sw:04X}")
        self.sw = sw


def _need(condition: bool, sw: int) -> None:
    if not condition:
        raise _Refusal(sw)

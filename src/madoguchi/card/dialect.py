"""The kiosk's side of the card: a dialect over a transport.

Manners at a kiosk: ask first what it is, read the counter before a PIN is asked, never retry a PIN by itself, wipe the
PIN, log no APDU of INS 20, reset the card at the end. INS 20 never goes to what has no PIN. This module logs
nothing at all.
"""

from __future__ import annotations

from typing import Final, Protocol

from madoguchi.card import apdu
from madoguchi.card.algorithm import RSA_2048_SHA256, SHA256_DIGEST_INFO
from madoguchi.card.apdu import Command, Response
from madoguchi.card.problems import (
    ALGORITHM,
    ANSWER,
    NOT_CONFIRMED,
    PIN_LOCKED,
    PIN_MALFORMED,
    PIN_NEEDED,
    UNKNOWN,
    PinWrongError,
)
from madoguchi.card.profile import MAX_CERTIFICATE_OCTETS
from madoguchi.card.token import Token, token_of

_DER_HEADER_OCTETS: Final = 4
_READ_OCTETS: Final = 240


class CardTransport(Protocol):
    """What carries APDUs to one card: the object itself in the demo, PC/SC at a real kiosk."""

    def transmit(self, command: bytes | bytearray) -> bytes:
        """Send one command APDU and return the answer with its status word. Keeps and logs no command."""
        ...

    def reset(self) -> None:
        """Reset the card: the selection and the PIN state are gone."""
        ...


class CardDialect(Protocol):
    """What a kiosk wants of any generation of card."""

    def token(self) -> Token:
        """What it is. Anything else asks this first."""
        ...

    def tries_left(self) -> int:
        """How many PIN tries are left; 0 is locked. Only where a PIN is asked for."""
        ...

    def verify_pin(self, pin: bytearray) -> None:
        """Present the PIN once and wipe the buffer, whatever happens."""
        ...

    def read_certificate(self) -> bytes:
        """The user-authentication certificate, DER."""
        ...

    def sign(self, digest: bytes) -> bytes:
        """Sign a digest made with the algorithm of the certificate. It may wait for a holder who must confirm."""
        ...

    def reset(self) -> None:
        """End the session with the card."""
        ...


class JpkiCard:
    """The dialect of today's My Number Card. Implements `CardDialect`."""

    def __init__(self, transport: CardTransport) -> None:
        self._transport = transport
        self._opened = False
        self._token: Token | None = None

    def token(self) -> Token:
        """What it is, asked once a session. Raises `card.token_unknown`, `card.unknown`, `card.answer`."""
        if self._token is None:
            self._select_file(apdu.EF_TOKEN_INFORMATION)
            self._token = token_of(self._read(offset=0, octets=apdu.TOKEN_INFORMATION_OCTETS))
        return self._token

    def tries_left(self) -> int:
        """How many PIN tries are left; 0 is locked. Costs none.

        Raises `card.pin_malformed` for a phone that has no PIN, `card.token_unknown`, `card.unknown`, `card.answer`.
        """
        self._expect_pin()
        self._select(apdu.EF_AUTHENTICATION_PIN)
        answer = self._send(apdu.ask_tries_left())
        if answer.tries_left is None:
            raise _strange(answer)
        return answer.tries_left

    def verify_pin(self, pin: bytearray) -> None:
        """Present a PIN of four ASCII digits, once, and wipe the buffer.

        Raises `PinWrongError` with the tries left, `card.pin_locked`, `card.pin_malformed` (the card never saw it, or
        has no PIN), `card.token_unknown`, `card.unknown`, `card.answer`.
        """
        command = bytearray()
        try:
            if len(pin) != apdu.AUTHENTICATION_PIN_DIGITS or not pin.isdigit():
                raise PIN_MALFORMED.error()
            self._expect_pin()
            self._select(apdu.EF_AUTHENTICATION_PIN)
            command = apdu.verify_header(len(pin)) + pin
            answer = self._response(self._transport.transmit(command))
        finally:
            _wipe(pin)
            _wipe(command)
        _judge_pin(answer)

    def read_certificate(self) -> bytes:
        """The user-authentication certificate. Needs no PIN. Raises `card.token_unknown` and as `token` does."""
        self._select(apdu.EF_AUTHENTICATION_CERTIFICATE)
        return self._read_der()

    def sign(self, digest: bytes) -> bytes:
        """Sign a SHA-256 digest: 256 octets.

        An iPhone keeps this waiting until its holder has confirmed on it. Raises `card.not_confirmed` when the holder
        did not, `card.pin_needed` when no PIN was accepted in this session, `card.algorithm`, `card.answer`.
        """
        if len(digest) != RSA_2048_SHA256.hash.digest_size:
            raise ALGORITHM.error(f"digest of {len(digest)} octets")
        self._select(apdu.EF_AUTHENTICATION_KEY)
        answer = self._send(apdu.compute_signature(SHA256_DIGEST_INFO + digest))
        if not self.token().asks_pin and answer.sw in {apdu.SW_SECURITY_STATUS, apdu.SW_CONDITIONS}:
            raise NOT_CONFIRMED.error(f"status {answer.sw:04X}")
        if answer.sw == apdu.SW_SECURITY_STATUS:
            raise PIN_NEEDED.error()
        self._expect_ok(answer)
        if len(answer.data) != RSA_2048_SHA256.signature_octets:
            raise ANSWER.error(f"signature of {len(answer.data)} octets")
        return answer.data

    def reset(self) -> None:
        """End the session: the card forgets the PIN."""
        self._opened = False
        self._token = None
        self._transport.reset()

    def _expect_pin(self) -> None:
        if not self.token().asks_pin:
            raise PIN_MALFORMED.error("it has no PIN")

    def _select(self, fid: int) -> None:
        self.token()  # before anything else: what it is decides what it may be asked
        self._select_file(fid)

    def _select_file(self, fid: int) -> None:
        # Once a session: selecting the application again may end what the PIN opened.
        if not self._opened:
            if self._send(apdu.select_application(apdu.JPKI_AID)).sw != apdu.SW_OK:
                raise UNKNOWN.error()
            self._opened = True
        self._expect_ok(self._send(apdu.select_file(fid)))

    def _read_der(self) -> bytes:
        octets = bytearray(self._read(offset=0, octets=_DER_HEADER_OCTETS))
        # A certificate is a SEQUENCE of 256 to 65535 octets: 30 82 hh ll.
        if octets[:2] != b"\x30\x82":
            raise ANSWER.error("the certificate file does not begin like one")
        total = _DER_HEADER_OCTETS + int.from_bytes(octets[2:4], "big")
        if total > MAX_CERTIFICATE_OCTETS:
            raise ANSWER.error(f"a certificate of {total} octets")
        while len(octets) < total:
            octets += self._read(offset=len(octets), octets=min(_READ_OCTETS, total - len(octets)))
        return bytes(octets)

    def _read(self, *, offset: int, octets: int) -> bytes:
        answer = self._send(apdu.read_binary(offset=offset, octets=octets))
        self._expect_ok(answer)
        if len(answer.data) != octets:
            raise ANSWER.error(f"{len(answer.data)} octets instead of {octets}")
        return answer.data

    def _send(self, command: Command) -> Response:
        return self._response(self._transport.transmit(command.encode()))

    @staticmethod
    def _response(octets: bytes) -> Response:
        try:
            return Response.decode(octets)
        except ValueError as error:
            raise ANSWER.error(f"an answer of {len(octets)} octets") from error

    @staticmethod
    def _expect_ok(answer: Response) -> None:
        if answer.sw != apdu.SW_OK:
            raise _strange(answer)


def _judge_pin(answer: Response) -> None:
    if answer.sw == apdu.SW_OK:
        return
    if answer.tries_left is None:
        raise _strange(answer)
    if answer.tries_left == 0:
        raise PIN_LOCKED.error()
    raise PinWrongError(answer.tries_left)


def _strange(answer: Response) -> Exception:
    return ANSWER.error(f"status {answer.sw:04X}")


def _wipe(buffer: bytearray) -> None:
    for index in range(len(buffer)):
        buffer[index] = 0

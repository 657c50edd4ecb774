"""The JPKI application of a My Number Card: APDUs, the kiosk's dialect, the certificate profile, a virtual card."""

from madoguchi.card.algorithm import CardAlgorithm, algorithm_of, algorithm_of_certificate
from madoguchi.card.cardfile import load_card, save_card, token_in
from madoguchi.card.dialect import CardDialect, CardTransport, JpkiCard
from madoguchi.card.problems import PinWrongError
from madoguchi.card.profile import serial_number, serial_text
from madoguchi.card.token import Token
from madoguchi.card.virtual import CardContents, VirtualCard

__all__ = [
    "CardAlgorithm",
    "CardContents",
    "CardDialect",
    "CardTransport",
    "JpkiCard",
    "PinWrongError",
    "Token",
    "VirtualCard",
    "algorithm_of",
    "algorithm_of_certificate",
    "load_card",
    "save_card",
    "serial_number",
    "serial_text",
    "token_in",
]

"""What holds the key: the plastic card or a phone, as the token information (EF 0006) says.

It is asked before anything else, because an iPhone has no PIN to be asked for: its holder confirms with face or finger
on the phone itself.
"""

from __future__ import annotations

from enum import StrEnum

from madoguchi.card.problems import TOKEN_UNKNOWN


class Token(StrEnum):
    """The kinds of token that are known; the values are how their token information begins."""

    PLASTIC = "JPKIAPICCTOKEN"
    ANDROID = "JPKIAPGPSETOKEN"
    IPHONE = "JPKIAPIOSTOKEN"

    @property
    def is_phone(self) -> bool:
        """Whether what must be taken back is a phone."""
        return self is not Token.PLASTIC

    @property
    def asks_pin(self) -> bool:
        """Whether a PIN opens the key; otherwise the holder confirms on the phone."""
        return self is not Token.IPHONE

    @property
    def information(self) -> bytes:
        """How the token information begins."""
        return self.value.encode("ascii")


def token_of(information: bytes) -> Token:
    """The token whose information this is. Raises `card.token_unknown`: a kind that is not known is not guessed."""
    for token in Token:
        if information.startswith(token.information):
            return token
    raise TOKEN_UNKNOWN.error(f"token information of {len(information)} octets")

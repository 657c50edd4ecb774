"""Step 12 of the recipe: the card signed these octets."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature

from madoguchi.cardproof.holder import CardHolder
from madoguchi.cardproof.problems import CARD_SIGNATURE


def verify_card_signature(*, holder: CardHolder, transcript: bytes, signature: bytes) -> None:
    """Step 12: verify the card's signature over the octets of the transcript as they were received.

    The algorithm is the one of the certificate; no message can choose it. Raises `cardproof.card_signature`.
    """
    if len(signature) != holder.algorithm.signature_octets:
        raise CARD_SIGNATURE.error(f"{len(signature)} octets")
    try:
        holder.algorithm.check(holder.public_key, signature, transcript)
    except InvalidSignature:
        raise CARD_SIGNATURE.error() from None

"""Who holds the card: the recipe that the center and the issuer follow, each for itself, each with its own pinned CAs.

The certificate (`verify_card_certificate`)

1.  *Read it.* One exact DER certificate of version 3, at most 4000 octets, a positive serial of at most 20 octets.
2.  *Choose the issuer.* Among the pinned CAs of this environment, the one whose key signed the certificate. All
    generations share one DN, so neither the name nor a key identifier decides.
3.  *Validate the path.* Dates, then path validation (RFC 5280 section 6) with that CA as the only anchor, nothing
    between, and every critical extension named.
4.  *Compare with the profile.* Key usage digitalSignature and nothing else, the user-authentication policy alone, no
    extension outside the list, a subject that names nobody, and the environment of the pinned list.
5.  *Take the algorithm from the key.* RSA-2048 with SHA-256 today.
6.  *Name the holder*: the pair (digest of the CA's key, serial). Two generations may give out the same number; the pair
    is never ambiguous.

The revocation answer (`verify_ocsp`)

7.  *Read it.* One successful basic response with one single response and no critical extension.
8.  *It speaks of this certificate*: issuer name, issuer key and serial.
9.  *The right authority signed it*: the CA generation of step 2, or a responder that it delegated.
10. *It is fresh*: at most 15 minutes old, not past nextUpdate, at most 60 seconds ahead of our clock.
11. *It says good.* Revoked and unknown are refusals, each with its code; so is no answer at all.

The signature (`verify_card_signature`)

12. *The card signed these octets*, under the key of step 5.

The chain around them (`proof.py`, steps 13 to 19): opening, enrolment, application and transcript belong together.

What they prove: a device with this card's key accepted its PIN and signed this transcript, and the certificate was
good at `at`. They prove neither where the card was nor what a kiosk showed on its screen.
"""

from madoguchi.cardproof.holder import CardHolder, verify_card_certificate
from madoguchi.cardproof.ocsp import GoodStatus, ocsp_request, verify_ocsp
from madoguchi.cardproof.pinned import PinnedCa, PinnedCas
from madoguchi.cardproof.proof import ProvenApplication, card_commitment, verify_application, verify_card_proof
from madoguchi.cardproof.signature import verify_card_signature

__all__ = [
    "CardHolder",
    "GoodStatus",
    "PinnedCa",
    "PinnedCas",
    "ProvenApplication",
    "card_commitment",
    "ocsp_request",
    "verify_application",
    "verify_card_certificate",
    "verify_card_proof",
    "verify_card_signature",
    "verify_ocsp",
]

"""Whether a front that came out of a back is the ward's word.

1. The front code inside is signed by the ward that it names, with the role `front_code`.
2. It names the very paper number under which the back was sealed.
3. It holds the digest of the very page description that came out.

Without all three a restored front is nobody's word: whoever holds a paper number can seal anything under it.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from madoguchi.errors import MadoguchiError
from madoguchi.paper.frontcode import FRONT_CODE, FrontCode, description_digest, parse_unverified
from madoguchi.statement import KeySource, verify
from madoguchi.verify.problems import OTHER_FRONT
from madoguchi.wire.codec import decode_plain


def check_restored(
    *, front_code: bytes, page_description: bytes, paper_number: bytes, keys: KeySource, at: datetime
) -> FrontCode:
    """What the ward signed about the restored front.

    Raises `paper.front_code_malformed`, `statement.*` or `verify.other_front`.
    """
    raw = front_code
    code = verify(raw, FRONT_CODE, keys=keys, code=parse_unverified(raw).ward, at=at).body  # 1
    if code.paper_number != paper_number:  # 2
        raise OTHER_FRONT.error("paper number")
    if code.description_digest != description_digest(page_description):  # 3
        raise OTHER_FRONT.error("page description")
    return code


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """`certificate.facts.page_description`, as whoever checks a paper reads it.

    `values` are named by the kind's fields, so `layout` may be one that this program does not have: a ward's own, or
    an older one.
    """

    layout: str
    values: dict[str, str]
    remarks: tuple[str, ...]


def description_of(page_description: bytes) -> Description:
    """What the front prints. Raises `verify.other_front` for octets that are no page description."""
    try:
        return msgspec.convert(decode_plain(page_description), Description)
    except (MadoguchiError, msgspec.ValidationError):
        raise OTHER_FRONT.error("no page description") from None

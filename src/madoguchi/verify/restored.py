"""Whether a front that came out of a back is the ward's word.

1. The front code inside is signed by the ward that it names, with the role `front_code`.
2. It names the very paper number under which the back was sealed.
3. It holds the digest of the very page description that came out.

A front without page description comes as a raster, and the chain is another (`check_raster`):

1. The center signed, with the role `deliver`, that it rendered exactly this raster
2. for the very paper number under which the back was sealed.
3. When a front code is inside, the ward that the center names signed it, for the same sheet, and it says itself that
   there is no page description. A ward that signs its fronts has no front without a code: the center cannot leave it
   out.

Without all three a restored front is nobody's word: whoever holds a paper number can seal anything under it.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from madoguchi.errors import MadoguchiError
from madoguchi.paper.frontcode import FRONT_CODE, FrontCode, description_digest, parse_unverified
from madoguchi.paper.scramble.content import SealedFront
from madoguchi.paper.scramble.raster import RasterFront, raster_digest
from madoguchi.statement import KeySource, verify
from madoguchi.statement.kinds import RENDERING
from madoguchi.statement.roles import Role
from madoguchi.trust import TrustList
from madoguchi.verify.problems import OTHER_FRONT
from madoguchi.wire.codec import decode_plain
from madoguchi.wire.identifiers import CENTER_CODE
from madoguchi.wire.transaction import Rendering


def check_raster(front: RasterFront, *, paper_number: bytes, keys: TrustList, at: datetime) -> Rendering:
    """What the center signed about a restored picture of the front.

    Raises `verify.other_front`, `statement.*`.
    """
    said = verify(front.rendering, RENDERING, keys=keys, code=CENTER_CODE, at=at).body  # 1
    if said.raster_digest != raster_digest(front.raster):
        raise OTHER_FRONT.error("raster")
    if said.paper_number != paper_number:  # 2
        raise OTHER_FRONT.error("paper number")
    if front.front_code is not None:
        _check_code(front.front_code, said, keys=keys, at=at)  # 3
    elif keys.signs(code=said.ward, role=Role.FRONT_CODE, at=said.at):
        raise OTHER_FRONT.error("no front code, of a ward that signs its fronts")
    return said


def _check_code(raw: bytes, said: Rendering, *, keys: KeySource, at: datetime) -> None:
    code = verify(raw, FRONT_CODE, keys=keys, code=said.ward, at=at).body
    found = (code.kind, code.fiscal_year, code.certificate_number, code.paper_number, code.page, code.pages)
    right = (said.kind, said.fiscal_year, said.certificate_number, said.paper_number, said.page, said.pages)
    if found != right or code.description_digest is not None:
        raise OTHER_FRONT.error("a front code of another sheet")


def check_restored(front: SealedFront, *, paper_number: bytes, keys: KeySource, at: datetime) -> FrontCode:
    """What the ward signed about the restored front.

    Raises `paper.front_code_malformed`, `statement.*` or `verify.other_front`.
    """
    raw = front.front_code
    code = verify(raw, FRONT_CODE, keys=keys, code=parse_unverified(raw).ward, at=at).body  # 1
    if code.paper_number != paper_number:  # 2
        raise OTHER_FRONT.error("paper number")
    if code.description_digest != description_digest(front.page_description):  # 3
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

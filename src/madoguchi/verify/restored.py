"""Whether a front that came out of a back is the ward's word.

1. The front code inside is signed by the ward that it names, with the role `front_code`.
2. It names the very paper number under which the back was sealed.
3. It holds the digest of the very page description that came out.

Without all three a restored front is nobody's word: whoever holds a paper number can seal anything under it.
"""

from __future__ import annotations

from datetime import datetime

from madoguchi.paper.frontcode import FRONT_CODE, FrontCode, description_digest, parse_unverified
from madoguchi.paper.scramble.restoring import Restored
from madoguchi.statement import KeySource, verify
from madoguchi.verify.problems import OTHER_FRONT


def check_restored(restored: Restored, *, keys: KeySource, at: datetime) -> FrontCode:
    """What the ward signed about the restored front.

    Raises `paper.front_code_malformed`, `statement.*` or `verify.other_front`.
    """
    raw = restored.front.front_code
    code = verify(raw, FRONT_CODE, keys=keys, code=parse_unverified(raw).ward, at=at).body  # 1
    if code.paper_number != restored.paper_number:  # 2
        raise OTHER_FRONT.error("paper number")
    if code.description_digest != description_digest(restored.front.page_description):  # 3
        raise OTHER_FRONT.error("page description")
    return code

"""The front codes that come beside the ward's PDF: what is sealed into a back must be of this sheet and this ward."""

from __future__ import annotations

from datetime import datetime

from madoguchi.center.problems import ISSUANCE_DOES_NOT_FIT
from madoguchi.paper.frontcode import FRONT_CODE, description_digest
from madoguchi.statement import KeySource, verify
from madoguchi.wire.transaction import Issuance, Issued


def check_front_codes(issued: Issued, body: Issuance, *, keys: KeySource, at: datetime) -> None:
    """Raises `statement.*`, or `center.issuance_does_not_fit`."""
    if issued.front_codes is None:
        if issued.page_description is not None:
            raise ISSUANCE_DOES_NOT_FIT.error("a page description without front codes")
        return
    if len(issued.front_codes) != len(body.sheets):
        raise ISSUANCE_DOES_NOT_FIT.error("front codes")
    description = issued.page_description
    digest = None if description is None else description_digest(description)
    for raw, sheet in zip(issued.front_codes, body.sheets, strict=True):
        code = verify(raw, FRONT_CODE, keys=keys, code=body.ward, at=at).body
        found = (code.kind, code.fiscal_year, code.certificate_number, code.paper_number, code.page, code.pages)
        right = (body.kind, body.fiscal_year, body.certificate_number, sheet.paper_number, sheet.page, sheet.pages)
        if found != right or code.description_digest != digest:
            raise ISSUANCE_DOES_NOT_FIT.error("a front code of another sheet")

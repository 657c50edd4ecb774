"""A restored front is the ward's word only with signature, number and description together."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.paper.frontcode import FRONT_CODE, FrontCode, description_digest
from madoguchi.statement.cose import Signer
from madoguchi.statement.keys import FileKey, KeyRow
from madoguchi.statement.roles import Role
from madoguchi.verify.restored import check_restored
from tests.verify.papers import BODY, PAPER, WARD

AT = datetime(2026, 11, 23, tzinfo=UTC)
SIGNER = Signer(key=FileKey.generate(), party="issuer", code=WARD, name="issuer-1", environment="test")
DESCRIPTION = b"layout and values"
SAID = msgspec.structs.replace(BODY, description_digest=description_digest(DESCRIPTION))


class _Ward:
    environment = "test"

    def rows(self, key_id: bytes) -> tuple[KeyRow, ...]:
        row = KeyRow(
            party="issuer",
            code=WARD,
            name="issuer-1",
            role=Role.FRONT_CODE,
            key_id=SIGNER.key_id,
            public_key=SIGNER.key.public_bytes(),
            not_before=0,
            not_after=2**40,
        )
        return (row,) if key_id == row.key_id else ()


def checked(*, signer: Signer = SIGNER, number: bytes = PAPER, what: bytes = DESCRIPTION) -> FrontCode:
    code = signer.sign(FRONT_CODE, SAID)
    return check_restored(front_code=code, page_description=what, paper_number=number, keys=_Ward(), at=AT)


def test_the_wards_word() -> None:
    assert checked() == SAID


def test_what_is_not_the_wards_word() -> None:
    stranger = Signer(key=FileKey.generate(), party="issuer", code=WARD, name="issuer-1", environment="test")
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"number": bytes(16)}, "other_front: paper number"),
        ({"what": DESCRIPTION + b"0"}, "other_front: page description"),
        ({"signer": stranger}, "statement"),
    )
    for changed, why in wrong:
        with pytest.raises(MadoguchiError, match=why):
            checked(**changed)

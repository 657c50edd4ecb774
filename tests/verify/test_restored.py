"""A restored front is the ward's word only with signature, number and description together."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.paper.frontcode import FRONT_CODE, FrontCode, description_digest
from madoguchi.paper.scramble.content import SealedFront
from madoguchi.paper.scramble.restoring import Restored
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


def _restored(
    said: FrontCode, *, signer: Signer = SIGNER, number: bytes = PAPER, what: bytes = DESCRIPTION
) -> Restored:
    code = signer.sign(FRONT_CODE, said)
    front = SealedFront(front_code=code, page_description=what)
    return Restored(paper_number=number, front=front, markers=12, legible=1.0)


def test_the_wards_word() -> None:
    assert check_restored(_restored(SAID), keys=_Ward(), at=AT) == SAID


def test_what_is_not_the_wards_word() -> None:
    stranger = Signer(key=FileKey.generate(), party="issuer", code=WARD, name="issuer-1", environment="test")
    for wrong, why in (
        (_restored(SAID, number=bytes(16)), "other_front: paper number"),
        (_restored(SAID, what=DESCRIPTION + b"0"), "other_front: page description"),
        (_restored(SAID, signer=stranger), "statement"),
    ):
        with pytest.raises(MadoguchiError, match=why):
            check_restored(wrong, keys=_Ward(), at=AT)

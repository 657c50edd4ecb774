"""Making a trust list: done offline, with the root key and each ward's office key (`./madoguchi pki`)."""

from __future__ import annotations

from datetime import datetime

from madoguchi.runtime.clock import epoch
from madoguchi.statement.cose import Signer
from madoguchi.statement.keys import PrivateKey
from madoguchi.trust.list import ROOT_CODE, TRUST_LIST, WARD_ROWS, CardAuthority, TrustedKey, TrustListBody, WardRows
from madoguchi.wire.identifiers import Environment


def make_ward_rows(*, office_key: PrivateKey, ward: str, environment: str, rows: tuple[TrustedKey, ...]) -> bytes:
    """Counter-sign a ward's own rows with its office key."""
    office = Signer(key=office_key, party="ward", code=ward, name="office", environment=environment)
    return office.sign(WARD_ROWS, WardRows(ward=ward, rows=rows))


def make_trust_list(
    *,
    root_key: PrivateKey,
    environment: str,
    number: int,
    at: datetime,
    rows: tuple[TrustedKey, ...],
    wards: tuple[bytes, ...],
    card_authorities: tuple[CardAuthority, ...],
) -> bytes:
    """Sign a list with the offline root. `number` grows with every list."""
    body = TrustListBody(
        environment=Environment(environment),
        number=number,
        issued_at=epoch(at),
        rows=rows,
        wards=wards,
        card_authorities=card_authorities,
    )
    root = Signer(key=root_key, party="root", code=ROOT_CODE, name=ROOT_CODE, environment=environment)
    return root.sign(TRUST_LIST, body)

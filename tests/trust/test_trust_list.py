"""The trust list: the offline root says who, each ward says so of its own, and nothing old or foreign counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.statement import FileKey, Role, Signer, key_id, verify
from madoguchi.statement.kinds import ACKNOWLEDGEMENT
from madoguchi.trust import TrustedKey, TrustList, make_trust_list, make_ward_rows
from madoguchi.wire.outcome import Acknowledgement

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ROOT, OFFICE, OTHER_OFFICE, ISSUER, CENTER = (FileKey.generate() for _ in range(5))
WARD, OTHER_WARD = "139991", "139992"


def _row(key: FileKey, role: Role, *, party: str, code: str) -> TrustedKey:
    start = int(NOW.timestamp()) - 3600
    return TrustedKey(
        party=party,
        code=code,
        name="office" if role is Role.ENDORSE else f"{party}-1",
        role=role,
        public_key=key.public_bytes(),
        not_before=start,
        not_after=start + 900_000,
    )


OFFICES = (
    _row(OFFICE, Role.ENDORSE, party="ward", code=WARD),
    _row(OTHER_OFFICE, Role.ENDORSE, party="ward", code=OTHER_WARD),
)
CENTER_ROW = _row(CENTER, Role.ACKNOWLEDGE, party="center", code="center")
ISSUER_ROW = _row(ISSUER, Role.ISSUE, party="issuer", code=WARD)


def _ward(key: FileKey = OFFICE, ward: str = WARD, rows: tuple[TrustedKey, ...] = (ISSUER_ROW,)) -> bytes:
    return make_ward_rows(office_key=key, ward=ward, environment="test", rows=rows)


def _list(
    *,
    rows: tuple[TrustedKey, ...] = (*OFFICES, CENTER_ROW),
    wards: tuple[bytes, ...] | None = None,
    root: FileKey = ROOT,
    environment: str = "test",
    number: int = 7,
) -> bytes:
    return make_trust_list(
        root_key=root,
        environment=environment,
        number=number,
        at=NOW,
        rows=rows,
        wards=(_ward(),) if wards is None else wards,
        card_authorities=(),
    )


def _load(raw: bytes, *, at: datetime = NOW, not_before_number: int = 0) -> TrustList:
    return TrustList.load(raw, root=ROOT.public_bytes(), environment="test", at=at, not_before_number=not_before_number)


def _has(trust: TrustList, key: FileKey, role: Role, code: str) -> bool:
    rows = trust.rows(key_id(public_key=key.public_bytes(), environment="test"))
    return any(row.role is role and row.code == code for row in rows)


def test_a_list_gives_each_key_its_role() -> None:
    trust = _load(_list())
    assert _has(trust, ISSUER, Role.ISSUE, WARD)
    assert _has(trust, CENTER, Role.ACKNOWLEDGE, "center")
    assert not _has(trust, ISSUER, Role.MENU, WARD)
    signer = Signer(key=CENTER, party="center", code="center", name="center-1", environment="test")
    body = Acknowledgement(transaction=bytes(16), outcome_digest=bytes(32), at=5)
    assert verify(signer.sign(ACKNOWLEDGEMENT, body), ACKNOWLEDGEMENT, keys=trust, code="center", at=NOW).body == body


def test_the_root_alone_cannot_invent_an_issuer() -> None:
    trust = _load(_list(rows=(*OFFICES, CENTER_ROW, ISSUER_ROW), wards=()))
    assert not _has(trust, ISSUER, Role.ISSUE, WARD)


@pytest.mark.parametrize(
    "part",
    [
        _ward(key=OTHER_OFFICE),  # another ward's office signs for this ward
        _ward(key=FileKey.generate()),
        _ward(rows=(_row(ISSUER, Role.ISSUE, party="issuer", code=OTHER_WARD),)),  # speaks of another ward
        _ward(rows=(_row(ISSUER, Role.DELIVER, party="center", code=WARD),)),  # a role that is not a ward's
        b"junk",
    ],
)
def test_a_wards_part_counts_only_from_that_ward_about_itself(part: bytes) -> None:
    with pytest.raises(MadoguchiError, match=r"trust\.not_root"):
        _load(_list(wards=(part,)))


def test_another_root_another_environment_older_or_expired() -> None:
    with pytest.raises(MadoguchiError, match=r"trust\.not_root"):
        _load(_list(root=FileKey.generate()))
    with pytest.raises(MadoguchiError, match=r"trust\.not_root"):
        _load(_list(environment="demo", wards=()))
    with pytest.raises(MadoguchiError, match=r"trust\.older"):
        _load(_list(number=6), not_before_number=7)
    with pytest.raises(MadoguchiError, match=r"trust\.expired"):
        _load(_list(), at=NOW + timedelta(hours=24))
    with pytest.raises(MadoguchiError, match=r"trust\.expired"):
        _load(_list(), at=NOW - timedelta(minutes=2))


def test_a_list_that_was_alive_dies_while_it_is_held() -> None:
    trust = _load(_list(), at=NOW + timedelta(hours=23))
    with pytest.raises(MadoguchiError, match=r"trust\.expired"):
        trust.check_alive(at=NOW + timedelta(hours=24))

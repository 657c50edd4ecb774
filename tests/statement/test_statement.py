"""A statement is believed only whole: every octet, its type, its environment, its signer, its period, its role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.errors import MadoguchiError
from madoguchi.statement import (
    FileKey,
    KeyRow,
    Role,
    Signer,
    StatementType,
    verify,
    verify_by_kiosk,
    verify_enrolment,
)
from madoguchi.statement.kinds import ACKNOWLEDGEMENT, ENROLMENT, OPEN_REQUEST
from madoguchi.wire.codec import decode_plain, encode_plain
from madoguchi.wire.outcome import Acknowledgement
from madoguchi.wire.transaction import Enrolment, OpenRequest

NOW = datetime(2026, 6, 1, tzinfo=UTC)
START, END = int(NOW.timestamp()) - 100, int(NOW.timestamp()) + 100
BODY = Acknowledgement(transaction=bytes(16), outcome_digest=bytes(32), at=5)


@dataclass
class Keys:
    environment: str
    known: tuple[KeyRow, ...]

    def rows(self, key_id: bytes) -> tuple[KeyRow, ...]:
        return tuple(row for row in self.known if row.key_id == key_id)


SIGNER = Signer(key=FileKey.generate(), party="center", code="center", name="center-1", environment="test")


def _row(signer: Signer, *, role: Role = Role.ACKNOWLEDGE, name: str | None = None) -> KeyRow:
    return KeyRow(
        party=signer.party,
        code=signer.code,
        name=name or signer.name,
        role=role,
        key_id=signer.key_id,
        public_key=signer.key.public_bytes(),
        not_before=START,
        not_after=END,
    )


KEYS = Keys("test", (_row(SIGNER),))
RAW = SIGNER.sign(ACKNOWLEDGEMENT, BODY)


def _refused(raw: bytes, code: str, *, keys: Keys = KEYS, at: datetime = NOW, of: str = "center") -> None:
    with pytest.raises(MadoguchiError) as caught:
        verify(raw, ACKNOWLEDGEMENT, keys=keys, code=of, at=at)
    assert caught.value.code == code


def test_a_statement_is_believed_and_named_by_its_digest() -> None:
    statement = verify(RAW, ACKNOWLEDGEMENT, keys=KEYS, code="center", at=NOW)
    assert statement.body == BODY
    assert statement.signer.name == "center-1"
    assert len(statement.digest) == 32
    assert SIGNER.sign(ACKNOWLEDGEMENT, BODY) == RAW, "signatures are deterministic"


@given(st.data())
@settings(max_examples=200)
def test_no_octet_can_be_changed(data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(RAW) - 1))
    value = data.draw(st.integers(0, 255).filter(lambda v: v != RAW[index]))
    forged = RAW[:index] + bytes([value]) + RAW[index + 1 :]
    with pytest.raises(MadoguchiError):
        verify(forged, ACKNOWLEDGEMENT, keys=KEYS, code="center", at=NOW)


@given(st.binary(max_size=300))
def test_junk_is_refused(raw: bytes) -> None:
    with pytest.raises(MadoguchiError):
        verify(raw, ACKNOWLEDGEMENT, keys=KEYS, code="center", at=NOW)


def test_another_role_another_ward_another_time() -> None:
    _refused(RAW, "statement.unknown_key", keys=Keys("test", (_row(SIGNER, role=Role.OPEN),)))
    _refused(RAW, "statement.unknown_key", of="139991")
    _refused(RAW, "statement.unknown_key", keys=Keys("test", ()))
    _refused(RAW, "statement.key_not_valid_now", at=datetime.fromtimestamp(END, UTC))
    _refused(RAW, "statement.key_not_valid_now", at=datetime.fromtimestamp(START - 1, UTC))


def test_another_type_of_the_same_role_is_not_taken_for_it() -> None:
    other = StatementType("other", 1, Role.ACKNOWLEDGE, Acknowledgement)
    newer = StatementType("acknowledgement", 2, Role.ACKNOWLEDGE, Acknowledgement)
    _refused(SIGNER.sign(other, BODY), "statement.other_meaning")
    _refused(SIGNER.sign(newer, BODY), "statement.other_meaning")


def test_a_key_of_another_environment_is_another_key() -> None:
    demo = Signer(key=SIGNER.key, party="center", code="center", name="center-1", environment="demo")
    assert demo.key_id != SIGNER.key_id
    _refused(demo.sign(ACKNOWLEDGEMENT, BODY), "statement.unknown_key")
    careless = Keys("test", (_row(demo),))
    _refused(demo.sign(ACKNOWLEDGEMENT, BODY), "statement.other_meaning", keys=careless)


def test_a_replica_cannot_speak_in_anothers_name() -> None:
    _refused(RAW, "statement.other_meaning", keys=Keys("test", (_row(SIGNER, name="center-2"),)))


@pytest.mark.parametrize("protected", [{1: -35, 4: bytes(16)}, {1: -7}, {1: -7, 4: bytes(16), 5: 1}, {}, [1]])
def test_the_message_does_not_choose_the_algorithm(protected: object) -> None:
    _, unprotected, payload, signature = decode_plain(RAW)
    forged = encode_plain([encode_plain(protected), unprotected, payload, signature])
    with pytest.raises(MadoguchiError, match=r"not_a_statement|unknown_key"):
        verify(forged, ACKNOWLEDGEMENT, keys=KEYS, code="center", at=NOW)


def test_unprotected_headers_and_truncated_signatures_are_refused() -> None:
    protected, _, payload, signature = decode_plain(RAW)
    _refused(encode_plain([protected, {4: b"x"}, payload, signature]), "statement.not_a_statement")
    _refused(encode_plain([protected, {}, payload, signature[:-1]]), "statement.bad_signature")
    _refused(encode_plain([protected, {}, payload, b""]), "statement.bad_signature")


class TestEnrolledKiosk:
    operator = Signer(key=FileKey.generate(), party="operator", code="seven", name="enrol", environment="test")
    kiosk_key = FileKey.generate()
    kiosk = Signer(key=kiosk_key, party="kiosk", code=b"k".hex() * 16, name="seven", environment="test")
    keys = Keys("test", (_row(operator, role=Role.ENROL),))

    def _enrolment(self, *, operator: str = "seven") -> bytes:
        body = Enrolment(
            kiosk=b"k" * 16,
            operator=operator,
            public_key=self.kiosk_key.public_bytes(),
            not_before=START,
            not_after=END,
        )
        return self.operator.sign(ENROLMENT, body)

    def test_the_operator_vouches_for_its_kiosk(self) -> None:
        enrolled = verify_enrolment(self._enrolment(), keys=self.keys, operator="seven", at=NOW)
        request = OpenRequest(kiosk=b"k" * 16, operator="seven", ward="139991", nonce=bytes(16))
        raw = self.kiosk.sign(OPEN_REQUEST, request)
        assert verify_by_kiosk(raw, OPEN_REQUEST, kiosk=enrolled, at=NOW).body == request

    def test_not_for_another_operators_kiosk_nor_by_a_stranger(self) -> None:
        with pytest.raises(MadoguchiError, match="other_meaning"):
            verify_enrolment(self._enrolment(operator="lawson"), keys=self.keys, operator="seven", at=NOW)
        with pytest.raises(MadoguchiError, match="unknown_key"):
            verify_enrolment(self._enrolment(), keys=KEYS, operator="seven", at=NOW)

    def test_a_kiosk_key_is_good_for_a_kiosks_words_only(self) -> None:
        enrolled = verify_enrolment(self._enrolment(), keys=self.keys, operator="seven", at=NOW)
        raw = self.kiosk.sign(ACKNOWLEDGEMENT, BODY)
        with pytest.raises(MadoguchiError, match="unknown_key"):
            verify_by_kiosk(raw, ACKNOWLEDGEMENT, kiosk=enrolled, at=NOW)

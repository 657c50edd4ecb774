"""Statements: what one party says to another so that it can be proved later (COSE_Sign1 over deterministic CBOR).

`Signer.sign(kind, body)` makes one, `verify(raw, kind, keys=, code=, at=)` believes one or raises. The kinds stand in
`madoguchi.statement.kinds`.
"""

from madoguchi.statement.cose import Signer, Statement, StatementType, verify
from madoguchi.statement.enrolled import EnrolledKiosk, verify_by_kiosk, verify_enrolment
from madoguchi.statement.keys import FileKey, KeyRow, KeySource, PrivateKey, key_id
from madoguchi.statement.roles import Role
from madoguchi.statement.token import KeyInToken, TokenKey

__all__ = [
    "EnrolledKiosk",
    "FileKey",
    "KeyInToken",
    "KeyRow",
    "KeySource",
    "PrivateKey",
    "Role",
    "Signer",
    "Statement",
    "StatementType",
    "TokenKey",
    "key_id",
    "verify",
    "verify_by_kiosk",
    "verify_enrolment",
]

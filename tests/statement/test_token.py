"""Keys in a PKCS#11 token, with real SoftHSM2."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pkcs11
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from madoguchi.errors import MadoguchiError
from madoguchi.statement import FileKey, KeyInToken, TokenKey
from madoguchi.statement.keys import verify_es256
from tests.runtime.pki import Authority
from tests.statement.softhsm import MODULE, PIN, SoftHsm, key_file

DATA = b"what is signed"


@pytest.fixture(scope="module")
def keys(hsm: SoftHsm, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Key files whose keys lie in the tokens too."""
    directory = tmp_path_factory.mktemp("keys")
    made = {name: key_file(directory / f"{name}.key", ec.SECP256R1()) for name in ("one", "two", "gone")}
    hsm.put("ward", made["one"], label="one", key_id="01")
    hsm.put("ward", made["two"], label="two", key_id="02")
    hsm.put("gone", made["gone"], label="one", key_id="01")
    hsm.put("ward", key_file(directory / "wide.key", ec.SECP384R1()), label="wide", key_id="03")
    for key_id in ("04", "05"):
        hsm.put("ward", key_file(directory / f"{key_id}.key", ec.SECP256R1()), label="double", key_id=key_id)
    return made


def _place(**changes: Any) -> KeyInToken:
    return replace(KeyInToken(module=MODULE, token="ward", label="one", pin=PIN), **changes)


def _label(slot: pkcs11.Slot) -> str:
    """Of a token; empty for the one that another test took away."""
    try:
        return slot.get_token().label
    except pkcs11.PKCS11Error:
        return ""


@pytest.mark.parametrize(
    ("name", "found_by"),
    [("one", {"label": "one"}), ("two", {"label": None, "id": b"\x02"}), ("two", {"label": "two", "id": b"\x02"})],
)
def test_the_key_of_the_file_signs_from_the_token(keys: dict[str, Path], name: str, found_by: dict[str, Any]) -> None:
    key, file = TokenKey(_place(**found_by)), FileKey.load(keys[name])
    assert key.public_bytes() == file.public_bytes()
    signature = key.sign(DATA)
    assert len(signature) == 64
    verify_es256(public_key=file.public_bytes(), signature=signature, data=DATA)
    assert key.sign(DATA) != signature


@pytest.mark.usefixtures("keys")
def test_a_token_leaves_no_error_for_the_next_certificate(authority: Authority) -> None:
    """In a process of its own, because SoftHSM looks for its engine once: when it is loaded."""
    certificate = authority.certificate.public_bytes(Encoding.DER)
    program = f"""
import ssl
from pathlib import Path
from madoguchi.statement import KeyInToken, TokenKey
TokenKey(KeyInToken(module=Path({str(MODULE)!r}), token="ward", label="one", pin={PIN!r}))
ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata={certificate!r})
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


def test_many_threads_two_keys_one_token(keys: dict[str, Path]) -> None:
    both = [TokenKey(_place()), TokenKey(_place(label="two"))]

    def sign(number: int) -> None:
        key, data = both[number % 2], b"%d" % number
        verify_es256(public_key=key.public_bytes(), signature=key.sign(data), data=data)

    with ThreadPoolExecutor(8) as threads:
        assert len(list(threads.map(sign, range(200)))) == 200


@pytest.mark.parametrize(
    ("changes", "code", "cause"),
    [
        ({"label": "three"}, "token_key", "0 EC objects of class PRIVATE_KEY"),
        ({"id": b"\x02"}, "token_key", "0 EC objects of class PRIVATE_KEY"),
        ({"label": "double"}, "token_key", "2 EC objects of class PRIVATE_KEY"),
        ({"label": "wide"}, "token_key", "not P-256"),
        ({"token": "elsewhere"}, "token_unavailable", "0 tokens with the label elsewhere"),
        ({"module": Path("/nowhere/module.so")}, "token_unavailable", "module.so"),
        ({"token": "other", "pin": "654321"}, "token_pin", "PinIncorrect"),
        ({"token": "other", "pin": ""}, "token_pin", "Pin"),
    ],
)
def test_what_is_refused_at_start(keys: dict[str, Path], changes: dict[str, Any], code: str, cause: str) -> None:
    with pytest.raises(MadoguchiError) as caught:
        TokenKey(_place(**changes))
    assert caught.value.code == f"statement.{code}"
    assert cause in caught.value.cause
    assert "654321" not in str(caught.value)


def test_a_wrong_pin_does_not_stop_the_right_one(keys: dict[str, Path]) -> None:
    key = TokenKey(_place())
    with pytest.raises(MadoguchiError, match="token_pin: not the PIN with which this token is open"):
        TokenKey(_place(pin="654321"))
    key.sign(DATA)
    for pin, cause in (("654321", "PinIncorrect"), (PIN, "0 EC objects"), ("654321", "PinIncorrect")):
        with pytest.raises(MadoguchiError, match=cause):
            TokenKey(_place(token="other", pin=pin))


def test_a_private_key_beside_another_public_key_is_refused(keys: dict[str, Path]) -> None:
    """Two halves that do not belong together would make statements that nobody believes."""
    slots = pkcs11.lib(str(MODULE)).get_slots(token_present=True)
    (slot,) = (slot for slot in slots if _label(slot) == "pairs")
    with slot.get_token().open(rw=True, user_pin=PIN) as session:
        for half in (0, 1):
            parameters = session.create_domain_parameters(
                pkcs11.KeyType.EC, {pkcs11.Attribute.EC_PARAMS: bytes.fromhex("06082a8648ce3d030107")}, local=True
            )
            pair = parameters.generate_keypair(store=True, id=bytes([half]), label=f"half{half}")
            pair[1 - half][pkcs11.Attribute.LABEL] = "odd"
    with pytest.raises(MadoguchiError, match="token_key: the private key is not the pair of the public key"):
        TokenKey(_place(token="pairs", label="odd"))


def test_a_token_that_goes_away_signs_nothing_more(hsm: SoftHsm, keys: dict[str, Path]) -> None:
    key = TokenKey(_place(token="gone"))
    key.sign(DATA)
    hsm.run("--delete-token", "--token", "gone")
    for _ in range(3):
        with pytest.raises(MadoguchiError) as caught:
            key.sign(DATA)
        assert caught.value.code.startswith("statement.token_")
    TokenKey(_place()).sign(DATA)


def test_a_token_that_comes_back_with_another_key_is_refused(
    keys: dict[str, Path], hsm: SoftHsm, tmp_path: Path
) -> None:
    hsm.put("swap", key_file(tmp_path / "a.key", ec.SECP256R1()), label="one", key_id="01")
    key = TokenKey(_place(token="swap"))
    slots = pkcs11.lib(str(MODULE)).get_slots(token_present=True)
    (slot,) = (slot for slot in slots if _label(slot) == "swap")
    with slot.get_token().open(rw=True) as session:
        for item in list(session.get_objects({pkcs11.Attribute.LABEL: "one"})):
            item.destroy()
    with pytest.raises(MadoguchiError, match=r"statement\.token_"):
        key.sign(DATA)
    hsm.put("swap", key_file(tmp_path / "b.key", ec.SECP256R1()), label="one", key_id="01")
    with pytest.raises(MadoguchiError, match="token_key: another key than at start"):
        key.sign(DATA)


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(MadoguchiError, match="token_unavailable: python-pkcs11 is not installed"):
        TokenKey(_place())


def test_nobody_loads_the_package_who_has_no_token() -> None:
    script = "import sys, madoguchi.issuer.serve; sys.exit('pkcs11' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)

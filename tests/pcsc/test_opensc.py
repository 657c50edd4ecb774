"""OpenSC, which knows real My Number Cards and nothing of us, judges the virtual card through the real PC/SC stack."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from madoguchi.card import VirtualCard, load_card
from tests.jpki.authorities import PIN, card
from tests.pcsc.rooms import Room

SLOT_OF_THE_PIN = ("--token-label", "JPKI (User Authentication PIN)")


@pytest.fixture
def lying(room: Room) -> VirtualCard:
    """The card that lies on the reader."""
    lies = card()
    room.put(lies)
    wait_for_card(room)
    return lies


def wait_for_card(room: Room) -> None:
    """OpenSC waits for a card by itself."""
    room.run("opensc-tool", "--wait", "--name")


def test_it_takes_it_for_a_jpki_card(room: Room, lying: VirtualCard) -> None:
    assert room.run("opensc-tool", "--name").strip() == "jpki"


def test_it_finds_both_applications_keys_pins_and_certificates(room: Room, lying: VirtualCard) -> None:
    dump = room.run("pkcs15-tool", "--dump")
    for thing in (
        "User Authentication PIN",
        "Digital Signature PIN",
        "User Authentication Key",
        "Digital Signature Key",
    ):
        assert thing in dump, dump
    assert "Tries left     : 3" in dump
    assert room.run("pkcs15-tool", "--read-certificate", "1").encode() == pem(lying.certificate)


def test_a_signature_that_it_asked_for_verifies_with_openssl(room: Room, lying: VirtualCard, tmp_path: Path) -> None:
    message, signature, key = tmp_path / "message", tmp_path / "signature", tmp_path / "key.pem"
    message.write_bytes(b"what is applied for")
    pkcs11 = ("pkcs11-tool", "--module", module(), *SLOT_OF_THE_PIN)
    objects = room.run(*pkcs11, "--list-objects")
    assert "Certificate Object" in objects
    assert "Public Key Object" in objects
    files = ("--input-file", str(message), "--output-file", str(signature))
    room.run(*pkcs11, "--login", "--pin", PIN, "--sign", "--mechanism", "SHA256-RSA-PKCS", *files)
    public = x509.load_der_x509_certificate(lying.certificate).public_key()
    key.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    judged = subprocess.run(
        ["openssl", "dgst", "-sha256", "-verify", str(key), "-signature", str(signature), str(message)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert judged.stdout.strip() == "Verified OK", judged.stderr


def test_a_wrong_pin_costs_one_try_there_too(room: Room, lying: VirtualCard) -> None:
    ran = room.ask("run", "pkcs11-tool", "--module", module(), *SLOT_OF_THE_PIN, "--login", "--pin", "9999", "-O")
    assert ran["code"] != 0
    assert load_card(room.directory / "card.json").contents.pin_tries == 2


def module() -> str:
    """Debian's place of it on this kind of machine."""
    return str(next(Path("/usr/lib").glob("*/opensc-pkcs11.so")))


def pem(certificate: bytes) -> bytes:
    return x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM)

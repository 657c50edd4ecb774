"""A ward whose signing keys lie in a token: what it signs is believed, and with any doubt it does not start."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from madoguchi.certificate.reading import read_certificate
from madoguchi.errors import MadoguchiError
from madoguchi.paper.frontcode import FRONT_CODE
from madoguchi.runtime.config import ConfigProblem, Database, Peer, TokenKeyPlace, declare, load_config, write_config
from madoguchi.statement import FileKey, verify
from madoguchi.wire.transaction import Issued
from tests.issuer.world import HANAKO, Kit, World
from tests.statement.softhsm import MODULE, PIN, SoftHsm

PIN_VARIABLE = "MADOGUCHI_TEST_PIN"


@pytest.fixture(scope="module", autouse=True)
def keys_in_token(hsm: SoftHsm, kit: Kit) -> None:
    """The two keys that the trust list holds for issuer-1, and one of issuer-2."""
    home = kit.directory / "pki" / "issuer-1"
    hsm.put("issuer", home / "signing.key", label="signing", key_id="01")
    hsm.put("issuer", home / "front-code.key", label="front", key_id="02")
    hsm.put("issuer", kit.directory / "pki" / "issuer-2" / "signing.key", label="neighbour", key_id="03")


@pytest.fixture
def pin_file(tmp_path: Path) -> Path:
    file = tmp_path / "pin"
    file.touch(mode=0o600)
    file.write_text(f"{PIN}\n")
    return file


def _keys(file_of_pin: Path, /, **changes: Any) -> dict[str, Any]:
    default = TokenKeyPlace(module=MODULE, token="issuer", label="signing", pin_file=file_of_pin)
    front = TokenKeyPlace(module=MODULE, token="issuer", id="02", pin_variable=PIN_VARIABLE)
    changed = msgspec.structs.replace(default, **changes)
    return {"signing_keys": {}, "token_keys": {"default": changed, "front_code": front}}


async def test_statement_and_front_code_are_signed_in_the_token(
    world: World, pin_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PIN_VARIABLE, PIN)
    replica, card = await world.replica(**_keys(pin_file)), world.kit.card()
    await world.open(replica, HANAKO, cards={HANAKO.addressee_number: card})
    answer = await replica.issue(world.street.visit(card).request)
    assert isinstance(answer, Issued)
    assert world.street.issuance(answer).kind == "taxation"
    (page,) = read_certificate(answer.pdf)
    body = verify(page.front_code, FRONT_CODE, keys=world.kit.keys, code=world.kit.ward, at=world.clock.now()).body
    assert body.name == HANAKO.name
    home = world.kit.directory / "pki" / "issuer-1"
    assert replica.parts.signer.key.public_bytes() == FileKey.load(home / "signing.key").public_bytes()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"token": "issuer-9"}, "statement.token_unavailable"),
        ({"label": "signatures"}, "statement.token_key"),
        ({"label": "neighbour"}, "trust.key_not_listed"),
        ({"label": "front"}, "trust.key_not_listed"),
    ],
)
async def test_a_replica_with_a_wrong_key_does_not_start(
    world: World, pin_file: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], code: str
) -> None:
    monkeypatch.setenv(PIN_VARIABLE, PIN)
    with pytest.raises(MadoguchiError) as caught:
        await world.replica(**_keys(pin_file, **changes))
    assert caught.value.code == code


async def test_a_key_file_that_the_list_does_not_hold_does_not_start_either(world: World) -> None:
    pki = world.kit.directory / "pki"
    with pytest.raises(
        MadoguchiError, match=r"trust\.key_not_listed: issuer-1, key id [0-9a-f]{32}: issue, menu, refuse"
    ):
        await world.replica(signing_keys={"default": pki / "issuer-2" / "signing.key"})


def _spoil(pin_file: Path) -> dict[str, Callable[[], object]]:
    return {
        "pin: FileNotFoundError": pin_file.unlink,
        "pin can be read by others: chmod 600": lambda: pin_file.chmod(0o640),
        "pin: UnicodeDecodeError": lambda: pin_file.write_bytes(b"\xff"),
        f"the environment variable {PIN_VARIABLE} is missing or empty": lambda: os.environ.pop(PIN_VARIABLE),
    }


@pytest.mark.parametrize("cause", list(_spoil(Path("pin"))))
async def test_a_pin_that_cannot_be_had(
    world: World, pin_file: Path, monkeypatch: pytest.MonkeyPatch, cause: str
) -> None:
    monkeypatch.setenv(PIN_VARIABLE, PIN)
    _spoil(pin_file)[cause]()
    with pytest.raises(MadoguchiError) as caught:
        await world.replica(**_keys(pin_file))
    assert (caught.value.code, caught.value.cause) == ("statement.token_pin", cause)


async def test_the_process_refuses_to_start_with_a_wrong_pin(world: World, pin_file: Path, tmp_path: Path) -> None:
    """The real program, in its own process: it says why, never the PIN, and serves nothing."""
    await asyncio.to_thread(pin_file.write_text, "654321")
    config = world.kit.config("issuer-1", database=world.database, **_keys(pin_file), state_dir=tmp_path / "state")
    fingerprints = (world.kit.identities.fingerprints["jukinet-1"],)
    jukinet = Peer(party="jukinet", name="jukinet-1", fingerprints=fingerprints, url="https://127.0.0.1:9")
    file = tmp_path / "issuer.toml"
    write_config(declare(msgspec.structs.replace(config, peers=(jukinet,))), file)
    command = [sys.executable, "-m", "madoguchi.cli", "issuer", "serve", "--config", str(file)]
    environment = {**os.environ, PIN_VARIABLE: PIN}
    done = await asyncio.to_thread(
        subprocess.run, command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "[statement.token_pin] PinIncorrect" in done.stderr
    assert "654321" not in done.stderr + done.stdout


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"label": None}, "needs a label or an id"),
        ({"pin_file": None}, "needs either pin_file or pin_variable"),
        ({"pin_variable": "PIN"}, "needs either pin_file or pin_variable"),
        ({"id": "0"}, "token_keys"),
    ],
)
def test_a_configuration_names_one_key_and_one_pin(
    kit: Kit, pin_file: Path, tmp_path: Path, changes: dict[str, Any], what: str
) -> None:
    config = kit.config("issuer-1", database=Database(url="postgresql:///x"), **_keys(pin_file, **changes))
    write_config(config, tmp_path / "issuer.toml")
    with pytest.raises(ConfigProblem, match=what):
        load_config(tmp_path / "issuer.toml", type(config))


def test_a_key_lies_in_one_place_and_the_fingerprint_does_not_depend_on_where(
    kit: Kit, pin_file: Path, tmp_path: Path
) -> None:
    database = Database(url="postgresql:///x")
    in_files, in_token = (
        kit.config("issuer-1", database=database),
        kit.config("issuer-1", database=database, **_keys(pin_file)),
    )
    assert in_files.topology.fingerprint == in_token.topology.fingerprint
    file = tmp_path / "issuer.toml"
    write_config(in_token, file)
    assert PIN not in file.read_text()
    assert load_config(file, type(in_token)) == in_token
    write_config(msgspec.structs.replace(in_token, signing_keys=in_files.signing_keys), file)
    with pytest.raises(ConfigProblem, match=r"token_keys\.default: stands in signing_keys too"):
        load_config(file, type(in_token))

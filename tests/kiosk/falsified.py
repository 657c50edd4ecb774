"""What a falsified answer is made with, and how a kiosk refuses it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.statement import FileKey, Signer
from madoguchi.wire.transaction import SealedMessage
from tests.kiosk.applied import Applied
from tests.kiosk.parties import ENVIRONMENT, WARD
from tests.kiosk.world import World


def another(value: Any) -> Any:
    """A value of the same type that is not the value."""
    match value:
        case bytes():
            return bytes([value[0] ^ 1]) + value[1:]
        case int():
            return value + 1
        case str():
            return "000000" if value == WARD else f"{value}x"
    msg = f"no other value for {type(value).__name__}"
    raise TypeError(msg)


def changed(body: Any, name: str) -> Any:
    return msgspec.structs.replace(body, **{name: another(getattr(body, name))})


def refused(of: Applied, answer: SealedMessage | None = None, *, code: str | None = None) -> MadoguchiError:
    with pytest.raises(MadoguchiError) as caught:
        of.check(answer)
    if code is not None:
        assert caught.value.code == code, caught.value
    return caught.value


def stranger(world: World, role_of: str) -> Signer:
    """Signers that must not be believed for an issuance or a delivery."""
    return {
        "unknown key": Signer(
            key=FileKey.generate(), party="issuer", code=WARD, name="issuer-1", environment=ENVIRONMENT
        ),
        "center": world.center,
        "ward": world.ward,
        "operator": world.operator,
        "kiosk": world.kiosk_signer(),
        "center posing as ward": Signer(
            key=world.center.key, party="issuer", code=WARD, name="issuer-1", environment=ENVIRONMENT
        ),
        "ward of another environment": replace(world.ward, environment="production"),
    }[role_of]

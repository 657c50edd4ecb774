"""`issuer check`: what only an issuing server or its intake needs, beside what every party does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from madoguchi.certificate.fonts import FontSet
from madoguchi.issuer.config import IssuerConfig
from madoguchi.issuer.intake.config import IntakeConfig
from madoguchi.issuer.intake.dropping import is_open
from madoguchi.issuer.problems import NOT_CONFIGURED, TAX_FEED_OLD
from madoguchi.issuer.secrets_at_rest import read_key
from madoguchi.issuer.serve import FRONT_CODE_KEY, typesetter_of
from madoguchi.issuer.starting import database_of
from madoguchi.issuer.status import feeds_of
from madoguchi.issuer.trusted import TrustSource
from madoguchi.runtime.checks import Rights, check_private, party_checks
from madoguchi.runtime.clock import Clock
from madoguchi.runtime.database import connect, transaction
from madoguchi.runtime.fonts import find_fonts
from madoguchi.runtime.operating import Check
from madoguchi.runtime.party import signer, trust_files_of
from madoguchi.statement import Role
from madoguchi.trust.own import refuse_unlisted


def issuer_checks(config: IssuerConfig, *, clock: Clock) -> Sequence[Check]:
    """Everything, in the order in which a start would meet it."""
    looks = _Looks(config, clock)
    return (
        *party_checks(config, party="issuer", clock=clock),
        Check(name="data keys", look=looks.data_keys),
        Check(name="signing keys", look=looks.signing_keys),
        Check(name="fonts", look=looks.fonts),
        Check(name="layouts", look=looks.layouts),
        Check(name="paper", look=looks.paper),
        Check(name="jukinet", look=looks.jukinet),
        Check(name="feeds", look=looks.feeds),
    )


def intake_checks(config: IntakeConfig, *, clock: Clock) -> Sequence[Check]:
    """The same for a process that takes in."""
    looks = _SharedLooks(config)
    return (
        *party_checks(config, party="intake", clock=clock, schema_of="issuer", rights=_INTAKE),
        Check(name="data keys", look=looks.data_keys),
        Check(name="drop directory", look=lambda: _drop_directory(config.drop_directory)),
        Check(name="jukinet", look=looks.jukinet),
        Check(name="feeds", look=looks.feeds),
    )


_INTAKE: Final = Rights(
    never=(
        ("evidence", "UPDATE"), ("evidence", "DELETE"), ("evidence", "TRUNCATE"), ("incidents", "DELETE"),
        ("issuances", "SELECT"), ("custody", "SELECT"), ("suspensions", "SELECT"),
    ),
    needed=(("stops", "INSERT"), ("serials", "INSERT"), ("feeds", "UPDATE"), ("replicas", "UPDATE")),
    passes_row_security=True,
    said="fills what is received, sees nothing of what was issued",
)  # fmt: skip


async def _drop_directory(directory: Path | None) -> str:
    if directory is None:
        return "none: packages are pushed"
    if not await asyncio.to_thread(is_open, directory):
        raise NOT_CONFIGURED.error(f"drop_directory {directory}: this user cannot read and write there")
    return str(directory)


class _SharedLooks:
    """What both kinds of processes need."""

    def __init__(self, config: IssuerConfig | IntakeConfig) -> None:
        self._of_either = config

    async def data_keys(self) -> str:
        keys = self._of_either.data_keys
        for file in (keys.kek, keys.index, keys.pseudonyms):
            check_private(file)
            read_key(file)
        return "there, 32 octets each"

    async def jukinet(self) -> str:
        if not any(peer.party == "jukinet" and peer.url for peer in self._of_either.peers):
            raise NOT_CONFIGURED.error("a [[peers]] entry jukinet with a url")
        return "named"

    async def feeds(self) -> str:
        async with connect(database_of(self._of_either)) as pool, transaction(pool) as connection:
            feeds = await feeds_of(connection, self._of_either.feeds)
        old = [each for each in feeds if each.too_old]
        if old:
            raise TAX_FEED_OLD.error(", ".join(f"{each.feed}: {each.age_seconds} s" for each in old))
        return ", ".join(f"{each.feed} {each.age_seconds} s" for each in feeds)


class _Looks(_SharedLooks):
    def __init__(self, config: IssuerConfig, clock: Clock) -> None:
        super().__init__(config)
        self._config = config
        self._clock = clock

    async def signing_keys(self) -> str:
        config, now = self._config, self._clock.now()
        keys = TrustSource(trust_files_of(config), environment=config.environment, clock=self._clock).current().keys
        if "default" not in config.key_roles:
            raise NOT_CONFIGURED.error("signing_keys.default")
        front = FRONT_CODE_KEY if FRONT_CODE_KEY in config.key_roles else "default"
        code = config.ward.code
        refuse_unlisted(signer(config, code=code), keys, roles=(Role.ISSUE, Role.REFUSE, Role.MENU), at=now)
        refuse_unlisted(signer(config, code=code, key=front), keys, roles=(Role.FRONT_CODE,), at=now)
        return "the trust list holds them"

    async def fonts(self) -> str:
        files = self._config.paper.fonts or find_fonts()
        await asyncio.to_thread(FontSet, files)
        return ", ".join(file.name for file in files)

    async def layouts(self) -> str:
        if self._config.layouts is None:
            return "the program's own"
        composer = await asyncio.to_thread(typesetter_of, self._config)
        return ", ".join(layout.id for layout in composer.layouts)

    async def paper(self) -> str:
        if not self._config.paper.authorities:
            raise NOT_CONFIGURED.error("paper.authorities: who certifies")
        await asyncio.to_thread(typesetter_of, self._config)
        return f"{self._config.paper.authorities[-1].title}, the typesetter works"

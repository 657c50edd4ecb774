"""An ec that lies: answers of others, forged words, replays. Put in through `make_relay`."""

from __future__ import annotations

from typing import Any

from madoguchi.ec import command
from madoguchi.ec.config import EcConfig
from madoguchi.ec.relay import Relay
from madoguchi.ec.serve import serve_ec
from madoguchi.runtime.config import Peer
from madoguchi.runtime.party import signer
from madoguchi.statement import Signer
from madoguchi.statement.kinds import REFUSAL
from madoguchi.wire.menu import Wording
from madoguchi.wire.transaction import (
    ApplyAnswer,
    OpenAnswer,
    OpenedAnswer,
    Refusal,
    Refused,
    SealedMessage,
    SignedByKiosk,
)
from tests.chain.liars.forging import altered, forged
from tests.chain.liars.play import Play
from tests.chain.liars.swapping import Exchange


def put_lies(play: Play) -> None:
    """Replace what `./madoguchi ec serve` starts."""

    async def serve(config: EcConfig, **named: Any) -> None:
        own = signer(config, code=config.operator)
        await serve_ec(config, make_relay=lambda honest: LyingRelay(honest, play=play, own=own), **named)

    vars(command)["serve_ec"] = serve


class LyingRelay:
    """Around the honest one; without an order it is the honest one."""

    def __init__(self, honest: Relay, *, play: Play, own: Signer) -> None:
        self._honest = honest
        self._play = play
        self._own = own
        self._exchange: Exchange[ApplyAnswer] = Exchange()
        self._before: tuple[SealedMessage, ApplyAnswer] | None = None

    async def open(self, request: SignedByKiosk, *, kiosk: Peer) -> OpenAnswer:
        """The center's answer is signed; altering it is all that can be done to it."""
        answer = await self._honest.open(request, kiosk=kiosk)
        if isinstance(answer, OpenedAnswer) and self._play.lies("own_sealing_key"):
            return OpenedAnswer(opened=forged(answer.opened, _other_key, own=self._own))
        return answer

    async def apply(self, message: SealedMessage, *, kiosk: Peer) -> ApplyAnswer:
        """Most lies are told here."""
        if self._before is not None and self._play.lies("answer_of_the_visit_before"):
            return self._before[1]
        if self._before is not None and self._play.lies("application_of_the_visit_before"):
            return await self._honest.apply(self._before[0], kiosk=kiosk)
        if self._play.lies("forged_refusal"):
            return self._forged_refusal(message)
        answer = await self._honest.apply(message, kiosk=kiosk)
        self._before = (message, answer)
        if self._play.lies("exchanged_answers"):
            return await self._exchange.give(answer)
        if self._play.lies("application_twice"):
            again = await self._honest.apply(message, kiosk=kiosk)
            self._play.reach("refused" if isinstance(again, Refused) else "ANSWERED_TWICE")
        if self._play.lies("second_answer"):
            return await self._honest.apply(message, kiosk=kiosk)
        return answer

    async def fetch(self, path: str) -> bytes:
        """Menus at one yen, in the ward's name."""
        raw = await self._honest.fetch(path)
        if path.startswith("/v1/menus/") and self._play.lies("forged_menu"):
            return forged(raw, _cheaper, own=self._own)
        if path.startswith("/v1/menus/") and self._play.lies("altered_menu"):
            return altered(raw, _cheaper)
        if path == "/v1/trust-list" and self._play.lies("altered_trust_list"):
            return raw[:-1] + bytes([raw[-1] ^ 1])
        return raw

    def _forged_refusal(self, message: SealedMessage) -> Refused:
        """In the center's name, for this very transaction, with an invitation to our own office."""
        said = Wording(ja="偽の窓口へお越しください。", en="Come to our office.")
        body = Refusal(
            answers=bytes(32), transaction=message.transaction, reason="ask_your_ward", text=said, contact=said, at=1
        )
        return Refused(refusal=self._own.sign(REFUSAL, body))


def _cheaper(menu: dict[str, Any]) -> None:
    for kind in menu["kinds"]:
        kind["fee_yen"] = 1


def _other_key(opened: dict[str, Any]) -> None:
    opened["sealing_key"] = bytes(1216)

"""A center that lies: swapped papers through `make_protect`, made-up questions to the ward around `ask_ward`."""

from __future__ import annotations

from typing import Any

import msgspec

from madoguchi.cardproof.proof import ProvenApplication
from madoguchi.center import applying, command
from madoguchi.center.parts import Parts
from madoguchi.center.protecting import Protect, Protected
from madoguchi.center.serve import serve_center
from madoguchi.wire.transaction import CardProof, Delivered
from tests.chain.liars.forging import altered
from tests.chain.liars.play import Play
from tests.chain.liars.swapping import Exchange


def put_lies(play: Play) -> None:
    """Replace what `./madoguchi center serve` starts, and what it asks the ward."""

    async def serve(config: Any, **named: Any) -> None:
        await serve_center(config, make_protect=lambda honest: LyingProtect(honest, play=play), **named)

    vars(command)["serve_center"] = serve
    vars(applying)["ask_ward"] = LyingQuestion(vars(applying)["ask_ward"], play=play)  # around a stop, if there is one


_SWAPPED = {
    "swapped_pdfs": ("pdf",),
    "swapped_pdfs_and_issuances": ("pdf", "issuance"),
    "swapped_backs": ("marks",),
}
"""Which parts of two answers change places."""


class LyingProtect:
    """Around the honest step; without an order it is the honest one."""

    def __init__(self, honest: Protect, *, play: Play) -> None:
        self._honest = honest
        self._play = play
        self._exchange: Exchange[Delivered] = Exchange()
        self._before: Delivered | None = None

    async def __call__(self, certificate: Protected) -> Delivered:
        """One certificate on its way."""
        mine = await self._honest(certificate)
        before, self._before = self._before, mine
        for lie, fields in _SWAPPED.items():
            if self._play.lies(lie):
                other = await self._exchange.give(mine)
                return msgspec.structs.replace(mine, **{name: getattr(other, name) for name in fields})
        if before is not None and self._play.lies("person_before"):
            return msgspec.structs.replace(before, delivery=mine.delivery)
        if self._play.lies("altered_front"):
            return msgspec.structs.replace(mine, pdf=mine.pdf + b"\n")
        if self._play.lies("altered_statement"):
            return msgspec.structs.replace(mine, issuance=altered(mine.issuance, _other_number))
        return mine


class LyingQuestion:
    """Around `ask_ward`: asks for a person whose card did not sign this."""

    def __init__(self, honest: Any, *, play: Play) -> None:
        self._honest = honest
        self._play = play
        self._before: CardProof | None = None

    async def __call__(self, parts: Parts, proof: CardProof, proven: ProvenApplication) -> Any:
        """One question."""
        before, self._before = self._before, proof
        if self._play.lies("made_up_proof"):
            proof = msgspec.structs.replace(proof, application=altered(proof.application, _other_signature))
        elif before is not None and self._play.lies("proof_of_the_visit_before"):
            proof = before
        elif before is not None and self._play.lies("ocsp_of_another_card"):
            proof = msgspec.structs.replace(proof, ocsp=before.ocsp)
        elif before is not None and self._play.lies("opened_of_the_visit_before"):
            proof = msgspec.structs.replace(proof, opened=before.opened)
        return await self._honest(parts, proof, proven)


def _other_number(issuance: dict[str, Any]) -> None:
    issuance["certificate_number"] = "0"


def _other_signature(application: dict[str, Any]) -> None:
    signature = application["card_signature"]
    application["card_signature"] = signature[:-1] + bytes([signature[-1] ^ 1])

"""This operator's kiosks: known by the TLS certificate of the connection, and bound to one kiosk id each."""

from __future__ import annotations

from madoguchi.ec.config import EcConfig
from madoguchi.ec.problems import OTHER_KIOSK, OTHER_OPERATOR
from madoguchi.errors import MadoguchiError
from madoguchi.runtime.clock import Clock
from madoguchi.runtime.config import Peer
from madoguchi.statement import EnrolledKiosk, verify_enrolment
from madoguchi.trust.file import TrustFile


class Kiosks:
    """Who may speak through this EC center, and as which kiosk."""

    def __init__(self, config: EcConfig, *, trust: TrustFile, clock: Clock) -> None:
        self._operator = config.operator
        self._ids = {name: bytes.fromhex(kiosk) for name, kiosk in config.kiosks.items()}
        self._trust = trust
        self._clock = clock

    def bound(self, kiosk: Peer) -> bytes:
        """The id of the kiosk that holds this TLS certificate. Raises `ec.other_kiosk`, `ec.other_operator`."""
        if kiosk.code not in {None, self._operator}:
            raise OTHER_OPERATOR.error("the peer entry names another operator")
        if kiosk.name not in self._ids:
            raise OTHER_KIOSK.error("no kiosk id is bound to this certificate")
        return self._ids[kiosk.name]

    def enrolled(self, enrolment: bytes, *, kiosk: Peer) -> EnrolledKiosk:
        """The verified enrolment of the kiosk that is calling. Raises `ec.other_*`, `trust.*`."""
        bound = self.bound(kiosk)
        try:
            found = verify_enrolment(
                enrolment, keys=self._trust.current(), operator=self._operator, at=self._clock.now()
            )
        except MadoguchiError as failure:
            if failure.code.startswith("trust."):
                raise
            raise OTHER_OPERATOR.error(failure.code) from failure
        if found.enrolment.body.kiosk != bound:
            raise OTHER_KIOSK.error("the enrolment is another kiosk's")
        return found

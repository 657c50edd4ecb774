"""Who there is besides the kiosk, each with real keys, and the trust list that says what each may sign."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from madoguchi.cardproof import PinnedCas
from madoguchi.runtime.clock import FrozenClock, epoch
from madoguchi.seal import SealingKey
from madoguchi.statement import FileKey, Role, Signer
from madoguchi.statement.kinds import ENROLMENT
from madoguchi.trust import CardAuthority, TrustedKey, TrustList, make_trust_list, make_ward_rows
from madoguchi.wire.identifiers import CENTER_CODE, Environment
from madoguchi.wire.transaction import Enrolment
from tests.jpki.authorities import NOW, authority

WARD, OPERATOR = "139998", "asahi-mart"
KIOSK = bytes(range(16))
ENVIRONMENT = Environment.DEMO


@dataclass(kw_only=True)
class Parties:
    """A ward, a center, an operator and the kiosk's own key."""

    clock: FrozenClock = field(default_factory=lambda: FrozenClock(NOW))

    def __post_init__(self) -> None:
        self.root, self.office, self.enroller, self.kiosk_key = (FileKey.generate() for _ in range(4))
        self.ward = self._signer("issuer", WARD, "issuer-1")
        self.center = self._signer("center", CENTER_CODE, "center-1")
        self.operator = Signer(
            key=self.enroller, party="operator", code=OPERATOR, name="enrolment", environment=ENVIRONMENT
        )
        self.ec = self._signer("ec", OPERATOR, "ec-1")
        self.sealing_key = SealingKey.generate()
        self.number = 3
        self.enrolment = self.operator.sign(
            ENROLMENT,
            Enrolment(
                kiosk=KIOSK,
                operator=OPERATOR,
                public_key=self.kiosk_key.public_bytes(),
                not_before=epoch(NOW) - 300,
                not_after=epoch(NOW) + 10**7,
            ),
        )

    @staticmethod
    def _signer(party: str, code: str, name: str) -> Signer:
        return Signer(key=FileKey.generate(), party=party, code=code, name=name, environment=ENVIRONMENT)

    def kiosk_signer(self) -> Signer:
        return Signer(key=self.kiosk_key, party="kiosk", code=KIOSK.hex(), name=OPERATOR, environment=ENVIRONMENT)

    # -- trust

    def raw_trust_list(self, **changes: Any) -> bytes:
        ward_roles = (Role.MENU, Role.ISSUE, Role.REFUSE)
        center_roles = (Role.OPEN, Role.FORWARD, Role.DELIVER, Role.REFUSE, Role.ACKNOWLEDGE)
        office_row = _row(Signer(key=self.office, party="ward", code=WARD, name="office", environment=ENVIRONMENT))
        part = make_ward_rows(
            office_key=self.office,
            ward=WARD,
            environment=ENVIRONMENT,
            rows=tuple(_row(self.ward, role) for role in ward_roles),
        )
        values: dict[str, Any] = {
            "root_key": self.root,
            "environment": ENVIRONMENT,
            "number": self.number,
            "at": self.clock.now(),
            "rows": (
                office_row,
                _row(self.operator, Role.ENROL),
                _row(self.ec, Role.RELAY),
                *[_row(self.center, role) for role in center_roles],
            ),
            "wards": (part,),
            "card_authorities": tuple(
                CardAuthority(generation=name, certificate=generation.certificate_der)
                for name, generation in sorted(authority().generations.items())
            ),
        }
        return make_trust_list(**(values | changes))

    def trust(self) -> TrustList:
        return TrustList.load(
            self.raw_trust_list(), root=self.root.public_bytes(), environment=ENVIRONMENT, at=self.clock.now()
        )

    def pinned(self) -> PinnedCas:
        raw = [generation.certificate_der for generation in authority().generations.values()]
        return PinnedCas.load(raw, environment=ENVIRONMENT)


def _row(signer: Signer, role: Role = Role.ENDORSE) -> TrustedKey:
    return TrustedKey(
        party=signer.party,
        code=signer.code,
        name=signer.name,
        role=role,
        public_key=signer.key.public_bytes(),
        not_before=epoch(NOW) - 300,
        not_after=epoch(NOW) + 10**7,
    )

"""Which processes a deployment consists of, and which roles each one's signing key has."""

from __future__ import annotations

from dataclasses import dataclass, field

from madoguchi.dummy.places import WARD_CODE, WARD_NAME, WARD_NAME_EN
from madoguchi.statement import Role
from madoguchi.wire.identifiers import CENTER_CODE, Environment

_ROLES: dict[str, tuple[Role, ...]] = {
    "tax": (Role.FEED,),
    "jukinet": (Role.SERIALS,),
    "issuer": (Role.MENU, Role.ISSUE, Role.REFUSE),
    "center": (Role.OPEN, Role.FORWARD, Role.DELIVER, Role.REFUSE, Role.ACKNOWLEDGE),
    "ec": (Role.RELAY,),
}
WARD_PARTIES = frozenset({"tax", "jukinet", "issuer"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ward:
    """The ward of this deployment."""

    code: str
    name_ja: str
    name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process: its party, its own name, and the ward or operator for which it speaks."""

    party: str
    name: str
    code: str

    @property
    def words(self) -> tuple[str, ...]:
        """What stands on its command line after the program's name: the intake is a process of the issuing server."""
        return ("issuer", "intake") if self.party == "intake" else (self.party, "serve")

    @property
    def roles(self) -> tuple[Role, ...]:
        """What its signing key may sign; empty for parties that sign nothing (a kiosk's key is enrolled instead)."""
        return _ROLES.get(self.party, ())


DUMMY_WARD = Ward(code=WARD_CODE, name_ja=WARD_NAME, name_en=WARD_NAME_EN)
"""A ward that does not exist (no municipality has this code)."""


def ward_of(code: str) -> Ward:
    """The dummy ward, or one known by its code alone: its names stand in its own configurations."""
    return DUMMY_WARD if code == DUMMY_WARD.code else Ward(code=code, name_ja=code, name_en=code)


DUMMY_OPERATORS = ("asahi-mart", "hoshi-store")
"""Store operators that do not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many of which. Two of every replicated party is the normal case (invariant 10)."""

    environment: Environment = Environment.DEMO
    ward: Ward = DUMMY_WARD
    operators: tuple[str, ...] = DUMMY_OPERATORS
    issuers: int = 2
    intakes: int = 1
    centers: int = 2
    kiosks: int = 2
    """In all; dealt out to the operators in turn."""
    processes: tuple[Process, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "processes", tuple(self._processes()))

    def of(self, party: str) -> tuple[Process, ...]:
        """The processes of one party."""
        return tuple(process for process in self.processes if process.party == party)

    def _processes(self) -> list[Process]:
        ward = self.ward.code
        made = [
            Process(party="jpki", name="jpki-1", code="jpki"),
            Process(party="jukinet", name="jukinet-1", code=ward),
            Process(party="tax", name="tax-1", code=ward),
        ]
        made += [Process(party="issuer", name=f"issuer-{n + 1}", code=ward) for n in range(self.issuers)]
        made += [Process(party="intake", name=f"intake-{n + 1}", code=ward) for n in range(self.intakes)]
        made += [Process(party="center", name=f"center-{n + 1}", code=CENTER_CODE) for n in range(self.centers)]
        made += [Process(party="ec", name=f"ec-{operator}", code=operator) for operator in self.operators]
        made += [
            Process(party="kiosk", name=f"kiosk-{n + 1}", code=self.operators[n % len(self.operators)])
            for n in range(self.kiosks)
        ]
        made += [
            Process(party="verify", name="verify-1", code=ward),
            Process(party="oversight", name="oversight-1", code=ward),
        ]
        return made

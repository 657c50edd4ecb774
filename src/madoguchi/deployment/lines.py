"""Which process calls which: the declared topology, from which every process's list of peers follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from madoguchi.deployment.plan import WARD_PARTIES, Plan, Process
from madoguchi.runtime.config import Listen, Peer

CALLS: tuple[tuple[str, str], ...] = (
    ("tax", "intake"),
    ("intake", "jukinet"),
    ("issuer", "jukinet"),
    ("center", "issuer"),
    ("center", "jpki"),
    ("ec", "center"),
    ("kiosk", "ec"),
    ("verify", "issuer"),
    ("oversight", "issuer"),
    ("oversight", "center"),
)
"""(caller, called). Whatever is not here is not connected."""
_OF_ONE_WARD = WARD_PARTIES | {"verify", "oversight"}
"""Between these a line stays inside its ward; a kiosk likewise calls its own operator's EC center only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where each process listens: its line, and its page in a browser where it has one."""

    lines: Mapping[str, int]
    """Process name to port."""
    pages: Mapping[str, int]
    host: str = "127.0.0.1"
    shared: bool = True
    """The ports are held by the one who starts the processes (`runtime.ports.reserve`)."""

    def listen(self, process: Process) -> Listen:
        """Where the process takes calls of other parties."""
        return Listen(host=self.host, port=self.lines[process.name], shared=self.shared)

    def page(self, process: Process) -> Listen | None:
        """Where its page is served, if it has one."""
        port = self.pages.get(process.name)
        return None if port is None else Listen(host=self.host, port=port, shared=self.shared)

    def url(self, process: Process) -> str:
        """How other parties call it."""
        return f"https://{self.host}:{self.lines[process.name]}"

    def page_url(self, process: Process) -> str:
        """What a person opens in a browser."""
        return f"http://{self.host}:{self.pages[process.name]}/"


def peers_of(
    process: Process, plan: Plan, *, addresses: Addresses, fingerprints: Mapping[str, str]
) -> tuple[Peer, ...]:
    """Everyone this process may call (with an address) or be called by (without)."""
    made = []
    for other in plan.processes:
        calls = is_line(process, other)
        if calls or is_line(other, process):
            made.append(
                Peer(
                    party=other.party,
                    name=other.name,
                    fingerprints=(fingerprints[other.name],),
                    url=addresses.url(other) if calls else None,
                    code=other.code,
                )
            )
    return tuple(made)


def is_line(caller: Process, called: Process) -> bool:
    """Whether the first calls the second: their parties are connected, and they serve the same operator or ward."""
    parties = (caller.party, called.party)
    if parties not in CALLS:
        return False
    return caller.code == called.code or not (parties == ("kiosk", "ec") or _OF_ONE_WARD.issuperset(parties))

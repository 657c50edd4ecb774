"""A town of players: tell a party to stand still or to lie, wait until it did, kill it, and go on."""

from __future__ import annotations

from dataclasses import dataclass

from tests.chain.liars.play import Play
from tests.chain.town import Town, eventually


@dataclass(frozen=True, slots=True)
class Stage:
    """Every process that can be told something."""

    town: Town

    def play(self, name: str) -> Play:
        """What one process is told."""
        return Play(self.town.home(name))

    def tell(self, party: str, **order: str) -> None:
        """Tell every replica of a party."""
        for name in self.town.names(party):
            self.play(name).tell(**order)

    def done(self, party: str) -> None:
        """Take the order back."""
        for name in self.town.names(party):
            self.play(name).done()

    def all_honest(self) -> None:
        """Take all orders back."""
        for process in self.town.running.site.plan.processes:
            self.play(process.name).done()

    def reached(self, party: str) -> list[str]:
        """Names of the replicas at which it came to pass."""
        return [name for name in self.town.names(party) if self.play(name).reached()]

    async def until_reached(self, party: str, *, times: int = 1) -> str:
        """Wait for it; the first replica at which it came to pass."""
        await eventually(lambda: sum(len(self.play(name).reached()) for name in self.town.names(party)) >= times)
        return self.reached(party)[0]

    def clear_alarm(self) -> None:
        """After a test that failed in the middle the ward may still stand still; the next test is another one."""
        with self.town.database("issuer") as database:
            row = database.execute("SELECT engaged FROM switches WHERE name = 'alarm'").fetchone()
        if row is not None and row["engaged"]:
            self.town.command("issuer-1", "clear-alarm", "--by", "A", "--with", "B", "--reason", "a test")

"""Our own composer, behind the same protocol."""

from __future__ import annotations

from datetime import datetime

from madoguchi.certificate.compose import Composer
from madoguchi.certificate.facts import Facts, SheetFacts


class OwnEngine:
    """`madoguchi.certificate.compose`."""

    name = "Madoguchi"
    note = ""

    def __init__(self, composer: Composer) -> None:
        self._composer = composer

    def prepare(self) -> None:
        """Nothing: a composer is prepared when it is made."""

    def compose(self, facts: Facts, sheets: tuple[SheetFacts, ...], *, issued_at: datetime) -> bytes:
        """One PDF/A-2b with these sheets."""
        return self._composer.compose(facts, sheets, issued_at=issued_at)

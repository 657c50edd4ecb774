"""A kiosk that repeats a card's signature, and a printer that does not let go."""

from __future__ import annotations

from typing import Any

from madoguchi.kiosk.applying import Applicant
from madoguchi.kiosk.devices.kinds import PrinterState
from madoguchi.kiosk.devices.printer import TrayPrinter
from madoguchi.kiosk.memory import AppliedCard, TransactionMemory
from tests.chain.liars.play import Play


def put_lies(play: Play) -> None:
    """Put them around the kiosk's own functions."""
    _repeat_signatures(play)
    _hold_jobs(play)


def _repeat_signatures(play: Play) -> None:
    honest = Applicant.make_application
    before: list[AppliedCard] = []

    def make_application(self: Applicant, memory: TransactionMemory) -> Any:
        if memory.applied is not None:
            mine = memory.applied
            if before and play.lies("card_signature_of_the_visit_before"):
                memory.applied = before[-1]
            before.append(mine)
        return honest(self, memory)

    setattr(Applicant, "make_application", make_application)  # noqa: B010 - a method of a frozen class


def _hold_jobs(play: Play) -> None:
    honest = TrayPrinter.look

    async def look(self: TrayPrinter) -> PrinterState:
        state = await honest(self)
        if play.lies("printer_holds_a_job"):
            return PrinterState(jobs=1, idle=False, sheets=state.sheets)
        return state

    setattr(TrayPrinter, "look", look)  # noqa: B010 - a method of a class

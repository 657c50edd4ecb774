"""Which kiosk prints on which model of printer, and with which screens its copy warning is made.

The center is told by configuration: a store operator has one model in all its stores, and a kiosk that has another is
named. Who is not named gets the default; a paper without the best setting is still a paper.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

from msgspec import Meta

from madoguchi.paper.copywarning import CopyWarning
from madoguchi.paper.screens import Screen
from madoguchi.runtime.config import Section
from madoguchi.wire.identifiers import OperatorCode

DotSide = Annotated[int, Meta(ge=1, le=6)]
Percent = Annotated[float, Meta(ge=5, le=20)]
KioskName = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
_DEFAULT = CopyWarning()


class PrinterSection(Section, frozen=True, kw_only=True):
    """One model of printer. Dots are those of 600 dpi, as width and height; `paper calibrate` finds the percentages."""

    operators: tuple[OperatorCode, ...] = ()
    """Store operators whose kiosks have this model."""
    kiosks: tuple[KioskName, ...] = ()
    """Kiosk ids in hex that have this model whatever their operator's is."""
    word_dots: tuple[DotSide, DotSide] = (_DEFAULT.word.width, _DEFAULT.word.height)
    word_percent: Percent = _DEFAULT.word.percent
    background_dots: tuple[DotSide, DotSide] = (_DEFAULT.background.width, _DEFAULT.background.height)
    background_percent: Percent = _DEFAULT.background.percent

    @property
    def warning(self) -> CopyWarning:
        """The setting as the marks are made with it."""
        return CopyWarning(
            word=Screen(width=self.word_dots[0], height=self.word_dots[1], percent=self.word_percent),
            background=Screen(
                width=self.background_dots[0], height=self.background_dots[1], percent=self.background_percent
            ),
        )


class Printers:
    """The setting for a kiosk."""

    def __init__(self, models: Mapping[str, PrinterSection]) -> None:
        """ValueError when two models claim one operator or one kiosk."""
        self._of_operator = dict(_claims(models, "operators"))
        self._of_kiosk = dict(_claims(models, "kiosks"))
        for claimed, attribute in ((self._of_operator, "operators"), (self._of_kiosk, "kiosks")):
            if len(claimed) != sum(len(getattr(model, attribute)) for model in models.values()):
                msg = f"{attribute} of two models of printer"
                raise ValueError(msg)

    def warning(self, *, operator: str, kiosk: bytes) -> CopyWarning:
        """By the kiosk's 16 octets, else by its operator, else the default."""
        return self._of_kiosk.get(kiosk.hex()) or self._of_operator.get(operator) or _DEFAULT

    @property
    def every(self) -> frozenset[CopyWarning]:
        """All settings that may be asked for."""
        return frozenset({_DEFAULT, *self._of_operator.values(), *self._of_kiosk.values()})


def _claims(models: Mapping[str, PrinterSection], attribute: str) -> Iterator[tuple[str, CopyWarning]]:
    return ((each, model.warning) for model in models.values() for each in getattr(model, attribute))

"""The engines behind one protocol. A peer whose library is not here is left out, and we say what it needs."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from madoguchi.bench.certificate.placing import Placer
from madoguchi.certificate.facts import Facts, SheetFacts


class Engine(Protocol):
    """Something that makes a certificate's PDF."""

    name: str
    note: str
    """What it cannot do, as far as nobody has to measure it."""

    def prepare(self) -> None:
        """Whatever is done once per process: fonts, templates, a first page."""
        ...

    def compose(self, facts: Facts, sheets: tuple[SheetFacts, ...], *, issued_at: datetime) -> bytes:
        """One PDF with these sheets."""
        ...


@dataclass(frozen=True, slots=True)
class Absent:
    """A peer that could not be loaded, and what it would need."""

    name: str
    need: str


@dataclass(frozen=True, slots=True)
class _Peer:
    module: str
    maker: str
    name: str
    need: str


_PEERS: Final = (
    _Peer("typst_engine", "TypstEngine", "Typst", "the package typst (requirements/bench.txt)"),
    _Peer("cairo_engine", "CairoEngine", "pycairo", "apt-get install gcc pkg-config libcairo2-dev python3-dev"),
    _Peer("reportlab_engine", "ReportLabEngine", "ReportLab", "the package reportlab (requirements/bench.txt)"),
    _Peer("weasyprint_engine", "WeasyPrintEngine", "WeasyPrint", "apt-get install libpangoft2-1.0-0"),
    _Peer("weasyprint_engine", "WeasyPrintArchival", "WeasyPrint PDF/A-2b", "apt-get install libpangoft2-1.0-0"),
)


def peers(placer: Placer) -> tuple[Sequence[Engine], Sequence[Absent]]:
    """Every peer that can be loaded here, prepared; and those that cannot."""
    found: list[Engine] = []
    absent: list[Absent] = []
    for peer in _PEERS:
        try:
            module = importlib.import_module(f"madoguchi.bench.certificate.engines.{peer.module}")
        except (ImportError, OSError):  # WeasyPrint: OSError where pango is missing
            absent.append(Absent(peer.name, peer.need))
            continue
        engine: Engine = getattr(module, peer.maker)(placer)
        engine.prepare()
        found.append(engine)
    return found, absent

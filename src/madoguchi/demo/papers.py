"""The paper that a resident carries home: out of the kiosk's tray, as a two-sided PDF and its pictures."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from madoguchi.demo.problems import NO_PAPER
from madoguchi.deployment.identities import ROOT_FILE, TRUST_LIST_FILE
from madoguchi.paper.picture import page_png

TRUST_DIRECTORY: Final = "trust"
PAPER_FILE, FRONT_FILE, BACK_FILE = "paper.pdf", "front.png", "back.png"
_PICTURE_DPI = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """Where a paper lies."""

    pdf: Path
    front: Path
    back: Path


def taken_papers(papers: Path) -> list[Path]:
    """Every two-sided PDF that somebody took out of a tray under `papers`, in no particular order."""
    return [path for path in papers.glob(f"*/taken/*/{PAPER_FILE}") if path.is_file()]


def carry_home(papers: Path, out: Path) -> Paper:
    """Copy the one paper that was taken to `out` and draw its two sides. Raises `demo.no_paper` unless there is one."""
    found = taken_papers(papers)
    if len(found) != 1:
        raise NO_PAPER.error(f"{len(found)} papers were taken")
    out.mkdir(parents=True, exist_ok=True)
    paper = Paper(pdf=out / PAPER_FILE, front=out / FRONT_FILE, back=out / BACK_FILE)
    shutil.copyfile(found[0], paper.pdf)
    document = paper.pdf.read_bytes()
    paper.front.write_bytes(page_png(document, page=1, dpi=_PICTURE_DPI))
    paper.back.write_bytes(page_png(document, page=2, dpi=_PICTURE_DPI))
    return paper


def carry_trust(identities: Path, out: Path) -> Path:
    """Copy what a receiver needs to check the paper: the signed trust list, good for 24 hours, and the root's key."""
    trust = out / TRUST_DIRECTORY
    trust.mkdir(parents=True, exist_ok=True)
    for name in (TRUST_LIST_FILE, ROOT_FILE):
        shutil.copyfile(identities / name, trust / name)
    return trust

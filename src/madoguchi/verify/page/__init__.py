"""The page for whoever receives a paper: what its printed code says, who signed it, and what was not checked."""

from madoguchi.verify.page.app import verify_page
from madoguchi.verify.page.contract import (
    CodeContent,
    Erased,
    Finding,
    Line,
    PaperStatus,
    SheetAnswer,
    Verdict,
    VerifyAnswer,
    VerifyService,
    Words,
)

__all__ = [
    "CodeContent",
    "Erased",
    "Finding",
    "Line",
    "PaperStatus",
    "SheetAnswer",
    "Verdict",
    "VerifyAnswer",
    "VerifyService",
    "Words",
    "verify_page",
]

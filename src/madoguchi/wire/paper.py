"""What a receiver may learn about a paper number, and nothing else."""

from __future__ import annotations

from typing import Literal

from madoguchi.wire.codec import Message
from madoguchi.wire.identifiers import PaperNumber


class PaperStatus(Message, frozen=True, kw_only=True, omit_defaults=True):
    """`unknown` covers both a number that never was and one that was never handed over: nobody can list papers."""

    paper_number: PaperNumber
    status: Literal["issued", "superseded", "revoked", "unknown"]
    later_certificate: bool = False
    """Only with `superseded`: a later paper says it rightly, whose number nobody learns here.

    Left out while it is false: a page of the version before understands every answer but that one.
    """

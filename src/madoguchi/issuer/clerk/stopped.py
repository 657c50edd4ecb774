"""How the clerk says no."""

from __future__ import annotations

from collections.abc import Sequence

from madoguchi.errors import MadoguchiError
from madoguchi.issuer.clerk.compare import Finding, Gravity
from madoguchi.issuer.problems import CLERK_STOPPED, MOVED


class ClerkStopped(MadoguchiError):  # noqa: N818  it is a decision, not a fault of the program
    """The paper is not what the record says. `findings` name sheets and boxes, never values."""

    def __init__(self, findings: Sequence[Finding], *, whose: bytes) -> None:
        shown = "; ".join(finding.where for finding in findings[:4])
        super().__init__(CLERK_STOPPED, cause=f"{len(findings)} findings: {shown}")
        self.findings = tuple(findings)
        self.whose = whose
        """The keyed name of the person whose record it is."""

    @property
    def another_person(self) -> bool:
        """Whether any finding may be another person's data or page."""
        return any(finding.gravity is Gravity.PERSON for finding in self.findings)


class RecordMoved(MadoguchiError):  # noqa: N818  not a fault either
    """The record was amended between composing and reading: compose again."""

    def __init__(self) -> None:
        super().__init__(MOVED, cause="between composing and reading")

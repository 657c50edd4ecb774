"""Everything about the person: one neutral sentence outside, in equal time. The dummy ward's cast has one of each."""

from __future__ import annotations

from typing import Final

from madoguchi.demo.cases.case import Case
from madoguchi.demo.cases.stage import Stage


async def _correction_begins(stage: Stage) -> None:
    await stage.tax_stop("high_income", "correction", stopped=True)


async def _correction_ends(stage: Stage) -> None:
    await stage.tax_stop("high_income", "correction", stopped=False)


async def _suspend(stage: Stage) -> None:
    await stage.suspend_record("disabled")


async def _resume(stage: Stage) -> None:
    await stage.resume_record("disabled")


PERSON_CASES: Final = (
    Case(code="issuer.suppressed", who="suppressed", how="a resident under 支援措置 (発行抑止 in the tax data)"),
    Case(
        code="issuer.not_registered",
        who="not_registered",
        how="a 住登外者: in the tax data, never in the register of the ward",
    ),
    Case(code="issuer.removed", who="moved_out", how="a resident who has filed a 転出届; the card still works"),
    Case(
        code="issuer.stopped_for_correction",
        who="high_income",
        how="the tax system sends a stop notice of correction while the resident holds the card",
        meanwhile=_correction_begins,
        after=_correction_ends,
    ),
    Case(
        code="issuer.record_suspended",
        who="disabled",
        how="the ward suspends this one record while the resident holds the card",
        meanwhile=_suspend,
        after=_resume,
    ),
    Case(code="issuer.under_age", who="under_15", how="a card of a child of ten"),
    Case(
        code="issuer.property_levy",
        who="property_only",
        how="somebody who moved in after January 1 and is levied for an office alone (家屋敷課税)",
    ),
    Case(code="issuer.no_levy", who="not_levied_here", how="a year for which another municipality levies"),
    Case(code="issuer.undeclared", who="undeclared", how="a year without any declaration (未申告)"),
    Case(code="issuer.under_correction", who="under_correction", how="a year whose record says 更正中"),
    Case(
        code="issuer.exempt_year",
        who="non_taxable",
        kind="payment",
        how="a payment certificate of a year that is 非課税 by assessment",
    ),
    Case(
        code="issuer.unpaid",
        who="overdue",
        kind="payment",
        how="a payment certificate with an overdue balance, where the ward's setting refuses it",
    ),
    Case(
        code="issuer.undrawable",
        who="foreign_selector",
        how="a name with a variation selector that the ward's font does not know",
    ),
    Case(
        code="issuer.inconsistent",
        who="instalments_missing",
        kind="payment",
        how="a taxed year whose instalments are missing from the export",
    ),
)

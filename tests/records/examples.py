"""Rows that are right, to be made wrong one cell at a time."""

from __future__ import annotations

from datetime import date

from madoguchi.records import (
    CaGeneration,
    CardSerial,
    Collection,
    Instalment,
    Medium,
    RecordSet,
    Resident,
    SerialStatus,
    Sex,
    TaxRecord,
    TaxStatus,
)

RESIDENT = Resident(
    addressee_number="0000000017",
    name="𠮷田 葛󠄂",
    name_kana="ヨシダ カズラ",
    alias="",
    birth_date=date(1980, 2, 29),
    sex=Sex.FEMALE,
    address='窓口区架空町一丁目2番3号 "コーポ, 架空" 101号',
    foreign=False,
    household_number="0000000001",
    suppression=False,
    removal=None,
    removal_date=None,
)

TAX = TaxRecord(
    addressee_number=RESIDENT.addressee_number,
    fiscal_year=2026,
    levied_here=True,
    status=TaxStatus.DECLARED,
    address_on_assessment_date="窓口区架空町一丁目2番3号",
    employment_revenue=4_000_000,
    employment_income=2_760_000,
    income_adjustment=0,
    pension_revenue=None,
    pension_income=None,
    total_income=2_760_000,
    gross_income=2_760_000,
    deduction_social_insurance=600_000,
    deduction_disability=None,
    deduction_widow=None,
    deduction_spouse=None,
    deduction_spouse_special=None,
    deduction_dependants=None,
    deduction_specific_relatives=None,
    deduction_basic=430_000,
    deduction_total=1_030_000,
    tax_base=1_730_000,
    adjustment_credit=2_500,
    fixed_sum_reduction=None,
    income_levy_ward=102_300,
    income_levy_metropolitan=68_200,
    per_capita_ward=3_000,
    per_capita_metropolitan=1_000,
    forest_tax=1_000,
    remission=None,
    annual_tax=175_500,
    spouse=None,
    dependants_specific=0,
    dependants_elderly=0,
    dependants_elderly_cohabiting=0,
    dependants_general=0,
    dependants_under_16=0,
    specific_relatives=0,
    disabled_ordinary=0,
    disabled_special=0,
    disabled_special_cohabiting=0,
    own_disability=None,
    own_widowhood=None,
    own_minor=False,
    remarks="",
)

INSTALMENT = Instalment(
    addressee_number=RESIDENT.addressee_number,
    fiscal_year=2026,
    collection=Collection.ORDINARY,
    instalment=1,
    due_date=date(2026, 6, 30),
    amount_due=175_500,
    amount_paid=100_000,
    paid_on=date(2026, 6, 2),
)

SERIAL = CardSerial(
    addressee_number=RESIDENT.addressee_number,
    ca_generation=CaGeneration.G2,
    serial="5A00FF",
    medium=Medium.CARD,
    status=SerialStatus.VALID,
    valid_from=date(2024, 4, 1),
    valid_until=date(2029, 2, 28),
)

EXAMPLE = RecordSet(residents=(RESIDENT,), taxes=(TAX,), instalments=(INSTALMENT,), serials=(SERIAL,))

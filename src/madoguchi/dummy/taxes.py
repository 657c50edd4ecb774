"""Tax records of a household, year by year, through the assessment rules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from msgspec.structs import asdict

from madoguchi.dummy.people import Household, Person, widowhood
from madoguchi.records import Removal, TaxRecord, TaxStatus, Widowhood
from madoguchi.tax.assessment import FISCAL_YEARS, Declaration, Relative, assess, year_rules
from madoguchi.tax.assessment.assess import Assessment

_SOCIAL_INSURANCE_PERCENT = 15
_OF_PENSION_PERCENT = 6
_LEAST_INSURANCE = 60_000
_ASKED_FROM_AGE = 16
_WITHOUT_FIGURES = (TaxStatus.UNDECLARED, TaxStatus.DEPENDANT_UNDECLARED, TaxStatus.PROPERTY_ONLY)
_NOTHING = dict.fromkeys(TaxRecord.__struct_fields__)
_NO_TAX = {"income_levy_ward": 0, "income_levy_metropolitan": 0, "per_capita_ward": 0, "per_capita_metropolitan": 0}


def tax_records(household: Household, fiscal_year: int) -> Iterator[tuple[Person, TaxRecord]]:
    """One record for everyone whom the ward's tax system knows in the year."""
    day, head = date(fiscal_year, 1, 1), household.head
    found: dict[Person, Assessment] = {}
    # The head comes last: whom the head may claim depends on what the others earn.
    for person in reversed(household.members):
        here = person.registered_on(day) or _levied_without_residence(person, fiscal_year)
        if not here or not _is_known(person, fiscal_year):
            continue
        status = _status(household, person, fiscal_year)
        if status in _WITHOUT_FIGURES or fiscal_year in person.not_levied:
            yield person, _bare(household, person, fiscal_year, status)
            continue
        if person is head:
            found[person] = _as_head(household, fiscal_year, found)
        else:
            found[person] = assess(_declaration(person, fiscal_year))
        yield person, _record(household, person, fiscal_year, status, found[person])


def _levied_without_residence(person: Person, fiscal_year: int) -> bool:
    """住登外課税 (地方税法第294条第3項), or 家屋敷課税 (同条第1項第2号)."""
    return person.removal is Removal.NOT_REGISTERED or person.status.get(fiscal_year) is TaxStatus.PROPERTY_ONLY


def _is_known(person: Person, fiscal_year: int) -> bool:
    return person.age_for(fiscal_year) >= _ASKED_FROM_AGE or _revenue(person, fiscal_year)


def _revenue(person: Person, fiscal_year: int) -> bool:
    place = fiscal_year - FISCAL_YEARS[0]
    return person.wages[place] is not None or person.pensions[place] is not None or person.other[place] is not None


def _record(household: Household, person: Person, fiscal_year: int, status: TaxStatus, found: Assessment) -> TaxRecord:
    remission = found.annual_tax if fiscal_year in person.remitted and found.annual_tax else None
    figures = asdict(found)
    figures["annual_tax"] -= remission or 0
    return TaxRecord(
        addressee_number=person.number,
        fiscal_year=fiscal_year,
        levied_here=True,
        status=status,
        address_on_assessment_date=address_on(household, person, date(fiscal_year, 1, 1)),
        remission=remission,
        remarks=person.remarks,
        **figures,
    )


def _status(household: Household, person: Person, fiscal_year: int) -> TaxStatus:
    """A dependant who has not declared needs a head who has, here, in the same year."""
    status = person.status.get(fiscal_year, TaxStatus.DECLARED)
    if status is not TaxStatus.DEPENDANT_UNDECLARED:
        return status
    head = household.head
    here = head.registered_on(date(fiscal_year, 1, 1)) and fiscal_year not in head.not_levied
    declared = head.status.get(fiscal_year, TaxStatus.DECLARED) is not TaxStatus.UNDECLARED
    return status if here and declared and person.claimed else TaxStatus.UNDECLARED


def address_on(household: Household, person: Person, day: date) -> str:
    """Where the person was registered on `day`."""
    return person.moved_to if person.moved_on is not None and person.moved_on <= day else household.address


def _bare(household: Household, person: Person, year: int, status: TaxStatus) -> TaxRecord:
    """A row without figures: undeclared, or levied elsewhere. A claimed dependant has tax 0, a house 均等割 alone."""
    levied_here = year not in person.not_levied and status is not TaxStatus.PROPERTY_ONLY
    figures: dict[str, Any] = dict(_NOTHING)
    if status is TaxStatus.DEPENDANT_UNDECLARED and levied_here:
        figures |= _NO_TAX | {"annual_tax": 0, "forest_tax": 0 if year_rules(year).forest_tax else None}
    if status is TaxStatus.PROPERTY_ONLY:
        due = year_rules(year).per_capita
        ward, metropolitan = due.ward, due.metropolitan
        figures |= {"per_capita_ward": ward, "per_capita_metropolitan": metropolitan, "annual_tax": ward + metropolitan}
    figures |= {
        "addressee_number": person.number,
        "fiscal_year": year,
        "levied_here": levied_here,
        "status": status,
        "address_on_assessment_date": address_on(household, person, date(year, 1, 1)) if levied_here else "",
        "own_student": False,
        "own_minor": False,
        "remarks": person.remarks,
    }
    return TaxRecord(**figures)


def _declaration(
    person: Person,
    fiscal_year: int,
    *,
    spouse: Relative | None = None,
    dependants: tuple[Relative, ...] = (),
    widow: Widowhood | None = None,
) -> Declaration:
    place = fiscal_year - FISCAL_YEARS[0]
    wage, pension = person.wages[place], person.pensions[place]
    other = person.other[place]
    earned = (wage or 0) + (max(0, other.business or 0) if other is not None else 0)
    insured = (earned * _SOCIAL_INSURANCE_PERCENT + (pension or 0) * _OF_PENSION_PERCENT) // 100
    return Declaration(
        fiscal_year=fiscal_year,
        birth_date=person.birth,
        sex=person.sex,
        employment_revenue=wage,
        pension_revenue=pension,
        other=other,
        social_insurance=insured if insured >= _LEAST_INSURANCE else None,
        spent=person.spent[place],
        creditable=person.creditable[place],
        spouse=spouse,
        dependants=dependants,
        disability=person.disability,
        widowhood=widow,
        student=person.student,
        public_assistance=person.public_assistance,
    )


def _as_head(household: Household, fiscal_year: int, found: dict[Person, Assessment]) -> Assessment:
    """The head's assessment, with everyone whom the head claims; `found` holds what the others earn."""
    head, spouse = household.head, household.spouse
    year_end = date(fiscal_year - 1, 12, 31)
    others = [each for each in household.members if each is not head and each.claimed and each.registered_on(year_end)]
    relatives = {each: _relative(household, each, found) for each in others}
    claimed_spouse = None if spouse is None else relatives.pop(spouse, None)
    widow = None
    if spouse is None and (head.widowed or others):
        income = assess(_declaration(head, fiscal_year)).total_income
        widow = widowhood(household, head, fiscal_year, income)
    dependants = tuple(relatives.values())
    return assess(_declaration(head, fiscal_year, spouse=claimed_spouse, dependants=dependants, widow=widow))


def _relative(household: Household, person: Person, found: dict[Person, Assessment]) -> Relative:
    return Relative(
        birth_date=person.birth,
        total_income=found[person].total_income if person in found else 0,
        disability=person.disability,
        ascendant=person in household.parents,
    )

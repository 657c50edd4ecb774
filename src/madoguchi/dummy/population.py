"""Households as a large city's ward has them: many live alone, some with children, some old, one in twenty foreign."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

from madoguchi.dummy import shares
from madoguchi.dummy.affairs import give_affairs
from madoguchi.dummy.careers import part_time, pensions, wages
from madoguchi.dummy.names import family_name, given_name, latin_name
from madoguchi.dummy.people import Household, Paying, Person
from madoguchi.dummy.places import address, address_elsewhere
from madoguchi.records import Disability, Removal, Sex, TaxStatus
from madoguchi.tax.assessment import FISCAL_YEARS

_SEXES = (Sex.FEMALE, Sex.MALE)
_Family = tuple[str, str]


def random_household(rng: Random, *, as_of: date) -> Household:
    """One household. The same generator state gives the same household on every machine."""
    made = _kind(rng)(rng, as_of)
    if rng.random() < shares.MOVED_IN_LATELY:
        _moved_in(rng, made, as_of)
    for person in made.members:
        if person.age_for(as_of.year) >= shares.AFFAIRS_FROM_AGE:
            give_affairs(rng, person)
        _ordinary_fate(rng, made, person, as_of)
    return made


def _kind(rng: Random) -> Callable[[Random, date], Household]:
    chance, below = rng.random(), 0.0
    for weight, kind in _KINDS:
        below += weight
        if chance < below:
            return kind
    return _single


def _born(rng: Random, as_of: date, youngest: int, oldest: int) -> date:
    return as_of - timedelta(days=rng.randrange(youngest * 365 + 1, oldest * 365))


def _japanese(rng: Random, family: _Family, sex: Sex, born: date) -> Person:
    given, kana = given_name(rng, sex, born.year)
    return Person(
        name=f"{family[0]}　{given}", kana=f"{family[1]}　{kana}", birth=born, sex=sex, since=_since(rng, born)
    )


def _since(rng: Random, born: date) -> date:
    return max(born, date(1985, 4, 1) + timedelta(days=rng.randrange(10_000)))


def _working(rng: Random, person: Person) -> Person:
    person.wages = wages(rng, person.birth)
    person.pensions = pensions(rng, person.birth)
    person.paid_from_wages = rng.random() < shares.FROM_WAGES
    person.paying = Paying.AT_ONCE if rng.random() < shares.AT_ONCE else Paying.ON_TIME
    return person


def _single(rng: Random, as_of: date) -> Household:
    sex = rng.choice(_SEXES)
    return Household(
        address=address(rng), head=_working(rng, _japanese(rng, family_name(rng), sex, _born(rng, as_of, 19, 64)))
    )


def _elderly_single(rng: Random, as_of: date) -> Household:
    person = _working(rng, _japanese(rng, family_name(rng), rng.choice(_SEXES), _born(rng, as_of, 65, 98)))
    person.widowed = rng.random() < shares.WIDOWED
    return Household(address=address(rng), head=person)


def _couple(rng: Random, as_of: date, youngest: int = 25, oldest: int = 85) -> Household:
    family = family_name(rng)
    head = _working(rng, _japanese(rng, family, Sex.MALE, _born(rng, as_of, youngest, oldest)))
    spouse = _japanese(rng, family, Sex.FEMALE, head.birth + timedelta(days=rng.randrange(-1_000, 3_000)))
    if spouse.birth.year > as_of.year - 20:
        spouse.birth = head.birth
    work = rng.random()
    if work < shares.SPOUSE_WORKS:
        _working(rng, spouse)
    elif work < shares.SPOUSE_WORKS_OR_PART_TIME:
        spouse.wages = part_time(rng, spouse.birth, first_age=20, last_age=65)
        spouse.pensions = pensions(rng, spouse.birth)
    else:
        spouse.pensions = pensions(rng, spouse.birth)
    return Household(address=address(rng), head=head, spouse=spouse)


def _family(rng: Random, as_of: date) -> Household:
    made = _couple(rng, as_of, 28, 58)
    _add_children(rng, made, as_of, rng.choice((1, 1, 2, 2, 2, 3)))
    return made


def _single_parent(rng: Random, as_of: date) -> Household:
    sex = Sex.FEMALE if rng.random() < shares.MOTHER_ALONE else Sex.MALE
    head = _working(rng, _japanese(rng, family_name(rng), sex, _born(rng, as_of, 25, 55)))
    made = Household(address=address(rng), head=head)
    _add_children(rng, made, as_of, rng.choice((1, 1, 2)))
    return made


def _three_generations(rng: Random, as_of: date) -> Household:
    made = _family(rng, as_of)
    sex = rng.choice(_SEXES)
    family = (made.head.name.split("　")[0], made.head.kana.split("　")[0])
    parent = _japanese(rng, family, sex, made.head.birth - timedelta(days=rng.randrange(8_000, 12_000)))
    parent.pensions = pensions(rng, parent.birth)
    made.parents.append(parent)
    return made


def _add_children(rng: Random, made: Household, as_of: date, count: int) -> None:
    family = (made.head.name.split("　")[0], made.head.kana.split("　")[0])
    for _ in range(count):
        born = made.head.birth + timedelta(days=rng.randrange(7_500, 14_000))
        if born < as_of - timedelta(days=20):
            child = _japanese(rng, family, rng.choice(_SEXES), born)
            child.since = max(born, made.head.since)
            if rng.random() < shares.STUDENT_WORKS:
                child.wages, child.student = part_time(rng, born), True
            made.children.append(child)


def _foreign(rng: Random, as_of: date) -> Household:
    sex, born = rng.choice(_SEXES), _born(rng, as_of, 19, 60)
    person = Person(name=latin_name(rng), kana="", birth=born, sex=sex, foreign=True)
    person.since = max(born, as_of - timedelta(days=rng.randrange(60, 3_500)))
    if rng.random() < shares.ALIAS:
        family, given = family_name(rng), given_name(rng, sex, born.year)
        person.alias = f"{family[0]}　{given[0]}"
    return Household(address=address(rng), head=_working(rng, person))


_KINDS: tuple[tuple[float, Callable[[Random, date], Household]], ...] = (
    (0.34, _single),
    (0.14, _elderly_single),
    (0.18, _couple),
    (0.17, _family),
    (0.04, _single_parent),
    (0.03, _three_generations),
    (0.10, _foreign),
)
"""Shares of households; what is missing to 1 lives alone."""


def _moved_in(rng: Random, made: Household, as_of: date) -> None:
    since = as_of - timedelta(days=rng.randrange(10, 2_800))
    for person in made.members:
        person.since = max(since, person.birth)


def _ordinary_fate(rng: Random, household: Household, person: Person, as_of: date) -> None:
    """What happens to one person in a thousand, or in fifty."""
    if rng.random() < shares.DISABLED:
        person.disability = Disability.ORDINARY if rng.random() < shares.DISABLED_ORDINARY else Disability.SPECIAL
    if rng.random() < shares.SUPPRESSED:
        person.suppression = True
    fate = rng.random()
    if fate < shares.REMOVED:
        _leave(rng, person, as_of)
    elif fate < shares.REMOVED_OR_MOVED_WITHIN:
        person.moved_on = max(as_of - timedelta(days=rng.randrange(1, 2_000)), person.birth)
        person.moved_to = address(rng)
    if rng.random() < shares.IRREGULAR_PAYMENT:
        person.paying = rng.choice((Paying.OVERDUE, Paying.PARTLY, Paying.TOO_MUCH))
    _undeclared_years(rng, household, person)


def _leave(rng: Random, person: Person, as_of: date) -> None:
    person.removal_date = max(as_of - timedelta(days=rng.randrange(1, 900)), person.birth)
    old = person.birth.year < as_of.year - 70
    person.removal = Removal.DIED if old else rng.choice((Removal.MOVED_OUT, Removal.MOVED_OUT, Removal.DELETED))
    if person.removal is Removal.MOVED_OUT:
        person.moved_on, person.moved_to = person.removal_date, address_elsewhere(rng)


def _undeclared_years(rng: Random, household: Household, person: Person) -> None:
    """People without revenue need not declare when someone claims them; others should and often do not."""
    claimed = person is not household.head
    forgets = rng.random()
    for place, year in enumerate(FISCAL_YEARS):
        if person.wages[place] is None and person.pensions[place] is None and person.other[place] is None:
            if claimed and forgets < shares.DEPENDANT_NOT_DECLARED:
                person.status[year] = TaxStatus.DEPENDANT_UNDECLARED
            elif forgets < shares.NOT_DECLARED:
                person.status[year] = TaxStatus.UNDECLARED
    if rng.random() < shares.UNDER_CORRECTION:
        person.status[FISCAL_YEARS[-1]] = TaxStatus.UNDER_CORRECTION

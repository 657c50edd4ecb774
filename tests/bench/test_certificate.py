"""The measurement measures what it says: on a small ward, with engines that any machine has."""

from __future__ import annotations

import importlib
import os
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from madoguchi.bench.certificate import alone, engines
from madoguchi.bench.certificate.checking import Looked, check_own, look_at
from madoguchi.bench.certificate.codes import Codes
from madoguchi.bench.certificate.engines.typst_engine import TypstEngine
from madoguchi.bench.certificate.measuring import IN_A_ROW, THROUGH, Measured, PeerTimes, measure
from madoguchi.bench.certificate.moment import one_core
from madoguchi.bench.certificate.own_way import Made, OwnWay
from madoguchi.bench.certificate.placing import Placer
from madoguchi.bench.certificate.report import Report
from madoguchi.bench.certificate.subjects import Subject, subjects, ward_records
from madoguchi.bench.certificate.ward import Ward
from madoguchi.certificate.compose import Composer
from madoguchi.certificate.facts import Facts, Heading, SheetFacts
from madoguchi.errors import MadoguchiError
from madoguchi.records import RecordSet

AT = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> RecordSet:
    return ward_records(tmp_path_factory.mktemp("ward"), residents=60, seed=3, as_of=date(2026, 11, 23))


@pytest.fixture(scope="module")
def composer() -> Composer:
    return Composer()


@pytest.fixture(scope="module")
def own(composer: Composer) -> OwnWay:
    return OwnWay(Ward(at=AT), composer, at=AT)


@pytest.fixture(scope="module")
def made(own: OwnWay, records: RecordSet) -> Made:
    made = own.next_made(subjects(records, seed=1), all_stages=True)
    assert made
    return made


def test_everybody_comes_once_before_anybody_comes_again(records: RecordSet) -> None:
    found = list(subjects(records, seed=5))
    people = [each.resident.addressee_number for each in found]
    assert len(set(people[: len(set(people))])) == len(set(people)) > 40
    sorts = {(each.kind, each.tax.fiscal_year) for each in found}
    assert sorts == {(kind, year) for kind in ("taxation", "payment") for year in range(2019, 2027)}
    assert len({id(each) for each in found}) == len({(each.kind, id(each.tax)) for each in found})
    assert found == list(subjects(records, seed=5))


def test_every_stage_has_its_time_and_composing_is_the_page_without_its_square(made: Made) -> None:
    assert made.milliseconds.keys() == {"facts", "page", "square", "front codes signed", "clerk", "issuance signed"}
    assert all(each > 0 for each in made.milliseconds.values())
    assert made.compose == made.milliseconds["facts"] + made.milliseconds["page"]


def test_names_that_no_font_draws_are_passed_over(own: OwnWay, records: RecordSet) -> None:
    right, other = list(subjects(records, seed=1))[:2]
    undrawable = replace(right, resident=msgspec.structs.replace(right.resident, name="山田😀"))
    queue = iter([undrawable, other])
    found = own.next_made(queue)
    assert found
    assert found.facts.certificate_number == other.certificate_number
    assert own.next_made(queue) is None


def test_the_clerk_of_the_measurement_is_the_real_one(own: OwnWay, records: RecordSet) -> None:
    """It stops a paper whose facts are not its record's."""

    class Wrong(Subject):
        def facts(self, heading: Heading) -> Facts:
            facts = super().facts(heading)
            return replace(facts, values={**facts.values, "name": "別　人"})

    subject = next(subjects(records, seed=1))
    wrong = Wrong(**{name: getattr(subject, name) for name in Subject.__slots__})
    with pytest.raises(MadoguchiError, match="clerk_stopped"):
        own.make(wrong, all_stages=True)


def test_a_wrong_page_voids_the_figures(made: Made) -> None:
    assert check_own([made, made]) == 2 * len(made.facts.values)
    values = {**made.facts.values, "certificate_number": "R8-0000000000"}
    with pytest.raises(MadoguchiError, match=r"bench\.wrong_page: .*certificate_number"):
        check_own([made, replace(made, facts=replace(made.facts, values=values))])
    with pytest.raises(MadoguchiError, match="remarks"):
        check_own([replace(made, facts=replace(made.facts, remarks=("別の備考",)))])


def test_a_peer_that_draws_the_same_page_is_seen_to(composer: Composer, made: Made) -> None:
    codes = Codes()
    codes.drawn = made.modules
    typst = TypstEngine(Placer(composer.fonts, codes=codes))
    typst.prepare()
    looked = look_at(typst, made, at=AT)
    assert (looked.found, looked.strong_pixels, looked.archival) == (looked.values, 0, True)


class Idle:
    """A peer that costs nothing and draws nothing."""

    name = "Idle"
    note = "draws nothing"

    def __init__(self) -> None:
        self.numbers: list[str] = []

    def prepare(self) -> None: ...

    def compose(self, facts: Facts, sheets: tuple[SheetFacts, ...], *, issued_at: datetime) -> bytes:
        self.numbers.append(facts.certificate_number)
        return b"%PDF"


def test_every_run_has_another_record_until_there_is_none(own: OwnWay, records: RecordSet) -> None:
    idle = Idle()
    some = list(subjects(records, seed=2))[:150]
    queue = iter(some)
    makeable = sum(1 for _ in iter(lambda: own.next_made(queue), None))
    assert makeable > 100
    measured = measure(own, [idle], Codes(), iter(some), seconds=60)
    assert len(measured.composed) == makeable
    assert len({*measured.composed}) == len(measured.composed)
    rounds, rest = divmod(makeable, IN_A_ROW)
    assert len(measured.stages["clerk"]) == THROUGH * rounds + min(THROUGH, rest)
    assert len(idle.numbers) == len(set(idle.numbers)) == rounds + bool(rest)
    assert measured.peers["Idle"].octets == [4] * len(idle.numbers)
    assert measured.seconds < 60


def test_the_core_is_given_back() -> None:
    before = os.sched_getaffinity(0)
    with one_core() as pinned:
        assert not pinned or len(os.sched_getaffinity(0)) == 1
    assert os.sched_getaffinity(0) == before


def test_a_peer_without_its_library_is_named_with_what_it_needs(
    composer: Composer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(name: str) -> Any:
        raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(importlib, "import_module", load)
    present, absent = engines.peers(Placer(composer.fonts))
    assert not present
    assert [each.name for each in absent] == ["Typst", "pycairo", "ReportLab", "WeasyPrint", "WeasyPrint PDF/A-2b"]
    assert "libpangoft2" in absent[3].need


def test_a_process_that_only_composes_gives_account(own: OwnWay, made: Made, tmp_path: Path) -> None:
    errand = alone.errand(made.subject, own.heading_of(made.subject), made.sheets, made.modules)
    start_up, account = alone.run([errand] * 3, work=tmp_path)
    assert len(account.milliseconds) == 3
    assert all(0 < each < 1000 for each in account.milliseconds)
    assert 0 < account.start_up_processor < 60
    assert 0 < start_up < 60
    assert 20 < account.peak_mib < 300


def test_the_report_says_what_was_measured() -> None:
    stages = ("facts", "page", "square", "front codes signed", "issuance signed", "clerk")
    measured = Measured(
        stages={name: [0.25, 0.25, 1.0] for name in stages},
        composed=[0.5, 0.5, 2.0],
        composed_wall=[0.5, 0.6, 9.0],
        seconds=9,
    )
    measured.octets = [60_000, 61_000, 70_000]
    measured.peers = {"Idle": PeerTimes(milliseconds=[20.0, 10.0, 30.0], wall=[21.0], octets=[90_000])}
    report = Report(
        measured=measured,
        peers=[Idle()],
        looked={"Idle": look_of()},
        absent=[engines.Absent("pycairo", "libcairo2-dev")],
        pinned=True,
        people=100,
        compared=1234,
        alone=alone.Account(
            ready_at=0.0, start_up_processor=1.0, milliseconds=(0.4, 0.4, 0.7), pinned=True, peak_mib=99.5
        ),
        start_up=[1.5, 1.25, 1.0],
    )
    figures = report.as_json()
    assert figures["certificates_per_second"] == 2500
    assert (figures["size_kb"], figures["size_kb_max"], figures["peak_memory_mb"]) == (61.0, 70.0, 99.5)
    assert figures["engines"]["Idle"] == {"ms_median": 20.0, "ms_median_wall": 21.0, "runs": 3}
    assert figures["start_up_seconds"] == {"cold": 1.5, "warm": 1.25, "processor": 1.0}
    assert figures["times_faster_than"] == {"Idle": 40.0}
    text = report.text()
    assert "| compose: the page as PDF/A-2b                | 0.250 | 1.000 |     0.500 |               2,000 |" in text
    assert "3 of 4" in text
    assert "pycairo is left out; it needs libcairo2-dev." in text


def look_of() -> Looked:
    return Looked(values=4, found=3, strong_pixels=7, archival=False)

"""The table of cases is complete: a rule without a case, or a code in no table, fails here."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from click.testing import CliRunner

import madoguchi
from madoguchi.demo.cases import CASES, Case
from madoguchi.demo.cases.case import CATALOGUES
from madoguchi.demo.cases.never import NEVER, OF_PARTIES
from madoguchi.demo.cases.page import PAGE, refusals_page
from madoguchi.demo.command import command
from madoguchi.errors import Problem, PublicReason, all_problems
from madoguchi.issuer.explaining import rule_lines
from madoguchi.issuer.rules import FOUND_BY_ASKING, FOUND_BY_COMPOSER, RULES


def _load_every_catalogue() -> None:
    """Problems are registered where they are defined, and no process loads all of them."""
    for found in pkgutil.walk_packages(madoguchi.__path__, "madoguchi."):
        if found.name.endswith("problems"):
            importlib.import_module(found.name)


def test_every_rule_of_the_ward_has_a_case() -> None:
    ruled = {rule.problem.code for rule in RULES}
    found = {each.code for each in (*FOUND_BY_ASKING, *FOUND_BY_COMPOSER.values())}
    assert {code for code in CASES if code.startswith("issuer.")} == ruled | found


def test_the_cases_of_the_ward_stand_in_the_order_of_its_rules() -> None:
    shown = list(dict.fromkeys(line.split()[1] for line in rule_lines()))[1:]
    assert shown == [code for code in CASES if code in set(shown)]


def test_every_code_on_the_way_of_an_application_is_provoked_or_argued() -> None:
    _load_every_catalogue()
    registered = {each for module in CATALOGUES for each in vars(module).values() if isinstance(each, Problem)}
    assert registered <= set(all_problems())
    codes = {each.code for each in all_problems() if each.code.partition(".")[0] in OF_PARTIES}
    cases = {code for code in CASES if code.partition(".")[0] in OF_PARTIES}
    assert not cases & set(NEVER)
    assert cases | set(NEVER) == codes


@pytest.mark.parametrize("case", CASES.values(), ids=lambda each: each.code)
def test_a_case_has_a_problem_and_a_line(case: Case) -> None:
    assert case.problem.code == case.code
    assert 10 < len(case.how) < 110
    assert "\n" not in case.how


def test_what_is_about_a_person_is_one_reason() -> None:
    from madoguchi.demo.cases.person_cases import PERSON_CASES

    assert {each.problem.public_reason for each in PERSON_CASES} == {PublicReason.ASK_YOUR_WARD}
    asked = {code for code, each in CASES.items() if each.problem.public_reason is PublicReason.ASK_YOUR_WARD}
    assert asked == {each.code for each in PERSON_CASES} | {"issuer.no_tax_data"}


def test_the_list_names_every_case() -> None:
    shown = CliRunner().invoke(command, ["--cases"])
    assert shown.exit_code == 0
    lines = shown.output.splitlines()
    assert [line.split()[0] for line in lines] == list(CASES)
    assert all(CASES[line.split()[0]].problem.public_reason in line for line in lines)


def test_a_case_that_does_not_exist_is_wrong_usage() -> None:
    assert CliRunner().invoke(command, ["--case", "issuer.nothing"]).exit_code == 2


def test_the_page_for_clerks_is_made_from_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == refusals_page(), "run ./madoguchi demo --write-refusals"

"""Everybody else: who may be played with besides the cast, and the cards that are made for them meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from msgspec.structs import replace

from madoguchi.card import Token, load_card, serial_text
from madoguchi.demo.cast import Holder, everybody_else
from madoguchi.demo.processes import Processes
from madoguchi.demo.site import RunningSite, save_other_cards
from madoguchi.deployment.configs import Site
from madoguchi.deployment.identities import Identities
from madoguchi.deployment.lines import Addresses
from madoguchi.records import Medium, RecordSet, SerialStatus
from tests.records.examples import RESIDENT, SERIAL
from tests.sites import PLAN, trust_of

CHOSEN, WITH_PHONE, PLAIN, RENEWED, REVOKED, WITHOUT, LAST = (f"{number:010d}" for number in range(1, 8))
NAMES = {
    CHOSEN: "見本 一郎",
    WITH_PHONE: "見本 二葉",
    PLAIN: "見本 三郎",
    RENEWED: "見本 四葉",
    REVOKED: "見本 五郎",
    WITHOUT: "見本 六花",
    LAST: "見本 七郎",
}
ROWS = (
    (CHOSEN, "A1", SerialStatus.VALID, Medium.CARD),
    (WITH_PHONE, "B1", SerialStatus.VALID, Medium.PHONE),
    (WITH_PHONE, "B2", SerialStatus.VALID, Medium.CARD),
    (PLAIN, "C1", SerialStatus.VALID, Medium.CARD),
    (RENEWED, "D1", SerialStatus.SUPERSEDED, Medium.CARD),
    (RENEWED, "D2", SerialStatus.VALID, Medium.CARD),
    (REVOKED, "E1", SerialStatus.REVOKED, Medium.CARD),
    (WITHOUT, "F1", SerialStatus.VALID, Medium.PHONE),
    (LAST, "AA1", SerialStatus.VALID, Medium.CARD),
)
RECORDS = RecordSet(
    residents=tuple(replace(RESIDENT, addressee_number=who, name=name) for who, name in NAMES.items()),
    taxes=(),
    instalments=(),
    serials=tuple(
        replace(SERIAL, addressee_number=who, serial=serial, status=status, medium=medium)
        for who, serial, status, medium in ROWS
    ),
)
CAST = (
    Holder(card="plain", addressee_number=CHOSEN, label=NAMES[CHOSEN]),
    Holder(card="iphone", addressee_number=WITH_PHONE, label=NAMES[WITH_PHONE], token=Token.IPHONE),
)
"""One has a card; the other has only the phone of the two that the registry knows."""
OTHERS = {"other-1": WITH_PHONE, "other-2": PLAIN, "other-3": RENEWED, "other-4": LAST}


def test_everybody_else_can_hold_a_valid_card_and_has_none_yet() -> None:
    others = everybody_else(RECORDS, CAST)
    assert {each.card: each.addressee_number for each in others} == OTHERS
    assert [each.label for each in others] == [NAMES[who] for who in OTHERS.values()]
    assert {(each.token, each.note) for each in others} == {(Token.PLASTIC, "")}


def test_nobody_is_left_out_when_nobody_has_a_card() -> None:
    assert [each.addressee_number for each in everybody_else(RECORDS, ())] == [CHOSEN, *OTHERS.values()]


def test_a_wards_own_records_do_not_fill_the_disk_with_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("madoguchi.demo.cast._OTHER_CARDS", 2)
    assert [each.card for each in everybody_else(RECORDS, CAST)] == ["other-1", "other-2"]


@pytest.fixture
def running(site_identities: Identities, tmp_path: Path) -> RunningSite:
    """A site of which no process runs: cards need only its authority and its folder."""
    (tmp_path / "cards").mkdir()
    site = Site(
        plan=PLAN,
        identities=site_identities,
        addresses=Addresses(lines={}, pages={}),
        databases={},
        fonts=(),
        papers=tmp_path / "papers",
        cards=tmp_path / "cards",
    )
    return RunningSite(
        site=site,
        processes=Processes(tmp_path),
        records=RECORDS,
        holders=CAST,
        trust=trust_of(site_identities),
        database_pid=0,
    )


def test_all_others_get_the_certificate_that_the_registry_calls_valid(running: RunningSite) -> None:
    save_other_cards(running, going_on=lambda: True)
    made = {path.stem: load_card(path).contents for path in running.site.cards.iterdir()}
    certificates = {name: x509.load_der_x509_certificate(card.certificate) for name, card in made.items()}
    assert {name: serial_text(each.serial_number) for name, each in certificates.items()} == {
        "other-1": "B2",
        "other-2": "C1",
        "other-3": "D2",
        "other-4": "AA1",
    }
    assert {card.token for card in made.values()} == {Token.PLASTIC}


def test_no_card_is_begun_once_the_demonstration_ends(running: RunningSite) -> None:
    """Whoever presses Ctrl-C waits for the card in hand, and for no other."""
    made = running.site.cards
    save_other_cards(running, going_on=lambda: len(list(made.iterdir())) < 2)
    assert sorted(path.stem for path in made.iterdir()) == ["other-1", "other-2"]

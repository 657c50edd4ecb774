"""A third kind of certificate by registration alone: through menu, issue and clerk. No other room lists the kinds."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from madoguchi.certificate import builders, fields, kinds
from madoguchi.certificate.builders import register_builder
from madoguchi.certificate.checking import check_layout
from madoguchi.certificate.compose import Composer
from madoguchi.certificate.facts import Facts, Heading
from madoguchi.certificate.fields import register_fields
from madoguchi.certificate.kinds import Kind, register_kind
from madoguchi.certificate.layout import all_layouts, choosing, register_layouts
from madoguchi.certificate.setting import Setter
from madoguchi.certificate.taxation import heading_values, only_of, person_name
from madoguchi.certificate.years import year_title
from madoguchi.errors import MadoguchiError, Text
from madoguchi.issuer.case import Situation
from madoguchi.issuer.clerk import expecting, words
from madoguchi.issuer.clerk.expected import Expected, WardSays, common_fields
from madoguchi.issuer.clerk.expecting import register_expectation
from madoguchi.issuer.clerk.record import ClerksRecord
from madoguchi.issuer.composing import Composed, MakesCertificates, Order
from madoguchi.issuer.config import OfferedKind, OfferedYear
from madoguchi.issuer.menu import menu_of
from madoguchi.issuer.reading_cases import read_house
from madoguchi.paper.frontcode import FrontCode
from madoguchi.records import Instalment, Resident, TaxRecord
from madoguchi.runtime.database import transaction
from madoguchi.verify.wording import amount_lines, kind_words
from madoguchi.wire.transaction import Issued
from tests.issuer.world import HANAKO, Replica, World, bent

SOURCE = Path(__file__).resolve().parents[2] / "src" / "madoguchi"
RESIDENCE = Kind(
    code="residence",
    name=Text("居住証明書", "Certificate of residence"),
    title=Text("居住証明書", "Certificate of Residence"),
    main_fields=("address",),
    main_labels=(Text("住所", "Address"),),
)
LAYOUT = """
id = "residence-2019/1"
kind = "residence"
first_year = 2019
last_year = 2099
title = "居住証明書"
use = ["frame.toml"]

[[page.table]]
x = 18
y = 42
columns = [40, 134]
row = 9
label_size = 9
size = 11
min_size = 7.5
lines = 2
aligns = ["left", "left"]
rows = [["氏名", "@name"], ["生年月日", "@birth_date"], ["住所", "@address"]]

[[page.box]]
name = "remarks"
x = 32
y = 230.9
w = 118
h = 16.5
size = 8
min_size = 8
lines = 4

[[page.box]]
name = "continued"
x = 151
y = 243.6
w = 39.6
h = 4
size = 7.5
align = "right"
"""


def residence_facts(
    resident: Resident, tax: TaxRecord, instalments: Sequence[Instalment], heading: Heading, *, as_of: date
) -> Facts:
    layout = heading.layouts.of(kind=RESIDENCE.code, fiscal_year=tax.fiscal_year)
    known = {
        **heading_values(heading),
        **person_name(resident),
        "title": RESIDENCE.title.ja,
        "year_title": year_title(tax.fiscal_year),
        "address": resident.address,
    }
    return Facts(
        kind=RESIDENCE.code,
        layout=layout.id,
        fiscal_year=tax.fiscal_year,
        values=only_of(layout, known),
        remarks=(f"{as_of.year}, {len(instalments)}",),
    )


def expected_residence(record: ClerksRecord, says: WardSays, *, number: str, on: date) -> Expected:
    shared = common_fields(record, says, number=number, on=on)
    address = words.text(record.person["address"])
    return Expected(
        layout="residence-2019",
        fields={
            **{name: text for name, text in shared.items() if name != "alias"},
            "title": "居住証明書",
            "address": address,
        },
        remarks=(f"{on.year}, {len(record.terms)}",),
        amounts=(address,),
    )


@pytest.fixture
def third_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Registered for one test; the registries are copies that go with it."""
    for module, name in ((kinds, "_KINDS"), (fields, "_OF_KIND"), (fields, "_NEEDED"), (builders, "_BUILDERS")):
        monkeypatch.setattr(module, name, dict(getattr(module, name)))
    monkeypatch.setattr(expecting, "_EXPECTS", dict(expecting._EXPECTS))
    monkeypatch.setattr(choosing, "_REGISTERED", [])
    register_kind(RESIDENCE)
    register_fields(RESIDENCE, frozenset())
    register_builder(RESIDENCE, residence_facts)
    register_layouts(LAYOUT, name="residence-2019.toml")
    register_expectation(RESIDENCE.code, expected_residence)


async def _ward(world: World, **bending: Any) -> Replica:
    """A ward that offers the third kind beside its others; it has learned of the layout at its start."""
    composer = Composer(world.kit.typesetter.fonts)
    check_layout(all_layouts().of(kind=RESIDENCE.code, fiscal_year=2026), Setter(composer.fonts))
    world.kit = replace(world.kit, typesetter=composer)
    menu = world.kit.config("issuer-1", database=world.database).menu
    offered = OfferedKind(kind=RESIDENCE.code, fee_yen=300, max_copies=5, years=(OfferedYear(fiscal_year=2026),))
    offer = msgspec.structs.replace(menu, kinds=(*menu.kinds, offered))
    return await world.replica(menu=offer, **bending)


@pytest.mark.usefixtures("third_kind")
async def test_a_third_kind_is_offered_made_and_read(world: World) -> None:
    replica, card = await _ward(world), world.kit.card()
    await world.open(replica, HANAKO, cards={HANAKO.addressee_number: card})
    async with transaction(world.pool) as connection:
        house = await read_house(connection, menu=replica.parts.config.menu)
    menu = menu_of(Situation(now=world.clock.now(), config=replica.parts.config, house=house))
    assert [(each.kind, each.title.ja) for each in menu.kinds][-1] == ("residence", "居住証明書")
    answer = await replica.issue(world.street.visit(card, kind="residence", copies=2).request)
    assert isinstance(answer, Issued)
    issuance = world.street.issuance(answer)
    assert (issuance.kind, len(issuance.sheets)) == ("residence", 2)
    assert (await world.one("SELECT kind FROM issuances"))["kind"] == "residence"


@pytest.mark.usefixtures("third_kind")
async def test_the_clerk_reads_the_third_kind_too(world: World) -> None:
    def another_address(real: MakesCertificates, order: Order) -> Composed:
        columns = msgspec.structs.replace(order.person.columns, address="窓口区架空町九丁目9番9号")
        return real.compose(replace(order, person=replace(order.person, columns=columns)))

    replica, card = await _ward(world, make_composer=bent(another_address)), world.kit.card()
    await world.open(replica, HANAKO, cards={HANAKO.addressee_number: card})
    visit = world.street.visit(card, kind="residence")
    assert world.street.reason(await replica.issue(visit.request)) == "try_later"
    assert await world.refusal_of(visit) == "issuer.clerk_stopped"


@pytest.mark.usefixtures("third_kind")
def test_whoever_checks_a_paper_reads_the_labels_of_the_kind() -> None:
    code = FrontCode(
        kind="residence",
        fiscal_year=2026,
        certificate_number="K7Q2",
        paper_number=bytes(16),
        page=1,
        pages=1,
        issued_on="令和8年11月23日",
        title="居住証明書",
        name=HANAKO.name,
        birth_date="昭和60年1月1日",
        amounts=(HANAKO.address,),
        description_digest=bytes(16),
    )
    (line,) = amount_lines(code)
    assert (line.label.ja, line.value) == ("住所", HANAKO.address)
    assert kind_words("residence", title="居住証明書").en == "Certificate of Residence"


@pytest.mark.usefixtures("third_kind")
@pytest.mark.parametrize(
    "again",
    [
        lambda: register_kind(RESIDENCE),
        lambda: register_fields(RESIDENCE, frozenset()),
        lambda: register_builder(RESIDENCE, residence_facts),
        lambda: register_expectation(RESIDENCE.code, expected_residence),
        lambda: register_kind(replace(RESIDENCE, code="other", main_labels=())),
    ],
)
def test_nothing_is_registered_twice_or_half(again: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="kind"):
        again()


@pytest.mark.usefixtures("third_kind")
def test_two_layouts_of_a_kind_and_year_are_refused() -> None:
    with pytest.raises(MadoguchiError, match=r"certificate\.layout_invalid"):
        register_layouts(LAYOUT.replace("residence-2019/1", "residence-2020/1"), name="again.toml")


ROOMS = ("center", "ec", "kiosk", "wire", "verify", "oversight", "paper", "statement", "jukinet", "jpki")


@pytest.mark.parametrize("room", ROOMS)
def test_no_other_room_lists_the_kinds(room: str) -> None:
    named = re.compile(r"""["'](taxation|payment)["']""")
    screens = {"screens.py"}  # the kiosk's screen where money is put in is called `payment`
    for path in (SOURCE / room).rglob("*.py"):
        if path.name not in screens:
            assert not named.search(path.read_text(encoding="utf-8")), path

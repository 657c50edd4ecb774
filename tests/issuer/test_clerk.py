"""The clerk against composers that err: nothing wrong is ever signed."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pikepdf
import psycopg
import pytest

from madoguchi.card import VirtualCard
from madoguchi.errors import MadoguchiError
from madoguchi.issuer.clerk import Reading, Redeemed, Release
from madoguchi.issuer.clerk.release import release
from madoguchi.issuer.composing import Composed, MakesCertificates, Order, PaperNumbers
from madoguchi.issuer.config import ClerkSection
from madoguchi.issuer.stopping import Decision, clear_alarm, resume_record
from madoguchi.runtime.database import transaction
from madoguchi.wire.identifiers import sha256
from madoguchi.wire.transaction import Issued
from tests.issuer.world import HANAKO, TARO, Replica, World, bent, of, tax_of

LONG = {"remarks": "備考が続きます。" * 45}
Lie = Callable[[MakesCertificates, Order], Composed]


def another_person(real: MakesCertificates, order: Order) -> Composed:
    """Takamatsu, Munakata: another resident's paper."""
    return real.compose(of(order, TARO))


def page_two_of_another(real: MakesCertificates, order: Order) -> Composed:
    """Tokushima: page 2 of 3 was someone else's."""
    mine = real.compose(order)
    theirs = real.compose(replace(of(order, TARO), numbers=PaperNumbers()))
    return replace(mine, pdf=spliced(mine.pdf, theirs.pdf, page=1))


def second_copy_of_another(real: MakesCertificates, order: Order) -> Composed:
    """The first copy is right: a check of the first page alone would pass."""
    mine = real.compose(order)
    theirs = real.compose(replace(of(order, TARO), numbers=PaperNumbers()))
    return replace(mine, pdf=spliced(mine.pdf, theirs.pdf, page=2))


def other_name_only(real: MakesCertificates, order: Order) -> Composed:
    columns = msgspec.structs.replace(order.person.columns, name="窓口 華子")
    return real.compose(replace(order, person=replace(order.person, columns=columns)))


def pages_in_another_order(real: MakesCertificates, order: Order) -> Composed:
    composed = real.compose(order)
    with pikepdf.open(io.BytesIO(composed.pdf)) as document:
        document.pages.reverse()
        return replace(composed, pdf=saved(document))


def wrong_digit(real: MakesCertificates, order: Order) -> Composed:
    return real.compose(replace(order, record=msgspec.structs.replace(order.record, total_income=2_760_001)))


def wrong_remark(real: MakesCertificates, order: Order) -> Composed:
    return real.compose(replace(order, record=msgspec.structs.replace(order.record, remarks="別の備考")))


def another_year(real: MakesCertificates, order: Order) -> Composed:
    return real.compose(replace(order, record=msgspec.structs.replace(order.record, fiscal_year=2024)))


def one_copy_too_few(real: MakesCertificates, order: Order) -> Composed:
    return real.compose(replace(order, asked=replace(order.asked, copies=order.asked.copies - 1)))


def not_a_pdf(real: MakesCertificates, order: Order) -> Composed:
    return replace(real.compose(order), pdf=b"%PDF-1.7 nothing")


def scribbled_on(real: MakesCertificates, order: Order) -> Composed:
    composed = real.compose(order)
    with pikepdf.open(io.BytesIO(composed.pdf)) as document:
        page = document.pages[0]
        page.contents_add(document.make_stream(b"BT /F9 12 Tf 100 400 Td (9) Tj ET"))
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        page.add_resource(font, pikepdf.Name.Font, pikepdf.Name("/F9"))
        return replace(composed, pdf=saved(document))


def another_description(real: MakesCertificates, order: Order) -> Composed:
    other = real.compose(replace(of(order, TARO), numbers=PaperNumbers()))
    return replace(real.compose(order), page_description=other.page_description)


ANOTHER = [another_person, page_two_of_another, second_copy_of_another, other_name_only, pages_in_another_order]
WRONG = [wrong_digit, wrong_remark, another_year, one_copy_too_few, not_a_pdf, scribbled_on, another_description]


def spliced(mine: bytes, theirs: bytes, *, page: int) -> bytes:
    with pikepdf.open(io.BytesIO(mine)) as document, pikepdf.open(io.BytesIO(theirs)) as other:
        document.pages[page] = other.pages[page]
        return saved(document)


def saved(document: pikepdf.Pdf) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


async def _bent_world(world: World, lie: Lie, **changes: Any) -> tuple[Replica, VirtualCard]:
    replica, card = await world.replica(make_composer=bent(lie), **changes), world.kit.card()
    await world.load(
        replica,
        residents=[HANAKO, TARO],
        taxes=[tax_of(HANAKO, **LONG), tax_of(TARO, **LONG)],
    )
    world.jukinet.listed.append(world.kit.entry(card, HANAKO))
    await replica.intake.registry.pull()
    return replica, card


@pytest.mark.parametrize("lie", ANOTHER, ids=lambda lie: lie.__name__)
async def test_another_persons_data_stops_everything_before_it_is_signed(world: World, lie: Lie) -> None:
    replica, card = await _bent_world(world, lie)
    visit = world.street.visit(card, copies=2)
    assert world.street.reason(await replica.issue(visit.request)) == "try_later"
    assert await world.refusal_of(visit) == "issuer.clerk_stopped"
    assert await world.incidents() == ["issuer.clerk_person", "issuer.alarm"]
    assert await world.all("SELECT * FROM papers") == []
    assert await world.one("SELECT how FROM custody") == {"how": "wiped"}
    honest = await world.replica("issuer-2")
    after = world.street.visit(card)
    assert world.street.reason(await honest.issue(after.request)) == "try_later"
    assert await world.refusal_of(after) == "issuer.alarm"


@pytest.mark.parametrize("lie", WRONG, ids=lambda lie: lie.__name__)
async def test_a_wrong_value_suspends_the_record(world: World, lie: Lie) -> None:
    replica, card = await _bent_world(world, lie)
    visit = world.street.visit(card, copies=2)
    assert world.street.reason(await replica.issue(visit.request)) == "try_later"
    assert await world.refusal_of(visit) == "issuer.clerk_stopped"
    assert await world.incidents() == ["issuer.clerk_value"]
    whose = world.kit.index.person(HANAKO.addressee_number)
    assert (await world.one("SELECT person FROM suspensions")) == {"person": whose}
    honest = await world.replica("issuer-2")
    after = world.street.visit(card)
    assert world.street.reason(await honest.issue(after.request)) == "ask_your_ward"
    async with transaction(world.pool) as connection:
        assert await resume_record(
            connection,
            HANAKO.addressee_number,
            Decision(by="Suzuki"),
            index=world.kit.index,
            pseudonyms=replica.parts.pseudonyms,
            at=world.clock.now(),
        )
    assert isinstance(await honest.issue(world.street.visit(card).request), Issued)


async def test_the_paper_issued_just_before_is_not_issued_again(world: World) -> None:
    """Munakata: the composer answers with its last file, of the same person even."""
    kept: list[Composed] = []

    def last_file(real: MakesCertificates, order: Order) -> Composed:
        kept.append(real.compose(order))
        return kept[0]

    replica, card = await _bent_world(world, last_file)
    assert isinstance(await replica.issue(world.street.visit(card).request), Issued)
    again = world.street.visit(card)
    assert world.street.reason(await replica.issue(again.request)) == "try_later"
    assert await world.incidents() == ["issuer.clerk_person", "issuer.alarm"]


async def test_crossed_answers_of_a_shared_composer_are_stopped(world: World) -> None:
    """Kawasaki, Yokohama: two applications at once, and each gets the other's file."""
    barrier, files, names = threading.Barrier(2, timeout=20), dict[str, Composed](), [HANAKO.name, TARO.name]

    def crossing(real: MakesCertificates, order: Order) -> Composed:
        name = order.person.columns.name
        files[name] = real.compose(order)
        barrier.wait()
        return files[next(each for each in names if each != name)]

    replica = await world.replica(make_composer=bent(crossing))
    cards = {each.addressee_number: world.kit.card() for each in (HANAKO, TARO)}
    await world.open(replica, HANAKO, TARO, cards=cards)
    answers = await asyncio.gather(*(replica.issue(world.street.visit(card).request) for card in cards.values()))
    assert [world.street.reason(answer) for answer in answers] == ["try_later", "try_later"]
    assert await world.all("SELECT * FROM papers") == []


async def test_some_wrong_values_stop_everything_and_clearing_starts_anew(world: World) -> None:
    settings = ClerkSection(stop_after=2, within_minutes=10)
    replica, card = await _bent_world(world, wrong_digit, clerk=settings)
    other = world.kit.card()
    world.jukinet.listed.append(world.kit.entry(other, TARO))
    await replica.intake.registry.pull()
    for each in (card, other):
        world.clock.advance(seconds=1)
        await replica.issue(world.street.visit(each).request)
    assert (await world.one("SELECT engaged FROM switches WHERE name = 'alarm'"))["engaged"]
    world.clock.advance(seconds=1)
    async with transaction(world.pool) as connection:
        both, now = Decision(by="Suzuki", second="Sato", reason="layout corrected"), world.clock.now()
        assert await clear_alarm(connection, both, settings=settings, at=now)
        assert not await clear_alarm(connection, both, settings=settings, at=now)
        keys = replica.parts.pseudonyms
        await resume_record(connection, HANAKO.addressee_number, both, index=world.kit.index, pseudonyms=keys, at=now)
    world.clock.advance(seconds=1)
    await replica.issue(world.street.visit(card).request)
    assert not (await world.one("SELECT engaged FROM switches WHERE name = 'alarm'"))["engaged"]


async def test_an_alarm_that_cannot_be_recorded_stops_this_process(world: World) -> None:
    lies = iter([True])

    def once(real: MakesCertificates, order: Order) -> Composed:
        return another_person(real, order) if next(lies, False) else real.compose(order)

    replica, card = await _bent_world(world, once)
    owner = world.database.owner_url
    assert owner is not None
    with psycopg.connect(owner) as connection:
        connection.execute("ALTER TABLE incidents RENAME TO elsewhere")
    await replica.issue(world.street.visit(card).request)
    with psycopg.connect(owner) as connection:
        connection.execute("ALTER TABLE elsewhere RENAME TO incidents")
    visit = world.street.visit(card)
    assert world.street.reason(await replica.issue(visit.request)) == "try_later"
    assert await world.refusal_of(visit) == "issuer.alarm"
    assert not (await world.one("SELECT engaged FROM switches WHERE name = 'alarm'"))["engaged"]
    await replica.parts.loose_ends.tie()
    assert (await world.one("SELECT engaged FROM switches WHERE name = 'alarm'"))["engaged"], "now for everybody"
    assert await world.incidents() == ["issuer.clerk_person", "issuer.alarm"]


# The one-time release


def reading(pdf: bytes = b"pdf", name: bytes = bytes(16)) -> Reading:
    return Reading(
        transaction=name,
        pdf_sha256=sha256(pdf),
        addressee_number="0000000017",
        record_version=1,
        kind="taxation",
        fiscal_year=2026,
        copies=1,
        certificate_number="X",
        layout="taxation-2026/2",
        sheets=(),
        pdf_digest=bytes(32),
        page_description_digest=bytes(32),
    )


def test_a_release_is_redeemed_once() -> None:
    made = release(reading())
    made.redeem(transaction=bytes(16), pdf=b"pdf")
    with pytest.raises(MadoguchiError, match=r"issuer\.release_spent"):
        made.redeem(transaction=bytes(16), pdf=b"pdf")


@pytest.mark.parametrize(("name", "pdf"), [(b"\x01" * 16, b"pdf"), (bytes(16), b"other")])
def test_a_release_is_for_its_own_transaction_and_file_and_a_wrong_try_spends_it(name: bytes, pdf: bytes) -> None:
    made = release(reading())
    with pytest.raises(MadoguchiError, match=r"issuer\.release_spent"):
        made.redeem(transaction=name, pdf=pdf)
    with pytest.raises(MadoguchiError, match=r"issuer\.release_spent"):
        made.redeem(transaction=bytes(16), pdf=b"pdf")


def test_a_redeemed_reading_is_signed_once() -> None:
    redeemed = release(reading()).redeem(transaction=bytes(16), pdf=b"pdf")
    redeemed.take()
    with pytest.raises(MadoguchiError, match=r"issuer\.release_spent"):
        redeemed.take()


@pytest.mark.parametrize("kind", [Release, Redeemed])
def test_nobody_else_makes_one(kind: type) -> None:
    with pytest.raises(MadoguchiError, match=r"issuer\.release_spent"):
        kind(reading(), maker=object())

"""From request to signed paper, and what happens between its steps."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec
import psycopg
import pytest

from madoguchi.certificate.pages import document_digest, page_digests
from madoguchi.certificate.reading import read_certificate
from madoguchi.errors import MadoguchiError
from madoguchi.issuer.composing import Composed, MakesCertificates, Order
from madoguchi.issuer.config import ClerkSection
from madoguchi.issuer.stopping import clear_alarm
from madoguchi.jpki.status import State
from madoguchi.runtime.database import transaction
from madoguchi.wire.identifiers import sha256
from madoguchi.wire.transaction import Issued, Refused
from tests.issuer.world import CLEARED, HANAKO, TARO, World, bent, meanwhile, tax_of, terms_of

CARD = HANAKO.addressee_number


async def test_a_paper_of_the_cards_holder(world: World) -> None:
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO, TARO, cards={CARD: card})
    visit = world.street.visit(card, copies=2)
    answer = await replica.issue(visit.request)
    issuance = world.street.issuance(answer)
    assert isinstance(answer, Issued)
    assert answer.page_description is not None
    pages = read_certificate(answer.pdf)
    assert [page.name for page in pages] == [HANAKO.name] * 2
    assert issuance.application_digest == sha256(visit.application)
    assert issuance.kiosk_key_digest == visit.transcript.kiosk_key_digest
    assert issuance.pdf_digest == document_digest(answer.pdf, secret=visit.secret)
    assert issuance.page_description_digest == document_digest(answer.page_description, secret=visit.secret)
    assert answer.front_codes == tuple(page.front_code for page in pages)
    assert tuple(sheet.page_digest for sheet in issuance.sheets) == page_digests(answer.pdf, secret=visit.secret)
    assert [sheet.paper_number for sheet in issuance.sheets] == [page.paper_number for page in pages]
    assert [(sheet.copy, sheet.page, sheet.pages) for sheet in issuance.sheets] == [(1, 1, 1), (2, 1, 1)]
    row = await world.one("SELECT state, issuance_digest, fee_yen FROM issuances")
    assert row == {"state": "issued", "issuance_digest": sha256(answer.issuance), "fee_yen": 600}


async def test_a_payment_certificate(world: World) -> None:
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO, cards={CARD: card})
    answer = await replica.issue(world.street.visit(card, kind="payment").request)
    assert world.street.issuance(answer).kind == "payment"


async def test_a_paper_of_two_pages_names_every_sheet(world: World) -> None:
    replica, card = await world.replica(), world.kit.card()
    await _load_long(world, replica)
    world.jukinet.listed.append(world.kit.entry(card, HANAKO))
    await replica.intake.registry.pull()
    answer = await replica.issue(world.street.visit(card, copies=2).request)
    sheets = world.street.issuance(answer).sheets
    assert [(sheet.copy, sheet.page, sheet.pages) for sheet in sheets] == [(1, 1, 2), (1, 2, 2), (2, 1, 2), (2, 2, 2)]


async def _load_long(world: World, replica: object) -> None:
    await world.load(replica, residents=[HANAKO], taxes=[tax_of(HANAKO, remarks="備考が続きます。" * 45)])  # type: ignore[arg-type]


async def test_held_is_committed_before_the_composer_runs_and_erased_after_the_answer(world: World) -> None:
    seen: list[list[dict[str, object]]] = []
    loop = asyncio.get_running_loop()

    async def look() -> None:
        seen.append(await world.all("SELECT erased_at FROM custody"))

    replica = await world.replica(make_composer=meanwhile(loop, look))
    card = world.kit.card()
    await world.open(replica, HANAKO, cards={CARD: card})
    later: list[Callable[[], Awaitable[None]]] = []
    await replica.issuing.issue(world.street.visit(card).request, later=later.append)
    assert seen == [[{"erased_at": None}]]
    assert await world.one("SELECT how FROM custody") == {"how": None}
    for task in later:
        await task()
    assert await world.one("SELECT how FROM custody") == {"how": "wiped"}


async def test_two_issuers_and_one_transaction_make_one_paper(world: World) -> None:
    first, second = await world.replica(), await world.replica("issuer-2")
    card = world.kit.card()
    await world.open(first, HANAKO, cards={CARD: card})
    visit = world.street.visit(card)
    answers = await asyncio.gather(*(each.issue(visit.request) for each in (first, second, first)))
    assert sorted(type(answer).__name__ for answer in answers) == ["Issued", "Refused", "Refused"]
    assert len(await world.all("SELECT * FROM papers")) == 1
    assert (await world.one("SELECT state FROM issuances"))["state"] == "issued"
    again = await second.issue(visit.request)
    assert world.street.reason(again) == "try_later"


@pytest.mark.parametrize("stop", ["suppression", "removal", "correction"])
async def test_a_stop_committed_between_composing_and_issuing_prevents_the_paper(world: World, stop: str) -> None:
    loop = asyncio.get_running_loop()
    feed = (await world.replica("issuer-2")).feed
    replica = await world.replica(make_composer=meanwhile(loop, lambda: feed.stop(world.tax.stop(HANAKO, stop))))
    card = world.kit.card()
    await world.open(replica, HANAKO, cards={CARD: card})
    visit = world.street.visit(card)
    assert world.street.reason(await replica.issue(visit.request)) == "ask_your_ward"
    codes = {"suppression": "suppressed", "removal": "removed", "correction": "stopped_for_correction"}
    assert await world.refusal_of(visit) == f"issuer.{codes[stop]}"
    assert await world.all("SELECT * FROM papers") == []


async def test_a_stop_waits_for_the_moment_of_issue_or_comes_first(world: World) -> None:
    """Whatever the order, after the stop's receipt nothing is issued any more."""
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO, cards={CARD: card})
    visits = [world.street.visit(card) for _ in range(6)]
    stopped_at: list[int] = []

    async def stop() -> None:
        await asyncio.sleep(0.05)
        await replica.feed.stop(world.tax.stop(HANAKO))
        stopped_at.append(len(await world.all("SELECT * FROM issuances WHERE state = 'issued'")))

    await asyncio.gather(stop(), *(replica.issue(visit.request) for visit in visits))
    assert len(await world.all("SELECT * FROM issuances WHERE state = 'issued'")) == stopped_at[0]


async def test_the_record_moved_once_and_the_paper_shows_the_new_one(world: World) -> None:
    loop, moves = asyncio.get_running_loop(), iter([True])

    async def move() -> None:
        if next(moves, False):
            await world.load(other, residents=[HANAKO], taxes=[tax_of(HANAKO, remarks="更正後")], content="delta")

    replica = await world.replica(make_composer=meanwhile(loop, move))
    other = await world.replica("issuer-2")
    card = world.kit.card()
    await world.open(replica, HANAKO, cards={CARD: card})
    answer = await replica.issue(world.street.visit(card).request)
    assert isinstance(answer, Issued)
    assert "更正後" in read_certificate(answer.pdf)[0].remarks
    assert await world.incidents() == []


async def test_the_record_moves_between_the_clerk_and_the_commit(world: World) -> None:
    """The clerk saw the version that was composed from; the last transaction sees another one."""
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO, cards={CARD: card})
    real, moves = replica.parts.clerk.read, iter([True])

    async def read_then_move(*arguments: object, **named: object) -> object:
        release = await real(*arguments, **named)  # type: ignore[arg-type]
        if next(moves, False):
            await world.load(replica, residents=[HANAKO], taxes=[tax_of(HANAKO, remarks="更正後")], content="delta")
        return release

    replica.parts.clerk.read = read_then_move  # type: ignore[method-assign, assignment]
    answer = await replica.issue(world.street.visit(card).request)
    assert isinstance(answer, Issued)
    assert "更正後" in read_certificate(answer.pdf)[0].remarks


async def test_the_record_that_keeps_moving_is_refused(world: World) -> None:
    loop = asyncio.get_running_loop()
    other = await world.replica("issuer-2")

    async def move() -> None:
        await world.load(other, residents=[HANAKO], taxes=[tax_of(HANAKO)], content="delta")

    replica = await world.replica(make_composer=meanwhile(loop, move))
    card = world.kit.card()
    await world.open(replica, HANAKO, cards={CARD: card})
    visit = world.street.visit(card)
    assert world.street.reason(await replica.issue(visit.request)) == "try_later"
    assert await world.refusal_of(visit) == "issuer.moved"
    assert await world.all("SELECT * FROM papers") == []
    assert await world.one("SELECT how FROM custody") == {"how": "wiped"}


async def test_midnight_between_composing_and_issuing_prints_the_new_date(world: World) -> None:
    world.clock.advance(seconds=12 * 3600 - 1)
    loop, turns = asyncio.get_running_loop(), iter([2.0])

    async def turn() -> None:
        world.clock.advance(seconds=next(turns, 0))

    replica, card = await world.replica(make_composer=meanwhile(loop, turn)), world.kit.card()
    await world.open(replica, HANAKO, cards={CARD: card})
    answer = await replica.issue(world.street.visit(card).request)
    assert isinstance(answer, Issued)
    assert read_certificate(answer.pdf)[0].fields["issued_on"] == "令和8年11月24日"


async def test_no_evidence_no_issue(world: World) -> None:
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO, cards={CARD: card})
    owner = world.database.owner_url
    assert owner is not None
    with psycopg.connect(owner) as connection:
        role = connection.info.user.removesuffix("_owner")
        connection.execute(f"REVOKE INSERT ON evidence FROM {role}".encode())
    visit = world.street.visit(card)
    assert world.street.reason(await replica.issue(visit.request)) == "try_later"
    assert await world.all("SELECT * FROM papers") == []
    assert await world.refusal_of(visit) == "issuer.evidence_unwritable"
    assert await world.one("SELECT how FROM custody") == {"how": "wiped"}
    with psycopg.connect(owner) as connection:
        connection.execute(f"GRANT INSERT ON evidence TO {role}".encode())
    assert world.street.reason(await replica.issue(world.street.visit(card).request)) == "try_later", "the alarm stands"
    async with transaction(world.pool) as connection:
        await clear_alarm(connection, CLEARED, settings=ClerkSection(), at=world.clock.now())
    assert isinstance(await replica.issue(world.street.visit(card).request), Issued)


async def test_an_unexpected_failure_is_a_signed_refusal_that_leaves_nothing(world: World, lines: io.StringIO) -> None:
    def fail(real: MakesCertificates, order: Order) -> Composed:
        raise RuntimeError(order.person.columns.name)

    replica, card = await world.replica(make_composer=bent(fail)), world.kit.card()
    await world.open(replica, HANAKO, cards={CARD: card})
    assert world.street.reason(await replica.issue(world.street.visit(card).request)) == "try_later"
    row = await world.one("SELECT state, refusal FROM issuances")
    assert row == {"state": "failed", "refusal": "issuer.failed"}
    assert await world.one("SELECT how FROM custody") == {"how": "wiped"}
    assert HANAKO.name not in lines.getvalue()
    assert "RuntimeError" in lines.getvalue()


async def test_what_is_kept_afterwards_names_nobody(world: World, lines: io.StringIO) -> None:
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO, cards={CARD: card})
    await replica.issue(world.street.visit(card).request)
    await replica.feed.stop(world.tax.stop(HANAKO))
    await replica.issue(world.street.visit(card).request)
    kept = json.dumps(await world.all("SELECT * FROM issuances"), default=repr)
    kept += json.dumps(await world.all("SELECT * FROM incidents"), default=repr)
    kept += "".join(bytes(row["body"]).decode("utf-8", "replace") for row in await world.all("SELECT * FROM evidence"))
    serial = world.kit.entry(card, HANAKO).serial
    for trace in (HANAKO.name, HANAKO.addressee_number, serial, "2,760,000", "2760000"):
        assert trace not in kept
        assert trace not in lines.getvalue()


# Who applied: nobody's word.


async def test_a_request_that_is_not_the_centers_has_no_answer(world: World) -> None:
    replica, card = await world.replica(), world.kit.card()
    visit = world.street.visit(card)
    for forged in (visit.request[:-1] + bytes([visit.request[-1] ^ 1]), b"", visit.application):
        with pytest.raises(MadoguchiError, match=r"^statement\."):
            await replica.issue(forged)
    assert await world.all("SELECT * FROM issuances") == []


async def test_a_proof_of_another_transaction_is_refused(world: World) -> None:
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO, cards={CARD: card})
    visit, other = world.street.visit(card), world.street.visit(card)
    crossed = world.street.forward(other.transaction, visit.proof)
    assert world.street.reason(await replica.issue(crossed)) == "try_later"
    assert await world.refusal_of(other) == "issuer.other_application"
    assert await world.all("SELECT * FROM custody") == []


async def test_a_person_whose_card_never_signed_is_refused(world: World) -> None:
    """A center that puts another card's certificate into a real application."""
    replica, card, others = await world.replica(), world.kit.card(), world.kit.card()
    await world.open(replica, HANAKO, TARO, cards={CARD: card, TARO.addressee_number: others})
    mine, theirs = world.street.visit(card), world.street.visit(others)
    proof = msgspec.structs.replace(mine.proof, application=theirs.application)
    assert isinstance(await replica.issue(world.street.forward(mine.transaction, proof)), Refused)
    proof = msgspec.structs.replace(mine.proof, ocsp=theirs.proof.ocsp)
    visit = world.street.visit(card)
    assert isinstance(await replica.issue(world.street.forward(visit.transaction, proof)), Refused)
    assert await world.all("SELECT * FROM papers") == []


async def test_the_authoritys_own_word_counts(world: World) -> None:
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO, cards={CARD: card})
    visit = world.street.visit(card)
    revoked = msgspec.structs.replace(visit.proof, ocsp=world.street.ocsp(card.certificate, State.REVOKED))
    answer = await replica.issue(world.street.forward(visit.transaction, revoked))
    assert world.street.reason(answer) == "card"


@pytest.mark.parametrize("seconds", [-61, 61])
async def test_a_request_that_was_held_up_is_refused(world: World, seconds: int) -> None:
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO, cards={CARD: card})
    visit = world.street.visit(card)
    at = int((world.clock.now() + timedelta(seconds=seconds)).timestamp())
    answer = await replica.issue(world.street.forward(visit.transaction, visit.proof, at=at))
    assert world.street.reason(answer) == "try_later"
    assert await world.refusal_of(visit) == "issuer.request_time"


async def test_an_application_for_another_ward_is_refused(world: World) -> None:
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO, cards={CARD: card})
    answer = await replica.issue(world.street.visit(card, ward="131016").request)
    assert world.street.reason(answer) == "try_later"


# Cards


async def test_two_generations_of_one_serial_are_two_people(world: World) -> None:
    replica = await world.replica()
    old, new = (world.kit.card(generation=each, serial="ABCDEF12") for each in ("g1", "g2"))
    await world.open(replica, HANAKO, TARO, cards={CARD: old, TARO.addressee_number: new})
    for card, person in ((old, HANAKO), (new, TARO)):
        answer = await replica.issue(world.street.visit(card).request)
        assert isinstance(answer, Issued)
        assert read_certificate(answer.pdf)[0].name == person.name


async def test_several_live_cards_of_one_person(world: World) -> None:
    replica, plastic, phone = await world.replica(), world.kit.card(), world.kit.card()
    await world.open(replica, HANAKO, cards={CARD: plastic})
    world.jukinet.listed.append(world.kit.entry(phone, HANAKO, medium="phone"))
    await replica.intake.registry.pull()
    for card in (plastic, phone):
        assert isinstance(await replica.issue(world.street.visit(card).request), Issued)


async def test_an_unknown_card_is_asked_about_on_the_spot(world: World) -> None:
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO)
    world.jukinet.on_the_spot.append(world.kit.entry(card, HANAKO))
    assert isinstance(await replica.issue(world.street.visit(card).request), Issued)
    assert isinstance(await replica.issue(world.street.visit(card).request), Issued)
    assert len(world.jukinet.asked) == 1


async def test_a_card_that_nobody_knows(world: World) -> None:
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO)
    visit = world.street.visit(card)
    assert world.street.reason(await replica.issue(visit.request)) == "card"
    assert await world.refusal_of(visit) == "issuer.unknown_serial"


async def test_an_unknown_card_while_the_registry_is_down(world: World) -> None:
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO)
    world.jukinet.down = True
    visit = world.street.visit(card)
    assert world.street.reason(await replica.issue(visit.request)) == "try_later"
    assert await world.refusal_of(visit) == "issuer.registry_unreachable"


async def test_a_payment_record_at_odds_with_itself_is_the_wards_to_explain(world: World) -> None:
    replica, card = await world.replica(), world.kit.card()
    await world.load(replica, residents=[HANAKO], taxes=[tax_of(HANAKO)], instalments=[terms_of(HANAKO)])
    world.jukinet.listed.append(world.kit.entry(card, HANAKO))
    await replica.intake.registry.pull()
    await world.load(replica, residents=[HANAKO], taxes=[tax_of(HANAKO)], content="delta")
    visit = world.street.visit(card, kind="payment")
    assert world.street.reason(await replica.issue(visit.request)) == "ask_your_ward"
    assert await world.refusal_of(visit) == "issuer.inconsistent"

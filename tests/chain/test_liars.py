"""Every party lies in every way that the issue names: no paper, no money, a reason on the screen; the next is served.

Two visits at once go to the replicas of a party in turn; where a lie needs both in one process, the other replica is
stopped for the time of the test.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from madoguchi.demo.cast import Holder
from tests.chain.ledger import journal_of
from tests.chain.resident import Recorded, Resident, until_served
from tests.chain.stage import Stage

KIOSK, SAME_EC, OTHER_EC = "kiosk-1", "kiosk-3", "kiosk-2"


def assert_nothing(recorded: Recorded, *codes: str) -> None:
    """No paper, no money, and the reason with a stable code in words of both languages."""
    assert recorded.visit.ended_on == "refusal"
    end = recorded.visit.end
    assert end["code"] in codes
    assert end["title"]["ja"]
    assert end["title"]["en"]
    assert end["next_step"]["ja"]
    assert end["next_step"]["en"]
    assert end["money"] is None
    assert not recorded.papers
    assert "amount" not in dict(recorded.visit.screens), "shown an amount for a paper that is not theirs"


@asynccontextmanager
async def only(stage: Stage, name: str) -> AsyncIterator[None]:
    """One replica of a party alone, so that two visits meet there."""
    town = stage.town
    others = [each for each in town.names(town.process(name).party) if each != name]
    for each in others:
        town.kill(each)
    try:
        yield
    finally:
        await town.start(*others)


async def both(stage: Stage, *, second: str = SAME_EC, copies: int = 1) -> tuple[Recorded, Recorded]:
    """Two fresh residents at two kiosks, whose applications leave together."""
    town, barrier = stage.town, asyncio.Barrier(2)

    async def together(_shown: object) -> None:
        await barrier.wait()

    first, other = await asyncio.gather(
        town.visit(KIOSK, town.someone(), instead={"card_back": together}, copies=copies),
        town.visit(second, town.someone(), instead={"card_back": together}, copies=copies),
    )
    return first, other


async def victim_of(stage: Stage, party: str, *, copies: int = 1) -> Recorded:
    """The first visit that a lie reached: to pass on what was another person's, a replica must have served somebody.

    Which replica serves is not ours to say; whoever comes before gets the own paper.
    """
    for _ in range(4 * len(stage.town.names(party))):
        recorded = await stage.town.visit(KIOSK, stage.town.someone(), copies=copies)
        if stage.reached(party):
            return recorded
        assert recorded.end == "done", recorded.end
    msg = f"no {party} lied"
    raise AssertionError(msg)


async def next_are_served(stage: Stage, *kiosks: str) -> None:
    """Honest again, everybody gets their paper, at each of these kiosks."""
    stage.all_honest()
    for kiosk in kiosks or (KIOSK,):
        await stage.town.visit_well(kiosk)


# -- ec


async def test_a_late_answer_finds_nobody(stage: Stage) -> None:
    town = stage.town
    stage.tell("ec", halt="ec-apply:after")
    visiting = asyncio.create_task(town.visit(KIOSK, town.someone()))
    await stage.until_reached("ec")
    async with Resident(town.running.page_url(KIOSK)) as finger:
        await finger.touch("waiting", "stop")
    recorded = await visiting
    stage.done("ec")  # now the answer leaves, to nobody

    assert_nothing(recorded, "kiosk.stopped")
    await next_are_served(stage)


async def test_the_answer_that_comes_after_the_kiosks_own_time_limit(stage: Stage) -> None:
    town = stage.town
    stage.tell("ec", halt="ec-apply:after")
    recorded = await town.visit(KIOSK, town.someone())

    assert_nothing(recorded, "runtime.no_answer")
    await next_are_served(stage)


async def test_an_answer_for_another_kiosk(stage: Stage) -> None:
    stage.tell("ec", lie="exchanged_answers")
    first, second = await both(stage)

    for recorded in (first, second):
        assert_nothing(recorded, "kiosk.other_transaction")
    await next_are_served(stage, KIOSK, SAME_EC)


@pytest.mark.parametrize(
    ("lie", "codes"),
    [
        ("answer_of_the_visit_before", ("kiosk.other_transaction",)),
        ("application_of_the_visit_before", ("kiosk.other_transaction",)),
        ("forged_refusal", ("statement.unknown_key",)),
        ("second_answer", ("kiosk.other_transaction", "refused.try_later", "refused.not_accepted_here")),
        ("own_sealing_key", ("statement.bad_signature",)),
    ],
)
async def test_an_ec_that_lies(stage: Stage, lie: str, codes: tuple[str, ...]) -> None:
    await stage.town.visit_well(KIOSK)
    stage.tell("ec", lie=lie)
    recorded = await stage.town.visit(KIOSK, stage.town.someone())

    assert stage.reached("ec")
    assert_nothing(recorded, *codes)
    assert "偽" not in str(recorded.visit.end), "an unsigned sender's words on the screen"
    await next_are_served(stage)


async def test_a_repeated_application_is_answered_once(stage: Stage) -> None:
    stage.tell("ec", lie="application_twice")
    await stage.town.visit_well(KIOSK)

    said = [word for name in stage.reached("ec") for word in stage.play(name).reached()]
    assert said == ["application_twice", "refused"]
    await next_are_served(stage)


@pytest.mark.parametrize("lie", ["forged_menu", "altered_menu", "altered_trust_list"])
async def test_a_forged_offer_is_never_shown(stage: Stage, lie: str) -> None:
    """A kiosk that starts into a lie is out of service; one that serves keeps what it verified."""
    town = stage.town
    stage.tell("ec", lie=lie)
    town.kill(KIOSK)
    await town.start(KIOSK)
    await stage.until_reached("ec")
    async with Resident(town.running.page_url(KIOSK)) as resident:
        shown = await resident.screen()
        assert shown["name"] == "out_of_service"
        assert shown["data"]["reason"]["ja"]
        await town.visit_well(SAME_EC)
        stage.all_honest()
        await until_served(resident)
    await next_are_served(stage)


# -- center


@pytest.mark.parametrize(
    ("lie", "code"),
    [
        ("swapped_pdfs", "kiosk.other_paper"),
        ("swapped_pdfs_and_issuances", "kiosk.other_transaction"),
        ("swapped_backs", "kiosk.other_paper"),
    ],
)
@pytest.mark.parametrize("copies", [1, 2])
async def test_a_center_that_swaps(stage: Stage, lie: str, code: str, copies: int) -> None:
    async with only(stage, "center-1"):
        await asyncio.sleep(1.5)  # both ecs have probed
        stage.tell("center", lie=lie)
        first, second = await both(stage, second=OTHER_EC, copies=copies)

        for recorded in (first, second):
            assert_nothing(recorded, code)
    await next_are_served(stage, KIOSK, OTHER_EC)


@pytest.mark.parametrize(
    ("lie", "code"),
    [
        ("person_before", "kiosk.other_transaction"),
        ("altered_front", "kiosk.other_paper"),
        ("altered_statement", "statement.bad_signature"),
    ],
)
async def test_a_center_that_gives_something_else(stage: Stage, lie: str, code: str) -> None:
    stage.tell("center", lie=lie)
    recorded = await victim_of(stage, "center")

    assert_nothing(recorded, code)
    await next_are_served(stage)


@pytest.mark.parametrize(
    "lie", ["made_up_proof", "proof_of_the_visit_before", "ocsp_of_another_card", "opened_of_the_visit_before"]
)
async def test_a_center_that_asks_for_a_card_that_never_signed(stage: Stage, lie: str) -> None:
    town = stage.town
    async with only(stage, "center-1"):
        await asyncio.sleep(1.5)
        await town.visit_well(KIOSK)
        before = _issued(stage)
        stage.tell("center", lie=lie)
        recorded = await town.visit(KIOSK, town.someone())

        assert stage.reached("center")
        assert_nothing(recorded, "refused.try_later", "refused.card", "refused.not_accepted_here")
        assert _issued(stage) == before, "the ward issued for a card that did not sign"
    await next_are_served(stage)


def _issued(stage: Stage) -> int:
    with stage.town.database("issuer") as database:
        row = database.execute("SELECT count(*) AS n FROM issuances WHERE issued_at IS NOT NULL").fetchone()
    assert row is not None
    count: int = row["n"]
    return count


# -- issuer


@pytest.mark.parametrize(
    ("lie", "copies", "found"),
    [
        ("file_of_the_person_before", 1, "issuer.clerk_person"),
        ("another_person", 1, "issuer.clerk_person"),
        ("page_two_of_another_person", 2, "issuer.clerk_person"),
        ("another_persons_values", 1, "issuer.clerk_value"),
    ],
)
async def test_a_composer_that_errs_meets_the_clerk(stage: Stage, lie: str, copies: int, found: str) -> None:
    """A wrong value suspends the record; another person on a page, and the whole ward stops until somebody looked."""
    town = stage.town
    before = _issued(stage), len(town.visits)
    stage.tell("issuer", lie=lie)
    recorded = await victim_of(stage, "issuer", copies=copies)
    victim, served = recorded.holder, len(town.visits) - before[1] - 1

    assert_nothing(recorded, "refused.try_later", "refused.ask_your_ward")
    assert _issued(stage) == before[0] + served
    assert _incident_of(stage) == found
    stage.all_honest()
    if found == "issuer.clerk_person":
        assert (await town.offer_at(KIOSK))["offered"] is False
        assert (await town.offer_at(OTHER_EC))["note"]["ja"]
        town.command("issuer-1", "clear-alarm", "--by", "A", "--with", "B", "--reason", "a test")
    again = await town.visit_once_offered(KIOSK, victim)
    assert_nothing(again, "refused.ask_your_ward", "refused.try_later")
    town.command("issuer-1", "resume", "--person", victim.addressee_number)
    assert (await town.visit_once_offered(KIOSK, victim)).end == "done"
    await next_are_served(stage)


def _incident_of(stage: Stage) -> str:
    """What the ward wrote down about the last refused transaction."""
    with stage.town.database("issuer") as database:
        row = database.execute(
            "SELECT code FROM incidents WHERE transaction IS NOT NULL ORDER BY id DESC LIMIT 1"
        ).fetchone()
    assert row is not None
    return str(row["code"])


async def test_a_stop_between_composing_and_issuing(stage: Stage) -> None:
    town = stage.town
    victim = town.someone()
    stage.tell("issuer", halt="issuer-compose:after")
    visiting = asyncio.create_task(town.visit(KIOSK, victim))
    await stage.until_reached("issuer")
    await asyncio.to_thread(town.command, "tax-1", "suppress", victim.addressee_number)
    await stage.town.until_stopped(victim)
    stage.done("issuer")

    assert_nothing(await visiting, "refused.ask_your_ward")
    town.command("tax-1", "suppress", victim.addressee_number, "--lift")
    await next_are_served(stage)


# -- kiosk


async def test_a_replayed_card_signature(stage: Stage) -> None:
    """Even by the kiosk itself: the signature is over another transaction's challenge."""
    town = stage.town
    await town.visit_well(KIOSK)
    stage.tell("kiosk", lie="card_signature_of_the_visit_before")
    recorded = await town.visit(KIOSK, town.someone())

    assert stage.reached("kiosk") == [KIOSK]
    # The refusal is sealed to the key in the application, which is that of the visit before: nobody can open it.
    assert_nothing(recorded, "seal.does_not_open")
    said = [line for name in town.names("center") for line in town.lines(name) if line["event"].endswith("refused")]
    newest = max(said, key=lambda line: str(line["at"]))  # two centers, two logs: either may have answered
    assert newest["code"].startswith("cardproof.")
    await next_are_served(stage)


async def test_a_printer_that_still_holds_a_job(stage: Stage) -> None:
    town = stage.town
    stage.tell("kiosk", lie="printer_holds_a_job")
    async with Resident(town.running.page_url(KIOSK)) as resident:
        await until_served(resident)
        await resident.touch("start", "begin")
        async for shown in resident.screens():
            if shown["name"] in {"refusal", "out_of_service"}:
                break
            assert shown["name"] == "start"
        words = shown["data"]["reason" if shown["name"] == "out_of_service" else "title"]
        assert "プリンター" in words["ja"]
        assert (await resident.panel())["accepts_coins"] is False
    await next_are_served(stage)


async def test_a_printer_that_takes_up_an_old_job_before_the_payment(stage: Stage) -> None:
    town = stage.town

    async def remember(_shown: object) -> None:
        stage.tell("kiosk", lie="printer_holds_a_job")

    recorded = await town.visit(KIOSK, town.someone(), instead={"amount": remember})

    assert recorded.end == "refusal kiosk.printer_holds_a_job"
    assert recorded.visit.end["money"] is None
    assert not recorded.papers
    assert all(row["paid_yen"] == 0 for row in _last(stage, recorded.holder))
    await next_are_served(stage)


def _last(stage: Stage, _holder: Holder) -> list[dict[str, int]]:
    return list(journal_of(stage.town, KIOSK).values())[-1:]


async def test_two_generations_with_one_serial_number(stage: Stage) -> None:
    town, barrier = stage.town, asyncio.Barrier(2)

    async def together(_shown: object) -> None:
        await barrier.wait()

    first, second = await asyncio.gather(
        town.visit(KIOSK, town.case("same_serial_g1"), instead={"card_back": together}),
        town.visit(OTHER_EC, town.case("same_serial_g2"), instead={"card_back": together}),
    )

    assert (first.end, second.end) == ("done", "done")  # whose paper it is, the ledger reads

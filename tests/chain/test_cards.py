"""Cards that are locked, revoked, expired; people for whom nothing is issued, told in one neutral sentence."""

from __future__ import annotations

import time

import pytest

from madoguchi.card import load_card
from madoguchi.demo.cast import Holder
from tests.chain.resident import Recorded, Resident
from tests.chain.town import Town

KIOSK = "kiosk-4"
_FLOOR_SECONDS = 0.7
"""`refusal_floor_milliseconds` of the issuer."""


def tries_of(town: Town, holder: Holder) -> int:
    """What the chip itself has counted."""
    return load_card(town.running.site.cards / f"{holder.card}.json").contents.pin_tries


async def test_three_wrong_pins_lock_the_card(town: Town) -> None:
    holder = town.someone()
    recorded = await town.visit(KIOSK, holder, pin="9876")

    assert recorded.end == "refusal card.pin_locked"
    assert recorded.visit.end["money"] is None
    assert not recorded.papers
    assert tries_of(town, holder) == 0

    again = await town.visit("kiosk-5", holder)
    assert again.end == "refusal card.pin_locked"
    assert "pin" not in dict(again.visit.screens), "asked for the PIN of a locked card"
    assert not again.papers
    await town.visit_well(KIOSK)


async def test_a_wrong_pin_and_then_the_right_one(town: Town) -> None:
    holder = town.someone()
    told: list[int] = []

    async with Resident(town.running.page_url(KIOSK)) as finger:

        async def wrongly(_shown: object) -> None:
            for digit in (9, 8, 7, 6):
                await finger.touch("pin", "digit", digit)
            await finger.touch("pin", "confirm")
            await eventually_asked_again(finger, told)

        await town.visit_well(KIOSK, holder, instead={"pin": wrongly})

    assert told == [2]
    assert tries_of(town, holder) == 3, "the right PIN gives all tries back"


async def eventually_asked_again(finger: Resident, told: list[int]) -> None:
    """Wait for the screen that says how many tries are left."""
    async for shown in finger.screens():
        if shown["name"] == "pin" and shown["data"]["wrong"]:
            told.append(shown["data"]["tries_left"])
            return


@pytest.mark.parametrize("case", ["revoked_card", "expired_card"])
async def test_a_card_that_is_not_good(town: Town, case: str) -> None:
    recorded = await town.visit(KIOSK, town.case(case))

    assert recorded.end in {"refusal refused.card", "refusal cardproof.certificate_expired"}
    assert not recorded.papers
    await town.visit_well(KIOSK)


async def test_a_revoked_card_is_refused_at_the_center(town: Town) -> None:
    before = _issuances(town)

    await town.visit(KIOSK, town.case("revoked_card"))

    said = "".join((town.home(name) / "log.jsonl").read_text(encoding="utf-8") for name in town.names("center"))
    assert '"code":"cardproof.revoked"' in said
    assert _issuances(town) == before, "the ward was asked"


def _issuances(town: Town) -> int:
    """All that the ward was ever asked for, by every visit of this town."""
    with town.database("issuer") as database:
        row = database.execute("SELECT count(*) AS n FROM issuances").fetchone()
    assert row is not None
    return int(row["n"])


PERSONAL = ("suppressed", "moved_out", "undeclared", "under_correction", "not_levied_here", "deleted")


async def test_reasons_of_a_person_are_one_sentence_in_equal_time(town: Town) -> None:
    told: dict[str, tuple[object, ...]] = {}
    took: dict[str, float] = {}
    for case in PERSONAL:
        holder = town.case(case)
        began: dict[str, float] = {}

        async def leave(_shown: object, began: dict[str, float] = began) -> None:
            began["at"] = time.perf_counter()

        recorded = await town.visit(KIOSK, holder, instead={"card_back": leave})
        took[case] = _seconds_waiting(recorded)
        end = recorded.visit.end
        assert not recorded.papers
        told[case] = (end["code"], end["title"]["ja"], end["next_step"]["ja"], str(end["contact"]), str(end["money"]))

    assert len(set(told.values())) == 1, told
    assert next(iter(told.values()))[0] == "refused.ask_your_ward"
    assert all(_FLOOR_SECONDS <= seconds < 2 * _FLOOR_SECONDS for seconds in took.values()), took


def _seconds_waiting(recorded: Recorded) -> float:
    at = dict(recorded.visit.screens)
    return at["refusal"] - at["waiting"]

"""Phones at the kiosk: Android with its PIN, the iPhone that confirms by itself, and everything that may go wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from madoguchi.card import Token, VirtualCard, save_card
from madoguchi.card.apdu import EF_TOKEN_INFORMATION, INS_VERIFY, TOKEN_INFORMATION_OCTETS
from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.agent import KioskAgent
from madoguchi.kiosk.config import Timeouts
from madoguchi.kiosk.devices.inprocess import RecordedVoice
from madoguchi.kiosk.devices.reader import SlotReader
from madoguchi.kiosk.machine.effects import Announcement
from madoguchi.kiosk.page import Action, Medium, Operation
from madoguchi.kiosk.page.screens import CardBack
from tests.jpki.authorities import card
from tests.kiosk.resident import Resident, running
from tests.kiosk.world import CARD, World

PHONE = "phone"


@asynccontextmanager
async def at_a_kiosk(directory: Path, token: Token, *, timeouts: Timeouts | None = None) -> AsyncIterator[Resident]:
    phone = card()
    phone.contents.token = token
    (directory / "cards").mkdir()
    save_card(phone, directory / "cards" / f"{PHONE}.json")
    async with running(World(), directory, timeouts=timeouts) as agent:
        yield Resident(agent, card=PHONE)


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many commands of INS 20 reached a card."""
    seen: list[int] = []
    whole = VirtualCard.transmit

    def transmit(self: VirtualCard, command: bytes | bytearray) -> bytes:
        if command[1] == INS_VERIFY:
            seen.append(len(command))
        return whole(self, command)

    monkeypatch.setattr(VirtualCard, "transmit", transmit)
    return seen


def said(agent: KioskAgent) -> list[Announcement]:
    voice = agent.parts.devices.voice
    assert isinstance(voice, RecordedVoice)
    return list(voice.said)


async def confirms(resident: Resident, *, accepted: bool = True) -> None:
    await resident.hand(Operation.CONFIRM_ON_PHONE if accepted else Operation.REFUSE_ON_PHONE)


async def to_the_end_of_a_refusal(resident: Resident, *, code: str) -> None:
    """It ends cleanly: nothing charged, the phone called for, and the next resident is served."""
    refused = await resident.until("refusal")
    assert getattr(refused.data, "code", "") == code
    assert getattr(refused.data, "money", "") is None
    assert resident.agent.parts.devices.money.escrow_yen() == 0
    if resident.agent.panel().card is not None:
        await resident.hand(Operation.TAKE_CARD)
    await resident.touch(Action.FINISH)
    resident.seen.clear()
    assert (await resident.go_to("amount", acts={"phone": lambda: confirms(resident)})).name == "amount"


async def test_an_android_phone_enters_its_pin_and_is_given_back(tmp_path: Path) -> None:
    async with at_a_kiosk(tmp_path, Token.ANDROID) as resident:

        async def take_it() -> None:
            assert resident.agent.screen().data == CardBack(phone=True)
            assert said(resident.agent)[-1] is Announcement.TAKE_PHONE
            await resident.hand(Operation.TAKE_CARD)

        assert (await resident.go_to("done", acts={"card_back": take_it})).name == "done"
        assert {"pin", "card_back"} <= set(resident.seen)


async def test_an_iphone_is_confirmed_by_face_and_no_pin_pad_is_ever_shown(tmp_path: Path, verified: list[int]) -> None:
    async with at_a_kiosk(tmp_path, Token.IPHONE) as resident:
        end = await resident.go_to("done", acts={"phone": lambda: confirms(resident)})
        assert end.name == "done"
        assert "pin" not in resident.seen
        assert "phone" in resident.seen
        assert Announcement.TAKE_CARD not in said(resident.agent)
    assert verified == []


async def test_digits_typed_at_the_phone_screen_go_nowhere(tmp_path: Path) -> None:
    async with at_a_kiosk(tmp_path, Token.IPHONE) as resident:
        await resident.go_to("phone")
        for action, value in ((Action.DIGIT, 1), (Action.CONFIRM, None), (Action.ERASE, None)):
            with pytest.raises(MadoguchiError, match=r"kiosk\.nonsense"):
                await resident.touch(action, value)
        assert resident.agent.screen().name == "phone"


async def test_a_refusal_on_the_phone_charges_nothing(tmp_path: Path, verified: list[int]) -> None:
    async with at_a_kiosk(tmp_path, Token.IPHONE) as resident:
        await resident.go_to("phone")
        await confirms(resident, accepted=False)
        await to_the_end_of_a_refusal(resident, code="card.not_confirmed")
    assert verified == []


async def test_a_phone_taken_away_before_it_confirmed_charges_nothing(tmp_path: Path) -> None:
    async with at_a_kiosk(tmp_path, Token.IPHONE) as resident:
        await resident.go_to("phone")
        await resident.hand(Operation.TAKE_CARD)
        await to_the_end_of_a_refusal(resident, code="kiosk.phone_left")


async def test_stop_while_the_phone_waits_is_heard_at_once(tmp_path: Path) -> None:
    async with at_a_kiosk(tmp_path, Token.IPHONE) as resident:
        await resident.go_to("phone")
        async with asyncio.timeout(5):
            await resident.touch(Action.STOP)
        assert said(resident.agent)[-1] is Announcement.TAKE_PHONE
        await to_the_end_of_a_refusal(resident, code="kiosk.stopped")


async def test_nobody_confirms(tmp_path: Path) -> None:
    async with at_a_kiosk(tmp_path, Token.IPHONE) as resident:
        await resident.go_to("phone")
        resident.agent.parts.clock.advance(seconds=61)  # type: ignore[attr-defined]
        await resident.agent.tick()
        await to_the_end_of_a_refusal(resident, code="kiosk.timed_out")


async def test_an_answer_given_to_a_session_before_serves_no_other(tmp_path: Path) -> None:
    async with at_a_kiosk(tmp_path, Token.IPHONE) as resident:
        await resident.go_to("card")
        await resident.hand(Operation.PUT_CARD, PHONE)
        await confirms(resident)
        await resident.hand(Operation.TAKE_CARD)
        await resident.until("card", "refusal", "card_back", "waiting", "amount")
        reader = resident.agent.parts.devices.reader
        assert isinstance(reader, SlotReader)
        assert not reader.present()


async def test_only_a_phone_that_asks_can_be_confirmed(tmp_path: Path) -> None:
    async with at_a_kiosk(tmp_path, Token.ANDROID) as resident:
        for put in (False, True):
            if put:
                await resident.go_to("pin")
            with pytest.raises(MadoguchiError, match=r"kiosk\.nonsense"):
                await confirms(resident)
        media = {each.id: each.medium for each in resident.agent.panel().cards}
        assert media == {PHONE: Medium.ANDROID, CARD: Medium.CARD}


async def test_an_unknown_kind_is_refused_politely_and_the_card_may_follow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verified: list[int]
) -> None:
    whole, strange = VirtualCard._file, b"JPKIAPWATCHTOKEN".ljust(TOKEN_INFORMATION_OCTETS, b"\0")

    def file(self: VirtualCard, fid: int) -> bytes | None:
        return strange if fid == EF_TOKEN_INFORMATION else whole(self, fid)

    async with at_a_kiosk(tmp_path, Token.ANDROID) as resident:
        with monkeypatch.context() as patched:
            patched.setattr(VirtualCard, "_file", file)
            await resident.go_to("card")
            await resident.hand(Operation.PUT_CARD, PHONE)
            async with asyncio.timeout(5):
                while (shown := resident.agent.screen()).name != "card" or not getattr(shown.data, "problem", None):
                    await resident.agent.wait(shown.revision)
            assert "phone" in shown.data.problem.en  # type: ignore[union-attr]
            await resident.hand(Operation.TAKE_CARD)
        assert verified == []
        await resident.hand(Operation.PUT_CARD, PHONE)
        await resident.until("pin")

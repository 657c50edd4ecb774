"""The kiosk's reader over pyscard, pcscd and vpcd: presence, sessions, one try for one wrong PIN, cards that leave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

pytest.importorskip("smartcard.scard")

from madoguchi.card import JpkiCard, PinWrongError, Token, load_card
from madoguchi.card.algorithm import RSA_2048_SHA256
from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.devices.pcsc.reader import PcscReader
from madoguchi.kiosk.machine.events import CardPut, CardTaken, OutOfOrder
from tests.jpki.authorities import PIN, card
from tests.pcsc.room import READER
from tests.pcsc.rooms import Room

VERIFY = "00200080"


class Watching:
    """A reader that is watched, and what it sensed."""

    def __init__(self, reader: PcscReader) -> None:
        self.reader = reader
        self.sensed: list[object] = []

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():  # noqa: ASYNC110 - what is waited for happens in another thread
                await asyncio.sleep(0.02)

    async def until_ready(self) -> None:
        await self.until(lambda: self.trouble() is None)

    async def until_present(self, *, present: bool = True) -> None:
        await self.until(lambda: self.reader.present() is present)

    def trouble(self) -> str | None:
        try:
            self.reader.check()
        except MadoguchiError as error:
            return f"{error.code} {error.cause}"
        return None


@asynccontextmanager
async def watching(name: str | None = READER) -> AsyncIterator[Watching]:
    seen = Watching(PcscReader(name=name))
    seen.reader.start(seen.sensed.append)
    try:
        yield seen
    finally:
        await seen.reader.stop()


in_thread = asyncio.to_thread
"""Commands to a card block."""


async def test_a_card_put_while_waiting_is_sensed_and_so_is_its_leaving(room: Room) -> None:
    async with watching() as seen:
        await seen.until_ready()
        assert (seen.reader.present(), seen.sensed) == (False, [])
        room.put(card())
        await seen.until_present()
        room.ask("take")
        await seen.until_present(present=False)
        assert seen.sensed == [CardPut(), CardTaken()]


async def test_a_card_that_lay_there_before_the_start_is_sensed(room: Room) -> None:
    room.put(card())
    async with watching() as seen:
        await seen.until_present()
        assert seen.sensed == [CardPut()]


async def test_a_whole_session(room: Room) -> None:
    holder = card()
    room.put(holder)
    async with watching() as seen:
        await seen.until_present()
        jpki = JpkiCard(seen.reader.transport())
        assert await in_thread(jpki.tries_left) == 3
        certificate = await in_thread(jpki.read_certificate)
        assert certificate == holder.certificate
        message = b"a transcript"
        digest = RSA_2048_SHA256.digest(message)
        pin = bytearray(PIN.encode())
        again = JpkiCard(seen.reader.transport())
        await in_thread(lambda: again.verify_pin(pin))
        signature = await in_thread(lambda: again.sign(digest))
        await in_thread(again.reset)
    holder_key = holder.contents.private_key.public_key()
    RSA_2048_SHA256.check(holder_key, signature, message)
    assert pin == bytes(4) or not any(pin)
    seen_apdus = room.ask("seen")
    counter = seen_apdus["headers"].index(VERIFY)
    assert seen_apdus["headers"][: counter + 1].count("00b00000") == 1, "only what it is is read before the counter"
    assert seen_apdus["resets"] >= 2, "the card was reset after the session"


async def test_a_wrong_pin_costs_one_try_and_nothing_presents_it_again(room: Room) -> None:
    file = room.put(card())
    async with watching() as seen:
        await seen.until_present()
        jpki = JpkiCard(seen.reader.transport())
        assert await in_thread(jpki.tries_left) == 3
        room.ask("seen")
        with pytest.raises(PinWrongError) as wrong:
            await in_thread(lambda: jpki.verify_pin(bytearray(b"9999")))
        await in_thread(jpki.reset)
        assert wrong.value.tries_left == 2
        assert room.ask("seen")["headers"].count(VERIFY) == 1
        assert await in_thread(JpkiCard(seen.reader.transport()).tries_left) == 2
    assert load_card(file).contents.pin_tries == 2


async def test_after_the_reset_the_card_has_forgotten_the_pin(room: Room) -> None:
    room.put(card())
    async with watching() as seen:
        await seen.until_present()
        jpki = JpkiCard(seen.reader.transport())
        await in_thread(lambda: jpki.verify_pin(bytearray(PIN.encode())))
        await in_thread(jpki.reset)
        with pytest.raises(MadoguchiError, match=r"card\.pin_needed"):
            await in_thread(lambda: JpkiCard(seen.reader.transport()).sign(bytes(32)))


@pytest.mark.parametrize("after", [1, 2, 5])
async def test_a_card_pulled_in_the_middle_ends_the_session(room: Room, after: int) -> None:
    room.put(card())
    async with watching() as seen:
        await seen.until_present()
        jpki = JpkiCard(seen.reader.transport())
        room.ask("pull_after", after)
        with pytest.raises(MadoguchiError, match=r"kiosk\.card_not_accepted"):
            await in_thread(lambda: (jpki.tries_left(), jpki.read_certificate()))
        await seen.until_present(present=False)
        with pytest.raises(MadoguchiError, match=r"kiosk\.card_not_accepted"):
            await in_thread(jpki.tries_left)
        with pytest.raises(MadoguchiError, match=r"kiosk\.card_not_accepted"):
            seen.reader.transport()
        assert seen.sensed == [CardPut(), CardTaken()]


async def test_a_session_does_not_go_on_with_the_next_card(room: Room) -> None:
    room.put(card())
    async with watching() as seen:
        await seen.until_present()
        old = JpkiCard(seen.reader.transport())
        await in_thread(old.tries_left)
        room.ask("take")
        room.put(card(serial="1234ABCD"))
        await seen.until(lambda: len(seen.sensed) == 3)
        assert seen.sensed == [CardPut(), CardTaken(), CardPut()]
        with pytest.raises(MadoguchiError, match=r"kiosk\.card_not_accepted"):
            await in_thread(old.read_certificate)
        assert await in_thread(JpkiCard(seen.reader.transport()).tries_left) == 3


async def test_nobody_else_reaches_the_card_during_a_session_and_everybody_after_it(room: Room) -> None:
    room.put(card())
    async with watching() as seen:
        await seen.until_present()
        jpki = JpkiCard(seen.reader.transport())
        await in_thread(jpki.tries_left)
        assert room.ask("run", "opensc-tool", "--name")["code"] != 0
        await in_thread(jpki.reset)
        assert room.run("opensc-tool", "--name").strip() == "jpki"


async def test_a_reader_that_is_not_there_stops_the_machine(room: Room) -> None:
    async with watching(name="No such reader") as seen:
        await seen.until(lambda: seen.trouble() == "kiosk.reader_failed 0 of 2 readers fit")
        assert seen.sensed == []
    async with watching(name=None) as seen:
        await seen.until(lambda: seen.trouble() == "kiosk.reader_failed 2 of 2 readers fit")
        with pytest.raises(MadoguchiError, match=r"kiosk\.card_not_accepted"):
            seen.reader.transport()


async def test_a_reader_that_goes_away_says_so_once_and_takes_its_card_with_it(room: Room) -> None:
    async with watching() as seen:
        await seen.until_ready()
        seen.reader.seen(READER, present=True)
        seen.reader.lost("e_reader_unavailable")
        seen.reader.lost("e_reader_unavailable")
        assert [type(each) for each in seen.sensed] == [CardPut, CardTaken, OutOfOrder]
        await seen.until_ready()


async def test_a_phone_that_waits_for_its_holder_holds_up_nobody(room: Room) -> None:
    """`release` returns while the signing command is still under way; the phone that leaves ends it."""
    phone = card()
    phone.contents.token = Token.IPHONE
    async with watching() as seen:
        await seen.until_ready()
        room.put(phone)
        await seen.until_present()
        dialect = JpkiCard(seen.reader.transport())
        assert await asyncio.to_thread(dialect.token) is Token.IPHONE
        await asyncio.to_thread(dialect.read_certificate)
        room.ask("seen")
        signing = asyncio.create_task(asyncio.to_thread(dialect.sign, bytes(32)))
        await seen.until(lambda: any(header.startswith("802a") for header in room.ask("seen")["headers"]))
        async with asyncio.timeout(5):
            await seen.reader.release()
        assert not signing.done()
        room.ask("take")
        await seen.until_present(present=False)
        with pytest.raises(MadoguchiError, match=r"kiosk\.card_not_accepted"):
            await signing


async def test_an_iphone_signs_over_the_reader_without_any_verify(room: Room) -> None:
    phone = card()
    phone.contents.token = Token.IPHONE
    async with watching() as seen:
        await seen.until_ready()
        room.put(phone)
        await seen.until_present()
        room.ask("seen")
        dialect = JpkiCard(seen.reader.transport())
        signing = asyncio.create_task(asyncio.to_thread(dialect.sign, bytes(RSA_2048_SHA256.hash.digest_size)))
        await asyncio.sleep(0.2)
        room.ask("confirm", True)
        assert len(await signing) == RSA_2048_SHA256.signature_octets
        assert not any(header[2:4] == "20" for header in room.ask("seen")["headers"])
        await seen.reader.release()

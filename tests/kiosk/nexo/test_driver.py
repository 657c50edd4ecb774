"""The driver at a real TLS connection: what it says of money is what the ledger says, whatever is lost between them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.devices.emoney import Charge, NoCharge
from madoguchi.kiosk.devices.nexo import driver as driving
from madoguchi.kiosk.devices.pinned import read_certificate
from madoguchi.kiosk.money import Declined
from tests.kiosk.nexo.store import OTHER, REFERENCE, YEN, Store, at_the_terminal, charged
from tests.kiosk.nexo.terminal import Trouble
from tests.runtime.pki import Authority, Identity


@pytest.fixture
def identity(authority: Authority) -> Identity:
    return authority.issue("terminal")


async def test_it_is_paid_once_however_often_it_is_begun(identity: Identity, tmp_path: Path) -> None:
    async with at_the_terminal(identity, tmp_path) as (terminal, store):
        assert await charged(terminal, store) == Charge("slip.1")
        for _ in range(2):
            assert await store.driver.charge(REFERENCE, YEN) == await store.driver.query(REFERENCE) == Charge("slip.1")
            await store.begin_anew()
        assert terminal.charges == {REFERENCE.hex(): 1}
        assert await charged(terminal, store, reference=OTHER) == Charge("slip.2")
        message = terminal.asked[0]
    assert message["MessageHeader"]["SaleID"] == "kiosk-1"
    assert message["PaymentRequest"]["SaleData"]["SaleTransactionID"]["TimeStamp"].endswith("Z")


@pytest.mark.parametrize("condition", ["Refusal", "Cancel"])
async def test_what_was_refused_took_nothing(identity: Identity, tmp_path: Path, condition: str) -> None:
    async with at_the_terminal(identity, tmp_path) as (terminal, store):
        assert await charged(terminal, store, condition) == NoCharge(Declined.CANCELLED)
        terminal.restart(forgets=True)
        assert await store.driver.query(REFERENCE) == NoCharge(Declined.CANCELLED)
        assert terminal.ledger.total() == 0


async def test_what_was_never_begun(identity: Identity, tmp_path: Path) -> None:
    async with at_the_terminal(identity, tmp_path) as (terminal, store):
        await store.driver.cancel()
        assert await store.driver.query(REFERENCE) == NoCharge(Declined.NEVER_BEGUN)
        assert await store.driver.reverse(REFERENCE, YEN) == await store.driver.reversed_yen(REFERENCE) == 0
        assert terminal.asked == []


@pytest.mark.parametrize("anew", [False, True])
async def test_it_lets_go(identity: Identity, tmp_path: Path, anew: bool) -> None:
    async with at_the_terminal(identity, tmp_path) as (terminal, store):
        task = asyncio.create_task(store.driver.charge(REFERENCE, YEN))
        await asyncio.wait_for(terminal.waiting.wait(), 5)
        if anew:  # the agent died while a medium was waited for
            task.cancel()
            await store.begin_anew()
        with pytest.raises(MadoguchiError):
            await store.driver.query(REFERENCE)  # in progress
        await store.driver.cancel()
        assert not terminal.waiting.is_set()
        if not anew:
            assert await task == NoCharge(Declined.CANCELLED)
        assert await store.driver.query(REFERENCE) == NoCharge(Declined.CANCELLED)


async def test_an_abort_that_overtakes_its_payment_is_repeated(
    identity: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driving, "_ABORT_AGAIN_SECONDS", 0.05)
    async with at_the_terminal(identity, tmp_path) as (terminal, store):
        reached, slow = asyncio.Event(), terminal._pay

        async def late(service_id: str, asked: Any) -> Any:
            await asyncio.wait_for(reached.wait(), 5)
            return await slow(service_id, asked)

        monkeypatch.setattr(terminal, "_pay", late)
        task = asyncio.create_task(store.driver.charge(REFERENCE, YEN))
        cancelling = asyncio.create_task(store.driver.cancel())
        while sum("AbortRequest" in each for each in terminal.asked) < 2:  # noqa: ASYNC110 - what it has heard
            await asyncio.sleep(0.01)
        assert not cancelling.done()
        reached.set()
        await asyncio.wait_for(cancelling, 5)
        assert await task == NoCharge(Declined.CANCELLED)


async def test_a_medium_that_was_faster_than_the_abort_has_paid(identity: Identity, tmp_path: Path) -> None:
    async with at_the_terminal(identity, tmp_path) as (terminal, store):
        task = asyncio.create_task(store.driver.charge(REFERENCE, YEN))
        await asyncio.wait_for(terminal.waiting.wait(), 5)
        terminal.touch()
        await store.driver.cancel()
        assert await task == await store.driver.query(REFERENCE) == Charge("slip.1")


async def test_where_no_terminal_is_nothing_is_taken(identity: Identity, tmp_path: Path) -> None:
    async with at_the_terminal(identity, tmp_path) as (_, store):
        url = store.url
    store = Store.open(url, store.certificate, tmp_path)
    assert await store.driver.charge(REFERENCE, YEN) == NoCharge(Declined.NEVER_BEGUN)
    assert await store.driver.query(REFERENCE) == NoCharge(Declined.NEVER_BEGUN)
    await store.driver.stop()


async def test_a_caller_that_stops_before_it_is_connected_took_nothing(identity: Identity, tmp_path: Path) -> None:
    """A machine that takes connections and never shows a certificate."""
    taken: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda _reader, writer: taken.append(writer), "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    store = Store.open(f"https://127.0.0.1:{port}/nexo", read_certificate(identity.files.certificate), tmp_path)
    task = asyncio.create_task(store.driver.charge(REFERENCE, YEN))
    while not taken:  # noqa: ASYNC110 - the server's own list
        await asyncio.sleep(0.01)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert await store.driver.query(REFERENCE) == NoCharge(Declined.NEVER_BEGUN)
    await store.driver.stop()
    for writer in taken:
        writer.close()
    silent.close()
    await silent.wait_closed()


async def test_another_certificate_is_not_spoken_to(identity: Identity, authority: Authority, tmp_path: Path) -> None:
    """Not even one of the same authority: and what was not sent took nothing."""
    async with at_the_terminal(identity, tmp_path) as (terminal, store):
        await store.driver.stop()
        store.certificate = read_certificate(authority.issue("other").files.certificate)
        await store.begin_anew()
        assert await store.driver.charge(REFERENCE, YEN) == NoCharge(Declined.NEVER_BEGUN)
        assert terminal.asked == []


@pytest.mark.parametrize("trouble", Trouble)
async def test_an_answer_that_was_lost_is_asked_for(identity: Identity, tmp_path: Path, trouble: Trouble) -> None:
    async with at_the_terminal(identity, tmp_path) as (terminal, store):
        terminal.troubles["Payment"] = [trouble]
        if trouble is Trouble.LOST:
            with pytest.raises(MadoguchiError, match=r"kiosk\.emoney_failed"):
                await store.driver.charge(REFERENCE, YEN)
            with pytest.raises(MadoguchiError):  # it may still be on its way
                await store.driver.query(REFERENCE)
            assert terminal.ledger.total() == 0
            return
        with pytest.raises(MadoguchiError, match=r"kiosk\.emoney_failed"):
            await charged(terminal, store)
        assert await store.driver.query(REFERENCE) == Charge("slip.1")
        terminal.restart(forgets=True)
        assert await store.driver.query(REFERENCE) == Charge("slip.1")
        assert terminal.charges == {REFERENCE.hex(): 1}


async def test_a_terminal_that_forgot_leaves_it_unknown(identity: Identity, tmp_path: Path) -> None:
    async with at_the_terminal(identity, tmp_path) as (terminal, store):
        terminal.troubles["Payment"] = [Trouble.UNANSWERED]
        with pytest.raises(MadoguchiError):
            await charged(terminal, store)
        terminal.restart(forgets=True)
        for _ in range(2):
            with pytest.raises(MadoguchiError):
                await store.driver.query(REFERENCE)
            with pytest.raises(MadoguchiError):
                await store.driver.reverse(REFERENCE, YEN)
            await store.begin_anew()
        assert terminal.ledger[REFERENCE.hex()] == YEN


def _change(told: Any, *path: str, value: Any) -> Any:
    changed = json.loads(json.dumps(told))
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


LIES: dict[str, Callable[[Any], Any]] = {
    "another amount": lambda told: _change(told, "PaymentResult", "AmountsResp", "AuthorizedAmount", value=YEN - 1),
    "another payment": lambda told: _change(told, "SaleData", "SaleTransactionID", "TransactionID", value="00"),
    "no slip": lambda told: _change(told, "POIData", value={}),
    "not reached": lambda told: _change(
        told, "Response", value={"Result": "Failure", "ErrorCondition": "UnreachableHost"}
    ),
    "nothing": lambda _told: None,
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
async def test_a_lie_is_unknown_and_the_truth_is_found_later(
    identity: Identity, tmp_path: Path, lie: Callable[[Any], Any]
) -> None:
    async with at_the_terminal(identity, tmp_path) as (terminal, store):
        terminal.lies["Payment"] = lie
        with pytest.raises(MadoguchiError, match=r"kiosk\.emoney_failed"):
            await charged(terminal, store)
        assert await store.driver.query(REFERENCE) == Charge("slip.1")


@pytest.mark.parametrize("yen", [YEN, 300])
@pytest.mark.parametrize("trouble", [None, *Trouble])
async def test_it_is_given_back_once(identity: Identity, tmp_path: Path, yen: int, trouble: Trouble | None) -> None:
    async with at_the_terminal(identity, tmp_path) as (terminal, store):
        await charged(terminal, store)
        assert await store.driver.reverse(REFERENCE, YEN + 1) == 0
        assert await store.driver.reversed_yen(REFERENCE) == 0
        if trouble is not None:
            terminal.troubles["Reversal"] = [trouble]
            with pytest.raises(MadoguchiError):
                await store.driver.reverse(REFERENCE, yen)
        if trouble is Trouble.LOST:
            with pytest.raises(MadoguchiError):  # never *nothing*: it may still be on its way
                await store.driver.reversed_yen(REFERENCE)
            assert terminal.reversals.total() == 0
            return
        for _ in range(2):
            assert await store.driver.reverse(REFERENCE, yen) == await store.driver.reversed_yen(REFERENCE) == yen
            terminal.restart(forgets=True)
            await store.begin_anew()
        assert terminal.reversals == {REFERENCE.hex(): 1}
        assert terminal.ledger[REFERENCE.hex()] == YEN - yen


async def test_what_it_does_not_give_back_is_nothing(identity: Identity, tmp_path: Path) -> None:
    async with at_the_terminal(identity, tmp_path) as (terminal, store):
        terminal.gives_back = False
        await charged(terminal, store)
        assert await store.driver.reverse(REFERENCE, YEN) == 0
        terminal.gives_back = True
        assert await store.driver.reversed_yen(REFERENCE) == await store.driver.reverse(REFERENCE, YEN) == 0
        assert terminal.ledger[REFERENCE.hex()] == YEN


async def test_ready_is_what_the_terminal_says(identity: Identity, tmp_path: Path) -> None:
    async with at_the_terminal(identity, tmp_path) as (terminal, store):
        assert not store.driver.ready()
        store.driver.start(lambda _event: None)
        for status, ready in (("OK", True), ("Maintenance", False), ("OK", True)):
            terminal.status = status
            async with asyncio.timeout(5):
                while store.driver.ready() is not ready:  # noqa: ASYNC110 - the driver's own look
                    await asyncio.sleep(0.01)


async def test_a_terminal_that_says_another_thing_than_before_is_told(
    identity: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    async with at_the_terminal(identity, tmp_path) as (terminal, store):
        task = asyncio.create_task(store.driver.charge(REFERENCE, YEN))
        await asyncio.wait_for(terminal.waiting.wait(), 5)
        payment = next(iter(terminal.payments.values()))
        honest = terminal._tell

        def lying(reference: Any) -> Any:
            payment.touched, real = asyncio.get_running_loop().create_future(), payment.touched
            payment.touched.set_result("Aborted")
            try:
                return honest(reference)
            finally:
                payment.touched = real

        monkeypatch.setattr(terminal, "_tell", lying)
        assert await store.driver.query(REFERENCE) == NoCharge(Declined.CANCELLED)
        terminal.touch()
        assert await asyncio.wait_for(task, 5) == NoCharge(Declined.CANCELLED)
    assert "kiosk.emoney_contradicted" in capfd.readouterr().out

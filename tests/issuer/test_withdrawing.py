"""Papers taken back: who, why, once, on every replica, and never without evidence."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date

import msgspec
import psycopg
import pytest
from click.testing import CliRunner, Result

from madoguchi.errors import MadoguchiError
from madoguchi.issuer import withdrawing
from madoguchi.issuer.accounts import account_of, paper_status
from madoguchi.issuer.command import group
from madoguchi.issuer.stopping import Decision
from madoguchi.issuer.withdrawing import Why, Withdrawal, Withdrawn
from madoguchi.paper.frontcode import FRONT_CODE
from madoguchi.paper.number import paper_number_text
from madoguchi.paper.qr import PREFIX, encode_base45
from madoguchi.runtime.config import write_config
from madoguchi.runtime.database import transaction
from madoguchi.statement import FileKey, Signer
from madoguchi.wire.codec import decode_plain
from madoguchi.wire.transaction import Issued
from tests.issuer.world import HANAKO, Replica, Visit, World
from tests.verify.papers import BODY

TODAY = date(2026, 11, 23)
BY = Decision(by="Suzuki", reason="")
REVOKED = Withdrawal(to=Withdrawn.REVOKED, why=Why.WRONG_CONTENT, decision=BY)
SUPERSEDED = Withdrawal(to=Withdrawn.SUPERSEDED, why=Why.CORRECTION, decision=BY)
WHOLE = Withdrawal(to=Withdrawn.REVOKED, why=Why.LOST, decision=BY, whole_issuance=True)


class Ward:
    """A ward that has issued to HANAKO."""

    def __init__(self, world: World, replica: Replica) -> None:
        self.world = world
        self.replica = replica

    async def issue(self, *, copies: int = 2) -> tuple[Visit, Issued, Sequence[bytes]]:
        """Papers of which no outcome is known yet."""
        card = self.world.kit.card()
        await self.world.open(self.replica, HANAKO, cards={HANAKO.addressee_number: card})
        visit = self.world.street.visit(card, copies=copies)
        answer = await self.replica.issue(visit.request)
        assert isinstance(answer, Issued)
        return visit, answer, [sheet.paper_number for sheet in self.world.street.issuance(answer).sheets]

    async def printed(self, *, copies: int = 2) -> Sequence[bytes]:
        visit, issued, numbers = await self.issue(copies=copies)
        await self.replica.outcomes.take(self.world.street.outcome(visit, issued))
        return numbers

    async def withdraw(self, number: bytes, how: Withdrawal) -> tuple[withdrawing.Sheet, ...]:
        async with transaction(self.world.pool) as connection:
            return await withdrawing.withdraw(connection, number, how, at=self.world.clock.now())

    async def statuses(self, numbers: Sequence[bytes]) -> list[str]:
        async with transaction(self.world.pool) as connection:
            return [(await paper_status(connection, number)).status for number in numbers]

    async def later(self, number: bytes) -> bool:
        """Whether a receiver is told that a later paper says it rightly."""
        async with transaction(self.world.pool) as connection:
            return (await paper_status(connection, number)).later_certificate

    async def withdrawals(self) -> int:
        return len(await self.world.all("SELECT FROM withdrawals"))


@pytest.fixture
async def ward(world: World) -> Ward:
    return Ward(world, await world.replica())


@pytest.mark.parametrize("how", [REVOKED, SUPERSEDED], ids=["revoked", "superseded"])
async def test_one_sheet_and_no_other(ward: Ward, how: Withdrawal) -> None:
    first, second = await ward.printed()
    (sheet,) = await ward.withdraw(first, how)
    assert (sheet.paper_number, sheet.state) == (first, how.to)
    assert await ward.statuses([first, second]) == [how.to, "issued"]


async def test_every_copy_of_an_issuance(ward: Ward) -> None:
    numbers = await ward.printed(copies=3)
    await ward.withdraw(numbers[1], SUPERSEDED)
    assert len(await ward.withdraw(numbers[0], WHOLE)) == 3, "one that was superseded may be revoked"
    assert await ward.statuses(numbers) == ["revoked"] * 3


async def test_the_evidence_says_who_and_why_and_names_no_paper(ward: Ward) -> None:
    first, _ = await ward.printed()
    await ward.withdraw(first, REVOKED)
    row = await ward.world.one("SELECT body FROM evidence WHERE event = 'paper.withdrawn'")
    body = decode_plain(bytes(row["body"]))
    assert isinstance(body, dict)
    assert (body["by"], body["why"], body["state"], body["sheets"]) == ("Suzuki", "wrong_content", "revoked", "0")
    assert first not in bytes(row["body"])


async def test_without_evidence_nothing_is_withdrawn(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = await ward.printed()

    async def full(*_arguments: object, **_named: object) -> None:
        raise psycopg.errors.DiskFull

    monkeypatch.setattr("madoguchi.evidence.append", full)
    with pytest.raises(MadoguchiError, match="evidence_unwritable"):
        await ward.withdraw(first, REVOKED)
    assert (await ward.statuses([first]), await ward.withdrawals()) == (["issued"], 0)


async def test_what_is_in_nobodys_hands_is_not_withdrawn(ward: Ward) -> None:
    visit, issued, numbers = await ward.issue()
    with pytest.raises(MadoguchiError, match="paper_not_withdrawn"):
        await ward.withdraw(numbers[0], REVOKED)  # its outcome may still come, and would be lost
    nothing = {"result": "not_printed", "sheets": ("not_printed", "not_printed"), "printed_yen": 0, "refunded_yen": 600}
    await ward.replica.outcomes.take(ward.world.street.outcome(visit, issued, **nothing))
    for how in (REVOKED, WHOLE, SUPERSEDED):
        with pytest.raises(MadoguchiError, match="paper_not_withdrawn"):
            await ward.withdraw(numbers[0], how)
    with pytest.raises(MadoguchiError, match="paper_not_known"):
        await ward.withdraw(bytes(16), REVOKED)
    assert await ward.withdrawals() == 0


async def test_a_sheet_of_which_nobody_knows_may_be_revoked(ward: Ward) -> None:
    visit, issued, numbers = await ward.issue()
    partly = {"result": "partly_printed", "sheets": ("printed", "unknown"), "printed_yen": 300, "owed_yen": 300}
    await ward.replica.outcomes.take(ward.world.street.outcome(visit, issued, claim="C-1", **partly))
    await ward.withdraw(numbers[0], WHOLE)
    assert await ward.statuses(numbers) == ["revoked", "revoked"]


async def test_it_is_not_taken_back_and_not_done_twice(ward: Ward) -> None:
    first, _ = await ward.printed()
    await ward.withdraw(first, REVOKED)
    for how in (REVOKED, SUPERSEDED):
        with pytest.raises(MadoguchiError, match="paper_not_withdrawn"):
            await ward.withdraw(first, how)
    with pytest.raises(psycopg.errors.RaiseException, match="no step"):
        await ward.world.all("UPDATE papers SET state = 'printed' WHERE state = 'revoked' RETURNING state")
    assert await ward.withdrawals() == 1


@pytest.mark.parametrize("state", ["revoked", "superseded"])
async def test_the_database_takes_no_state_without_a_reason(ward: Ward, state: str) -> None:
    first, _ = await ward.printed()
    with pytest.raises(psycopg.errors.RaiseException, match="without a reason"):
        async with transaction(ward.world.pool) as connection:
            await connection.execute("UPDATE papers SET state = %s WHERE paper_number = %s", (state, first))
    assert await ward.statuses([first]) == ["issued"]


async def test_the_serving_role_changes_no_reason(ward: Ward) -> None:
    first, _ = await ward.printed()
    await ward.withdraw(first, REVOKED)
    for statement in ("UPDATE withdrawals SET set_by = 'nobody'", "DELETE FROM withdrawals"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with transaction(ward.world.pool) as connection:
                await connection.execute(statement)


async def test_two_at_once_and_one_is_told(ward: Ward) -> None:
    first, _ = await ward.printed()
    ends = await asyncio.gather(*(ward.withdraw(first, REVOKED) for _ in range(4)), return_exceptions=True)
    refused = [each for each in ends if isinstance(each, MadoguchiError)]
    assert (len(refused), {each.code for each in refused}) == (3, {"issuer.paper_not_withdrawn"})
    assert await ward.withdrawals() == 1


async def test_an_outcome_and_a_withdrawal_at_once(ward: Ward) -> None:
    """Either the paper is revoked after the outcome, or refused because none was there; never half of it."""
    visit, issued, numbers = await ward.issue()
    outcome = ward.replica.outcomes.take(ward.world.street.outcome(visit, issued))
    ends = await asyncio.gather(outcome, ward.withdraw(numbers[0], WHOLE), return_exceptions=True)
    refused = isinstance(ends[1], MadoguchiError)
    assert ends[0] is None
    assert await ward.statuses(numbers) == ["issued" if refused else "revoked"] * 2


async def test_a_successor_is_a_later_paper_that_counts(ward: Ward) -> None:
    old = await ward.printed()
    ward.world.clock.advance(seconds=60)
    new = await ward.printed()
    for wrong in (old[1], old[0], bytes(16)):
        with pytest.raises(MadoguchiError, match="paper_not_withdrawn"):
            await ward.withdraw(old[0], _with_successor(wrong))
    with pytest.raises(MadoguchiError, match="paper_not_withdrawn"):
        await ward.withdraw(new[0], _with_successor(old[0]))
    await ward.withdraw(old[0], _with_successor(new[0]))
    assert await ward.statuses([old[0], new[0]]) == ["superseded", "issued"]
    assert await ward.later(old[0])
    await ward.withdraw(old[1], SUPERSEDED)
    await ward.withdraw(old[0], REVOKED)
    assert not any([await ward.later(each) for each in (*old, *new)])


def _with_successor(number: bytes) -> Withdrawal:
    return Withdrawal(to=Withdrawn.SUPERSEDED, why=Why.CORRECTION, decision=BY, successor=number)


@pytest.mark.parametrize("why", [Why.WRONG_PERSON, Why.LOST])
def test_a_reason_that_does_not_fit(why: Why) -> None:
    with pytest.raises(MadoguchiError, match="paper_not_withdrawn"):
        Withdrawal(to=Withdrawn.SUPERSEDED, why=why, decision=BY)
    with pytest.raises(MadoguchiError, match="paper_not_withdrawn"):
        Withdrawal(to=Withdrawn.REVOKED, why=why, decision=BY, successor=bytes(16))


async def test_oversight_counts_them_and_another_persons_paper_is_an_incident(ward: Ward) -> None:
    first, second = await ward.printed()
    await ward.withdraw(first, SUPERSEDED)
    await ward.withdraw(second, Withdrawal(to=Withdrawn.REVOKED, why=Why.WRONG_PERSON, decision=BY))
    async with transaction(ward.world.pool) as connection:
        account = await account_of(connection, TODAY, config=ward.replica.parts.config, now=ward.world.clock.now())
    assert {(each.state, each.why, each.sheets) for each in account.withdrawn} == {
        ("superseded", "correction", 1),
        ("revoked", "wrong_person", 1),
    }
    assert account.incidents == ("issuer.wrong_person",)
    (counted,) = account.transactions
    assert (counted.state, counted.sheets_printed, counted.paid_yen) == ("printed", 2, 600), "money stays as it was"


async def _told(world: World, *arguments: str) -> Result:
    file = world.kit.directory / "issuer.toml"
    write_config(world.kit.config("issuer-1", database=world.database), file)
    command, *rest = arguments
    words = ["paper", command, "--config", str(file), *rest]
    return await asyncio.to_thread(CliRunner().invoke, group, words)


async def test_by_command(ward: Ward) -> None:
    first, second = (paper_number_text(number) for number in await ward.printed())
    typed = first.replace("-", " ").lower()
    told = await _told(ward.world, "revoke", typed, "--why", "lost", "--by", "Suzuki", "--reason", "K-12", "--yes")
    assert (told.exit_code, told.output.splitlines()) == (0, [f"{first}  1通目 copy 1, 1/1  取消し revoked"])
    shown = (await _told(ward.world, "show", second)).output.splitlines()
    assert [line.split()[0] for line in shown] == [first, shown[1].split()[0], second]
    assert "遺失・盗難 lost or stolen  Suzuki  K-12" in shown[1]
    assert HANAKO.name not in "\n".join(shown)


async def test_the_text_of_the_code_names_the_paper_too(ward: Ward) -> None:
    numbers = await ward.printed()
    kit = ward.world.kit
    signer = Signer(
        key=FileKey.generate(), party="issuer", code=kit.ward, name="issuer-1", environment=kit.plan.environment
    )
    body = msgspec.structs.replace(BODY, paper_number=numbers[1])
    code = PREFIX + encode_base45(signer.sign(FRONT_CODE, body))
    for misread in (code[:-2], code[:-1] + "a", PREFIX):
        assert (await _told(ward.world, "revoke", misread, "--why", "lost", "--yes")).exit_code == 2
    assert (await _told(ward.world, "revoke", code, "--why", "lost", "--yes")).exit_code == 0
    assert await ward.statuses(numbers) == ["issued", "revoked"]


async def test_a_mistyped_number_and_a_refused_question_change_nothing(ward: Ward) -> None:
    (number,) = await ward.printed(copies=1)
    text = paper_number_text(number)
    mistyped = ("1" if text[0] != "1" else "2") + text[1:]
    told = await _told(ward.world, "revoke", mistyped, "--why", "lost", "--yes")
    assert (told.exit_code, "check symbol" in told.output) == (2, True), told.output
    assert (await _told(ward.world, "revoke", text, "--why", "lost")).exit_code == 1  # nobody said yes
    assert await ward.statuses([number]) == ["issued"]

"""`./madoguchi issuer paper show | revoke | supersede`: what a paper counts, and taking it back."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from madoguchi.errors import MadoguchiError
from madoguchi.issuer import withdrawing
from madoguchi.issuer.config import IssuerConfig
from madoguchi.issuer.starting import database_of
from madoguchi.issuer.stopping import Decision
from madoguchi.issuer.withdrawing import Sheet, Why, Withdrawal, Withdrawn
from madoguchi.paper.frontcode import parse_unverified
from madoguchi.paper.number import paper_number_text, parse_paper_number
from madoguchi.paper.qr import PREFIX, decode_base45
from madoguchi.runtime.clock import JST, SystemClock
from madoguchi.runtime.config import load_config
from madoguchi.runtime.database import Connection, connect, transaction

_STATES: Final = {
    "issued": "作成済み、交付結果待ち made; no outcome yet",
    "printed": "有効 issued",
    "not_printed": "印刷されていない never came out",
    "unknown": "印刷されたか不明 unknown whether it came out",
    "superseded": "更正により差替え superseded",
    "revoked": "取消し revoked",
}
_WHY: Final = {
    Why.CORRECTION: "更正 tax corrected",
    Why.WRONG_CONTENT: "記載誤り wrong content",
    Why.WRONG_PERSON: "他人への交付 given to another person",
    Why.LOST: "遺失・盗難 lost or stolen",
}
F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


class _PaperNumber(click.ParamType[bytes]):
    """A paper number as it is printed, or the text of the code on the front, which carries it."""

    name = "NUMBER"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bytes:
        if isinstance(value, bytes):
            return value
        try:
            if value.strip().startswith(PREFIX):
                # Its signature is not asked: only a number that this ward has given out is found.
                return parse_unverified(decode_base45(value.strip().removeprefix(PREFIX))).body.paper_number
            return parse_paper_number(value)
        except ValueError:
            self.fail("コードの文字を読み誤っています。 The text of the code was misread.", param, ctx)
        except MadoguchiError as failure:
            self.fail(f"{failure.problem.clerk.ja} {failure.problem.clerk.en} ({failure.cause})", param, ctx)


_CONFIG = click.option("--config", "config_file", required=True, type=click.Path(path_type=Path, dir_okay=False))
_NUMBER = click.argument("number", type=_PaperNumber())


def _options(*reasons: Why) -> Callable[[F], F]:
    def decorate(command: F) -> F:
        for option in (
            click.confirmation_option(
                prompt="取り消した用紙は元に戻せません。続けますか。 This cannot be undone. Go on?"
            ),
            click.option("--reason", default="", help="Words to keep as evidence. Never a resident's name."),
            click.option("--by", default=getpass.getuser, show_default="who is logged in", help="Who decides this."),
            click.option("--why", required=True, type=click.Choice([each.value for each in reasons])),
            click.option("--whole-issuance", is_flag=True, help="Every page and copy of the issuance that came out."),
            _NUMBER,
            _CONFIG,
        ):
            command = option(command)
        return command

    return decorate


@click.group("paper")
def group() -> None:
    """Papers that were handed over, by the number that is printed on them."""


@group.command()
@_CONFIG
@_NUMBER
def show(config_file: Path, number: bytes) -> None:
    """Show what a paper counts and what became of the other sheets of its issuance. Nobody's name is kept there."""

    async def work(connection: Connection, _at: datetime) -> list[str]:
        sheets = await withdrawing.sheets_of(connection, number)
        return [
            line
            for sheet in sheets
            for line in _lines(sheet, await withdrawing.history_of(connection, sheet.paper_number))
        ]

    for line in _with_database(config_file, work):
        click.echo(line)


@group.command()
@_options(Why.WRONG_CONTENT, Why.WRONG_PERSON, Why.LOST, Why.CORRECTION)
def revoke(*, number: bytes, why: str, **options: Any) -> None:
    """取消し: the paper must not be relied on. A receiver who asks is told from now on."""
    _withdraw(number, Withdrawn.REVOKED, Why(why), **options)


@group.command()
@_options(Why.CORRECTION, Why.WRONG_CONTENT)
@click.option("--successor", type=_PaperNumber(), help="The number of a later paper that says it rightly.")
def supersede(*, number: bytes, why: str, **options: Any) -> None:
    """更正による差替え: a later certificate says otherwise. A receiver who asks is told from now on."""
    _withdraw(number, Withdrawn.SUPERSEDED, Why(why), **options)


def _withdraw(
    number: bytes,
    to: Withdrawn,
    why: Why,
    *,
    config_file: Path,
    by: str,
    reason: str,
    whole_issuance: bool,
    successor: bytes | None = None,
) -> None:
    withdrawal = Withdrawal(
        to=to, why=why, decision=Decision(by=by, reason=reason), whole_issuance=whole_issuance, successor=successor
    )

    async def work(connection: Connection, at: datetime) -> tuple[Sheet, ...]:
        return await withdrawing.withdraw(connection, number, withdrawal, at=at)

    for sheet in _with_database(config_file, work):
        for line in _lines(sheet):
            click.echo(line)


def _lines(sheet: Sheet, history: Any = ()) -> Iterator[str]:
    yield (
        f"{paper_number_text(sheet.paper_number)}  {sheet.copy}通目 copy {sheet.copy}, "
        f"{sheet.page}/{sheet.pages}  {_STATES[sheet.state]}"
    )
    for each in history:
        at = each["at"].astimezone(JST).strftime("%Y-%m-%d %H:%M")
        yield f"  {at}  {each['state']}  {_WHY[Why(each['why'])]}  {each['set_by']}  {each['reason'] or ''}".rstrip()


def _with_database(config_file: Path, work: Callable[[Connection, datetime], Awaitable[T]]) -> T:
    """Do `work` in one transaction of the party's database, with the present time."""
    config = load_config(config_file, IssuerConfig)

    async def connected() -> T:
        async with connect(database_of(config)) as pool, transaction(pool) as connection:
            return await work(connection, SystemClock().now())

    return asyncio.run(connected())

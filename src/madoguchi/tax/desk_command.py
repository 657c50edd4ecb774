"""`./madoguchi tax suppress|move|die|return|correct|amend|pay`: what a clerk enters for one person."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

import click

from madoguchi.records import Collection, Removal
from madoguchi.runtime.clock import JST, SystemClock
from madoguchi.runtime.config import load_config
from madoguchi.runtime.database import connect, transaction
from madoguchi.runtime.party import database_of, signer
from madoguchi.tax.assessment.reassess import AMENDABLE
from madoguchi.tax.config import TaxConfig
from madoguchi.tax.desk import Desk, Term

T = TypeVar("T")

_CONFIG = click.option("--config", "config_file", required=True, type=click.Path(path_type=Path, dir_okay=False))
_DAY = click.DateTime(["%Y-%m-%d"])
_YEAR = click.IntRange(2000, 2099)
_ITEM = re.compile(r"([a-z_]+)=(|-?[0-9]+)")


def _act(config_file: Path, act: Callable[[Desk], Awaitable[T]]) -> T:
    """One act, in one transaction with what goes out because of it."""
    config = load_config(config_file, TaxConfig)

    async def run() -> T:
        async with connect(database_of(config)) as pool, transaction(pool) as connection:
            desk = Desk(connection, signer=signer(config, code=config.ward), ward=config.ward, at=SystemClock().now())
            return await act(desk)

    return asyncio.run(run())


def _day(given: datetime | None) -> date:
    return given.date() if given is not None else SystemClock().now().astimezone(JST).date()


def _told(news: bool, what: str) -> None:
    click.echo(what if news else "nothing changed")


@click.command()
@_CONFIG
@click.argument("addressee_number")
@click.option("--lift", is_flag=True, help="Issue again for this person.")
def suppress(config_file: Path, addressee_number: str, *, lift: bool) -> None:
    """発行抑止 (支援措置): issue nothing for this person from now on."""
    _act(config_file, lambda desk: desk.suppress(addressee_number, suppressed=not lift))
    click.echo("lifted" if lift else "stopped")


@click.command()
@_CONFIG
@click.argument("addressee_number")
@click.option("--on", "day", type=_DAY, help="The day of the notice; today without it.")
@click.option("--to", "address", help="The new address.")
def move(config_file: Path, addressee_number: str, *, day: datetime | None, address: str | None) -> None:
    """転出: issue nothing for this person from now on."""
    on = _day(day)
    _told(
        _act(config_file, lambda desk: desk.remove(addressee_number, Removal.MOVED_OUT, on=on, address=address)),
        "moved out",
    )


@click.command()
@_CONFIG
@click.argument("addressee_number")
@click.option("--on", "day", type=_DAY, help="The day of the notice; today without it.")
def die(config_file: Path, addressee_number: str, *, day: datetime | None) -> None:
    """死亡: issue nothing for this person from now on."""
    on = _day(day)
    _told(_act(config_file, lambda desk: desk.remove(addressee_number, Removal.DIED, on=on)), "died")


@click.command("return")
@_CONFIG
@click.argument("addressee_number")
def return_(config_file: Path, addressee_number: str) -> None:
    """The person is in the register again: a removal and its stop end."""
    _told(_act(config_file, lambda desk: desk.take_back(addressee_number)), "in the register again")


@click.command()
@_CONFIG
@click.argument("addressee_number")
@click.argument("fiscal_year", type=_YEAR)
@click.option("--end", "ended", is_flag=True, help="The correction is entered: issue again.")
def correct(config_file: Path, addressee_number: str, fiscal_year: int, *, ended: bool) -> None:
    """更正中: issue nothing for this person until the correction is entered."""
    news = _act(config_file, lambda desk: desk.correct(addressee_number, fiscal_year, ended=ended))
    _told(news, "correction ended" if ended else "under correction")


@click.command()
@_CONFIG
@click.argument("addressee_number")
@click.argument("fiscal_year", type=_YEAR)
@click.option(
    "--set", "items", multiple=True, metavar="COLUMN=YEN", help="An item of taxes.csv; nothing after = empties it."
)
@click.option("--remarks", help="備考, printed as it is.")
def amend(config_file: Path, addressee_number: str, fiscal_year: int, *, items: tuple[str, ...], remarks: str) -> None:
    """更正: change what was earned or deducted; the tax and its instalments follow by the rules of the year."""
    changes = dict(map(_item, items))
    made = _act(config_file, lambda desk: desk.amend(addressee_number, fiscal_year, changes, remarks=remarks))
    click.echo(f"annual tax {made.annual_tax}")


def _item(text: str) -> tuple[str, int | None]:
    found = _ITEM.fullmatch(text)
    if found is None or found[1] not in AMENDABLE:
        msg = f"--set takes COLUMN=YEN with one of {', '.join(AMENDABLE)}"
        raise click.UsageError(msg)
    return found[1], int(found[2]) if found[2] else None


@click.command()
@_CONFIG
@click.argument("addressee_number")
@click.argument("fiscal_year", type=_YEAR)
@click.argument("collection", type=click.Choice([each.value for each in Collection]))
@click.argument("instalment", type=click.IntRange(1, 99))
@click.argument("amount", type=click.IntRange(min=1))
@click.option("--on", "day", type=_DAY, help="The day of the payment; today without it.")
@click.option("--receipt", help="The receipt's number: it is posted once, however often this is repeated.")
@click.option("--refund", is_flag=True, help="Give back so much of an overpayment.")
def pay(
    config_file: Path,
    addressee_number: str,
    fiscal_year: int,
    collection: str,
    instalment: int,
    *,
    amount: int,
    day: datetime | None,
    receipt: str | None,
    refund: bool,
) -> None:
    """納付: post a payment to an instalment, or give back what was paid too much."""
    term = Term(
        addressee_number=addressee_number,
        fiscal_year=fiscal_year,
        collection=Collection(collection),
        instalment=instalment,
    )
    if refund:
        _act(config_file, lambda desk: desk.refund(term, amount))
        click.echo("refunded")
    else:
        on = _day(day)
        _told(_act(config_file, lambda desk: desk.pay(term, amount, on=on, receipt=receipt)), "posted")


COMMANDS = (suppress, move, die, return_, correct, amend, pay)
"""What `tax` offers of them."""

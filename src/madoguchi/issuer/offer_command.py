"""`./madoguchi issuer offer …`: what the ward offers, shown and changed; in force on every replica with the commit."""

from __future__ import annotations

import asyncio
import getpass
import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import click

from madoguchi.certificate.kinds import all_kinds
from madoguchi.certificate.years import fiscal_year_label
from madoguchi.issuer import offers
from madoguchi.issuer.config import Channel, IssuerConfig, MenuSection, OfferedKind
from madoguchi.issuer.starting import database_of
from madoguchi.runtime.clock import JST, SystemClock
from madoguchi.runtime.config import load_config
from madoguchi.runtime.database import Connection, connect, transaction

_TIME: Final = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])")
_DAY: Final = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_MINUTES_A_DAY: Final = 1440
_WHY: Final = "madoguchi.issuer.offer.reason"
"""Where a command keeps its reason until the change is made."""
F = TypeVar("F", bound=Callable[..., Any])


class _Minute(click.ParamType[int]):
    """A time of day as minutes after midnight."""

    name = "HH:MM"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        found = _TIME.fullmatch(value) if isinstance(value, str) else None
        minute = int(found[1]) * 60 + int(found[2]) if found else _MINUTES_A_DAY + 1
        if minute > _MINUTES_A_DAY:
            self.fail("a time of day such as 6:30, at most 24:00", param, ctx)
        return minute


class _Day(click.ParamType[date]):
    """A date."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail("a date such as 2027-06-10", param, ctx)


class _Moment(click.ParamType[datetime]):
    """A moment in Japanese time."""

    name = "YYYY-MM-DDTHH:MM"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail("a moment such as 2026-12-01T20:00, in Japanese time", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=JST)


_CONFIG = click.option("--config", "config_file", required=True, type=click.Path(path_type=Path, dir_okay=False))
_BY = click.option("--by", default=getpass.getuser, show_default="who is logged in", help="Who decides this.")
_REASON = click.option(
    "--reason",
    default="",
    expose_value=False,
    callback=lambda context, _option, value: context.meta.__setitem__(_WHY, value),
    help="Why; kept as evidence, and shown while it stops something.",
)
_KIND = click.argument("kind", type=click.Choice([each.code for each in all_kinds()]))
_YEAR = click.argument("year", type=click.IntRange(1990, 2200))


def _options(command: F) -> F:
    return _CONFIG(_BY(_REASON(command)))


@click.group("offer")
def group() -> None:
    """Hours, closures, operators, kinds, years and fees; every change is evidence with who and when."""


@group.command()
@_CONFIG
def show(config_file: Path) -> None:
    """Show the offer in force."""
    config = load_config(config_file, IssuerConfig)
    offer = _with_database(config, lambda connection: offers.offer_in_force(connection, config.menu))
    for line in offer_lines(offer, today=SystemClock().now().astimezone(JST).date()):
        click.echo(line)


@group.command()
@_options
@click.option("--opens", required=True, type=_Minute())
@click.option("--closes", required=True, type=_Minute())
@click.option("--closed", multiple=True, metavar="MM-DD", help="A day of every year without service; may be repeated.")
def hours(*, config_file: Path, by: str, opens: int, closes: int, closed: tuple[str, ...]) -> None:
    """Set the daily hours and the yearly closed days, as 6:30 to 23:00 without 12-29 to 01-03."""
    if wrong := [day for day in closed if not _DAY.fullmatch(day)]:
        raise click.BadParameter(f"{wrong[0]} is not a day of the year such as 12-29", param_hint="--closed")
    change = offers.with_hours(opens_minute=opens, closes_minute=closes, closed_days=closed)
    _change(config_file, change, by=by, what=f"hours {_clock(opens)}-{_clock(closes)}, closed {' '.join(closed)}")


@group.command()
@_options
@click.option("--from", "begins", required=True, type=_Moment())
@click.option("--to", "ends", required=True, type=_Moment())
def close(*, config_file: Path, by: str, begins: datetime, ends: datetime) -> None:
    """Put a time without service into the stop calendar."""
    change = offers.with_closure(begins, ends)
    _change(config_file, change, by=by, what=f"close {begins.isoformat()} to {ends.isoformat()}")


@group.command()
@_options
@click.option("--from", "begins", required=True, type=_Moment(), help="When the closure begins.")
def reopen(*, config_file: Path, by: str, begins: datetime) -> None:
    """Take a closure out of the stop calendar."""
    _change(config_file, offers.without_closure(begins), by=by, what=f"reopen {begins.isoformat()}")


@group.command()
@_options
@click.argument("code")
@click.option("--accept/--refuse", "accepted", required=True)
def operator(*, config_file: Path, by: str, code: str, accepted: bool) -> None:
    """Accept a store operator, or no longer."""
    what = f"operator {code} {'accepted' if accepted else 'refused'}"
    _change(config_file, offers.with_operator(code, accepted=accepted), by=by, what=what)


@group.command()
@_options
@_KIND
@click.option("--stop/--resume", "stopped", default=None, help="Stop the kind, or offer it again.")
@click.option("--max-copies", type=click.IntRange(1, 20))
def kind(*, config_file: Path, by: str, kind: str, stopped: bool | None, max_copies: int | None) -> None:
    """Stop a kind, or set how many copies one may take."""
    if (stopped is None) == (max_copies is None):
        raise click.UsageError("one of --stop, --resume and --max-copies")
    if stopped is not None:
        change, what = offers.with_kind_stopped(kind, stopped=stopped), "stopped" if stopped else "resumed"
    else:
        change, what = offers.with_copies(kind, max_copies=max_copies or 1), f"at most {max_copies} copies"
    _change(config_file, change, by=by, what=f"kind {kind} {what}")


@group.command()
@_options
@_KIND
@_YEAR
@click.option("--opens", type=_Day(), help="Offer the year from this day on.")
@click.option("--now", "at_once", is_flag=True, help="Offer the year at once.")
@click.option("--withdraw", is_flag=True, help="Offer the year no longer.")
@click.option("--stop/--resume", "stopped", default=None, help="Stop the year, or offer it again.")
def year(
    *,
    config_file: Path,
    by: str,
    kind: str,
    year: int,
    opens: date | None,
    at_once: bool,
    withdraw: bool,
    stopped: bool | None,
) -> None:
    """Offer, stop or withdraw a fiscal year of a kind."""
    if sum((opens is not None, at_once, withdraw, stopped is not None)) != 1:
        raise click.UsageError("one of --opens, --now, --withdraw, --stop and --resume")
    if withdraw:
        change, what = offers.without_year(kind, year), "withdrawn"
    elif stopped is not None:
        change, what = offers.with_year_stopped(kind, year, stopped=stopped), "stopped" if stopped else "resumed"
    else:
        change, what = offers.with_year(kind, year, opens=opens), f"offered from {opens or 'now'}"
    _change(config_file, change, by=by, what=f"{kind} {year} {what}")


@group.command()
@_options
@_KIND
@click.argument("yen", type=click.IntRange(0, 100_000))
@click.option("--from", "begins", required=True, type=_Day())
@click.option("--to", "ends", type=_Day(), help="The last day; without it until another term begins.")
@click.option("--channel", type=click.Choice(["kiosk", "counter"]), default="kiosk", show_default=True)
def fee(*, config_file: Path, by: str, kind: str, yen: int, begins: date, ends: date | None, channel: str) -> None:
    """Set the fee per copy (通) for some days: a new fee, or a campaign."""
    change = offers.with_fee(kind, yen, begins=begins, ends=ends, channel=cast("Channel", channel))
    _change(config_file, change, by=by, what=f"fee {kind} {channel} {yen} yen from {begins} to {ends or 'the next'}")


def offer_lines(offer: MenuSection, *, today: date) -> Iterable[str]:
    """The offer for the staff's terminal."""
    hours = offer.hours
    yield f"改定番号 revision    {offer.revision}"
    yield f"取扱時間 hours       {_clock(hours.opens_minute)}〜{_clock(hours.closes_minute)}"
    yield f"休止日 closed days   {' '.join(hours.closed_days) or 'なし none'}"
    for closure in offer.closures:
        begins, ends = (each.astimezone(JST).strftime("%Y-%m-%d %H:%M") for each in (closure.begins, closure.ends))
        yield f"停止 closure         {begins} 〜 {ends}"
    yield f"事業者 operators     {' '.join(offer.operators)}"
    for each in offer.kinds:
        yield from _kind_lines(each, today=today)


def _kind_lines(kind: OfferedKind, *, today: date) -> Iterable[str]:
    names = {each.code: each.name.ja for each in all_kinds()}
    state = "停止中 stopped" if kind.stopped else f"{kind.fee_on(today)}円/通, {kind.max_copies}通まで"
    yield f"{names.get(kind.kind, kind.kind)} {kind.kind}: {state}"
    for term in kind.fees:
        yield f"  手数料 fee {term.channel} {term.fee_yen}円 {term.begins} 〜 {term.ends or ''}".rstrip()
    for each in kind.years:
        opens = "" if each.opens is None or each.opens <= today else f" {each.opens}から opens then"
        state = " 停止中 stopped" if each.stopped else opens
        yield f"  {fiscal_year_label(each.fiscal_year)} {each.fiscal_year}{state}"


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02d}"


def _change(config_file: Path, change: offers.Change, *, by: str, what: str) -> None:
    config = load_config(config_file, IssuerConfig)
    now, reason = SystemClock().now(), click.get_current_context().meta[_WHY]
    offer = _with_database(
        config,
        lambda connection: offers.change_offer(
            connection, config.menu, change, by=by, what=what.strip(), reason=reason, at=now
        ),
    )
    click.echo(f"改定 {offer.revision} を適用しました。 Revision {offer.revision} is in force: {what.strip()}")


T = TypeVar("T")


def _with_database(config: IssuerConfig, work: Callable[[Connection], Any]) -> MenuSection:
    """Do `work` in one transaction of the party's database."""

    async def connected() -> MenuSection:
        async with connect(database_of(config)) as pool, transaction(pool) as connection:
            return cast("MenuSection", await work(connection))

    return asyncio.run(connected())

"""What the ward decided or could not know, and what jukinet says of the card."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from madoguchi.demo.cases.case import Act, Case, Prepare
from madoguchi.demo.cases.stage import FISCAL_YEAR, STAFF, Stage, now
from madoguchi.issuer import offers, stopping
from madoguchi.records import SerialStatus
from madoguchi.runtime.clock import JST

_NOON: Final = 720
_NOBODY: Final = "9999999999"
"""A 宛名番号 that the tax data do not have."""


async def _alarm(stage: Stage) -> None:
    await stage.at("issuer", lambda each: stopping.engage_alarm(each, code=stopping.PERSON, at=now()))


async def _clear_alarm(stage: Stage) -> None:
    settings = stage.issuer.clerk
    await stage.at("issuer", lambda each: stopping.clear_alarm(each, STAFF, settings=settings, at=now()))


async def _suspend(stage: Stage) -> None:
    await stage.at("issuer", lambda each: stopping.suspend_ward(each, STAFF, at=now()))


async def _resume(stage: Stage) -> None:
    await stage.at("issuer", lambda each: stopping.resume_ward(each, STAFF, at=now()))


async def _close(stage: Stage) -> None:
    await stage.offer(offers.with_closure(now() - timedelta(minutes=1), now() + timedelta(hours=1)))


async def _other_hours(stage: Stage) -> None:
    local = now().astimezone(JST)
    morning = local.hour * 60 + local.minute < _NOON
    opens, closes = (_NOON, 2 * _NOON) if morning else (0, 1)
    await stage.offer(offers.with_hours(opens_minute=opens, closes_minute=closes, closed_days=()))


def _offering(change: Callable[[], offers.Change]) -> Act:
    """The ward changes its offer while the resident chooses from the one before."""

    async def act(stage: Stage) -> None:
        await stage.offer(change())

    return act


async def _restore(stage: Stage) -> None:
    await stage.offer_as_configured()


def _dies(process: str, feed: str) -> Act:
    async def meanwhile(stage: Stage) -> None:
        stage.stop(process)
        await stage.feed_is_old(feed)

    return meanwhile


def _comes_back(process: str, feed: str) -> Act:
    async def after(stage: Stage) -> None:
        await stage.start(process)
        await stage.feed_is_fresh(feed)

    return after


def _new_card(then: Callable[[Stage], Awaitable[None]] | None = None, *, at_jukinet: bool = True) -> Prepare:
    """A fresh card of the first person of the cast; `then` changes what jukinet says of it."""

    async def prepare(stage: Stage) -> str:
        card = await stage.new_card(stage.number("plain"), at_jukinet=at_jukinet)
        if then is not None:
            await then(stage)
        return card.name

    return prepare


def _listed(**changes: object) -> Callable[[Stage], Awaitable[None]]:
    async def then(stage: Stage) -> None:
        if stage.made is not None:
            await stage.list_at_jukinet(stage.made.row, **changes)

    return then


async def _expired(stage: Stage) -> None:
    if stage.made is not None:
        yesterday = now().astimezone(JST).date() - timedelta(days=1)
        await stage.list_at_jukinet(stage.made.row, valid_until=yesterday)


async def _given_to_two(stage: Stage) -> None:
    if stage.made is not None:
        await stage.list_at_jukinet(stage.made.row, addressee_number=stage.number("pension"))


async def _card_of_nobody(stage: Stage) -> str:
    return (await stage.new_card(_NOBODY)).name


async def _jukinet_away(stage: Stage) -> None:
    stage.stop("jukinet-1")


WARD_CASES: Final = (
    Case(
        code="issuer.alarm",
        how="an alarm is engaged as the clerk's finding does it; two people clear it afterwards",
        meanwhile=_alarm,
        after=_clear_alarm,
    ),
    Case(
        code="issuer.suspended",
        how="the ward suspends issuing while the resident holds the card",
        meanwhile=_suspend,
        after=_resume,
    ),
    Case(
        code="issuer.closed",
        how="a closure that begins now is put into the stop calendar",
        meanwhile=_close,
        after=_restore,
    ),
    Case(
        code="issuer.tax_feed_old",
        how="the tax system dies, and its data grow older than the limit (20 s here)",
        meanwhile=_dies("tax-1", "tax"),
        after=_comes_back("tax-1", "tax"),
    ),
    Case(
        code="issuer.jukinet_feed_old",
        how="jukinet dies, and its list grows older than the limit (20 s here)",
        meanwhile=_dies("jukinet-1", "jukinet"),
        after=_comes_back("jukinet-1", "jukinet"),
    ),
    Case(
        code="issuer.outside_hours",
        how="the ward sets hours that do not hold this minute",
        meanwhile=_other_hours,
        after=_restore,
    ),
    Case(
        code="issuer.operator",
        how="the ward takes its consent from the store operator of this kiosk",
        meanwhile=_offering(lambda: offers.with_operator("asahi-mart", accepted=False)),
        after=_restore,
    ),
    Case(
        code="issuer.kind",
        how="the ward stops the kind that the resident has just chosen",
        meanwhile=_offering(lambda: offers.with_stopped("taxation", None, stopped=True)),
        after=_restore,
    ),
    Case(
        code="issuer.fiscal_year",
        how="the ward stops the year that the resident has just chosen",
        meanwhile=_offering(lambda: offers.with_stopped("taxation", FISCAL_YEAR, stopped=True)),
        after=_restore,
    ),
    Case(
        code="issuer.copies",
        how="two copies are chosen, and the ward allows one from now on",
        copies=2,
        meanwhile=_offering(lambda: offers.with_copies("taxation", max_copies=1)),
        after=_restore,
    ),
    Case(
        code="issuer.fee",
        how="the ward's fee changes today, and the kiosk has shown the old one",
        meanwhile=_offering(
            lambda: offers.with_fee("taxation", 250, begins=now().astimezone(JST).date(), ends=None, channel="kiosk")
        ),
        after=_restore,
    ),
)
"""By these everybody is refused."""

CARD_CASES: Final = (
    Case(
        code="issuer.unknown_serial",
        how="a card that its authority knows and jukinet does not: of another municipality's resident",
        before=_new_card(at_jukinet=False),
    ),
    Case(
        code="issuer.registry_unreachable",
        how="such a card while jukinet is away: nobody can be asked",
        before=_new_card(at_jukinet=False),
        meanwhile=_jukinet_away,
        after=_comes_back("jukinet-1", "jukinet"),
    ),
    Case(
        code="issuer.serial_ambiguous",
        how="jukinet gives one certificate to a second person",
        before=_new_card(_given_to_two),
    ),
    Case(
        code="issuer.serial_revoked",
        how="jukinet lists the certificate as revoked; the card authority has not been told yet",
        before=_new_card(_listed(status=SerialStatus.REVOKED)),
    ),
    Case(
        code="issuer.serial_superseded",
        how="jukinet lists the certificate as replaced by a renewal, and the old card comes",
        before=_new_card(_listed(status=SerialStatus.SUPERSEDED)),
    ),
    Case(
        code="issuer.serial_expired",
        how="jukinet's list ends the certificate yesterday; the card itself says later",
        before=_new_card(_expired),
    ),
    Case(
        code="issuer.no_tax_data",
        how="a card of somebody in the register whom the tax data do not have",
        before=_card_of_nobody,
    ),
)
"""The card, and whom it belongs to."""

__all__ = ["CARD_CASES", "WARD_CASES"]

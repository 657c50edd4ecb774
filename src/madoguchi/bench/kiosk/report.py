"""The figures of the kiosk as tables and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from madoguchi.bench.figures import percentile, table
from madoguchi.bench.kiosk import novice
from madoguchi.bench.kiosk.novice import Stop
from madoguchi.bench.kiosk.run import Measured
from madoguchi.bench.machine import machine

_METHOD: Final = (
    "Method: a real Chromium at a kiosk of the whole chain (two issuers, two centers, two operators, PostgreSQL), all"
    " on this machine; touches timed by the browser from the click to the painted frame; in-process devices."
)
_NEWCOMER: Final = (
    f"A newcomer who reads every word once: {novice.CHARACTERS_A_SECOND * 60:.0f} characters of Japanese or"
    f" {novice.WORDS_A_SECOND * 60:.0f} words of English a minute, {novice.TOUCH_SECONDS} s a touch,"
    f" {novice.DIGIT_SECONDS} s a digit, {novice.PUT_CARD_SECONDS} s to set the card and {novice.TAKE_CARD_SECONDS} s"
    f" to take it, {novice.COIN_SECONDS} s a coin, {novice.TAKE_PAPER_SECONDS} s to take the paper. Reading and hands"
    " are assumed, the machine's time is measured. Target: under 90 s."
)


def text(measured: Measured) -> str:
    """For a terminal and for docs/performance.md."""
    rows = [
        _row("touch to painted answer, ms", measured.touches, "100"),
        _row("card set to PIN screen, s", measured.card_to_pin, "1"),
        _row("PIN entered to amount, s", measured.pin_to_amount, ""),
        _row("last coin to sheet in the tray, s", measured.coin_to_sheet, "3"),
    ]
    lines = [
        f"Machine: {machine()}",
        _METHOD,
        "",
        table(("", "median", "p99", "target", "n"), rows),
        "",
        _NEWCOMER,
    ]
    for language, stops in measured.stops.items():
        lines += ["", f"{language}: {_total(stops):.0f} s", "", _time_line(stops)]
    return "\n".join(lines)


def as_json(measured: Measured) -> dict[str, Any]:
    """The same."""
    return {
        "touch_ms_median": percentile(measured.touches, 0.5),
        "touch_ms_p99": percentile(measured.touches, 0.99),
        "card_to_pin_s_median": percentile(measured.card_to_pin, 0.5),
        "pin_to_amount_s_median": percentile(measured.pin_to_amount, 0.5),
        "coin_to_sheet_s_median": percentile(measured.coin_to_sheet, 0.5),
        "novice_s": {language: round(_total(stops), 1) for language, stops in measured.stops.items()},
    }


def _row(what: str, values: Sequence[float], target: str) -> tuple[str, ...]:
    shown = (f"{percentile(values, share):.2f}" for share in (0.5, 0.99))
    return (what, *shown, target, str(len(values)))


def _total(stops: Sequence[Stop]) -> float:
    return sum(stop.seconds for stop in stops)


def _time_line(stops: Sequence[Stop]) -> str:
    rows, at = [], 0.0
    for stop in stops:
        rows.append((stop.screen, *(f"{each:.1f}" for each in (at, stop.reading, stop.hand, stop.machine))))
        at += stop.seconds
    return table(("screen", "from s", "reading", "hand", "machine"), rows)

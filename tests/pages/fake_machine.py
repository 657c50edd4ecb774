"""A machine that walks through the screens in order; just enough of a kiosk to drive the page."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine

from madoguchi.certificate.years import (
    fiscal_year_label,
    fiscal_year_label_en,
    income_year_label,
    income_year_label_en,
)
from madoguchi.errors import PublicReason, Text, problem
from madoguchi.kiosk.page import Action, Lamp, Operation, Panel, PanelCard, Screen, ScreenData, Words, screen_of
from madoguchi.kiosk.page import screens as s

NOT_NOW = problem(
    "test.not_now",
    status=409,
    public_reason=PublicReason.TRY_LATER,
    resident=Text("いまはできません。", "Not possible just now."),
    clerk=Text("", ""),
    engineer="the fake machine has no such step here",
)

WARD = Words(ja="見本区", en="Mihon Ward")
TAXATION = Words(ja="課税（非課税）証明書", en="Taxation certificate")
PAYMENT = Words(ja="納税証明書", en="Tax payment certificate")
FEE_YEN = 300


def year_option(fiscal_year: int) -> s.YearOption:
    return s.YearOption(
        fiscal_year=fiscal_year,
        label=Words(ja=fiscal_year_label(fiscal_year), en=fiscal_year_label_en(fiscal_year)),
        income=Words(ja=income_year_label(fiscal_year), en=income_year_label_en(fiscal_year)),
    )


YEARS = tuple(year_option(year) for year in (2026, 2025, 2024, 2023, 2022))

SAMPLES: dict[str, ScreenData] = {
    "start": s.Start(),
    "municipality": s.Municipality(
        options=(
            s.MunicipalityOption(code="13199", name=WARD),
            s.MunicipalityOption(code="13198", name=Words(ja="手本区", en="Tehon Ward")),
        )
    ),
    "kind": s.Kind(
        municipality=WARD,
        options=(
            s.KindOption(kind="taxation", title=TAXATION, fee_yen=FEE_YEN),
            s.KindOption(
                kind="payment",
                title=PAYMENT,
                fee_yen=FEE_YEN,
                offered=False,
                note=Words(ja="ただいまの時間は取り扱いをしておりません。", en="Not available at this hour."),
            ),
        ),
    ),
    "year": s.Year(kind=TAXATION, options=YEARS),
    "check": s.Check(
        municipality=WARD,
        kind=TAXATION,
        year=YEARS[0].label,
        income=YEARS[0].income,
        copies=2,
        maximum=5,
        fee_yen=FEE_YEN,
        total_yen=2 * FEE_YEN,
    ),
    "card": s.Card(),
    "pin": s.Pin(digits_entered=2, tries_left=2, wrong=True),
    "phone": s.Phone(),
    "card_back": s.CardBack(),
    "waiting": s.Waiting(stage=s.Stage.MAKING),
    "amount": s.Amount(copies=2, sheets=2, total_yen=2 * FEE_YEN),
    "payment": s.Payment(due_yen=600, inserted_yen=500),
    "printing": s.Printing(printed=1, total=2),
    "take_paper": s.TakePaper(sheets=2),
    "done": s.Done(paid_yen=600, refunded_yen=0, owed_yen=300, claim_code="K7QF-29MX"),
    "refusal": s.Refusal(
        title=Words(ja="この証明書はこちらでは交付できません。", en="This certificate cannot be issued here."),
        next_step=Words(
            ja="この端末では交付できません。お手数ですが、お住まいの区にお問い合わせください。お金はかかっていません。",
            en="This cannot be issued at this machine. Please ask your ward office. You have not been charged.",
        ),
        code="ask_your_ward",
        transaction="5f2c9a41d07be8362f0c44a9be71d053",
        contact=Words(
            ja="見本区 総務部税務課 03-0000-0000（平日 8:30〜17:00）",
            en="Mihon Ward Tax Section, 03-0000-0000 (weekdays 8:30-17:00)",
        ),
    ),
    "out_of_service": s.OutOfService(
        reason=Words(
            ja="プリンターに前の印刷が残っているため、取り扱いを止めました。",
            en="The printer still holds an earlier job, so nothing is served.",
        )
    ),
}
"""One plausible picture of every screen."""


class FakeMachine:
    """Implements `KioskMachine`. The right PIN is 1234; the rest goes well."""

    def __init__(self, *, pace_seconds: float = 0.15) -> None:
        self._changed = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._followed = threading.Event()
        self._revision = 1
        self._data: ScreenData = s.Start()
        self._pace = pace_seconds
        self._card: str | None = None
        self._inserted = 0
        self._returned = 0
        self._tray = 0
        self._year = YEARS[0]
        self._copies = 1
        self._pin: list[int] = []
        self._tries = 3
        self._later: set[asyncio.Task[None]] = set()
        self.seconds_left = 90
        self.touched: list[tuple[Action, str | int | None]] = []

    # -- what the page asks

    def screen(self) -> Screen:
        timeless = isinstance(self._data, s.Start | s.OutOfService | s.CardBack | s.TakePaper)
        left = None if timeless else self.seconds_left
        return screen_of(self._data, revision=self._revision, seconds_left=left, may_extend=not timeless)

    async def wait(self, revision: int) -> Screen:
        self._loop = asyncio.get_running_loop()
        self._followed.set()
        while self._revision == revision:
            changed = self._changed
            await changed.wait()
        return self.screen()

    async def touch(self, action: Action, value: str | int | None) -> None:
        self.touched.append((action, value))
        steps: dict[Action, Callable[[], None]] = {
            Action.STOP: self._stop,
            Action.BACK: lambda: self.show(SAMPLES["municipality"]),
            Action.BEGIN: lambda: self.show(SAMPLES["municipality"]),
            Action.CONFIRM: self._confirm,
            Action.ERASE: lambda: self._digits(self._pin[:-1]),
            Action.PAY: lambda: self.show(s.Payment(due_yen=self._due, inserted_yen=self._inserted)),
            Action.FINISH: lambda: self.show(s.Start()),
            Action.MORE_TIME: self._more_time,
        }
        if action is Action.CHOOSE:
            self._choose(value)
        elif action is Action.DIGIT and isinstance(value, int):
            self._digits([*self._pin, value])
        elif action in steps:
            steps[action]()
        else:
            raise NOT_NOW.error()

    def panel(self) -> Panel:
        calling = isinstance(self._data, s.CardBack | s.TakePaper)
        return Panel(
            card=self._card,
            cards=(
                PanelCard(id="hanako", label="見本 花子（給与所得）"),
                PanelCard(id="jiro", label="髙橋 二郎（非課税）"),
            ),
            inserted_yen=self._inserted,
            returned_yen=self._returned,
            accepts_coins=isinstance(self._data, s.Payment),
            tray_sheets=self._tray,
            has_plug=True,
            lamp=Lamp.CALLING if calling else Lamp.WORKING if self._card else Lamp.OFF,
        )

    async def operate(self, operation: Operation, value: str | int | None) -> None:
        if operation is Operation.PUT_CARD and isinstance(value, str):
            self._card = value
            if isinstance(self._data, s.Card):
                self._digits([])
        elif operation is Operation.TAKE_CARD:
            self._card = None
            if isinstance(self._data, s.CardBack):
                self._soon(self._prepare())
        elif operation is Operation.INSERT_COIN and isinstance(value, int) and isinstance(self._data, s.Payment):
            self._insert(value)
        elif operation is Operation.TAKE_PAPER:
            self._tray = 0
            if isinstance(self._data, s.TakePaper):
                self.show(s.Done(paid_yen=self._due, refunded_yen=0, owed_yen=0))
        else:
            raise NOT_NOW.error()

    # -- the walk

    def show(self, data: ScreenData) -> None:
        self._data = data
        self._revision += 1
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def show_from_outside(self, data: ScreenData) -> None:
        """From a test's own thread, once a page follows the screens."""
        assert self._followed.wait(20), "no page follows the screens"
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self.show, data)

    def operate_from_outside(self, operation: Operation, value: str | int | None = None) -> None:
        """A hand at a device, from a test's own thread."""
        assert self._followed.wait(20), "no page follows the screens"
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self.operate(operation, value), self._loop).result(20)

    @property
    def _due(self) -> int:
        return self._copies * FEE_YEN

    def _stop(self) -> None:
        self._pin.clear()
        self.show(s.Start())

    def _more_time(self) -> None:
        self.seconds_left = 90
        self.show(self._data)

    def _choose(self, value: str | int | None) -> None:
        if isinstance(self._data, s.Municipality):
            self.show(SAMPLES["kind"])
        elif isinstance(self._data, s.Kind):
            self.show(SAMPLES["year"])
        elif isinstance(self._data, s.Year):
            self._year = next(year for year in YEARS if year.fiscal_year == value)
            self.show(self._check())
        elif isinstance(self._data, s.Check) and isinstance(value, int):
            self._copies = value
            self.show(self._check())
        else:
            raise NOT_NOW.error()

    def _check(self) -> s.Check:
        return s.Check(
            municipality=WARD,
            kind=TAXATION,
            year=self._year.label,
            income=self._year.income,
            copies=self._copies,
            maximum=5,
            fee_yen=FEE_YEN,
            total_yen=self._due,
        )

    def _confirm(self) -> None:
        if isinstance(self._data, s.Check):
            self.show(s.Card())
        elif isinstance(self._data, s.Pin) and self._pin == [1, 2, 3, 4]:
            self._pin = []
            self.show(s.CardBack())
        elif isinstance(self._data, s.Pin):
            self._tries -= 1
            self._pin = []
            self.show(s.Pin(digits_entered=0, tries_left=self._tries, wrong=True))
        else:
            raise NOT_NOW.error()

    def _digits(self, digits: list[int]) -> None:
        self._pin = digits
        self.show(s.Pin(digits_entered=len(digits), tries_left=self._tries))

    async def _prepare(self) -> None:
        for stage in s.Stage:
            self.show(s.Waiting(stage=stage))
            await asyncio.sleep(self._pace)
        self.show(s.Amount(copies=self._copies, sheets=self._copies, total_yen=self._due))

    def _insert(self, coin: int) -> None:
        self._inserted += coin
        if self._inserted >= self._due:
            self._returned, self._inserted = self._inserted - self._due, 0
            self._soon(self._print())
        else:
            self.show(s.Payment(due_yen=self._due, inserted_yen=self._inserted))

    async def _print(self) -> None:
        for sheet in range(self._copies + 1):
            self._tray = sheet
            self.show(s.Printing(printed=sheet, total=self._copies))
            await asyncio.sleep(self._pace)
        self.show(s.TakePaper(sheets=self._copies))

    def _soon(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(work)
        self._later.add(task)
        task.add_done_callback(self._later.discard)

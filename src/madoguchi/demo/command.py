"""`./madoguchi demo`: the whole chain on this machine, from the card to the paper."""

from __future__ import annotations

import asyncio
import signal
import tempfile
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from madoguchi.demo.cases import CASES
from madoguchi.demo.cases.page import PAGE, refusals_page
from madoguchi.demo.cases.playing import case_site, play
from madoguchi.demo.cases.telling import summary, told
from madoguchi.demo.cast import holders, newest_levied_year
from madoguchi.demo.characters import undrawable
from madoguchi.demo.logs import Logs
from madoguchi.demo.papers import Paper, carry_home, carry_trust
from madoguchi.demo.problems import NO_PAPER, NOT_STARTED, OTHERWISE
from madoguchi.demo.site import RunningSite, plugged_in_again, running_site, save_other_cards
from madoguchi.demo.story import Narrator, watch_visit
from madoguchi.demo.visitor import Visit, Wish
from madoguchi.deployment.cards import DEMO_PIN
from madoguchi.deployment.plan import Plan
from madoguchi.dummy import write_ward
from madoguchi.runtime import log
from madoguchi.runtime.clock import JST

_RESIDENTS, _SEED = 200, 1
_PAGES = (
    ("kiosk-1", "キオスク端末 kiosk", "?panel=1"),
    ("verify-1", "証明書の確認 verify", ""),
    ("oversight-1", "区の統制 oversight", ""),
)


@click.command()
@click.option("--once", is_flag=True, help="Stop after one issuance.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("out"), show_default=True)
@click.option(
    "--records",
    "records_dir",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A ward's own export instead of a generated one (docs/records.md).",
)
@click.option("--kind", default="taxation", show_default=True)
@click.option("--year", type=int, help="Fiscal year; the newest one of the resident unless given.")
@click.option("--copies", type=click.IntRange(1, 5), default=1, show_default=True)
@click.option("--card", help="Which of the cards applies; the first one unless given.")
@click.option("--case", "code", help="Provoke one refusal at the kiosk, show what three readers read, and stop.")
@click.option("--cases", is_flag=True, help="List every refusal that can be provoked, and how.")
@click.option("--write-refusals", "page", is_flag=True, help="Write docs/operations/refusals.md from that list.")
def command(*, code: str | None, cases: bool, page: bool, **options: Any) -> None:
    """Start every party, let one resident take a certificate, and stay up until Ctrl-C."""
    if page:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(refusals_page(), encoding="utf-8")
        click.echo(PAGE)
    elif cases:
        for line in summary(CASES.values()):
            click.echo(line)
    elif code is not None:
        _provoke(code, out=options["out"])
    else:
        _demonstrate(**options)


def _provoke(code: str, *, out: Path) -> None:
    """Play one case; keep what was read as a text file."""
    case = CASES.get(code) or CASES.get(f"issuer.{code}")
    if case is None:
        raise click.BadParameter("--cases lists them", param_hint="--case")
    signal.signal(signal.SIGTERM, _interrupt)
    narrator = Narrator()
    with ExitStack() as stack:
        work = _work(stack)
        records = _dummy_records(work, narrator)
        site = stack.enter_context(
            case_site([case], records_dir=records, papers=work / "papers", report=narrator.report)
        )
        narrator.report(f"everything runs; {case.how}")
        played = asyncio.run(play(site, case))
        text = "\n".join(told(played))
        out.mkdir(parents=True, exist_ok=True)
        kept = out / f"{case.code}.txt"
        kept.write_text(text + "\n", encoding="utf-8")
        click.echo(f"\n{text}\n\n  kept in {kept}")
    if played.code != case.code:
        raise OTHERWISE.error(f"{case.code}: refused with {played.code}")


def _work(stack: ExitStack) -> Path:
    work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mado-demo-")))
    log.configure(party="demo", name="demo", strict=True, file=work / "log.jsonl")
    return work


def _demonstrate(
    *, once: bool, out: Path, records_dir: Path | None, kind: str, year: int | None, copies: int, card: str | None
) -> None:
    signal.signal(signal.SIGTERM, _interrupt)
    narrator = Narrator()
    with ExitStack() as stack:
        work = _work(stack)
        directory = records_dir or _dummy_records(work, narrator)
        site = stack.enter_context(
            running_site(
                Plan(), records_dir=directory, papers=work / "papers", choose_holders=holders, report=narrator.report
            )
        )
        narrator.report(undrawable(site.records.residents, fonts=site.site.fonts).sentence(fonts=site.site.fonts))
        narrator.report("everything runs")
        wish = _wish(site, kind=kind, year=year, copies=copies, card=card)
        click.echo()
        visit = asyncio.run(
            watch_visit(site.page_url("kiosk-1"), wish, logs=Logs(site.site.directory), narrator=narrator)
        )
        _require_done(visit)
        paper = carry_home(work / "papers", out)
        trust = carry_trust(site.site.directory, out)
        _summary(site, wish, visit, paper)
        click.echo(f"  check it (24 hours)    ./madoguchi verify --trust {trust} --environment demo {paper.pdf}")
        if not once:
            _stay(site)


def _dummy_records(work: Path, narrator: Narrator) -> Path:
    directory = work / "records"
    directory.mkdir()
    write_ward(directory, residents=_RESIDENTS, seed=_SEED, as_of=datetime.now(UTC).astimezone(JST).date())
    narrator.report(f"a dummy ward: {_RESIDENTS} residents who do not exist")
    return directory


def _wish(site: RunningSite, *, kind: str, year: int | None, copies: int, card: str | None) -> Wish:
    known = {each.card: each for each in site.holders}
    if card is not None and card not in known:
        raise click.BadParameter(f"choose one of {', '.join(known)}", param_hint="--card")
    holder = known[card] if card is not None else site.holders[0]
    return Wish(
        card=holder.card,
        pin=DEMO_PIN,
        ward=site.site.plan.ward.code,
        kind=kind,
        fiscal_year=year or newest_levied_year(site.records, holder.addressee_number),
        copies=copies,
    )


def _require_done(visit: Visit) -> None:
    if visit.ended_on != "done":
        raise NO_PAPER.error(f"the kiosk ended on {visit.ended_on}: {visit.end.get('code', '')}")


def _summary(site: RunningSite, wish: Wish, visit: Visit, paper: Paper) -> None:
    seconds = visit.screens[-1][1]
    click.echo()
    click.echo(click.style("交付しました  Issued", bold=True))
    click.echo(
        f"  {wish.kind} {wish.fiscal_year}, {wish.copies} copy, in {seconds:.1f} s from first touch to last screen"
    )
    money = visit.end
    click.echo(
        f"  paid {money['paid_yen']} yen, refunded {money['refunded_yen']}, owed {money['owed_yen']};"
        f" {len(site.site.plan.processes)} processes"
    )
    click.echo(f"  paper  {paper.pdf}\n  front  {paper.front}\n  back   {paper.back}")
    for name, title, query in _PAGES:
        click.echo(f"  {title:<22} {site.page_url(name)}{query}")


def _stay(site: RunningSite) -> None:
    click.echo(
        f"\n  PIN of every demo card: {DEMO_PIN} (the iPhone asks for none)."
        "  Ctrl-C stops everything and leaves nothing behind."
    )
    staying = threading.Event()
    cards = threading.Thread(target=save_other_cards, args=(site,), kwargs={"going_on": lambda: not staying.is_set()})
    cards.start()
    try:
        while not (ended := plugged_in_again(site)):
            time.sleep(0.5)
    except KeyboardInterrupt:
        click.echo("\nstopping")
        return
    finally:
        staying.set()
        cards.join()
    raise NOT_STARTED.error(f"ended by itself: {', '.join(ended)}")


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt

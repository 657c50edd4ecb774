"""`./madoguchi bench …`."""

from __future__ import annotations

import json
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from madoguchi.bench.applicants import applicants
from madoguchi.bench.chain import ChainResult, measure_chain
from madoguchi.bench.figures import percentile, table
from madoguchi.bench.machine import machine
from madoguchi.bench.problems import CROSSED
from madoguchi.demo.site import running_site
from madoguchi.deployment.plan import Plan
from madoguchi.dummy import write_ward
from madoguchi.runtime import log
from madoguchi.runtime.clock import JST

_CARDS_PER_KIOSK = 3
_RESIDENTS = 600
_SEED = 7


@click.group()
def group() -> None:
    """Measure: figures as a table with the machine and the method, and as JSON with --json FILE."""


@group.command()
@click.option("--seconds", type=click.FloatRange(min=1, max=3600), default=20.0, show_default=True)
@click.option("--kiosks", type=click.IntRange(1, 64), default=8, show_default=True)
@click.option("--issuers", type=click.IntRange(1, 8), default=2, show_default=True)
@click.option("--centers", type=click.IntRange(1, 8), default=2, show_default=True)
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
def chain(*, seconds: float, kiosks: int, issuers: int, centers: int, json_file: Path | None) -> None:
    """Complete transactions per second, from the first touch to the paper, with every party a real process."""
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mado-bench-")))
        log.configure(party="bench", name="bench", strict=True, file=work / "log.jsonl")
        today = datetime.now(UTC).astimezone(JST).date()
        records = work / "records"
        records.mkdir()
        write_ward(records, residents=_RESIDENTS, seed=_SEED, as_of=today)
        site = stack.enter_context(
            running_site(
                Plan(issuers=issuers, centers=centers, kiosks=kiosks),
                records_dir=records,
                papers=work / "papers",
                choose_holders=lambda found, _cases: applicants(found, number=kiosks * _CARDS_PER_KIOSK, today=today),
                report=lambda what: click.echo(what, err=True),
            )
        )
        click.echo(f"measuring for {seconds:.0f} s", err=True)
        result = measure_chain(site, seconds=seconds)
    _show(result, kiosks=kiosks, issuers=issuers, centers=centers)
    if json_file is not None:
        _write(json_file, _as_json(result))
    if result.crossed or result.missing:
        raise CROSSED.error(f"{result.crossed} crossed, {result.missing} missing")


@group.command()
@click.option("--seconds", type=click.FloatRange(min=1, max=3600), default=60.0, show_default=True)
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
def certificate(*, seconds: float, json_file: Path | None) -> None:
    """Certificates per second on one core, beside other engines that draw the same page from the same records."""
    from madoguchi.bench.certificate.run import run

    with tempfile.TemporaryDirectory(prefix="mado-bench-") as work:
        report = run(seconds=seconds, work=Path(work), report=lambda what: click.echo(what, err=True))
    click.echo(report.text())
    if json_file is not None:
        _write(json_file, report.as_json())


@group.command()
@click.option("--records", type=click.IntRange(1_000, 20_000_000), default=1_000_000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
def feed(*, records: int, workers: int, json_file: Path | None) -> None:
    """Taking in a large ward's tax data while an issuer issues: seconds, latencies, disk and memory."""
    from madoguchi.bench.feed.run import Size, run

    with tempfile.TemporaryDirectory(prefix="mado-bench-", dir="/tmp") as work:
        Path(work).chmod(0o711)  # the database runs as an account of its own, and reaches its directory through here
        size = Size(records=records, workers=workers)
        figures = run(size, work=Path(work), report=lambda what: click.echo(what, err=True))
    click.echo(figures.text())
    if json_file is not None:
        _write(json_file, figures.as_json())


@group.command()
@click.option("--seconds", type=click.FloatRange(min=1, max=3600), default=20.0, show_default=True)
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
def paper(*, seconds: float, json_file: Path | None) -> None:
    """The marks of a sheet at the center, their laying at the kiosk and their size, beside bitmaps of 600 dpi."""
    from madoguchi.bench.paper.run import run

    with tempfile.TemporaryDirectory(prefix="mado-bench-") as work:
        report = run(seconds=seconds, work=Path(work), report=lambda what: click.echo(what, err=True))
    click.echo(report.text())
    if json_file is not None:
        _write(json_file, report.as_json())


@group.command()
@click.option("--seconds", type=click.FloatRange(min=1, max=3600), default=60.0, show_default=True)
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
def verify(*, seconds: float, json_file: Path | None) -> None:
    """How long a receiver waits for the answer about a scanned sheet: front, back, both sides."""
    from madoguchi.bench.verify.run import run

    with tempfile.TemporaryDirectory(prefix="mado-bench-") as work:
        report = run(seconds=seconds, work=Path(work), report=lambda what: click.echo(what, err=True))
    click.echo(report.text())
    if json_file is not None:
        _write(json_file, report.as_json())


@group.command()
@click.option("--visits", type=click.IntRange(1, 200), default=8, show_default=True)
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
def kiosk(*, visits: int, json_file: Path | None) -> None:
    """How fast a kiosk answers hands, and how long a newcomer needs who reads every word."""
    from madoguchi.bench.kiosk import report, run

    with tempfile.TemporaryDirectory(prefix="mado-bench-") as made:
        work = Path(made)
        log.configure(party="bench", name="bench", strict=True, file=work / "log.jsonl")
        records = work / "records"
        records.mkdir()
        today = datetime.now(UTC).astimezone(JST).date()
        write_ward(records, residents=_RESIDENTS, seed=_SEED, as_of=today)
        measured = run.measure(
            visits=visits, work=work, records=records, report=lambda what: click.echo(what, err=True)
        )
    click.echo(report.text(measured))
    if json_file is not None:
        _write(json_file, report.as_json(measured))


def _show(result: ChainResult, *, kiosks: int, issuers: int, centers: int) -> None:
    sheets = max(1, result.sheets)
    latency = [visit.milliseconds for visit in result.done]
    click.echo(f"Machine: {machine()}")
    click.echo(
        f"Method: {kiosks} kiosks used without pause by visitors over their own page interface, {issuers} issuers,"
        f" {centers} centers, 2 operators, one PostgreSQL with durable commits, all on this machine;"
        f" {result.seconds:.1f} s; every printed front read again by an independent reader.\n"
    )
    figures = [
        ["sheets per second", f"{result.sheets / result.seconds:.2f}"],
        ["sheets", str(result.sheets)],
        ["crossed papers", str(result.crossed)],
        ["visits without paper", str(len(result.visits) - len(result.done))],
        ["visit p50 / p95 / p99 (ms)", " / ".join(f"{percentile(latency, at):.0f}" for at in (0.5, 0.95, 0.99))],
    ]
    click.echo(table(["figure", "value"], figures) + "\n")
    steps = [
        [f"{number} {step}", str(len(found)), *(f"{percentile(found, at):.1f}" for at in (0.5, 0.95, 0.99))]
        for (number, step), found in sorted(result.step_milliseconds.items())
    ]
    click.echo(table(["step", "n", "p50 ms", "p95 ms", "p99 ms"], steps) + "\n")
    parties = [
        [party, f"{cpu / sheets * 1000:.1f}", f"{result.peak_mib[party]:.0f}"]
        for party, cpu in sorted(result.cpu_seconds.items(), key=lambda each: -each[1])
    ]
    parties.append(["all", f"{sum(result.cpu_seconds.values()) / sheets * 1000:.1f}", ""])
    click.echo(table(["party", "CPU ms per sheet", "peak MiB of one process"], parties))


def _as_json(result: ChainResult) -> dict[str, Any]:
    sheets = max(1, result.sheets)
    latency = [visit.milliseconds for visit in result.done]
    return {
        "sheets_per_second": round(result.sheets / result.seconds, 3),
        "crossed": result.crossed,
        "sheets": result.sheets,
        "latency_ms": {
            "p50": round(percentile(latency, 0.5), 1),
            "p95": round(percentile(latency, 0.95), 1),
            "p99": round(percentile(latency, 0.99), 1),
        },
        "cpu_seconds_per_sheet": round(sum(result.cpu_seconds.values()) / sheets, 5),
        "peak_memory_mb": {party: round(peak, 1) for party, peak in sorted(result.peak_mib.items())},
        "cpu_seconds_per_sheet_by_party": {
            party: round(cpu / sheets, 5) for party, cpu in sorted(result.cpu_seconds.items())
        },
        "machine": machine(),
    }


def _write(path: Path, figures: dict[str, Any]) -> None:
    text = json.dumps(figures, ensure_ascii=False, indent=2) + "\n"
    if str(path) == "-":
        click.echo(text, nl=False)
    else:
        path.write_text(text, encoding="utf-8")

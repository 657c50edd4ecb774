"""Counters for a monitor, in Prometheus' text format, without anything that could lead to a person.

Labels are words that stand in the program: routes, steps, kinds, codes. Whatever was refused for a reason of the person
counts under one word, `person`: a monitor that is read every few seconds would otherwise say of whoever stands at a
kiosk what the screen does not say (支援措置 above all). No ids, no operators, no kiosks.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest

from madoguchi.errors import Problem, PublicReason

TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"
PERSON: Final = "person"
"""The code under which every reason of a person counts."""

disable_created_metrics()  # type: ignore[no-untyped-call]
REGISTRY: Final = CollectorRegistry(auto_describe=True)
"""Our own: what the library adds by itself (process, platform, garbage) is nobody's business."""

_REQUESTS = Counter("madoguchi_requests", "Requests answered", ("method", "route", "status", "code"), registry=REGISTRY)
_STEPS = Histogram(
    "madoguchi_step_seconds",
    "How long a step of a transaction took",
    ("number", "step"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
    registry=REGISTRY,
)
_ISSUED = Counter("madoguchi_issued", "Applications answered with a certificate", ("kind",), registry=REGISTRY)
_REFUSED = Counter("madoguchi_refused", "Applications answered with a refusal", ("code",), registry=REGISTRY)
_OUTCOMES = Counter("madoguchi_outcomes", "How transactions ended at kiosks", ("outcome",), registry=REGISTRY)
_MEASURED = Gauge("madoguchi_measured", "1 when the gauges of this answer are of this moment", registry=REGISTRY)
FEED_AGE = Gauge("madoguchi_feed_age_seconds", "Age of what was received", ("feed",), registry=REGISTRY)
SWITCH = Gauge("madoguchi_switch", "1 while it is engaged: alarm, suspended", ("name",), registry=REGISTRY)
RECEIPTS_OPEN = Gauge("madoguchi_receipts_open", "Receipts for plaintext that are open", registry=REGISTRY)
RECEIPTS_AGE = Gauge("madoguchi_receipt_oldest_age_seconds", "Age of the oldest open receipt", registry=REGISTRY)
REPLICAS = Gauge("madoguchi_replicas", "Processes of this party", ("state",), registry=REGISTRY)
PROGRAMS = Gauge("madoguchi_programs_declared", "1, and 2 during a rolling change", registry=REGISTRY)


def count_request(*, method: str, route: str, status: int, problem: Problem | None) -> None:
    """A request was answered; `route` is the declared path, never the one that was asked for."""
    _REQUESTS.labels(method, route, str(status), "" if problem is None else code_of(problem)).inc()


def observe_step(*, number: int, step: str, seconds: float) -> None:
    """A step of a transaction ended well."""
    _STEPS.labels(str(number), step).observe(seconds)


def count_issued(kind: str) -> None:
    """A certificate went out."""
    _ISSUED.labels(kind).inc()


def count_refused(problem: Problem) -> None:
    """An application was refused."""
    _REFUSED.labels(code_of(problem)).inc()


def count_passed_on(reason: str) -> None:
    """Another party's refusal was passed on: of it only the public reason is known."""
    _REFUSED.labels(PERSON if reason == PublicReason.ASK_YOUR_WARD.value else f"passed_on.{reason}").inc()


def count_outcome(outcome: str) -> None:
    """A transaction ended: `printed`, `partly_printed` or `not_printed`."""
    _OUTCOMES.labels(outcome).inc()


def set_measured(*, good: bool) -> None:
    """Whether the gauges could be read from the database for this answer."""
    _MEASURED.set(good)


def code_of(problem: Problem) -> str:
    """What of a problem may be counted apart."""
    return PERSON if problem.public_reason is PublicReason.ASK_YOUR_WARD else problem.code


def text() -> bytes:
    """Everything, as Prometheus reads it."""
    return generate_latest(REGISTRY)

"""The log: one JSON object a line, static event names, and only the fields that an event declares.

Personal data reaches a log through a field that nobody thought about. So an event is declared with its field names
beside the code that emits it, an undeclared field is refused, and a value is a number, a flag or a short identifier.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, MutableMapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

import msgspec
import structlog

MAX_VALUE_CHARACTERS = 200
_EVENT_NAME = re.compile(r"[a-z]+(_[a-z0-9]+)*(\.[a-z0-9_]+)+")
_PRINTABLE_ASCII = re.compile(r"[\x20-\x7e]*")
_ALWAYS = frozenset({"event", "level", "at", "party", "name"})

_EVENTS: dict[str, frozenset[str]] = {}
_OPEN = ExitStack()
"""Holds the log file that `configure` opened."""


class UndeclaredLogFieldError(Exception):
    """A log line with an event, field or value that nobody declared; a programming error, raised outside production."""


def event(name: str, *fields: str) -> str:
    """Declare an event and its fields; returns the name to log with. Declaring it twice raises ValueError."""
    if not _EVENT_NAME.fullmatch(name) or name in _EVENTS:
        msg = f"log event {name} is malformed or declared twice"
        raise ValueError(msg)
    _EVENTS[name] = frozenset(fields)
    return name


def configure(*, party: str, name: str, strict: bool, file: Path | None = None, stream: TextIO | None = None) -> None:
    """Send all log lines to `file` (appended, owner may read) or `stream` (stderr by default).

    `strict` raises UndeclaredLogFieldError; otherwise what is undeclared is left out and counted in `left_out`.
    """
    close()
    if file is not None:
        file.touch(mode=0o600)
        stream = _OPEN.enter_context(file.open("a", encoding="utf-8", buffering=1))
    structlog.configure(
        processors=[
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.add_log_level,
            _Allowed(strict=strict),
            _Identity(party=party, name=name),
            structlog.processors.JSONRenderer(serializer=_to_json),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=stream or sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )
    _silence_libraries()


def close() -> None:
    """Close the log file, if one is open, and log to nowhere in particular again."""
    _OPEN.close()
    structlog.reset_defaults()


def get_log() -> Any:
    """The logger: `get_log().info(STARTED, port=8443)`."""
    return structlog.get_logger()


def place_of(error: BaseException) -> str:
    """`module:line` where an exception was raised: what an engineer needs and all that may be said of it."""
    trace = error.__traceback__
    if trace is None:
        return "unknown"
    while trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__', 'unknown')}:{trace.tb_lineno}"


class _Allowed:
    def __init__(self, *, strict: bool) -> None:
        self._strict = strict

    def __call__(self, _logger: Any, _method: str, line: MutableMapping[str, Any]) -> dict[str, Any]:
        name = line["event"]
        if name not in _EVENTS:
            return self._refuse(line, kept={"event": "log.undeclared_event"}, refused=("event",))
        allowed = _ALWAYS | _EVENTS[name]
        kept = {key: value for key, value in line.items() if key in allowed and _is_plain(value)}
        refused = tuple(key for key in line if key not in kept)
        return self._refuse(line, kept=kept, refused=refused) if refused else kept

    def _refuse(
        self, line: MutableMapping[str, Any], *, kept: dict[str, Any], refused: Iterable[str]
    ) -> dict[str, Any]:
        names = tuple(refused)
        if self._strict:
            msg = f"undeclared or unfit: {', '.join(names)}"
            raise UndeclaredLogFieldError(msg)
        return {**{key: line[key] for key in ("at", "level")}, **kept, "left_out": len(names)}


class _Identity:
    def __init__(self, *, party: str, name: str) -> None:
        self._identity = {"party": party, "name": name}

    def __call__(self, _logger: Any, _method: str, line: MutableMapping[str, Any]) -> dict[str, Any]:
        return {**line, **self._identity}


def _is_plain(value: Any) -> bool:
    """Numbers, flags, and short ASCII: a Japanese name or address cannot pass, nor a body."""
    if value is None or isinstance(value, bool | int | float):
        return True
    return isinstance(value, str) and len(value) <= MAX_VALUE_CHARACTERS and bool(_PRINTABLE_ASCII.fullmatch(value))


def _to_json(line: dict[str, Any], **_options: Any) -> str:
    return msgspec.json.encode(line).decode()


def _silence_libraries() -> None:
    """Libraries put messages with values (addresses, statements, rows) into `logging`; none of it may reach a file."""
    root = logging.getLogger()
    root.handlers[:] = [logging.NullHandler()]
    root.setLevel(logging.CRITICAL)

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from madoguchi.runtime import log

TRIED = log.event("testing.tried", "count", "code")


@pytest.fixture
def lenient() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    log.configure(party="ec", name="ec-1", strict=False, stream=stream)
    yield stream
    log.close()


def test_one_json_object_a_line(lines: io.StringIO) -> None:
    log.get_log().info(TRIED, count=1, code="a.b")
    line = json.loads(lines.getvalue())
    assert line.pop("at").endswith("Z")
    assert line == {
        "event": TRIED,
        "level": "info",
        "count": 1,
        "code": "a.b",
        "party": "center",
        "name": "center-1",
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"name_of_resident": "x"},
        {"code": "新宿太郎"},
        {"code": "a" * 201},
        {"code": b"raw"},
        {"count": [1]},
        {"code": "a\nb"},
    ],
)
def test_undeclared_or_unfit_is_refused(lines: io.StringIO, fields: dict[str, object]) -> None:
    with pytest.raises(log.UndeclaredLogFieldError):
        log.get_log().info(TRIED, **fields)
    assert not lines.getvalue()


def test_undeclared_event_is_refused(lines: io.StringIO) -> None:
    with pytest.raises(log.UndeclaredLogFieldError):
        log.get_log().info("新宿太郎 came")


def test_in_production_it_is_left_out_and_counted(lenient: io.StringIO) -> None:
    log.get_log().info(TRIED, count=2, code="新宿太郎", address="x")
    log.get_log().info("新宿太郎 came", count=2)
    first, second = map(json.loads, lenient.getvalue().splitlines())
    assert (first["count"], first["left_out"]) == (2, 2)
    assert (second["event"], second["left_out"]) == ("log.undeclared_event", 1)
    assert "新宿" not in lenient.getvalue()
    assert "address" not in lenient.getvalue()


def test_an_event_is_declared_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        log.event("testing.tried", "count")
    with pytest.raises(ValueError, match="malformed"):
        log.event("Tried it")


def test_a_file_is_appended_and_private(tmp_path: Path) -> None:
    file = tmp_path / "ec.log"
    for _ in range(2):
        log.configure(party="ec", name="ec-1", strict=True, file=file)
        log.get_log().info(TRIED, count=1)
    log.close()
    assert len(file.read_text().splitlines()) == 2
    assert file.stat().st_mode & 0o777 == 0o600

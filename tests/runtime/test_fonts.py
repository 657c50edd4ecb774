from __future__ import annotations

from pathlib import Path

import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.runtime import fonts


@pytest.fixture
def nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any font."""
    monkeypatch.delenv(fonts.OVERRIDE, raising=False)
    monkeypatch.setattr(fonts, "_DEBIAN", Path("nowhere/ipamjm.ttf"))
    monkeypatch.setattr(fonts, "_PREPARED", tmp_path)
    monkeypatch.setattr(fonts, "_OTHERS", ())
    monkeypatch.setattr(fonts, "_WHEEL", ("no_such_package", Path("ipaexg.ttf")))
    return tmp_path


def test_no_font_is_a_problem(nothing: Path) -> None:
    with pytest.raises(MadoguchiError) as refused:
        fonts.find_fonts()
    assert refused.value.code == "runtime.no_font"


def test_ipamj_comes_before_others(nothing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (nothing / "nowhere").mkdir()
    ipamj, other = nothing / "nowhere" / "ipamjm.ttf", nothing / "ipaexm.ttf"
    for file in (ipamj, other):
        file.touch()
    monkeypatch.setattr(fonts, "_OTHERS", (other,))
    assert fonts.find_fonts() == (ipamj, other)


def test_named_ones_are_the_only_ones(nothing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory, single = nothing / "fonts", nothing / "one.otf"
    directory.mkdir()
    for file in (directory / "b.ttf", directory / "a.ttc", directory / "readme.txt", single):
        file.touch()
    monkeypatch.setenv(fonts.OVERRIDE, f"{single}:{directory}:{nothing / 'gone.ttf'}")
    assert fonts.find_fonts() == (single, directory / "a.ttc", directory / "b.ttf")


def test_named_ones_that_are_not_there_are_a_problem(nothing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(fonts.OVERRIDE, str(nothing / "gone.ttf"))
    with pytest.raises(MadoguchiError):
        fonts.find_fonts()

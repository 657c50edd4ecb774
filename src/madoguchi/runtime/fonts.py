"""Where a Japanese font lies, best first: IPAmj (58,814 characters and their variants) before anything else."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Final

from madoguchi.runtime.problems import NO_FONT

OVERRIDE: Final = "MADOGUCHI_FONTS"
"""Environment variable: font files or directories, separated as in PATH; nothing else is looked at then."""
_DEBIAN: Final = Path("usr/share/fonts/truetype/ipamj/ipamjm.ttf")
_PREPARED: Final = Path(__file__).resolve().parents[3] / ".madoguchi" / "fonts"
"""Where the launcher unpacks Debian's package."""
_WHEEL: Final = ("matplotlib_fontja", Path("fonts/ipaexg.ttf"))
_OTHERS: Final = (
    Path("/usr/share/fonts/truetype/ipaexfont-mincho/ipaexm.ttf"),
    Path("/usr/share/fonts/opentype/ipaexfont-mincho/ipaexm.ttf"),
)


def find_fonts() -> tuple[Path, ...]:
    """Font files in the order in which they should be asked for a character. Raises runtime.no_font."""
    override = os.environ.get(OVERRIDE)
    found = _named(override) if override else _usual()
    if not found:
        raise NO_FONT.error(f"nothing in {OVERRIDE}" if override else "no IPAmj, no IPAex, no wheel")
    return found


def _named(override: str) -> tuple[Path, ...]:
    files: list[Path] = []
    for part in filter(None, override.split(os.pathsep)):
        path = Path(part)
        files += sorted(path.rglob("*.[ot]t[fc]")) if path.is_dir() else [path]
    return tuple(file for file in files if file.is_file())


def _usual() -> tuple[Path, ...]:
    candidates = [Path("/") / _DEBIAN, _PREPARED / _DEBIAN, *_OTHERS, *_in_wheel()]
    return tuple(file for file in candidates if file.is_file())


def _in_wheel() -> tuple[Path, ...]:
    package, file = _WHEEL
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return ()
    return (Path(spec.submodule_search_locations[0]) / file,)

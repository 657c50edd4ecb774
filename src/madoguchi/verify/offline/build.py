"""Remakes what others made or drew: `python -m madoguchi.verify.offline.build zxing-wasm-3.1.4.tgz`.

The archive is what `npm pack zxing-wasm@3.1.4` gives; its digest is pinned here. The reader's two modules and its
compiled part are taken as they are, but for one line: the default place of the compiled part is beside the module and
not a foreign host. The icons are drawn from `runtime/look/static/icon.svg` by Chromium.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Final

from madoguchi.runtime.look import LOOK
from madoguchi.verify.offline.files import HERE

PACKAGE_SHA256: Final = "2416232a155533bdcfa098a22ec9087734b34640ffa2a7add90bc36e145f6da0"
_TAKEN: Final = {
    "package/dist/es/share.js": "share.js",
    "package/dist/es/reader/index.js": "reader.js",
    "package/dist/reader/zxing_reader.wasm": "zxing_reader.wasm",
    "package/LICENSE": "LICENSE",
}
_ICONS: Final = {"icon-192.png": (192, 1.0), "icon-512.png": (512, 1.0), "maskable-512.png": (512, 0.8)}
"""Pixels, and how much of the side the drawing may use: a maskable icon is cut to a circle of 80 percent."""
_GROUND: Final = "#0017c1"


def take_reader(archive: Path) -> None:
    """Copy the reader out of the package. ValueError for any other package than the pinned one."""
    if hashlib.sha256(archive.read_bytes()).hexdigest() != PACKAGE_SHA256:
        raise ValueError(f"{archive.name} is not the pinned package")
    target = HERE / "static" / "zxing"
    with tarfile.open(archive) as package:
        for member, name in _TAKEN.items():
            file = package.extractfile(member)
            if file is None:
                raise ValueError(f"{member} is no file")
            (target / name).write_bytes(_ours(name, file.read()))


def _ours(name: str, content: bytes) -> bytes:
    if name == "reader.js":
        return content.replace(b'from "../share.js"', b'from "./share.js"')
    if name == "share.js":
        begins = content.index(b"W = { locateFile:")
        ends = content.index(b"}, G = ", begins)
        return content[:begins] + b"W = { locateFile: (e) => new URL(e, import.meta.url).href " + content[ends:]
    return content


def draw_icons() -> None:
    """Draw the icons of the installed page."""
    drawing = (LOOK / "icon.svg").read_text("utf-8")
    for name, (side, share) in _ICONS.items():
        inner = round(side * share)
        shown = drawing.replace("<svg ", f'<svg width="{inner}" height="{inner}" ', 1)
        # Whatever mask cuts it, the corners of a maskable icon are ground.
        ground = f"background:{_GROUND}" if share < 1 else ""
        page = (
            f"<body style='margin:0;{ground}'><div style='width:{side}px;height:{side}px;display:grid;"
            f"place-items:center'>{shown}</div>"
        )
        with tempfile.TemporaryDirectory() as scratch:
            file = Path(scratch) / "icon.html"
            file.write_text(page, "utf-8")
            _draw(file, HERE / "static" / "icons" / name, side=side)


def _draw(page: Path, made: Path, *, side: int) -> None:
    subprocess.run(
        [
            "chromium",
            "--headless",
            "--no-sandbox",
            "--hide-scrollbars",
            "--default-background-color=00000000",
            f"--window-size={side},{side}",
            f"--screenshot={made}",
            page.as_uri(),
        ],
        check=True,
        capture_output=True,
    )


if __name__ == "__main__":
    take_reader(Path(sys.argv[1]))
    draw_icons()

"""Making our font files known to the libraries that ask fontconfig for a family by name."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import escape


def make_known(files: Iterable[Path]) -> None:
    """From now on fontconfig knows the folders of these files and no others, in this process.

    Must come before the first library that loads fontconfig's configuration; a second call changes nothing.
    """
    if "FONTCONFIG_FILE" in os.environ:
        return
    folders = sorted({str(file.parent) for file in files})
    work = Path(tempfile.gettempdir()) / f"madoguchi-fontconfig-{os.getuid()}"
    work.mkdir(exist_ok=True)
    lines = "".join(f"<dir>{escape(folder)}</dir>" for folder in folders)
    configuration = work / "fonts.conf"
    configuration.write_text(f"<fontconfig>{lines}<cachedir>{escape(str(work))}</cachedir></fontconfig>\n", "utf-8")
    os.environ["FONTCONFIG_FILE"] = str(configuration)

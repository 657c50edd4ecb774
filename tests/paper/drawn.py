"""Other programs' eyes: poppler draws a page, Tesseract reads one."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def poppler(pdf: bytes, work: Path, *, page: int = 1, dpi: int = 600, colour: bool = False) -> NDArray[np.uint8]:
    """The page as pdftoppm draws it, grey or RGB."""
    file, made = work / "drawn.pdf", work / "drawn"
    file.write_bytes(pdf)
    kind = [] if colour else ["-gray"]
    command = ["pdftoppm", *kind, "-r", str(dpi), "-f", str(page), "-singlefile", str(file), str(made)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    with Image.open(made.with_suffix(".ppm" if colour else ".pgm")) as picture:
        return np.array(picture)


def ocr(picture: Image.Image, *, dpi: int, language: str = "jpn", layout: int = 7) -> str:
    """The text of a picture without its spaces. `layout` as Tesseract's --psm; 7 is one line."""
    packed = io.BytesIO()
    picture.save(packed, format="PNG")
    command = ["tesseract", "stdin", "stdout", "-l", language, "--psm", str(layout), "--dpi", str(dpi)]
    done = subprocess.run(command, input=packed.getvalue(), check=True, capture_output=True, timeout=120)
    return "".join(done.stdout.decode().split())

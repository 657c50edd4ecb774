"""A page through an office scanner, simulated: askew, soft, paler, with the sensor's noise, as a JPEG."""

from __future__ import annotations

import io
from typing import Final

import cv2
import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray
from PIL import Image

DPI: Final = 300
_MOST_DEGREES: Final = 1.2
_BLUR: Final = 0.9
_INK, _PAPER = 45, 243
"""Grey levels of black and of white."""
_NOISE: Final = 5.0
_QUALITY: Final = 80


def scan(document: bytes, *, page: int, noise: np.random.Generator) -> bytes:
    """One page (from 0) of a print job, in grey at 300 dpi."""
    drawn = _askew(_drawn(document, page), degrees=float(noise.uniform(-_MOST_DEGREES, _MOST_DEGREES)))
    soft = np.asarray(cv2.GaussianBlur(drawn, (0, 0), _BLUR), dtype=np.float32)
    seen = _INK + soft * ((_PAPER - _INK) / 255) + noise.normal(0, _NOISE, soft.shape).astype(np.float32)
    held = io.BytesIO()
    Image.fromarray(np.clip(seen, 0, 255).astype(np.uint8)).save(held, "JPEG", quality=_QUALITY)
    return held.getvalue()


def _drawn(document: bytes, page: int) -> NDArray[np.uint8]:
    opened = pdfium.PdfDocument(document)
    try:
        drawn: NDArray[np.uint8] = opened[page].render(scale=DPI / 72, grayscale=True).to_numpy().copy()
    finally:
        opened.close()
    return drawn.reshape(drawn.shape[:2])


def _askew(page: NDArray[np.uint8], *, degrees: float) -> NDArray[np.uint8]:
    height, width = page.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    turned = cv2.warpAffine(page, turn, (width, height), flags=cv2.INTER_LINEAR, borderValue=255)
    return np.asarray(turned, dtype=np.uint8)

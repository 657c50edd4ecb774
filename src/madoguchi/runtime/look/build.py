"""Make the committed design tokens and fonts again. A tool of whoever changes the look; nothing of it runs in service.

    npm pack @digital-go-jp/design-tokens@1.1.9         # dist/tokens.css, LICENSE
    apt-get download fonts-noto-cjk                     # NotoSansCJK-{Regular,Bold}.ttc
    python -m madoguchi.runtime.look.build TOKENS_DIR FONT_DIR

Needs `fonttools` and `brotli`. Two slices per weight: the characters that our own pages use, which every visit loads,
and the rest of JIS X 0208 rows 1 to 47, which a browser loads only when a page shows one of them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

_STATIC = Path(__file__).parent / "static"
_PACKAGE = Path(__file__).parents[2]
_WEIGHTS = {400: "Regular", 700: "Bold"}
_WARD_WORDS = (
    "年度分平成令和昭和大正元月日通円区市町村都道府県特別民税課非納証明書所得給与公的金等収入額合計東京"
    "、。・ー「」（）〜～－△＊×✓→"
)
"""What wards' menus are made of, beside the words of our own message files."""
_JIS_RANGE = "U+80-33FF, U+4E00-9FFF, U+FF00-FFEF"
"""Wider than the slice: a browser asks for it once and then falls back to the system's fonts."""
_JAPANESE = 0
"""Index of Noto Sans CJK JP in the collections."""


def write_tokens(package: Path) -> None:
    """Copy the tokens, with their licence, into one stylesheet of custom properties."""
    rules = (package / "dist" / "tokens.css").read_text().partition("*/")[2].strip()
    licence = (package / "LICENSE").read_text().strip()
    origin = "Design tokens of the Digital Agency of Japan (@digital-go-jp/design-tokens), made by look/build.py."
    (_STATIC / "tokens.css").write_text(f"/*\n{origin}\n\n{licence}\n*/\n\n{rules}\n")


def write_fonts(fonts: Path) -> None:
    """Subset both weights into two slices each, and the stylesheet that names them."""
    ours = _characters_of_our_pages()
    faces = []
    for weight, style in _WEIGHTS.items():
        collection = fonts / f"NotoSansCJK-{style}.ttc"
        faces.append(_face(f"noto-sans-jp-jis-{weight}.woff2", weight=weight, ranges=_JIS_RANGE))
        _write_slice(collection, characters=_jis_rows(47) - ours, made=f"noto-sans-jp-jis-{weight}.woff2")
        drawn = _write_slice(collection, characters=ours, made=f"noto-sans-jp-pages-{weight}.woff2")
        faces.append(_face(f"noto-sans-jp-pages-{weight}.woff2", weight=weight, ranges=", ".join(_ranges(drawn))))
    head = (
        "/* Noto Sans CJK JP, (c) 2014-2021 Adobe, SIL Open Font License 1.1 (fonts/OFL.txt); made by look/build.py. */"
    )
    (_STATIC / "fonts.css").write_text("\n".join([head, *faces]) + "\n")


def _characters_of_our_pages() -> frozenset[str]:
    texts = [*_PACKAGE.glob("*/page/messages/*.json"), *_PACKAGE.glob("*/page/templates/*.html")]
    basic = "".join(map(chr, (*range(0x20, 0x7F), *range(0x3041, 0x3097), *range(0x30A1, 0x30FB))))
    return frozenset(basic + _WARD_WORDS + "".join(path.read_text() for path in texts)) - frozenset("\n\r\t")


def _jis_rows(last: int) -> frozenset[str]:
    """JIS X 0208 up to a row: signs, kana, Latin, Greek, Cyrillic and (to row 47) the first level of kanji."""
    cells = (bytes((0xA0 + row, 0xA0 + cell)) for row in range(1, last + 1) for cell in range(1, 95))
    return frozenset("".join(cell.decode("euc_jp", errors="ignore") for cell in cells))


def _write_slice(collection: Path, *, characters: Iterable[str], made: str) -> list[int]:
    font: TTFont = TTCollection(collection, lazy=True).fonts[_JAPANESE]
    options = subset.Options()
    options.flavor = "woff2"
    options.layout_features = ["kern", "palt", "vert", "ccmp", "locl"]
    options.hinting = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    drawn = sorted(set(map(ord, characters)) & set(font.getBestCmap()))
    maker = subset.Subsetter(options)
    maker.populate(unicodes=drawn)
    maker.subset(font)
    subset.save_font(font, str(_STATIC / "fonts" / made), options)
    return drawn


def _face(file: str, *, weight: int, ranges: str) -> str:
    """A rule that wins over the ones before it for the characters in `ranges`."""
    rules = (
        "font-family: 'Noto Sans JP'",
        "font-style: normal",
        f"font-weight: {weight}",
        "font-display: swap",
        f"src: url('fonts/{file}') format('woff2')",
        f"unicode-range: {ranges}",
    )
    return f"@font-face {{ {'; '.join(rules)}; }}"


def _ranges(characters: list[int]) -> Iterator[str]:
    for _, run in groupby(enumerate(characters), key=lambda pair: pair[1] - pair[0]):
        points = [point for _, point in run]
        yield f"U+{points[0]:X}" if len(points) == 1 else f"U+{points[0]:X}-{points[-1]:X}"


if __name__ == "__main__":
    write_tokens(Path(sys.argv[1]))
    write_fonts(Path(sys.argv[2]))

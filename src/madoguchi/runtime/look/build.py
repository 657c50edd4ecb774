"""Make the committed design tokens and fonts again. A tool of whoever changes the look; nothing of it runs in service.

    npm pack @digital-go-jp/design-tokens@1.1.9         # dist/tokens.css, LICENSE
    apt-get download fonts-noto-cjk fonts-noto-core     # NotoSansCJK-{Regular,Bold}.ttc, NotoSans-{Regular,Bold}.ttf
    python -m madoguchi.runtime.look.build TOKENS_DIR FONT_DIR

Needs `fonttools` and `brotli`. Two slices per weight: the characters that our own pages use, which every visit loads,
and the rest of JIS X 0208 rows 1 to 47 and of the municipalities' names, which a browser loads only when a page shows
one of them. Languages that the Japanese font cannot draw have a family of their own, with the characters of their
message files.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

_STATIC = Path(__file__).parent / "static"
_PACKAGE = Path(__file__).parents[2]
_WEIGHTS = {400: "Regular", 700: "Bold"}
_BASIC = "".join(map(chr, range(0x20, 0x7F)))
_KANA = "".join(map(chr, (*range(0x3041, 0x3097), *range(0x30A1, 0x30FB))))
_WARD_WORDS = (
    "年度分平成令和昭和大正元月日通円区市町村都道府県特別民税課非納証明書所得給与公的金等収入額合計東京"
    "、。・ー「」（）〜～－△＊×✓→"
)
"""What wards' menus are made of, beside the words of our own message files."""
_JIS_RANGE = "U+80-33FF, U+4E00-9FFF, U+FF00-FFEF"
"""Wider than the slice: a browser asks for it once and then falls back to the system's fonts."""
_JAPANESE_NAME = "Noto Sans JP"
_JAPANESE = 0
"""Index of Noto Sans CJK JP in the collections."""
_VIETNAMESE = "".join(map(chr, (*range(0xC0, 0x180), 0x1A0, 0x1A1, 0x1AF, 0x1B0, *range(0x1EA0, 0x1EFA), 0x20AB)))
"""Every letter of Vietnamese, so that a translator need not make the font again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Family:
    """The font of one language of the kiosk. `file` has {style}; `number` is its place in a collection."""

    name: str
    made: str
    file: str
    number: int | None
    language: str
    also: str = ""


_FAMILIES = (
    _Family(name="Noto Sans SC", made="noto-sans-sc", file="NotoSansCJK-{style}.ttc", number=2, language="zh"),
    _Family(name="Noto Sans KR", made="noto-sans-kr", file="NotoSansCJK-{style}.ttc", number=1, language="ko"),
    _Family(
        name="Noto Sans", made="noto-sans-vi", file="NotoSans-{style}.ttf", number=None, language="vi", also=_VIETNAMESE
    ),
)
_OWN_FONT = frozenset(family.language for family in _FAMILIES)


def write_tokens(package: Path) -> None:
    """Copy the tokens, with their licence, into one stylesheet of custom properties."""
    rules = (package / "dist" / "tokens.css").read_text().partition("*/")[2].strip()
    licence = (package / "LICENSE").read_text().strip()
    origin = "Design tokens of the Digital Agency of Japan (@digital-go-jp/design-tokens), made by look/build.py."
    (_STATIC / "tokens.css").write_text(f"/*\n{origin}\n\n{licence}\n*/\n\n{rules}\n")


def write_fonts(fonts: Path) -> None:
    """Subset both weights of every family, and the stylesheet that names them."""
    faces = [*_japanese_faces(fonts), *(face for family in _FAMILIES for face in _family_faces(fonts, family))]
    head = (
        "/* Noto Sans CJK JP, SC, KR, (c) 2014-2021 Adobe; Noto Sans, (c) 2015 Google LLC; "
        "SIL Open Font License 1.1 (fonts/OFL.txt); made by look/build.py. */"
    )
    (_STATIC / "fonts.css").write_text("\n".join([head, *faces]) + "\n")


def _japanese_faces(fonts: Path) -> Iterator[str]:
    ours = _characters_of_our_pages()
    for weight, style in _WEIGHTS.items():
        collection = fonts / f"NotoSansCJK-{style}.ttc"
        rest, pages = f"noto-sans-jp-jis-{weight}.woff2", f"noto-sans-jp-pages-{weight}.woff2"
        yield _face(_JAPANESE_NAME, file=rest, weight=weight, ranges=_JIS_RANGE)
        _write_slice(collection, number=_JAPANESE, characters=(_jis_rows(47) | _municipalities()) - ours, made=rest)
        drawn = _write_slice(collection, number=_JAPANESE, characters=ours, made=pages)
        yield _face(_JAPANESE_NAME, file=pages, weight=weight, ranges=", ".join(_ranges(drawn)))


def _family_faces(fonts: Path, family: _Family) -> Iterator[str]:
    for weight, style in _WEIGHTS.items():
        made = f"{family.made}-{weight}.woff2"
        drawn = _write_slice(
            fonts / family.file.format(style=style),
            number=family.number,
            characters=_characters(language_files(family.language)) | frozenset(_BASIC + family.also),
            made=made,
        )
        yield _face(family.name, file=made, weight=weight, ranges=", ".join(_ranges(drawn)))


def language_files(language: str) -> list[Path]:
    """The files that a translator of this language of the kiosk edits, and the list of names."""
    page = _PACKAGE / "kiosk" / "page"
    return [
        page / "messages" / f"{language}.json",
        page / "messages" / "languages.json",
        page / "phrases" / f"{language}.json",
    ]


def _characters_of_our_pages() -> frozenset[str]:
    found = (_PACKAGE.glob(f"*/page/{place}") for place in ("messages/**/*.json", "phrases/*.json", "templates/*.html"))
    texts = [path for paths in found for path in paths if path.stem not in _OWN_FONT]
    return _characters(texts) | frozenset(_BASIC + _KANA + _WARD_WORDS)


def _municipalities() -> frozenset[str]:
    return _characters([_PACKAGE / "kiosk" / "page" / "static" / "municipalities.json"])


def _characters(texts: Iterable[Path]) -> frozenset[str]:
    return frozenset("".join(path.read_text() for path in texts)) - frozenset("\n\r\t")


def _jis_rows(last: int) -> frozenset[str]:
    """JIS X 0208 up to a row: signs, kana, Latin, Greek, Cyrillic and (to row 47) the first level of kanji."""
    cells = (bytes((0xA0 + row, 0xA0 + cell)) for row in range(1, last + 1) for cell in range(1, 95))
    return frozenset("".join(cell.decode("euc_jp", errors="ignore") for cell in cells))


def _write_slice(source: Path, *, number: int | None, characters: Iterable[str], made: str) -> list[int]:
    font: TTFont = TTFont(source) if number is None else TTCollection(source, lazy=True).fonts[number]
    options = subset.Options()
    options.flavor = "woff2"
    options.layout_features = ["kern", "palt", "vert", "ccmp", "locl", "mark", "mkmk"]
    options.hinting = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    drawn = sorted(set(map(ord, characters)) & set(font.getBestCmap()))
    maker = subset.Subsetter(options)
    maker.populate(unicodes=drawn)
    maker.subset(font)
    subset.save_font(font, str(_STATIC / "fonts" / made), options)
    return drawn


def _face(name: str, *, file: str, weight: int, ranges: str) -> str:
    """A rule that wins over the ones before it for the characters in `ranges`."""
    rules = (
        f"font-family: '{name}'",
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

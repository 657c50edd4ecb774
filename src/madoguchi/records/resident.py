"""`residents.csv`: who is, or was, in the ward's register."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Struct

from madoguchi.records.columns import AddresseeNumber, OptionalText, ShortText, described


class Sex(StrEnum):
    """性別 as the register has it."""

    MALE = "male"
    FEMALE = "female"


class Removal(StrEnum):
    """Why a person is not, or no longer, in the register."""

    MOVED_OUT = "moved_out"
    DIED = "died"
    DELETED = "deleted"
    """職権消除 and the like."""
    NOT_REGISTERED = "not_registered"
    """住登外: the tax system knows them, the ward's register never did."""


class Resident(Struct, frozen=True, gc=False):
    """One person of the register. Names and addresses are the latest known; none of them ever leaves the ward."""

    addressee_number: Annotated[
        AddresseeNumber, described("宛名番号", "ten digits, the key of every file; unique in this one")
    ]
    name: Annotated[
        ShortText, described("氏名", "as registered, variation selectors included; Latin for many foreigners")
    ]
    name_kana: Annotated[OptionalText, described("氏名カナ", "may be empty")]
    alias: Annotated[OptionalText, described("通称", "printed beside the name where registered; may be empty")]
    birth_date: Annotated[date, described("生年月日")]
    sex: Annotated[Sex, described("性別")]
    address: Annotated[ShortText, described("現住所", "the latest known address, also outside the ward")]
    foreign: Annotated[bool, described("外国人住民", "1: the date of birth is printed in the Gregorian year")]
    household_number: Annotated[AddresseeNumber, described("世帯番号", "ten digits")]
    suppression: Annotated[
        bool,
        described(
            "発行抑止", "1: never issue at a kiosk (支援措置 or any other reason; the reason itself is not handed over)"
        ),
    ]
    removal: Annotated[
        Removal | None,
        described("消除事由", "empty: in the register; `not_registered`: 住登外, never in it"),
    ]
    removal_date: Annotated[
        date | None,
        described(
            "消除届出日",
            "the day from which the removal acts, for 住登外 the day of their entry; empty exactly when `removal` is",
        ),
    ]

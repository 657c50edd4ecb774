"""The cast: invented people who are in every dummy ward, so that a demonstration or a test can call them by case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from madoguchi.dummy.careers import steady
from madoguchi.dummy.cast_affairs import AFFAIRS
from madoguchi.dummy.names import LONG_LATIN
from madoguchi.dummy.people import NO_REVENUE, Household, Paying, Person
from madoguchi.dummy.serials import card, serial_number, usual_cards
from madoguchi.records import CaGeneration, Disability, Medium, Removal, SerialStatus, Sex, TaxStatus
from madoguchi.tax.assessment import FISCAL_YEARS

_F, _M = Sex.FEMALE, Sex.MALE
_NEWEST = FISCAL_YEARS[-1]
_MOVED_BACK = "東京都窓口区交付が丘二丁目11番4号　パークテラス余白・ウエストウイング・アネックス別館1204号室（見本方）"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One household of the cast, and which case each of its people stands for."""

    household: Household
    cases: dict[str, Person]
    cards: dict[str, str] = field(default_factory=dict)
    """Case → what its cards are like, where that is not one valid card."""


def cast(*, as_of: date) -> Iterator[Entry]:
    """Every household of the cast, always in the same order."""
    yield from _names()
    yield from _families(as_of)
    yield from _incomes(as_of)
    yield from _refusals(as_of)
    yield from _payments()
    yield from _cards()
    yield from _affairs()
    yield from _without_right()


def _one(
    cases: str,
    name: str,
    kana: str,
    *,
    born: date = date(1984, 6, 15),
    sex: Sex = _F,
    wage: int | None = 4_200_000,
    cards: str = "",
    **facts: Any,
) -> Entry:
    """A household of one. `cases` may name several, separated by blanks."""
    person = Person(name=name, kana=kana, birth=born, sex=sex, **facts)
    person.wages = NO_REVENUE if wage is None else steady(wage)
    names = cases.split()
    home = Household(address="東京都窓口区見本町一丁目2番3号 コーポ見本101号室", head=person)
    return Entry(household=home, cases=dict.fromkeys(names, person), cards=dict.fromkeys(names[:1], cards))


def _names() -> Iterator[Entry]:
    yield _one("plain", "山田　見本", "ヤマダ　ミホン")
    yield _one("yoshida_u20bb7", "𠮷田　葵", "ヨシダ　アオイ")
    yield _one("hashigo_taka card_and_phone", "髙橋　誠", "タカハシ　マコト", sex=_M, cards="card_and_phone")
    yield _one("tatsu_saki renewed_card", "宮﨑　千尋", "ミヤザキ　チヒロ", cards="renewed")
    yield _one("ivs_tsuji", "辻\U000e0102　亮", "ツジ　リョウ", sex=_M)
    yield _one(
        "ivs_katsu moved_within_ward",
        "葛\U000e0103城　彩香",
        "カツラギ　アヤカ",
        moved_on=date(2026, 4, 2),
        moved_to=_MOVED_BACK,
    )
    yield _one("ivs_nabe_908a not_yet_due", "渡邊\U000e0108　修", "ワタナベ　オサム", sex=_M, paid_from_wages=False)
    yield _one(
        "ivs_nabe_9089 paid_in_full",
        "渡邉\U000e0113　智子",
        "ワタナベ　トモコ",
        paid_from_wages=False,
        paying=Paying.AT_ONCE,
    )
    yield _one("long_latin_name", LONG_LATIN, "", foreign=True, since=date(2018, 9, 1))
    yield _one("alias", "GURUNG BIPIN", "", sex=_M, foreign=True, alias="山本　健", since=date(2019, 10, 1))
    yield _one("one_character_name overpaid", "乙", "オツ", paid_from_wages=False, paying=Paying.TOO_MUCH)
    yield _one("no_family_name", "AMIRAH", "", foreign=True, since=date(2020, 5, 1))
    yield _one("undrawable_character", "\ue7b5本　一", "フメイモト　ハジメ", sex=_M)
    yield _one("foreign_selector", "辻\U000e0100　のぞみ", "ツジ　ノゾミ")


def _families(as_of: date) -> Iterator[Entry]:
    undeclared = dict.fromkeys(FISCAL_YEARS, TaxStatus.DEPENDANT_UNDECLARED)
    head = Person(name="森　直樹", kana="モリ　ナオキ", birth=date(1976, 3, 3), sex=_M, wages=steady(7_800_000))
    spouse = Person(name="森　裕子", kana="モリ　ユウコ", birth=date(1978, 1, 1), sex=_F, status=undeclared)
    student = Person(name="森　樹", kana="モリ　イツキ", birth=date(2005, 5, 20), sex=_M, status=dict(undeclared))
    pupil = Person(name="森　凜", kana="モリ　リン", birth=_years_before(as_of, 17), sex=_F, status=dict(undeclared))
    child = Person(name="森　湊", kana="モリ　ミナト", birth=_years_before(as_of, 10), sex=_M)
    mother = Person(name="森　ふみ", kana="モリ　フミ", birth=date(1949, 12, 31), sex=_F, pensions=steady(900_000))
    yield Entry(
        household=Household(
            address="東京都窓口区架空町三丁目14番15号",
            head=head,
            spouse=spouse,
            children=[student, pupil, child],
            parents=[mother],
        ),
        cases={
            "family_head": head,
            "dependant_undeclared": spouse,
            "student_dependant": student,
            "pupil_dependant": pupil,
            "under_15": child,
            "elderly_parent": mother,
        },
    )
    rich = Person(name="東海林　隆", kana="ショウジ　タカシ", birth=date(1969, 8, 8), sex=_M, wages=steady(14_500_000))
    home = Person(name="東海林　洋子", kana="ショウジ　ヨウコ", birth=date(1971, 2, 2), sex=_F, status=dict(undeclared))
    yield Entry(
        household=Household(address="東京都窓口区申請坂一丁目1番1号", head=rich, spouse=home),
        cases={"spouse_not_deductible": rich, "spouse_of_high_income": home},
    )
    earner = Person(
        name="五十嵐　拓也", kana="イガラシ　タクヤ", birth=date(1988, 7, 7), sex=_M, wages=steady(5_200_000)
    )
    part = Person(name="五十嵐　愛", kana="イガラシ　アイ", birth=date(1989, 9, 9), sex=_F, wages=steady(1_750_000))
    yield Entry(
        household=Household(address="東京都窓口区仮名橋8番2号 ハイツ受付203号室", head=earner, spouse=part),
        cases={"spouse_special": earner, "part_time_spouse": part},
    )
    parent = Person(name="小野　萌", kana="オノ　モエ", birth=date(1990, 4, 1), sex=_F, wages=steady(2_000_000))
    small = Person(name="小野　咲良", kana="オノ　サクラ", birth=date(2016, 11, 3), sex=_F)
    yield Entry(
        household=Household(address="東京都窓口区控田一丁目5番6号", head=parent, children=[small]),
        cases={"single_parent": parent},
    )


def _incomes(as_of: date) -> Iterator[Entry]:
    yield _one("non_taxable", "原　由美子", "ハラ　ユミコ", wage=950_000)
    yield _one(
        "pension", "清水　節子", "シミズ　セツコ", born=date(1953, 10, 10), wage=None, pensions=steady(2_150_000)
    )
    yield _one(
        "pension_and_wages", "石川　勝", "イシカワ　マサル", born=date(1959, 1, 1), sex=_M, pensions=steady(1_600_000)
    )
    yield _one("high_income", "勅使河原　恵子", "テシガワラ　ケイコ", born=date(1966, 6, 6), wage=29_000_000)
    yield _one("disabled", "前田　浩二", "マエダ　コウジ", sex=_M, wage=2_500_000, disability=Disability.SPECIAL)
    young = _years_before(as_of, 18) + timedelta(days=90)
    yield _one("minor_worker", "坂本　颯", "サカモト　ハヤテ", born=young, sex=_M, wage=1_300_000)


def _affairs() -> Iterator[Entry]:
    def one(case: str, name: str, kana: str, **facts: Any) -> Entry:
        return _one(case, name, kana, **facts, **AFFAIRS[case])

    yield one("business_loss", "内田　悟", "ウチダ　サトル", sex=_M, wage=None)
    yield one("carried_over_loss", "酒井　理恵", "サカイ　リエ", wage=None)
    yield one("shareholder", "横山　清美", "ヨコヤマ　キヨミ", wage=5_400_000)
    yield one("landlord", "宮本　剛", "ミヤモト　ツヨシ", sex=_M, wage=6_200_000)
    yield one("farmer", "内藤　実", "ナイトウ　ミノル", sex=_M, wage=None)
    yield one(
        "working_student", "高木　翼", "タカギ　ツバサ", born=date(2005, 9, 1), wage=1_280_000, since=date(2024, 4, 1)
    )
    yield one("housing_loan", "安藤　結子", "アンドウ　ユイコ", wage=6_900_000)
    yield one("land_sale", "島田　誠一", "シマダ　セイイチ", born=date(1958, 2, 20), sex=_M, pensions=steady(1_900_000))
    yield one("retired_abroad", "谷口　洋", "タニグチ　ヒロシ", born=date(1964, 12, 1), sex=_M, wage=2_300_000)
    yield one("medical_and_casualty", "丸山　典子", "マルヤマ　ノリコ", wage=5_000_000)
    yield _one("refunded", "河野　美穂", "コウノ　ミホ", paid_from_wages=False, paying=Paying.REFUNDED)


def _refusals(as_of: date) -> Iterator[Entry]:
    recently = as_of - timedelta(days=30)
    yield _one("suppressed", "中島　幸子", "ナカジマ　サチコ", suppression=True)
    yield _one(
        "moved_out",
        "竹内　大輔",
        "タケウチ　ダイスケ",
        sex=_M,
        removal=Removal.MOVED_OUT,
        removal_date=recently,
        moved_on=recently,
        moved_to="架空県見本市仮町7番地",
    )
    yield _one(
        "died", "和田　清", "ワダ　キヨシ", born=date(1940, 1, 15), sex=_M, removal=Removal.DIED, removal_date=recently
    )
    yield _one("deleted", "近藤　明美", "コンドウ　アケミ", removal=Removal.DELETED, removal_date=recently)
    yield _one("undeclared", "遠藤　茂", "エンドウ　シゲル", sex=_M, wage=None, status={_NEWEST: TaxStatus.UNDECLARED})
    yield _one("under_correction", "青木　真由美", "アオキ　マユミ", status={_NEWEST: TaxStatus.UNDER_CORRECTION})
    yield _one(
        "not_levied_here",
        "福田　健一",
        "フクダ　ケンイチ",
        sex=_M,
        since=date(2024, 10, 1),
        not_levied=frozenset({_NEWEST}),
    )


def _without_right() -> Iterator[Entry]:
    """Whom the tax system knows, and to whom no kiosk may give a paper; and a fault of the data."""
    yield _one(
        "not_registered",
        "堀　雅人",
        "ホリ　マサト",
        sex=_M,
        removal=Removal.NOT_REGISTERED,
        removal_date=date(2024, 5, 7),
    )
    office = {_NEWEST: TaxStatus.PROPERTY_ONLY}
    yield _one("property_only", "片山　志保", "カタヤマ　シホ", since=date(2026, 3, 1), status=office)
    yield _one("instalments_missing", "早川　恵", "ハヤカワ　メグミ", paid_from_wages=False, paying=Paying.NOT_ENTERED)


def _payments() -> Iterator[Entry]:
    yield _one("overdue", "太田　博", "オオタ　ヒロシ", sex=_M, paid_from_wages=False, paying=Paying.OVERDUE)
    yield _one("partly_paid", "岡本　和子", "オカモト　カズコ", paid_from_wages=False, paying=Paying.PARTLY)
    yield _one("remitted", "松田　正一", "マツダ　ショウイチ", sex=_M, remitted=frozenset({_NEWEST}), remarks="減免")


def _cards() -> Iterator[Entry]:
    yield _one("revoked_card", "村上　さくら", "ムラカミ　サクラ", cards="revoked")
    yield _one("expired_card", "長谷川　蓮", "ハセガワ　レン", sex=_M, cards="expired")
    yield _one("same_serial_g1", "石井　結衣", "イシイ　ユイ", cards="same_g1")
    yield _one("same_serial_g2", "石井　悠真", "イシイ　ユウマ", sex=_M, cards="same_g2")


def give_cards(rng: Random, entries: list[Entry], *, as_of: date) -> None:
    """Give every case its cards, once the people have their numbers."""
    shared = serial_number(rng)
    for entry in entries:
        named = set()
        for case, person in entry.cases.items():
            if person not in named:
                named.add(person)
                _give(rng, person, entry.cards.get(case, ""), shared, as_of)
        for person in entry.household.members:
            if person not in named:
                person.serials = usual_cards(rng, person, as_of=as_of)


def _give(rng: Random, person: Person, how: str, shared: str, as_of: date) -> None:
    issued = max(as_of - timedelta(days=300), person.birth + timedelta(days=10))
    if how == "same_g1":
        person.serials = [card(rng, person, issued=issued, generation=CaGeneration.G1, serial=shared)]
    elif how == "same_g2":
        person.serials = [card(rng, person, issued=issued, generation=CaGeneration.G2, serial=shared)]
    elif how == "revoked":
        person.serials = [card(rng, person, issued=issued, status=SerialStatus.REVOKED)]
    elif how == "expired":
        person.serials = [card(rng, person, issued=as_of - timedelta(days=2_200))]
    elif how == "renewed":
        before = card(rng, person, issued=issued - timedelta(days=1_500), status=SerialStatus.SUPERSEDED)
        person.serials = [before, card(rng, person, issued=issued)]
    elif how == "card_and_phone":
        phone = card(rng, person, issued=issued + timedelta(days=40), medium=Medium.PHONE)
        person.serials = [card(rng, person, issued=issued), phone]
    else:
        person.serials = [card(rng, person, issued=issued)]


def _years_before(day: date, years: int) -> date:
    return date(day.year - years, day.month, min(day.day, 28))

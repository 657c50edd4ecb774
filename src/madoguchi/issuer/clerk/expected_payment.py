"""What each box of a payment certificate must say: the clerk's own account of the instalments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from madoguchi.issuer.clerk import words
from madoguchi.issuer.clerk.expected import Expected, WardSays, common_fields
from madoguchi.issuer.clerk.record import ClerksRecord, Plain

_COLLECTIONS: Final = ("ordinary", "special", "pension")
_LINES: Final = 24
_FOREST_FROM: Final = 2024
_COLUMNS: Final = ("amount", "paid", "overdue", "upcoming")
_TERMS: Final = {
    "ordinary": ("普通徴収", ("第1期", "第2期", "第3期", "第4期")),
    "special": ("給与特別徴収", tuple(f"{month}月分" for month in (6, 7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5))),
    "pension": ("年金特別徴収", tuple(f"{month}月分" for month in (4, 6, 8, 10, 12, 2))),
}
Sums = tuple[int, int, int, int]
"""Due, paid of it, overdue, not yet due; yen."""


def expected_payment(record: ClerksRecord, says: WardSays, *, number: str, on: date) -> Expected:
    """The payment certificate of this record on a day."""
    terms = sorted(record.terms, key=lambda term: (_COLLECTIONS.index(term["collection"]), term["instalment"]))
    whole = _added([_sums(term, on) for term in terms])
    year = record.tax["fiscal_year"]
    fields = {
        **common_fields(record, says, number=number, on=on),
        "title": "納税証明書",
        "taxes": "特別区民税・都民税" + ("・森林環境税" if year >= _FOREST_FROM else ""),
        "address": words.text(record.person["address"]),
        "annual_tax": words.money(record.tax["annual_tax"]),
        "paid": words.money(whole[1]),
        "overdue": words.money(whole[2]),
        "upcoming": words.money(whole[3]),
    }
    for collection in _COLLECTIONS:
        own = [_sums(term, on) for term in terms if term["collection"] == collection]
        fields |= _named(collection, _added(own) if own else None)
    tabled, beyond = (terms, []) if len(terms) <= _LINES else (terms[: _LINES - 1], terms[_LINES - 1 :])
    last = "以下は備考欄に記載" if beyond else "以下余白"
    for line in range(_LINES):
        fields |= _line(line, tabled, on, last=last)
    return Expected(
        layout="payment-2019",
        fields=fields,
        remarks=(
            f"{words.day(on.isoformat())}現在の納付状況です。",
            *(_as_remark(term, on) for term in beyond),
            *_surplus(terms),
        ),
        amounts=tuple(fields[name] for name in ("annual_tax", "paid", "overdue", "upcoming")),
    )


def _sums(term: Plain, on: date) -> Sums:
    due, paid = term["amount_due"], term["amount_paid"]
    settled = due if paid > due else paid
    if date.fromisoformat(term["due_date"]) < on:
        return due, settled, due - settled, 0
    return due, settled, 0, due - settled


def _added(every: Sequence[Sums]) -> Sums:
    return (
        sum(each[0] for each in every),
        sum(each[1] for each in every),
        sum(each[2] for each in every),
        sum(each[3] for each in every),
    )


def _named(prefix: str, sums: Sums | None) -> dict[str, str]:
    shown = [words.money(amount) for amount in sums] if sums else [words.NOTHING] * len(_COLUMNS)
    return {f"{prefix}_{column}": amount for column, amount in zip(_COLUMNS, shown, strict=True)}


def _line(line: int, terms: Sequence[Plain], on: date, *, last: str) -> dict[str, str]:
    prefix = f"row{line + 1:02}"
    if line >= len(terms):
        empty = {f"{prefix}_{column}": "" for column in (*_COLUMNS, "due_date")}
        return {**empty, f"{prefix}_label": last if line == len(terms) else ""}
    term = terms[line]
    return {
        **_named(prefix, _sums(term, on)),
        f"{prefix}_label": _term_name(term),
        f"{prefix}_due_date": words.day(term["due_date"]),
    }


def _term_name(term: Plain) -> str:
    name, regular = _TERMS[term["collection"]]
    number: int = term["instalment"]
    return f"{name}　{regular[number - 1] if number <= len(regular) else f'随時第{number - len(regular)}期'}"


def _as_remark(term: Plain, on: date) -> str:
    due, settled, overdue, upcoming = _sums(term, on)
    passed = date.fromisoformat(term["due_date"]) < on
    return "　".join(
        (
            _term_name(term),
            f"納期限{words.day(term['due_date'])}",
            f"納付すべき額{words.money(due)}円",
            f"納付済額{words.money(settled)}円",
            f"未納額{words.money(overdue + upcoming)}円（{'納期到来分' if passed else '納期未到来分'}）",
        )
    )


def _surplus(terms: Sequence[Plain]) -> tuple[str, ...]:
    over = sum(term["amount_paid"] - term["amount_due"] for term in terms if term["amount_paid"] > term["amount_due"])
    returned = sum(term["amount_refunded"] for term in terms)
    found = []
    if over != returned:
        found.append(f"ほかに過誤納金{words.money(over - returned)}円があります（還付又は充当の対象）。")
    if returned:
        found.append(f"ほかに納付された過誤納金{words.money(returned)}円は、還付又は充当済みです。")
    return tuple(found)

"""docs/verify-api.md shows an answer that the program could give, and names every word that it uses."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from madoguchi.verify.page.contract import Finding, PaperStatus, Verdict, VerifyAnswer
from madoguchi.verify.page.problems import BAD_UPLOAD, NOT_A_DOCUMENT, UPLOAD_TOO_LARGE
from madoguchi.verify.problems import BUSY, NOT_LOOKED_AT, NOT_NOW, TOO_MANY

PAGE = (Path(__file__).parents[2] / "docs" / "verify-api.md").read_text(encoding="utf-8")


def test_the_answer_shown_is_one() -> None:
    (shown,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    answer = msgspec.json.decode(shown, type=VerifyAnswer)
    assert msgspec.json.decode(msgspec.json.encode(answer)) == msgspec.json.decode(shown), "every field is shown"


def test_every_word_and_code_is_told() -> None:
    words = {*Verdict, *PaperStatus, *Finding}
    problems = (BAD_UPLOAD, UPLOAD_TOO_LARGE, NOT_A_DOCUMENT, NOT_LOOKED_AT, TOO_MANY, BUSY, NOT_NOW)
    assert [word for word in (*words, *(each.code for each in problems)) if f"`{word}`" not in PAGE] == []

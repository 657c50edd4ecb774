"""A verifier that answers by the text it is given, and remembers only sizes."""

from __future__ import annotations

from datetime import date

from madoguchi.verify.page import CodeContent, Line, PaperStatus, Verdict, VerifyAnswer, Words

CONTENT = CodeContent(
    ward=Words(ja="見本区長", en="Mihon Ward"),
    kind=Words(ja="課税証明書", en="Taxation certificate"),
    year=Words(ja="令和8年度（令和7年分）", en="Fiscal year 2026 (income of 2025)"),
    name="見本 花子",
    certificate_number="R08-0001234",
    paper_number="5f2c9a41d07be8362f0c44a9be71d053",
    issued_on=date(2026, 11, 23),
    amounts=(
        Line(label=Words(ja="合計所得金額", en="Total income"), value="3,560,000円"),
        Line(label=Words(ja="特別区民税", en="Ward tax"), value="107,400円"),
        Line(label=Words(ja="都民税", en="Metropolitan tax"), value="71,600円"),
        Line(label=Words(ja="年税額", en="Tax of the year"), value="180,000円"),
    ),
    demo=True,
)


def signed(status: PaperStatus) -> VerifyAnswer:
    return VerifyAnswer(verdict=Verdict.SIGNED, content=CONTENT, status=status)


ANSWERS = {
    **{status.value: signed(status) for status in PaperStatus},
    "forged": VerifyAnswer(verdict=Verdict.NOT_SIGNED, code="paper.signature_invalid"),
    "nothing": VerifyAnswer(verdict=Verdict.NO_CODE, code="paper.no_code"),
    "broken": VerifyAnswer(verdict=Verdict.UNREADABLE, code="paper.unreadable"),
}


class FakeVerifier:
    """Implements `VerifyService`."""

    def __init__(self) -> None:
        self.uploads: list[int] = []

    def check(self, upload: bytes | None, text: str | None) -> VerifyAnswer:
        if upload is not None:
            self.uploads.append(len(upload))
            return ANSWERS["issued"]
        return ANSWERS[text or "nothing"]

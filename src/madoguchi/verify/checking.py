"""Checking a printed code, in numbered steps.

1. Find the one code of ours in the upload (or take the text as pasted).
2. Take the statement apart; nothing of it is believed yet.
3. Its environment is ours, and a key of that ward with the role `front_code` signed exactly these octets.
4. Ask that ward what became of the paper: issued, superseded, revoked or unknown.

A trust list of ours that cannot be relied on is no verdict about a paper: `verify.not_now`, and nothing is said.
What this proves: the ward issued this content. Not that the sheet is the original: a copy carries the same code.
"""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image

from madoguchi.certificate.years import fiscal_year_label, fiscal_year_label_en, parse_japanese_date
from madoguchi.errors import MadoguchiError
from madoguchi.paper.frontcode import FRONT_CODE, FrontCode, parse_unverified, read_front_code
from madoguchi.paper.number import paper_number_text
from madoguchi.paper.qr import PREFIX, decode_base45
from madoguchi.runtime.clock import Clock
from madoguchi.statement import verify
from madoguchi.trust import TrustList
from madoguchi.trust.file import TrustFile
from madoguchi.verify.config import WardNames
from madoguchi.verify.page.contract import CodeContent, PaperStatus, Verdict, VerifyAnswer, Words
from madoguchi.verify.pictures import pictures
from madoguchi.verify.problems import NO_CODE, NOT_NOW, UNREADABLE
from madoguchi.verify.wording import amount_lines, kind_words
from madoguchi.wire.identifiers import Environment

AskStatus = Callable[[WardNames, bytes], PaperStatus]
"""Asks a ward about a paper number; answers NOT_ASKED when it cannot be asked."""


class Verifier:
    """The verifier behind the page. It keeps nothing of what it is given."""

    def __init__(self, *, trust: TrustFile, wards: tuple[WardNames, ...], clock: Clock, ask_status: AskStatus) -> None:
        self._trust = trust
        self._wards = {ward.code: ward for ward in wards}
        self._clock = clock
        self._ask_status = ask_status

    def check(self, upload: bytes | None, text: str | None) -> VerifyAnswer:
        """Check an upload or a pasted code; exactly one is given. Raises `verify.not_now`, whatever was sent."""
        keys = self._keys()
        try:
            raw = _code_in(upload, text)  # 1
        except MadoguchiError as failure:
            unreadable = failure.code == UNREADABLE.code
            return VerifyAnswer(verdict=Verdict.UNREADABLE if unreadable else Verdict.NO_CODE, code=failure.code)
        try:
            ward, body = self._verified(raw, keys)
        except MadoguchiError as failure:
            return VerifyAnswer(verdict=Verdict.NOT_SIGNED, code=failure.code)
        status = self._ask_status(ward, body.paper_number)  # 4
        return VerifyAnswer(verdict=Verdict.SIGNED, content=_content(ward, body, keys), status=status)

    def _keys(self) -> TrustList:
        try:
            return self._trust.current()
        except MadoguchiError as failure:
            raise NOT_NOW.error(failure.code) from None

    def _verified(self, raw: bytes, keys: TrustList) -> tuple[WardNames, FrontCode]:
        claimed = parse_unverified(raw)  # 2
        body = verify(raw, FRONT_CODE, keys=keys, code=claimed.ward, at=self._clock.now()).body  # 3
        ward = self._wards.get(claimed.ward, WardNames(code=claimed.ward, ja=claimed.ward, en=claimed.ward, issuers=()))
        return ward, body


def _content(ward: WardNames, body: FrontCode, keys: TrustList) -> CodeContent:
    return CodeContent(
        ward=Words(ja=ward.ja, en=ward.en),
        kind=kind_words(body.kind, title=body.title),
        year=Words(ja=fiscal_year_label(body.fiscal_year), en=fiscal_year_label_en(body.fiscal_year)),
        name=body.name,
        certificate_number=body.certificate_number,
        paper_number=paper_number_text(body.paper_number),
        issued_on=parse_japanese_date(body.issued_on),
        amounts=amount_lines(body),
        demo=keys.environment != Environment.PRODUCTION,
    )


def _code_in(upload: bytes | None, text: str | None) -> bytes:
    if text is not None:
        return _code_in_text(text)
    for picture in pictures(upload or b""):
        raw = _code_in_picture(picture)
        if raw is not None:
            return raw
    raise NO_CODE.error()


def _code_in_text(text: str) -> bytes:
    code = text.strip()
    if not code.startswith(PREFIX):
        raise NO_CODE.error("prefix")
    try:
        return decode_base45(code[len(PREFIX) :])
    except ValueError:
        raise NO_CODE.error("Base45") from None


def _code_in_picture(picture: Image.Image) -> bytes | None:
    try:
        return read_front_code(picture)
    except MadoguchiError:
        return None

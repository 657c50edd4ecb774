"""The recipe of step 7: everything that arrives falsified, one thing at a time. No checked job may come of it."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pikepdf
import pytest

from madoguchi.certificate.pages import document_digest
from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.checking import CheckedJob, check_answer
from madoguchi.seal import Purpose
from madoguchi.statement.kinds import DELIVERY, ISSUANCE
from madoguchi.wire.codec import decode, encode
from madoguchi.wire.transaction import (
    Delivered,
    Delivery,
    Issuance,
    MarksDigest,
    Sheet,
    SheetMarks,
)
from tests.jpki.authorities import card
from tests.kiosk.applied import applied
from tests.kiosk.documents import pdf_of
from tests.kiosk.falsified import another, changed, refused, stranger
from tests.kiosk.offer import FEE
from tests.kiosk.world import LIFETIME, Lies, World


def test_the_truth_passes_and_prints_once() -> None:
    job = applied(World(pages=2), copies=2).check()
    assert (job.fee_yen, job.copies, job.pages, job.sheets) == (2 * FEE, 2, 2, 4)
    document = job.redeem()
    with pikepdf.open(io.BytesIO(document)) as pdf:
        assert len(pdf.pages) == 8
    with pytest.raises(MadoguchiError, match=r"kiosk\.printed_twice"):
        job.redeem()


def test_a_dropped_job_never_prints() -> None:
    job = applied(World()).check()
    job.drop()
    with pytest.raises(MadoguchiError, match=r"kiosk\.printed_twice"):
        job.redeem()


def test_a_checked_job_cannot_be_made_by_hand() -> None:
    with pytest.raises(TypeError):
        CheckedJob(b"%PDF", issuance=None, delivery_digest=b"", by=object())  # type: ignore[arg-type]


BOUND = {
    "transaction",
    "application_digest",
    "ward",
    "card_commitment",
    "kiosk_key_digest",
    "kind",
    "fiscal_year",
    "copies",
    "fee_yen",
    "sheets",
    "pdf_digest",
}
"""Fields of the issuance that this kiosk can hold against its own memory or its own hashing."""
FREE = {"certificate_number", "page_description_digest", "versions", "at"}
"""Fields that only the ward knows."""


def test_every_field_of_the_issuance_is_accounted_for() -> None:
    assert set(Issuance.__struct_fields__) == BOUND | FREE


@pytest.mark.parametrize("name", sorted(BOUND - {"sheets"}))
def test_an_issuance_with_another_value_is_refused(name: str) -> None:
    refused(applied(World(lies=Lies(issuance=lambda body: changed(body, name)))))


def sheet_lies() -> dict[str, Callable[[tuple[Sheet, ...]], tuple[Sheet, ...]]]:
    def with_first(**values: Any) -> Callable[[tuple[Sheet, ...]], tuple[Sheet, ...]]:
        return lambda sheets: (msgspec.structs.replace(sheets[0], **values), *sheets[1:])

    return {
        "another copy": with_first(copy=2),
        "another page": with_first(page=2),
        "more pages": with_first(pages=3),
        "another digest": with_first(page_digest=bytes(32)),
        "fewer sheets": lambda sheets: sheets[:-1],
        "a sheet twice": lambda sheets: (*sheets, sheets[-1]),
        "out of order": lambda sheets: (sheets[1], sheets[0], *sheets[2:]),
        "digests crossed": lambda sheets: (
            msgspec.structs.replace(sheets[0], page_digest=sheets[1].page_digest),
            msgspec.structs.replace(sheets[1], page_digest=sheets[0].page_digest),
            *sheets[2:],
        ),
        "one paper number twice": lambda sheets: (
            msgspec.structs.replace(sheets[0], paper_number=sheets[1].paper_number),
            *sheets[1:],
        ),
        "paper numbers crossed": lambda sheets: (
            msgspec.structs.replace(sheets[0], paper_number=sheets[1].paper_number),
            msgspec.structs.replace(sheets[1], paper_number=sheets[0].paper_number),
            *sheets[2:],
        ),
        "one copy less": lambda sheets: sheets[:2],
    }


@pytest.mark.parametrize("lie", sorted(sheet_lies()))
def test_sheets_that_are_not_every_page_of_every_copy_are_refused(lie: str) -> None:
    world = World(pages=2)
    world.lies.issuance = lambda body: msgspec.structs.replace(body, sheets=sheet_lies()[lie](body.sheets))
    refused(applied(world, copies=2))


@pytest.mark.parametrize("name", [*Delivery.__struct_fields__])
def test_a_delivery_with_another_value_is_refused(name: str) -> None:
    if name == "at":
        return  # only the center knows it
    if name == "marks":
        lies = Lies(delivery=lambda body: msgspec.structs.replace(body, marks=(another_marks(body.marks[0]),)))
    else:
        lies = Lies(delivery=lambda body: changed(body, name))
    refused(applied(World(lies=lies)))


def another_marks(marks: MarksDigest) -> MarksDigest:
    return msgspec.structs.replace(marks, back=bytes(32))


@pytest.mark.parametrize("name", ["paper_number", "front", "back"])
def test_marks_of_another_sheet_are_refused(name: str) -> None:
    def lie(body: Delivery) -> Delivery:
        return msgspec.structs.replace(body, marks=(changed(body.marks[0], name), *body.marks[1:]))

    refused(applied(World(lies=Lies(delivery=lie))), code="kiosk.other_paper")


@pytest.mark.parametrize(
    "lie",
    [
        lambda marks: (msgspec.structs.replace(marks[0], back=pdf_of(1, "another back")), *marks[1:]),
        lambda marks: (msgspec.structs.replace(marks[0], front=pdf_of(1, "another layer")), *marks[1:]),
        lambda marks: (msgspec.structs.replace(marks[0], front=None), *marks[1:]),
        lambda marks: (marks[1], marks[0]),
        lambda marks: marks[:1],
        lambda marks: (*marks, marks[0]),
    ],
)
def test_marks_that_the_center_did_not_sign_are_refused(
    lie: Callable[[tuple[SheetMarks, ...]], tuple[SheetMarks, ...]],
) -> None:
    refused(applied(World(pages=2, lies=Lies(marks=lie))), code="kiosk.other_paper")


@pytest.mark.parametrize(
    "lie",
    [
        lambda _pdf: pdf_of(2, "somebody else"),
        lambda _pdf: pdf_of(1),
        lambda _pdf: pdf_of(3),
        lambda pdf: pdf + b"\n",
        lambda pdf: pdf[:-1],
        lambda _pdf: b"not a pdf",
    ],
)
def test_another_pdf_is_refused(lie: Callable[[bytes], bytes]) -> None:
    refused(applied(World(pages=2, lies=Lies(pdf=lie))))


def test_page_two_of_somebody_else_is_refused_even_under_a_signed_document_digest() -> None:
    """Tokushima 2023. The ward's statement names the mixed document, but its pages are those the clerk read."""
    mixed = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf_of(2))) as mine, pikepdf.open(io.BytesIO(pdf_of(2, "theirs"))) as theirs:
        mine.pages[1] = theirs.pages[1]
        mine.save(mixed, deterministic_id=True)
    world = World(pages=2)
    kiosk = applied(world)
    digest = document_digest(mixed.getvalue(), secret=kiosk.memory.secret)
    world.lies.issuance = lambda body: msgspec.structs.replace(body, pdf_digest=digest)
    world.lies.pdf = lambda _pdf: mixed.getvalue()
    assert refused(kiosk, code="kiosk.other_paper").cause == "digest of page 2"


@pytest.mark.parametrize(
    "who", ["unknown key", "center", "operator", "kiosk", "center posing as ward", "ward of another environment"]
)
def test_an_issuance_of_anybody_but_the_ward_is_refused(who: str) -> None:
    world = World()

    def lie(answer: Delivered) -> Delivered:
        assert world._issued is not None
        return msgspec.structs.replace(answer, issuance=stranger(world, who).sign(ISSUANCE, world._issued))

    world.lies.delivered = lie
    refused(applied(world))


@pytest.mark.parametrize("who", ["unknown key", "ward", "operator", "kiosk"])
def test_a_delivery_of_anybody_but_the_center_is_refused(who: str) -> None:
    world, kept = World(), {}

    def keep(body: Delivery) -> Delivery:
        kept["delivery"] = body
        return body

    world.lies.delivery = keep
    world.lies.delivered = lambda answer: msgspec.structs.replace(
        answer, delivery=stranger(world, who).sign(DELIVERY, kept["delivery"])
    )
    refused(applied(world))


@pytest.mark.parametrize("position", range(0, 900, 37))
def test_one_altered_byte_of_a_statement_is_refused(position: int) -> None:
    world = World()

    def lie(answer: Delivered) -> Delivered:
        raw = bytearray(answer.issuance)
        raw[position % len(raw)] ^= 1
        return msgspec.structs.replace(answer, issuance=bytes(raw))

    world.lies.delivered = lie
    refused(applied(world))


@pytest.mark.parametrize("name", ["message_type", "direction", "environment", "transaction", "prior", "sender_key_id"])
def test_a_seal_for_another_purpose_does_not_open(name: str) -> None:
    other = {"message_type": "application", "direction": "kiosk-to-center", "environment": "production"}

    def lie(purpose: Purpose) -> Purpose:
        values: dict[str, Any] = {name: other.get(name) or another(getattr(purpose, name))}
        return replace(purpose, **values)

    kiosk = applied(World(lies=Lies(purpose=lie)))
    refused(kiosk, code="seal.does_not_open")
    assert not kiosk.memory.held


def test_the_answer_of_the_kiosk_beside_does_not_open() -> None:
    """Two residents, two kiosks, one center; ec hands each the other's answer."""
    one, two = applied(World()), applied(World())
    answer = two.receive()
    crossed = msgspec.structs.replace(answer, transaction=one.message.transaction)
    refused(one, answer, code="kiosk.other_transaction")
    refused(applied(World()), crossed)
    refused(one, crossed, code="seal.does_not_open")


def test_the_other_residents_paper_sealed_to_this_kiosk_is_refused() -> None:
    """A center that swaps two PDFs, and seals them well."""
    world = World()
    mine, theirs = applied(world), applied(world, virtual=card(serial="BEEF01"))
    opened_theirs = decode(theirs.memory.open_answer(theirs.receive().ciphertext), type=Delivered)
    assert mine.memory.opened is not None
    world.opened = mine.memory.opened.statement.raw
    world.lies.delivered = lambda _answer: opened_theirs
    refused(mine, code="kiosk.other_transaction")


def test_an_answer_opens_once() -> None:
    kiosk = applied(World())
    answer = kiosk.receive()
    kiosk.check(answer)
    refused(kiosk, answer, code="kiosk.opened_twice")


def test_an_answer_that_did_not_open_cannot_be_tried_again() -> None:
    kiosk = applied(World())
    good = kiosk.receive()
    refused(kiosk, msgspec.structs.replace(good, ciphertext=good.ciphertext[:-1]), code="seal.does_not_open")
    refused(kiosk, good, code="kiosk.opened_twice")


def test_a_late_answer_cannot_be_opened_because_the_key_is_gone() -> None:
    kiosk = applied(World())
    answer = kiosk.receive()
    kiosk.memory.wipe()
    refused(kiosk, answer, code="kiosk.ended")
    assert kiosk.memory.custody().erased == "never_opened"
    assert kiosk.memory._key is None


def test_an_answer_after_the_lifetime_is_not_opened() -> None:
    kiosk = applied(World())
    answer = kiosk.receive()
    kiosk.world.clock.advance(seconds=LIFETIME)
    refused(kiosk, answer, code="kiosk.timed_out")
    assert not kiosk.memory.held


def test_a_wipe_in_the_middle_of_the_check_leaves_no_job() -> None:
    kiosk = applied(World())
    answer = kiosk.receive()
    checker = kiosk.checker()

    def laying(pdf: bytes, marks: tuple[SheetMarks, ...]) -> bytes:
        kiosk.memory.wipe()
        return pdf

    with pytest.raises(MadoguchiError, match=r"kiosk\.ended"):
        check_answer(answer, memory=kiosk.memory, by=replace(checker, lay_out=laying))


def test_what_is_inside_the_seal_must_be_one_of_ours() -> None:
    world = World()
    kiosk = applied(world)
    proven = world.prove(kiosk.message)
    for inside in (b"", b"\xa0", encode({"type": "delivered"}), encode({"type": "issued"})):
        kiosk = applied(world)
        proven = world.prove(kiosk.message)
        answer = world.seal_answer(inside, proven.application.body, proven.application.digest)
        refused(kiosk, answer, code="wire.malformed")

"""From request to signed paper, and everything that must stop one."""

from __future__ import annotations

from madoguchi.certificate.pages import document_digest, page_digests
from madoguchi.certificate.reading import read_certificate
from madoguchi.wire.identifiers import sha256
from madoguchi.wire.transaction import Issued
from tests.issuer.world import HANAKO, World


async def test_a_paper_of_the_cards_holder(world: World) -> None:
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO, cards={HANAKO.addressee_number: card})
    visit = world.street.visit(card, copies=2)
    answer = await replica.issue(visit.request)
    issuance = world.street.issuance(answer)
    assert isinstance(answer, Issued)
    pages = read_certificate(answer.pdf)
    assert [page.name for page in pages] == [HANAKO.name] * 2
    assert issuance.application_digest == sha256(visit.application)
    assert issuance.pdf_digest == document_digest(answer.pdf, secret=visit.secret)
    assert tuple(sheet.page_digest for sheet in issuance.sheets) == page_digests(answer.pdf, secret=visit.secret)
    assert [sheet.paper_number for sheet in issuance.sheets] == [page.paper_number for page in pages]
    row = await world.one("SELECT state, issuance_digest FROM issuances")
    assert row == {"state": "issued", "issuance_digest": sha256(answer.issuance)}
    assert await world.one("SELECT how FROM custody") == {"how": "wiped"}
    assert (await world.one("SELECT event FROM evidence ORDER BY position DESC"))["event"] == "certificate.issued"

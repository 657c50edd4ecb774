"""Codes of the parties on the way of an application that no honest resident and no outage brings to a kiosk's screen.

Each has its tests where it belongs; a code that is in neither table fails a test.
"""

from __future__ import annotations

from typing import Final

OF_PARTIES: Final = ("issuer", "center", "ec", "kiosk", "card", "cardproof")
"""Whose catalogues must be complete here."""


def _codes(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "It takes a party that lies, or a message changed on its way: tests/chain and the party's own.": _codes(
        """
        cardproof.card_signature cardproof.certificate_key cardproof.certificate_malformed
        cardproof.certificate_not_yet_valid cardproof.certificate_path cardproof.certificate_profile
        cardproof.environment cardproof.issuer_unknown cardproof.ocsp_future cardproof.ocsp_malformed
        cardproof.ocsp_old cardproof.ocsp_other_certificate cardproof.ocsp_refused cardproof.ocsp_signer
        cardproof.other_transaction center.application_does_not_open center.challenge_used
        center.issuance_does_not_fit center.other_kiosk center.outcome_conflict center.outcome_does_not_fit
        center.request_repeated center.unknown_transaction ec.other_kiosk ec.other_operator ec.outcome_conflict
        issuer.claimed_already issuer.feed_other_ward issuer.feed_time issuer.other_application
        issuer.outcome_conflict issuer.registry_answer issuer.request_time issuer.unknown_transaction
        kiosk.bad_acknowledgement kiosk.menu_older kiosk.opened_twice kiosk.other_paper kiosk.other_transaction
        kiosk.clock card.answer card.algorithm
        """
    ),
    "It takes a fault of the program; tests put one there.": _codes(
        """
        center.marks_failed issuer.clerk_stopped issuer.failed issuer.release_spent card.pin_malformed card.pin_needed
        kiosk.ended kiosk.out_of_step kiosk.printed_twice
        """
    ),
    "It takes a database that answers and does not take the evidence; tests/issuer takes its right away.": _codes(
        "issuer.evidence_unwritable"
    ),
    "It takes two things within the same milliseconds, which a demonstration cannot bring about for certain.": _codes(
        "center.given_up center.expired issuer.moved kiosk.card_not_accepted"
    ),
    "It ends no visit: the machine asks again, or does not begin while something of somebody lies in it.": _codes(
        """
        card.pin_wrong card.unknown card.token_unknown kiosk.nonsense kiosk.card_left kiosk.tray_not_free
        kiosk.not_played_by_hand kiosk.emoney_failed kiosk.no_receipt_paper
        """
    ),
    "The machine is out of service then and says so before anybody begins; tests/kiosk holds each.": _codes(
        """
        kiosk.journal_failed kiosk.menu_expired kiosk.money_failed kiosk.no_menu kiosk.no_trust
        kiosk.printer_holds_a_job kiosk.printer_jammed kiosk.printer_not_ready kiosk.reader_failed kiosk.door_open
        kiosk.maintenance kiosk.starting center.menu_unknown
        """
    ),
    "No resident waits for it: about what was left in a machine; tests/ec and tests/center hold each.": _codes(
        "ec.lost_conflict ec.lost_ended ec.lost_unknown center.lost_does_not_fit"
    ),
    "The ward's or the center's word, told by its public reason; the true code is another one of these tables.": _codes(
        "kiosk.refused_by_signature kiosk.line"
    ),
    "It answers a page that is not the machine's own, or a touch that came late; the screen stays.": _codes(
        "kiosk.page_bad_request kiosk.page_not_our_screen kiosk.page_stale_touch kiosk.page_too_large"
    ),
    "It answers a command, a feed, a start or an account, never an application.": _codes(
        """
        center.key_file center.no_account center.no_database center.sealing_key_gone ec.bad_day ec.not_acknowledged
        ec.not_configured issuer.decision_incomplete issuer.feed_content issuer.feed_gap issuer.feed_rows
        issuer.feed_broken_off issuer.feed_busy issuer.intake_role issuer.kek_same issuer.key_unusable
        issuer.not_configured issuer.not_deleted issuer.offer_wrong issuer.paper_not_known
        issuer.paper_not_withdrawn issuer.question_malformed issuer.row_damaged issuer.serial_several
        issuer.stop_out_of_order
        """
    ),
}
NEVER: Final[dict[str, str]] = {code: why for why, codes in _GROUPS.items() for code in codes}
"""Code → why no case provokes it."""

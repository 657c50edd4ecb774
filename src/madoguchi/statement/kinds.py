"""Every kind of statement there is: its name on the wire, who may sign it, and what it says."""

from __future__ import annotations

from madoguchi.statement.cose import StatementType
from madoguchi.statement.roles import Role
from madoguchi.wire.feed import FeedManifest, SerialAnswer, SerialPage, StopNotice
from madoguchi.wire.lost import LostEntry, LostNoted, LostProperty
from madoguchi.wire.menu import Menu
from madoguchi.wire.outcome import Acknowledgement, Outcome, RelayEntry
from madoguchi.wire.transaction import (
    Application,
    Delivery,
    Enrolment,
    Issuance,
    IssueRequest,
    Opened,
    OpenRequest,
    Refusal,
    Rendering,
)

MENU = StatementType("menu", 1, Role.MENU, Menu)
ENROLMENT = StatementType("enrolment", 1, Role.ENROL, Enrolment)
OPEN_REQUEST = StatementType("open_request", 1, Role.APPLY, OpenRequest)
OPENED = StatementType("opened", 1, Role.OPEN, Opened)
APPLICATION = StatementType("application", 1, Role.APPLY, Application)
ISSUE_REQUEST = StatementType("issue_request", 1, Role.FORWARD, IssueRequest)
ISSUANCE = StatementType("issuance", 1, Role.ISSUE, Issuance)
REFUSAL = StatementType("refusal", 1, Role.REFUSE, Refusal)
RENDERING = StatementType("rendering", 1, Role.DELIVER, Rendering)
DELIVERY = StatementType("delivery", 1, Role.DELIVER, Delivery)
OUTCOME = StatementType("outcome", 1, Role.OUTCOME, Outcome)
RELAY_ENTRY = StatementType("relay_entry", 1, Role.RELAY, RelayEntry)
ACKNOWLEDGEMENT = StatementType("acknowledgement", 1, Role.ACKNOWLEDGE, Acknowledgement)
LOST_PROPERTY = StatementType("lost_property", 1, Role.OUTCOME, LostProperty)
LOST_ENTRY = StatementType("lost_entry", 1, Role.RELAY, LostEntry)
LOST_KEPT = StatementType("lost_kept", 1, Role.RELAY, LostNoted)
LOST_COUNTED = StatementType("lost_counted", 1, Role.ACKNOWLEDGE, LostNoted)
FEED_MANIFEST = StatementType("feed_manifest", 1, Role.FEED, FeedManifest)
STOP_NOTICE = StatementType("stop_notice", 1, Role.FEED, StopNotice)
SERIAL_PAGE = StatementType("serial_page", 1, Role.SERIALS, SerialPage)
SERIAL_ANSWER = StatementType("serial_answer", 1, Role.SERIALS, SerialAnswer)

"""What a key may be good for. A statement is accepted only from a key that has that role for that ward or operator."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """The roles of the trust list. One row of the list gives one key one role."""

    ENDORSE = "endorse"
    """The ward's offline office key: counter-signs the ward's own rows."""
    MENU = "menu"
    ISSUE = "issue"
    REFUSE = "refuse"
    FRONT_CODE = "front_code"
    FEED = "feed"
    SERIALS = "serials"
    OPEN = "open"
    FORWARD = "forward"
    DELIVER = "deliver"
    ACKNOWLEDGE = "acknowledge"
    ENROL = "enrol"
    RELAY = "relay"
    APPLY = "apply"
    OUTCOME = "outcome"


WARD_ROLES = frozenset({Role.MENU, Role.ISSUE, Role.REFUSE, Role.FRONT_CODE, Role.FEED, Role.SERIALS})
"""Rows with these roles for a ward count only under the ward's own counter-signature."""
KIOSK_ROLES = frozenset({Role.APPLY, Role.OUTCOME})
"""Roles that an operator's enrolment gives to a kiosk's key."""

"""The first page of the ward's desk: what happened today, counted by four parties, without personal data."""

from madoguchi.oversight.page.app import oversight_page
from madoguchi.oversight.page.contract import (
    Alarm,
    Counter,
    DayMoney,
    Desk,
    DeskDay,
    Erasures,
    FeedAge,
    PartyCount,
    RefusalCount,
    Row,
    Severity,
    State,
    Words,
)

__all__ = [
    "Alarm",
    "Counter",
    "DayMoney",
    "Desk",
    "DeskDay",
    "Erasures",
    "FeedAge",
    "PartyCount",
    "RefusalCount",
    "Row",
    "Severity",
    "State",
    "Words",
    "oversight_page",
]

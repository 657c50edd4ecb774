"""The kiosk's page: what the resident sees and touches, served by the kiosk's agent to the browser beside it."""

from madoguchi.kiosk.page.app import kiosk_page
from madoguchi.kiosk.page.contract import (
    COINS,
    EMONEY_MEDIA,
    Action,
    KioskMachine,
    Lamp,
    Medium,
    Operation,
    Panel,
    PanelCard,
    PanelSettled,
)
from madoguchi.kiosk.page.screens import Screen, ScreenData, Words, screen_of

__all__ = [
    "COINS",
    "EMONEY_MEDIA",
    "Action",
    "KioskMachine",
    "Lamp",
    "Medium",
    "Operation",
    "Panel",
    "PanelCard",
    "PanelSettled",
    "Screen",
    "ScreenData",
    "Words",
    "kiosk_page",
    "screen_of",
]
